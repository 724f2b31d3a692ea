//! Rule documents as they are stored in a bucket.

use std::collections::BTreeSet;

use filter_pattern::{Pattern, PatternKind};
use rules::{Diagnostics, Rule, RuleSet, run_tests};

use crate::shown::{is_line, is_place, is_text};

const NAME: &str = "rules.yaml";

/// The input is a rule set or is rejected, with and without its tests alike; diagnostics refer to existing lines; and
/// the rules keep their guarantees.
pub fn rule_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let answer = RuleSet::parse(NAME, text);
    let bare = RuleSet::parse_without_tests(NAME, text);
    match (&answer, &bare) {
        (Ok((set, warnings)), Ok((bare, same_warnings))) => {
            assert_eq!(warnings, same_warnings);
            assert_eq!(warnings.errors(), 0);
            are_told(warnings, text);
            are_rules(set, bare);
        }
        (Err(diagnostics), Err(same)) => {
            assert_eq!(diagnostics, same);
            assert!(diagnostics.errors() > 0);
            are_told(diagnostics, text);
        }
        (answer, bare) => panic!("{answer:?} with tests, {bare:?} without"),
    }
}

fn are_told(diagnostics: &Diagnostics, text: &str) {
    for diagnostic in diagnostics {
        is_line(&diagnostic.message);
        diagnostic.help.iter().for_each(|help| is_line(help));
        is_place(diagnostic.line, diagnostic.column, text);
    }
    is_text(&diagnostics.to_string());
}

fn are_rules(set: &RuleSet, bare: &RuleSet) {
    let ids: BTreeSet<&str> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids.len(), set.rules().len());
    for (rule, bare) in set.rules().iter().zip(bare.rules()) {
        assert_eq!(*bare, Rule { tests: Vec::new(), ..rule.clone() });
        let again = Pattern::parse(&rule.pattern.to_string()).expect("canonical text is a pattern");
        assert_eq!(again, rule.pattern);
        assert!(rule.pattern.kind() == PatternKind::Json || rule.metric.dimensions.is_empty());
        is_line(&rule.id);
        is_line(&rule.metric.name);
        is_line(&rule.metric.namespace);
        assert!(set.place(&rule.id).is_some());
    }
    assert_eq!(run_tests(set).len(), set.rules().iter().map(|rule| rule.tests.len()).sum::<usize>());
}
