//! The report of a backfill, as text or JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::HumanBytes;
use serde_json::{Value, json};

use super::state::Checkpoint;
use super::walk::{ListedLogFile, LogFolder};
use crate::moment::minute_text;
use crate::options::Format;
use crate::terminal::{Stdout, columns, printable, table};

/// Characters of a day, as in `2026-09-14`.
const DAY_CHARS: usize = 10;

/// What would be announced, by account, region and day.
#[derive(Debug, Default)]
pub(super) struct Days(BTreeMap<(String, String, String), DayCounts>);

#[derive(Debug, Default)]
struct DayCounts {
    files: u64,
    bytes: u64,
}

impl Days {
    pub(super) fn add(&mut self, folder: &LogFolder, file: &ListedLogFile) {
        let day = minute_text(file.delivered_at).chars().take(DAY_CHARS).collect();
        let count = self.0.entry((folder.account.clone(), folder.region.clone(), day)).or_default();
        count.files += 1;
        count.bytes = count.bytes.saturating_add(file.size);
    }
}

/// Prints the report; `days` are those of a dry run.
pub(super) fn print(checkpoint: &Checkpoint, days: Option<&Days>, format: Format) -> io::Result<()> {
    let mut out = Stdout::unbuffered();
    match format {
        Format::Text => write_text(checkpoint, days, columns(), &mut out),
        Format::Json => writeln!(out, "{}", json_report(checkpoint, days)),
    }
}

fn write_text(
    checkpoint: &Checkpoint,
    days: Option<&Days>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let (counts, request) = (checkpoint.counts(), checkpoint.request());
    if let Some(Days(days)) = days.filter(|days| !days.0.is_empty()) {
        let rows = days.iter().map(|((account, region, day), count)| {
            let bytes = HumanBytes(count.bytes).to_string();
            [account.clone(), region.clone(), day.clone(), count.files.to_string(), bytes]
        });
        writeln!(out, "{}\n", table(width, &[3, 4], rows))?;
    }
    let span = format!("{} to {}", minute_text(request.from_minute), minute_text(request.to_minute));
    writeln!(out, "Found      {} log files delivered from {span}", counts.found)?;
    writeln!(out, "Known      {} done or in progress, according to the ledger", counts.known)?;
    let announced = counts.announced;
    let bytes = HumanBytes(counts.announced_bytes);
    match days {
        None => writeln!(out, "Announced  {announced} ({bytes}) to {}", printable(&request.queue))?,
        Some(_) => writeln!(out, "To do      {announced} ({bytes}); nothing was announced")?,
    }
    if announced > 0 {
        writeln!(
            out,
            "           {} with datapoints at the minute in their names, {} without datapoints",
            announced - counts.without_metrics,
            counts.without_metrics
        )?;
        writeln!(
            out,
            "           {} with alerts, {} without alerts",
            announced - counts.without_alerts,
            counts.without_alerts
        )?;
    }
    if counts.silent > 0 {
        writeln!(
            out,
            "Nothing is published for {} of these files: see `--metrics` and `--alerts`, or use `trailbell replay`.",
            counts.silent
        )?;
    }
    Ok(())
}

fn json_report(checkpoint: &Checkpoint, days: Option<&Days>) -> Value {
    let rows = days.map(|Days(days)| {
        let rows = days.iter().map(|((account, region, day), count)| {
            json!({ "account": account, "region": region, "day": day, "files": count.files, "bytes": count.bytes })
        });
        rows.collect::<Vec<Value>>()
    });
    json!({
        "dryRun": days.is_some(),
        "request": checkpoint.request(),
        "tally": checkpoint.counts(),
        "days": rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backfill::announcement::PublishChoice;
    use crate::backfill::testing::{ACCOUNT, request};

    #[test]
    fn a_dry_run_counts_by_account_region_and_day() {
        let mut checkpoint = Checkpoint::new(request("2026-09-12", "2026-09-14"));
        let folder = LogFolder::of("AWSLogs/", ACCOUNT, "us-east-1");
        let mut days = Days::default();
        for (delivered_at, size) in [(1_789_257_600, 1000), (1_789_257_660, 48), (1_789_171_200, 7)] {
            let file = ListedLogFile { key: String::new(), size, delivered_at };
            days.add(&folder, &file);
            let choice = PublishChoice { metrics: size > 10, alerts: false };
            checkpoint.pass(std::slice::from_ref(&file), &[(&file, choice)]).unwrap();
        }
        let mut out = Vec::new();
        write_text(&checkpoint, Some(&days), 100, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0], [ACCOUNT, "us-east-1", "2026-09-12", "1", "7", "B"], "{text}");
        assert_eq!(words[1], [ACCOUNT, "us-east-1", "2026-09-13", "2", "1.02", "KiB"], "{text}");
        assert!(
            text.contains("Found      3 log files delivered from 2026-09-12T00:00Z to 2026-09-14T00:00Z\n")
        );
        assert!(
            text.contains("2 with datapoints at the minute in their names, 1 without datapoints\n"),
            "{text}"
        );
        assert!(text.contains("Nothing is published for 1 of these files"), "{text}");
        let json = json_report(&checkpoint, Some(&days));
        assert_eq!(
            (&json["dryRun"], &json["days"][1]["files"], &json["tally"]["silent"]),
            (&json!(true), &json!(2), &json!(1))
        );
    }
}
