//! The report of a backfill, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::HumanBytes;
use serde_json::{Value, json};

use super::state::Progress;
use super::walk::{Found, Place};
use crate::arguments::Format;
use crate::moment::minute_text;
use crate::printable::printable;
use crate::table::table;
use crate::terminal::columns;

/// Characters of a day, as in `2026-09-14`.
const DAY_CHARS: usize = 10;

/// What would be announced, for each account, region and day.
#[derive(Debug, Default)]
pub(super) struct Days(BTreeMap<(String, String, String), Count>);

#[derive(Debug, Default)]
struct Count {
    files: u64,
    bytes: u64,
}

impl Days {
    pub(super) fn add(&mut self, place: &Place, file: &Found) {
        let day = minute_text(file.delivered_at).chars().take(DAY_CHARS).collect();
        let count = self.0.entry((place.account.clone(), place.region.clone(), day)).or_default();
        count.files += 1;
        count.bytes = count.bytes.saturating_add(file.size);
    }
}

/// Prints what has come of the backfill; `days` if nothing was announced.
pub(super) fn print(progress: &Progress, days: Option<&Days>, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout();
    match format {
        Format::Text => write_text(progress, days, columns(), &mut out),
        Format::Json => writeln!(out, "{}", json_report(progress, days)),
    }
}

fn write_text(
    progress: &Progress,
    days: Option<&Days>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let (tally, request) = (progress.tally(), progress.request());
    if let Some(Days(days)) = days.filter(|days| !days.0.is_empty()) {
        let rows = days.iter().map(|((account, region, day), count)| {
            let bytes = HumanBytes(count.bytes).to_string();
            [account.clone(), region.clone(), day.clone(), count.files.to_string(), bytes]
        });
        writeln!(out, "{}\n", table(width, &[3, 4], rows))?;
    }
    let span = format!("{} to {}", minute_text(request.from_minute), minute_text(request.to_minute));
    writeln!(out, "Found      {} log files delivered from {span}", tally.found)?;
    writeln!(out, "Known      {} that the ledger has as done or in progress", tally.known)?;
    let announced = tally.announced;
    let bytes = HumanBytes(tally.announced_bytes);
    match days {
        None => writeln!(out, "Announced  {announced} ({bytes}) to {}", printable(progress.queue()))?,
        Some(_) => writeln!(out, "To do      {announced} ({bytes}); nothing was announced")?,
    }
    if announced > 0 {
        writeln!(
            out,
            "           {} with datapoints at the minute in their names, {} without datapoints",
            announced - tally.without_metrics,
            tally.without_metrics
        )?;
        writeln!(
            out,
            "           {} with alerts, {} without alerts",
            announced - tally.without_alerts,
            tally.without_alerts
        )?;
    }
    if tally.silent > 0 {
        writeln!(
            out,
            "Nothing is published of {} of them, which are too old: see `--alerts on`, and `trailbell replay`.",
            tally.silent
        )?;
    }
    Ok(())
}

fn json_report(progress: &Progress, days: Option<&Days>) -> Value {
    let rows = days.map(|Days(days)| {
        let rows = days.iter().map(|((account, region, day), count)| {
            json!({ "account": account, "region": region, "day": day, "files": count.files, "bytes": count.bytes })
        });
        rows.collect::<Vec<Value>>()
    });
    json!({
        "dryRun": days.is_some(),
        "request": progress.request(),
        "tally": progress.tally(),
        "days": rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backfill::announcement::Treatment;
    use crate::backfill::testing::{ACCOUNT, request};

    #[test]
    fn a_dry_run_counts_by_account_region_and_day() {
        let mut progress = Progress::new(request("2026-09-12", "2026-09-14"));
        let place = Place::of("AWSLogs/", ACCOUNT, "us-east-1");
        let mut days = Days::default();
        for (delivered_at, size) in [(1_789_257_600, 1000), (1_789_257_660, 48), (1_789_171_200, 7)] {
            let file = Found { key: String::new(), size, delivered_at };
            days.add(&place, &file);
            let treatment = Treatment { metrics: size > 10, alerts: false };
            progress.pass(std::slice::from_ref(&file), &[(&file, treatment)]).unwrap();
        }
        let mut out = Vec::new();
        write_text(&progress, Some(&days), 100, &mut out).unwrap();
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
        assert!(text.contains("Nothing is published of 1 of them"), "{text}");
        let json = json_report(&progress, Some(&days));
        assert_eq!(
            (&json["dryRun"], &json["days"][1]["files"], &json["tally"]["silent"]),
            (&json!(true), &json!(2), &json!(1))
        );
    }
}
