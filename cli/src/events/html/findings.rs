//! The rules, run over the events of the page. Patterns are decided; thresholds of alarms are not.

use filter_pattern::{Matches, PatternSet};
use history::Event;
use rules::{RuleSet, Severity};
use serde::Serialize;

/// The rules with the events that each of them matches.
pub(super) struct Findings {
    rules: RuleSet,
    patterns: PatternSet,
    matches: Matches,
    rows: Vec<Vec<usize>>,
}

/// A rule with its events.
#[derive(Serialize)]
pub(super) struct RuleFindings<'f> {
    id: &'f str,
    title: &'f str,
    severity: Severity,
    summary: &'f str,
    response: &'f str,
    rows: &'f [usize],
}

impl Findings {
    pub(super) fn new(rules: RuleSet) -> Self {
        let patterns = PatternSet::new(rules.rules().iter().map(|rule| rule.pattern.clone()));
        let rows = vec![Vec::new(); rules.rules().len()];
        Self { rules, patterns, matches: Matches::default(), rows }
    }

    /// Runs the rules over an event.
    pub(super) fn push(&mut self, row: usize, event: &Event) {
        // The record of an event is valid.
        if self.patterns.matches_into(event.record(), &mut self.matches).is_err() {
            return;
        }
        for (rule, rows) in self.rows.iter_mut().enumerate() {
            if self.matches.contains(rule) {
                rows.push(row);
            }
        }
    }

    /// All rules, also those without events.
    pub(super) fn of_rules(&self) -> Vec<RuleFindings<'_>> {
        let all = self.rules.rules().iter().zip(&self.rows);
        all.map(|(rule, rows)| RuleFindings {
            id: &rule.id,
            title: &rule.title,
            severity: rule.severity,
            summary: &rule.summary,
            response: &rule.response,
            rows,
        })
        .collect()
    }
}
