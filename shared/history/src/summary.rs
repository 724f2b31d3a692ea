//! What was searched, what was found, and what could not be read.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use time::{Date, OffsetDateTime};

use crate::column::{Cells, Column};
use crate::event::{Cursor, Event, time_text};
use crate::scan::ScanCounts;

/// What was searched and found, for the line after the events and for JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The counts of the scan.
    pub counts: ScanCounts,
    /// Inputs that were read.
    pub files_read: u64,
    /// Inputs that could have been read.
    pub files: u64,
    /// Inputs that could not be read to the end.
    pub files_failed: u64,
    /// Inputs that were not opened because an index rules them out.
    pub files_ruled_out: u64,
    /// Files left out because they contain no records.
    pub files_skipped: u64,
    /// Records left out because they repeat an event.
    pub duplicates: u64,
    /// Events that are not in order.
    pub out_of_order: u64,
    /// Whether reads are left out although the user did not ask for it.
    pub leaves_reads_out: bool,
    /// The end of the page, if there may be another one.
    pub next: Option<Cursor>,
    /// What the inputs are.
    pub unit: InputUnit,
    events: u64,
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
    times: Option<(OffsetDateTime, OffsetDateTime)>,
}

/// What the inputs of a search are, in the words of the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputUnit {
    /// Files or objects.
    #[default]
    File,
    /// CloudTrail's event histories, one for each region.
    History,
}

impl InputUnit {
    fn counted(self, number: u64) -> String {
        match self {
            Self::File => counted(number, "file"),
            Self::History if number == 1 => "1 event history".to_owned(),
            Self::History => format!("{} event histories", grouped(number)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SummaryObject {
    events: u64,
    records: u64,
    records_rejected: u64,
    records_without_time: u64,
    duplicates: u64,
    files: u64,
    files_read: u64,
    files_failed: u64,
    files_ruled_out: u64,
    files_skipped: u64,
    accounts: usize,
    regions: usize,
    from: Option<String>,
    to: Option<String>,
    reads_left_out: bool,
    complete: bool,
    next: Option<String>,
}

impl Summary {
    /// Nothing yet, of so many inputs.
    pub fn of(inputs: u64, unit: InputUnit) -> Self {
        Self { files: inputs, unit, ..Self::default() }
    }

    /// Counts an event that is shown.
    pub fn add(&mut self, event: &Event) {
        let cells = Cells::of(event);
        self.events += 1;
        self.accounts.extend(cells.text(Column::Account));
        self.regions.extend(cells.text(Column::Region));
        if let Some(time) = event.key().time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
    }

    /// The number of events shown.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Whether everything could be read.
    pub fn is_complete(&self) -> bool {
        self.files_failed == 0 && self.counts.rejected == 0
    }

    pub(crate) fn object(&self) -> SummaryObject {
        let time = |time: OffsetDateTime| time_text(Some(time));
        SummaryObject {
            events: self.events,
            records: self.counts.records,
            records_rejected: self.counts.rejected,
            records_without_time: self.counts.without_time,
            duplicates: self.duplicates,
            files: self.files,
            files_read: self.files_read,
            files_failed: self.files_failed,
            files_ruled_out: self.files_ruled_out,
            files_skipped: self.files_skipped,
            accounts: self.accounts.len(),
            regions: self.regions.len(),
            from: self.times.map(|(first, _)| time(first)),
            to: self.times.map(|(_, last)| time(last)),
            reads_left_out: self.leaves_reads_out,
            complete: self.is_complete(),
            next: self.next.as_ref().map(ToString::to_string),
        }
    }

    /// One line: `1,204 of 88,310 records in 112 of 2,000 files, 3 accounts, 17 regions; 13 to 14 Sep 2026; 0.2 s`.
    pub fn line(&self, elapsed: Option<Duration>) -> String {
        let mut parts = vec![format!(
            "{} of {} in {}",
            grouped(self.events),
            counted(self.counts.records, "record"),
            if self.files_read == self.files {
                self.unit.counted(self.files)
            } else {
                format!("{} of {}", grouped(self.files_read), self.unit.counted(self.files))
            }
        )];
        if self.events > 0 {
            parts.push(counted(self.accounts.len() as u64, "account"));
            parts.push(counted(self.regions.len() as u64, "region"));
        }
        let mut line = parts.join(", ");
        if let Some((first, last)) = self.times {
            line += &format!("; {}", days(first.date(), last.date()));
        }
        if let Some(elapsed) = elapsed {
            line += &format!("; {:.1} s", elapsed.as_secs_f64());
        }
        line
    }

    /// What the reader of the line should know besides, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let ScanCounts { rejected, without_time, .. } = self.counts;
        let mut notes = Vec::new();
        let mut note = |is_needed: bool, text: String| {
            if is_needed {
                notes.push(text);
            }
        };
        note(self.leaves_reads_out, "reads are left out; `--all` shows them".to_owned());
        note(rejected > 0, format!("{} could not be read", counted(rejected, "record")));
        note(
            self.files_failed > 0,
            format!("{} could not be read to the end", self.unit.counted(self.files_failed)),
        );
        note(
            self.files_ruled_out > 0,
            format!("{} not opened, because the index rules them out", counted(self.files_ruled_out, "file")),
        );
        note(
            self.files_skipped > 0,
            format!("{} without CloudTrail records skipped", counted(self.files_skipped, "file")),
        );
        note(
            without_time > 0,
            format!("{} without a time left out by the time range", counted(without_time, "record")),
        );
        note(
            self.duplicates > 0,
            format!("{} left out; `--duplicates` shows them", counted(self.duplicates, "duplicate")),
        );
        note(
            self.out_of_order > 0,
            format!(
                "{} later than the delivery of the log file, so not in order",
                counted(self.out_of_order, "event")
            ),
        );
        if let Some(next) = &self.next {
            note(true, format!("more events: `--before {next}`"));
        }
        notes
    }
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// `14 Sep 2026`, `13 to 14 Sep 2026`, `30 Aug to 2 Sep 2026`, `31 Dec 2025 to 1 Jan 2026`.
fn days(first: Date, last: Date) -> String {
    let month = |date: Date| date.month().to_string().chars().take(3).collect::<String>();
    let end = format!("{} {} {}", last.day(), month(last), last.year());
    if first == last {
        return end;
    }
    let start = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => first.day().to_string(),
        (true, false) => format!("{} {}", first.day(), month(first)),
        (false, _) => format!("{} {} {}", first.day(), month(first), first.year()),
    };
    format!("{start} to {end}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::date;

    use super::{InputUnit, Summary, days, grouped};
    use crate::scan::ScanCounts;
    use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

    #[test]
    fn the_line_says_what_was_searched() {
        let mut summary = Summary {
            counts: ScanCounts { records: 88_310, matching: 4, rejected: 1, without_time: 2 },
            files_read: 112,
            files: 2_000,
            ..Summary::default()
        };
        for record in [SIGN_IN, STOP_LOGGING, GET_OBJECT] {
            summary.add(&event(record));
        }
        assert_eq!(
            summary.line(Some(Duration::from_millis(240))),
            "3 of 88,310 records in 112 of 2,000 files, 2 accounts, 2 regions; 14 Sep 2026; 0.2 s"
        );
        assert!(!summary.is_complete());
        let empty = Summary {
            counts: ScanCounts { records: 1, ..ScanCounts::default() },
            files_read: 1,
            files: 1,
            ..Summary::default()
        };
        assert_eq!(empty.line(None), "0 of 1 record in 1 file");
        let looked_up = Summary { files_read: 16, ..Summary::of(17, InputUnit::History) };
        assert_eq!(looked_up.line(None), "0 of 0 records in 16 of 17 event histories");
        assert!(empty.is_complete() && empty.notes().is_empty());
    }

    #[test]
    fn notes_name_what_is_missing_and_how_to_see_it() {
        let summary = Summary {
            counts: ScanCounts { records: 9, matching: 4, rejected: 2, without_time: 1 },
            files_failed: 1,
            files_ruled_out: 4,
            files_skipped: 3,
            duplicates: 1,
            out_of_order: 1,
            leaves_reads_out: true,
            next: "2026-09-14T10:00:00Z/a".parse().ok(),
            ..Summary::default()
        };
        assert_eq!(
            summary.notes(),
            [
                "reads are left out; `--all` shows them",
                "2 records could not be read",
                "1 file could not be read to the end",
                "4 files not opened, because the index rules them out",
                "3 files without CloudTrail records skipped",
                "1 record without a time left out by the time range",
                "1 duplicate left out; `--duplicates` shows them",
                "1 event later than the delivery of the log file, so not in order",
                "more events: `--before 2026-09-14T10:00:00Z/a`",
            ]
        );
    }

    #[test]
    fn numbers_and_days_read_well() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (first, last, text) in [
            (date!(2026 - 09 - 14), date!(2026 - 09 - 14), "14 Sep 2026"),
            (date!(2026 - 09 - 13), date!(2026 - 09 - 14), "13 to 14 Sep 2026"),
            (date!(2026 - 08 - 30), date!(2026 - 09 - 02), "30 Aug to 2 Sep 2026"),
            (date!(2025 - 12 - 31), date!(2026 - 01 - 01), "31 Dec 2025 to 1 Jan 2026"),
        ] {
            assert_eq!(days(first, last), text);
        }
    }
}
