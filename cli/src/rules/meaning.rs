//! How the patterns of two rules relate, in words. The answers are those of `pattern_analysis`.

use filter_pattern::Pattern;
use pattern_analysis::{PatternAnalysis, PatternComparison, Reason, Relation, Witness};
use serde_json::{Value, json};

/// How a rule's pattern before a change relates to the pattern after it.
pub(super) struct Meaning(Result<PatternComparison, Reason>);

impl Meaning {
    pub(super) fn of_change(before: &Pattern, after: &Pattern) -> Self {
        let mut analysis = PatternAnalysis::new();
        let both = analysis.add(before).and_then(|before| Ok((before, analysis.add(after)?)));
        Self(both.map(|(before, after)| analysis.compare(before, after)))
    }

    fn relation(&self) -> Relation {
        self.0.as_ref().map_or(Relation::Unknown, PatternComparison::relation)
    }

    /// The record that only the pattern before the change matches.
    pub(super) fn no_longer_found(&self) -> Option<&Witness> {
        self.0.as_ref().ok()?.only_first()
    }

    /// The record that only the pattern after the change matches.
    pub(super) fn newly_found(&self) -> Option<&Witness> {
        self.0.as_ref().ok()?.only_second()
    }

    /// What the change means, on one line.
    pub(super) fn summary(&self) -> String {
        match self.relation() {
            Relation::Equivalent => "written differently, but matches the same records".to_owned(),
            Relation::Implies => "wider than before".to_owned(),
            Relation::Implied => "narrower than before".to_owned(),
            Relation::Disjoint => "matches none of the records that it matched before".to_owned(),
            Relation::Overlap => {
                "matches some records that it did not match before, and misses others".to_owned()
            }
            Relation::Unknown => {
                let reason = match &self.0 {
                    Ok(comparison) => comparison.unknown(),
                    Err(reason) => Some(*reason),
                };
                let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                format!("the effect of the change is unknown{reason}")
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let record =
            |witness: Option<&Witness>| witness.map_or(Value::Null, |witness| witness.record().clone());
        json!({
            "relation": self.relation().as_str(),
            "noLongerFound": record(self.no_longer_found()),
            "newlyFound": record(self.newly_found()),
        })
    }
}
