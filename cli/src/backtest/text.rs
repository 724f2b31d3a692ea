//! The text report: what loses matches first, then a table of rules, sweeps, noise, and what the numbers depend on.

use std::io::{self, Write};

use super::limits::tenths;
use super::report::{AlarmReport, BacktestReport, Incidents, Noise, PairReport, RuleReport};
use super::times::{counted, hours, length};
use crate::terminal::{printable, table};

/// Rules that the table shows. Rules without a match have no row.
const SHOWN_RULES: usize = 100;
/// Callers that the text shows; the page and the JSON form have more.
const SHOWN_NOISE: usize = 5;
/// An alarm that rings no more often has no sweep in the text, unless its threshold is above 1. The page has all sweeps.
const QUIET_RINGS: u64 = 10;
/// Days without files that are named.
const NAMED_DAYS: usize = 5;
/// Where the month begins in a date.
const MONTH_AND_DAY: usize = 5;
/// The percentage of all.
const WHOLE: u64 = 100;

/// Writes the report.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn write(report: &BacktestReport, columns: usize, out: &mut impl Write) -> io::Result<()> {
    head(report, out)?;
    if let Some(pairs) = &report.comparison {
        comparison(pairs, columns, out)?;
    }
    rules(report, columns, out)?;
    sweeps(report, columns, out)?;
    noise(report, out)?;
    foot(report, out)
}

fn head(report: &BacktestReport, out: &mut impl Write) -> io::Result<()> {
    let gaps: Vec<&str> =
        report.days.iter().filter(|day| !day.has_files).map(|day| day.date.as_str()).collect();
    writeln!(
        out,
        "{} to {}: {}, {}, {}",
        report.from,
        report.to,
        counted(report.days.len() as u64, "day"),
        counted(report.source.files.processed, "log file"),
        counted(report.source.records.evaluated, "record"),
    )?;
    if !gaps.is_empty() {
        let named = gaps.iter().take(NAMED_DAYS).copied().collect::<Vec<_>>().join(", ");
        let more = if gaps.len() > NAMED_DAYS { ", ..." } else { "" };
        writeln!(
            out,
            "{} without log files, which is a gap in the data and not quiet: {named}{more}",
            counted(gaps.len() as u64, "day")
        )?;
    }
    let totals = &report.totals;
    writeln!(
        out,
        "{}, {} ({} a day), {} ({} a day), {} hours in ALARM",
        counted(totals.matches, "match"),
        counted(totals.alerts, "alert"),
        tenths(totals.alerts, totals.days_with_files),
        counted(totals.rings, "ring"),
        tenths(totals.rings, totals.days_with_files),
        hours(totals.seconds_in_alarm),
    )
}

fn comparison(pairs: &[PairReport], columns: usize, out: &mut impl Write) -> io::Result<()> {
    let changed: Vec<&PairReport> = pairs
        .iter()
        .filter(|pair| {
            !pair.changes.is_empty()
                || pair.only_old.matches + pair.only_new.matches > 0
                || pair.old != pair.new
        })
        .collect();
    writeln!(out, "\nNew rules against old: {} of {} differ", changed.len(), pairs.len())?;
    if changed.is_empty() {
        return Ok(());
    }
    let arrow = |old: String, new: String| if old == new { old } else { format!("{old} -> {new}") };
    let head = ["RULE", "SEVERITY", "CHANGED", "BOTH", "LOST", "GAINED", "ALERTS", "RINGS", "HOURS"];
    let rows = changed.iter().map(|pair| {
        [
            pair.id.clone().or_else(|| pair.old_id.clone()).unwrap_or_default(),
            pair.severity.to_string(),
            pair.changes.join(", "),
            pair.both.to_string(),
            pair.only_old.matches.to_string(),
            pair.only_new.matches.to_string(),
            arrow(pair.old.alerts.to_string(), pair.new.alerts.to_string()),
            arrow(pair.old.rings.to_string(), pair.new.rings.to_string()),
            arrow(hours(pair.old.seconds_in_alarm), hours(pair.new.seconds_in_alarm)),
        ]
    });
    let rows = std::iter::once(head.map(str::to_owned)).chain(rows);
    writeln!(out, "{}", table(columns, &[3, 4, 5, 6, 7, 8], rows))?;
    for pair in &changed {
        incidents(pair, out)?;
        let only = [("lost", &pair.only_old), ("gained", &pair.only_new)];
        let id = pair.id.as_ref().or(pair.old_id.as_ref()).map(String::as_str).unwrap_or_default();
        for (what, example) in only.iter().filter_map(|(what, only)| Some((what, only.examples.first()?))) {
            writeln!(
                out,
                "  {} {what}, for example: {} {} by {} at {} in {}",
                printable(id),
                printable(&example.event_id),
                printable(&example.event_name),
                printable(&example.caller),
                example.event_time.as_deref().unwrap_or("an unknown time"),
                printable(&example.file),
            )?;
        }
    }
    Ok(())
}

/// What becomes of the incidents of a rule, if the new alarms miss some or ring later.
fn incidents(pair: &PairReport, out: &mut impl Write) -> io::Result<()> {
    let Incidents { old, missed, later, longest_delay_seconds, .. } = pair.incidents;
    if missed + later == 0 {
        return Ok(());
    }
    let id = pair.id.as_ref().or(pair.old_id.as_ref()).map(String::as_str).unwrap_or_default();
    write!(out, "  {}: {}, of which no ring is about {missed}", printable(id), counted(old, "incident"))?;
    match later {
        0 => writeln!(out),
        _ => writeln!(
            out,
            " and the first ring about {later} is later, by up to {}",
            length(longest_delay_seconds)
        ),
    }
}

fn rules(report: &BacktestReport, columns: usize, out: &mut impl Write) -> io::Result<()> {
    let mut rules: Vec<&RuleReport> = report
        .rules
        .iter()
        .filter(|rule| rule.matches + rule.rings > 0 || rule.seconds_in_alarm > 0)
        .collect();
    rules.sort_by(|a, b| {
        (b.rings + b.alerts, b.matches).cmp(&(a.rings + a.alerts, a.matches)).then_with(|| a.id.cmp(&b.id))
    });
    let quiet = report.rules.len() - rules.len();
    if !rules.is_empty() {
        let head = ["RULE", "SEVERITY", "MATCHES", "ALERTS", "RINGS", "HOURS", "DELAY", "WORST DAY"];
        let rows = rules.iter().take(SHOWN_RULES).map(|rule| {
            [
                rule.id.clone(),
                rule.severity.to_string(),
                rule.matches.to_string(),
                rule.alerts.to_string(),
                rule.rings.to_string(),
                hours(rule.seconds_in_alarm),
                rule.seconds_from_call_to_ring.map(|spread| length(spread.median)).unwrap_or_default(),
                worst_day(report, rule),
            ]
        });
        let rows = std::iter::once(head.map(str::to_owned)).chain(rows);
        writeln!(out, "\n{}", table(columns, &[2, 3, 4, 5, 6], rows))?;
        writeln!(
            out,
            "HOURS are in ALARM, DELAY is the median from the call to the ring, and WORST DAY counts alerts and rings."
        )?;
    }
    if quiet > 0 {
        writeln!(out, "{} without a match", counted(quiet as u64, "rule"))?;
    }
    Ok(())
}

/// The day with most messages of a rule.
fn worst_day(report: &BacktestReport, rule: &RuleReport) -> String {
    let messages = rule.alerts_by_day.iter().zip(&rule.rings_by_day).map(|(alerts, rings)| alerts + rings);
    let worst = report.days.iter().zip(messages).max_by_key(|(_, messages)| *messages);
    match worst {
        Some((day, messages @ 1..)) => {
            format!("{}: {messages}", day.date.get(MONTH_AND_DAY..).unwrap_or_default())
        }
        Some(_) | None => String::new(),
    }
}

fn sweeps(report: &BacktestReport, columns: usize, out: &mut impl Write) -> io::Result<()> {
    let alarms = report.rules.iter().flat_map(|rule| rule.alarms.iter().map(move |alarm| (rule, alarm)));
    let is_shown =
        |alarm: &AlarmReport| !alarm.sweep.is_empty() && (alarm.threshold > 1.0 || alarm.rings > QUIET_RINGS);
    for (rule, alarm) in alarms.filter(|(_, alarm)| is_shown(alarm)) {
        let row = |name: &str, of: &dyn Fn(usize) -> String| -> Vec<String> {
            std::iter::once(name.to_owned()).chain((0..alarm.sweep.len()).map(of)).collect()
        };
        let point = |place: usize| alarm.sweep.get(place);
        let text = |place: usize, of: &dyn Fn(&super::sweep::SweepPoint) -> String| {
            point(place).map(of).unwrap_or_default()
        };
        let threshold = |place| {
            text(place, &|point| format!("{}{}", point.threshold, if point.is_current { "*" } else { "" }))
        };
        let share = |place| {
            text(place, &|point| format!("{} %", point.matches_in_rings * WHOLE / rule.matches.max(1)))
        };
        let rows = [
            row("threshold", &threshold),
            row("rings", &|place| text(place, &|point| point.rings.to_string())),
            row("hours in ALARM", &|place| text(place, &|point| hours(point.seconds_in_alarm))),
            row("matches in rings", &share),
        ];
        writeln!(out, "\n{}", printable(&alarm.name))?;
        for row in rows {
            let cells: Vec<String> = row.iter().skip(1).map(|cell| format!("{cell:>7}")).collect();
            let name = row.first().map(String::as_str).unwrap_or_default();
            let line: String = format!("  {name:<16}{}", cells.join("")).chars().take(columns).collect();
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn noise(report: &BacktestReport, out: &mut impl Write) -> io::Result<()> {
    if report.noise.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nCallers behind most of it")?;
    for Noise { rule, caller, matches, matches_of_rule, rings, rings_without, pattern, refused, .. } in
        report.noise.iter().take(SHOWN_NOISE)
    {
        let share = matches * WHOLE / (*matches_of_rule).max(1);
        write!(
            out,
            "  {}: {} has {share} % of {matches_of_rule} matches",
            printable(rule),
            printable(caller)
        )?;
        match rings_without {
            Some(without) => writeln!(out, "; {}, {without} without it", counted(*rings, "ring"))?,
            None => writeln!(out)?,
        }
        match (pattern, refused) {
            (Some(pattern), _) => {
                writeln!(out, "    filterPattern: '{}'", printable(pattern).replace('\'', "''"))?
            }
            (None, reason) => writeln!(out, "    no exclusion: {}", reason.unwrap_or_default())?,
        }
    }
    writeln!(
        out,
        "  An exclusion would silence these callers. Check it: --rules with the pattern, --against without it."
    )
}

fn foot(report: &BacktestReport, out: &mut impl Write) -> io::Result<()> {
    let assumptions = &report.assumptions;
    writeln!(out)?;
    match assumptions.evaluation_range {
        None => writeln!(
            out,
            "Assumed: alarms read two periods more than they evaluate. With none more: {} rings.",
            shortest(report)
        )?,
        Some(range) => writeln!(out, "Assumed: alarms read {range} periods, or as many as they evaluate.")?,
    }
    writeln!(
        out,
        "Assumed: alarms see a datapoint {} seconds after its minute of delivery; {} log files in a batch.",
        assumptions.visible_after_seconds, assumptions.batch_size,
    )?;
    let late: u64 =
        report.rules.iter().flat_map(|rule| &rule.alarms).map(|alarm| alarm.samples_too_late).sum();
    if late > 0 {
        writeln!(out, "Seen by no alarm: {late} values arrived after the periods that their alarm reads.")?;
    }
    if report.source.without_time > 0 {
        writeln!(out, "{} without a time are in no metric.", counted(report.source.without_time, "value"))?;
    }
    if report.source.files_without_minute > 0 {
        writeln!(
            out,
            "{} files have no minute of delivery in their names; their records count at the time of the event.",
            report.source.files_without_minute,
        )?;
    }
    for error in &report.errors {
        writeln!(out, "error: {}: {}", printable(&error.file), printable(&error.message))?;
    }
    for limit in &report.limits {
        let verdict = if limit.is_exceeded { "EXCEEDED" } else { "ok" };
        writeln!(out, "{} {}: {} ({verdict})", limit.option, limit.limit, limit.value)?;
    }
    Ok(())
}

/// The rings if alarms read no more than they evaluate.
fn shortest(report: &BacktestReport) -> u64 {
    report.rules.iter().flat_map(|rule| &rule.alarms).map(|alarm| alarm.rings_if_range_is_periods).sum()
}
