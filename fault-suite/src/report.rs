//! The tables.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use crate::row::RowResult;
use crate::steady::Latencies;

/// The table of the rows.
pub(crate) fn rows(results: &[RowResult]) -> String {
    let head = [
        "row",
        "fault",
        "files",
        "records",
        "hit",
        "findings",
        "in metrics",
        "lost",
        "doubled",
        "allowed",
        "to alert",
        "in alerts",
        "lost",
        "doubled",
        "allowed",
        "dead letters",
        "s",
        "promise",
    ];
    let line = |result: &RowResult| {
        let (metrics, alerts) = (&result.metrics, &result.alerts);
        let kept = if result.broken.is_empty() { "kept" } else { "BROKEN" };
        [
            result.name.to_owned(),
            result.about.to_owned(),
            result.files.to_string(),
            result.records.to_string(),
            result.struck.to_string(),
            metrics.expected.to_string(),
            metrics.published.to_string(),
            metrics.lost.to_string(),
            metrics.doubled.to_string(),
            result.bound.in_metrics().to_string(),
            alerts.expected.to_string(),
            alerts.published.to_string(),
            alerts.lost.to_string(),
            alerts.doubled.to_string(),
            result.bound.in_alerts().to_string(),
            result.dead.to_string(),
            format!("{:.0}", result.seconds),
            kept.to_owned(),
        ]
    };
    let mut text = table(&head, 2, results.iter().map(line));
    for result in results {
        let codes: Vec<String> = result.codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
        if !codes.is_empty() {
            text.push_str(&format!("\n{}: failed and came again with {}", result.name, codes.join(", ")));
        }
        for promise in &result.broken {
            text.push_str(&format!("\n{}: BROKEN: {promise}", result.name));
        }
    }
    text
}

/// The table of the speed: each queue against the first.
pub(crate) fn speed(queues: &[RowResult]) -> String {
    let head = [
        "files",
        "records",
        "s",
        "files/s",
        "records/s",
        "ms a file",
        "against first",
        "function CPU ms a file",
        "emulator CPU ms a file",
        "peak RSS MiB",
    ];
    let first = queues.first().map(|queue| queue.seconds / queue.files as f64).unwrap_or(1.0);
    let line = |queue: &RowResult| {
        let files = queue.files as f64;
        let of_a_file = |seconds: f64| format!("{:.2}", seconds * 1000.0 / files);
        [
            queue.files.to_string(),
            queue.records.to_string(),
            format!("{:.1}", queue.seconds),
            format!("{:.1}", files / queue.seconds),
            format!("{:.0}", queue.records as f64 / queue.seconds),
            of_a_file(queue.seconds),
            format!("{:.2}", queue.seconds / files / first),
            of_a_file(queue.usage.function_cpu.as_secs_f64()),
            of_a_file(queue.usage.emulator_cpu.as_secs_f64()),
            format!("{:.1}", queue.usage.peak_rss_bytes as f64 / f64::from(1 << 20)),
        ]
    };
    table(&head, 0, queues.iter().map(line))
}

/// The times from message to published metric.
pub(crate) fn latencies(latencies: &Latencies) -> String {
    format!(
        "message to published metric at {:.1} files/s: p50 {} ms, p99 {} ms ({} files)",
        latencies.rate,
        latencies.percentile(50),
        latencies.percentile(99),
        latencies.count(),
    )
}

/// Rows under a head, numbers from the column at `numbers` on aligned to the right.
fn table<const CELLS: usize>(
    head: &[&str; CELLS],
    numbers: usize,
    rows: impl Iterator<Item = [String; CELLS]>,
) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.iter().copied()).add_rows(rows);
    for column in numbers..CELLS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}
