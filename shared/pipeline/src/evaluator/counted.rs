//! Which rules have counted which events of one file.
//!
//! Other files do not matter here: the ledger knows them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::quality::RandomState;

/// The rules that have counted an event, by event id. The hashes have a key of their own in each process, because the
/// ids may come from an attacker.
#[derive(Debug, Default)]
pub(super) struct CountedEvents(HashMap<Arc<str>, CountingRules, RandomState>);

/// One rule or more. Most events match one.
#[derive(Debug)]
enum CountingRules {
    One(u32),
    Several(Vec<u32>),
}

impl CountingRules {
    fn contains(&self, rule: u32) -> bool {
        match self {
            Self::One(one) => *one == rule,
            Self::Several(rules) => rules.contains(&rule),
        }
    }

    fn add(&mut self, rule: u32) {
        match self {
            Self::One(one) => *self = Self::Several(vec![*one, rule]),
            Self::Several(rules) => rules.push(rule),
        }
    }
}

impl CountedEvents {
    /// Removes the rules that have counted this event from `rules`, except for those that count every record, and
    /// remembers that the others count it. Returns the event id in the form in which it is shared.
    pub(super) fn count(
        &mut self,
        event_id: &str,
        rules: &mut Vec<u32>,
        deduplicates: impl Fn(u32) -> bool,
    ) -> Arc<str> {
        if let Some((id, counting)) = self.0.get_key_value(event_id) {
            let id = Arc::clone(id);
            rules.retain(|&rule| !deduplicates(rule) || !counting.contains(rule));
            if let Some(counting) = self.0.get_mut(event_id) {
                rules.iter().for_each(|&rule| counting.add(rule));
            }
            return id;
        }
        let id: Arc<str> = event_id.into();
        for &rule in rules.iter() {
            match self.0.entry(Arc::clone(&id)) {
                Entry::Occupied(entry) => entry.into_mut().add(rule),
                Entry::Vacant(entry) => drop(entry.insert(CountingRules::One(rule))),
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_an_event_once_unless_it_counts_every_record() {
        let mut events = CountedEvents::default();
        let mut count = |id: &str, rules: &[u32]| {
            let mut rules = rules.to_vec();
            assert_eq!(&*events.count(id, &mut rules, |rule| rule != 9), id);
            rules
        };
        assert_eq!(count("a", &[1]), [1]);
        assert!(count("a", &[1]).is_empty());
        assert_eq!(count("a", &[0, 1, 9]), [0, 9]);
        assert_eq!(count("a", &[0, 1, 2, 9]), [2, 9]);
        assert_eq!(count("b", &[0, 1, 9]), [0, 1, 9]);
        assert_eq!(count("b", &[0, 1, 2]), [2]);
    }
}
