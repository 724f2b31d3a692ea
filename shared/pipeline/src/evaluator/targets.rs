//! The targets of matched records: which ones are read, and the room for their texts.
//!
//! Each group has a number of its own and each rule has room of its own, so that a flood of findings of one rule never
//! hides what another rule found. Reading a target costs more than everything else about a finding together, and an alert
//! says of how many findings it knows the targets.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::findings::{Finding, Target, index, position};

/// For each group, the targets of this many findings that succeeded are always read, and of as many others.
const READ_PER_GROUP: usize = 50;
/// The targets of this many findings are read beyond that, whichever groups they are of.
const READ_BEYOND: usize = 500;
/// A rule can always keep the texts of this many targets.
const TEXTS_PER_RULE: usize = 500;
/// The most bytes of the texts that all rules together keep beyond that.
const SHARED_BYTES: usize = 4 * 1024 * 1024;

/// The targets of one file.
#[derive(Debug, Default)]
pub(super) struct Targets {
    indices: HashMap<Arc<str>, u32, RandomState>,
    /// What the texts in the shared room take.
    shared_bytes: usize,
    /// For each rule, the texts in the room of its own.
    texts_of_rule: Vec<usize>,
    /// For each group, how many findings of its own number have been asked for that did not succeed, and how many that did.
    read_of_group: Vec<[usize; 2]>,
    /// How many have been asked for beyond these numbers.
    read_beyond: usize,
}

impl Targets {
    /// Whether to read the target of a record with these findings.
    pub(super) fn wants(&mut self, findings: &[Finding], has_succeeded: bool) -> bool {
        let mut is_wanted = false;
        for group in findings.iter().filter_map(|finding| finding.group).map(position) {
            if self.read_of_group.len() <= group {
                self.read_of_group.resize(group + 1, [0; 2]);
            }
            let read = self.read_of_group.get_mut(group);
            let Some(read) = read.and_then(|read| read.get_mut(usize::from(has_succeeded))) else { continue };
            if *read < READ_PER_GROUP {
                *read += 1;
                is_wanted = true;
            }
        }
        if !is_wanted
            && self.read_beyond < READ_BEYOND
            && findings.iter().any(|finding| finding.group.is_some())
        {
            self.read_beyond += 1;
            return true;
        }
        is_wanted
    }

    /// Keeps the target of a record with these findings in `texts`.
    pub(super) fn keep(
        &mut self,
        target: Option<String>,
        findings: &[Finding],
        texts: &mut Vec<Arc<str>>,
    ) -> Target {
        let Some(target) = target else { return Target::Absent };
        if let Some(index) = self.indices.get(target.as_str()) {
            return Target::At(*index);
        }
        if !self.has_room(&target, findings) {
            return Target::Unread;
        }
        let text: Arc<str> = target.into();
        let index = index(texts.len());
        texts.push(Arc::clone(&text));
        self.indices.insert(text, index);
        Target::At(index)
    }

    /// Takes room for a text: of the shared room, or else of the room of a rule.
    fn has_room(&mut self, text: &str, findings: &[Finding]) -> bool {
        if self.shared_bytes + text.len() <= SHARED_BYTES {
            self.shared_bytes += text.len();
            return true;
        }
        for rule in findings.iter().filter(|finding| finding.group.is_some()).map(|finding| finding.rule) {
            let rule = position(rule);
            if self.texts_of_rule.len() <= rule {
                self.texts_of_rule.resize(rule + 1, 0);
            }
            if let Some(texts) = self.texts_of_rule.get_mut(rule).filter(|texts| **texts < TEXTS_PER_RULE) {
                *texts += 1;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: u32, group: u32) -> [Finding; 1] {
        [Finding { rule, group: Some(group), series: None, value: 0.0, is_sequel: false, is_silent: false }]
    }

    #[test]
    fn each_group_has_a_number_of_its_own_for_either_outcome() {
        let mut targets = Targets::default();
        let mut read = |group, has_succeeded, count: usize| {
            (0..count).filter(|_| targets.wants(&finding(0, group), has_succeeded)).count()
        };
        assert_eq!(read(0, false, 2_000), READ_PER_GROUP + READ_BEYOND);
        assert_eq!(read(0, false, 12), 0);
        assert_eq!(read(0, true, 12), 12);
        assert_eq!(read(1, false, 60), READ_PER_GROUP);
        assert!(!targets.wants(&[Finding { group: None, ..finding(0, 0)[0] }], true));
    }

    #[test]
    fn a_rule_has_room_left_when_another_has_filled_the_shared_room() {
        let (mut targets, mut texts) = (Targets::default(), Vec::new());
        let long = |index: usize| Some(format!("{index:0>2000}"));
        let mut keep = |rule, target| targets.keep(target, &finding(rule, rule), &mut texts);
        let flooded = (0..10_000).filter(|index| keep(0, long(*index)) != Target::Unread).count();
        assert_eq!(flooded, SHARED_BYTES / 2_000 + TEXTS_PER_RULE);
        let own = (20_000..21_000).filter(|index| keep(1, long(*index)) != Target::Unread).count();
        assert_eq!(own, TEXTS_PER_RULE);
        assert_eq!(keep(0, long(7)), Target::At(7), "a text that is kept needs no room");
        assert_eq!(keep(0, None), Target::Absent);
    }
}
