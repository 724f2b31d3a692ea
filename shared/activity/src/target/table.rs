//! The table of targets: for each event source and event name, the words of its row.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::quality::RandomState;

/// The table as written; its head describes the form.
const TABLE: &str = include_str!("targets.txt");
/// What all event sources end with.
const DOMAIN: &str = ".amazonaws.com";

static ROWS: LazyLock<Rows> = LazyLock::new(|| rows().collect());

type Rows = HashMap<(&'static str, &'static str), &'static str, RandomState>;

/// The words for an event, as [`super::template`] reads them.
pub(super) fn row(event_source: &str, event_name: &str) -> Option<&'static str> {
    let service = event_source.strip_suffix(DOMAIN)?;
    ROWS.get(&(service, event_name)).copied()
}

/// Every row: service, event name and words.
fn rows() -> impl Iterator<Item = ((&'static str, &'static str), &'static str)> {
    let mut service = "";
    TABLE.lines().flat_map(move |line| {
        let mut names = "";
        let mut words = "";
        if let Some(name) = line.strip_prefix("= ") {
            service = name;
        } else if !line.starts_with('#')
            && let Some((events, row)) = line.split_once(": ")
        {
            (names, words) = (events, row);
        }
        let service = service;
        names.split_ascii_whitespace().map(move |name| ((service, name), words))
    })
}

#[cfg(test)]
mod tests {
    use super::super::template::check;
    use super::*;

    #[test]
    fn every_row_can_be_read_and_occurs_once() {
        let all: Vec<_> = rows().collect();
        assert_eq!(all.len(), ROWS.len(), "a row occurs twice");
        assert!(all.len() > 500, "{} rows", all.len());
        for ((service, name), words) in all {
            check(words).unwrap_or_else(|problem| panic!("{service} {name}: {problem} in {words}"));
        }
    }
}
