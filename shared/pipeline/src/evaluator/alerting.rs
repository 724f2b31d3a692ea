//! What alerts need of a record: what is counted of it, its groups, and whether it is described.

use std::sync::Arc;

use activity::{
    Identity, Member, Outcome, Record as ActivityRecord, Source, cut, is_outcome_in_response, outcome,
    source, source_of_client, target,
};
use filter_pattern::ProjectedRecord;
use rules::Rule;

use super::{Collector, intern};
use crate::alert::GROUP_VALUE_CHARS;
use crate::event_summary::EventSummary;
use crate::facets::{Facets, TextIndex};
use crate::findings::{GroupKey, Target, position};
use crate::record_fields::{GroupField, RuleFields};

/// The members that decide about a record's facets, together with its response.
const FACET_MEMBERS: [Member; 13] = [
    Member::EventType,
    Member::EventSource,
    Member::EventName,
    Member::Region,
    Member::Account,
    Member::Address,
    Member::Agent,
    Member::ErrorCode,
    Member::VpcEndpoint,
    Member::FromConsole,
    Member::Insight,
    Member::Identity,
    Member::ErrorMessage,
];

/// What is counted of a record.
pub(super) struct Told {
    pub(super) index: u32,
    facets: Facets,
    /// What was read of the record to count it, if it had to be read.
    read: Option<(Option<Outcome>, Arc<Identity>)>,
}

impl Told {
    pub(super) fn has_succeeded(&self) -> bool {
        self.facets.state.is_some_and(activity::OutcomeState::is_success)
    }
}

impl Collector<'_> {
    /// What is counted of the present record, if an alert is about it or everything is counted.
    pub(super) fn told(
        &mut self,
        activity: &ActivityRecord<'_>,
        record: &ProjectedRecord<'_>,
    ) -> Option<Told> {
        let is_wanted = self.lists_every_finding || self.counts_every_match;
        if !is_wanted && !self.counting.iter().any(|rule| self.alerts(*rule)) {
            return None;
        }
        let is_usual = !is_outcome_in_response(activity);
        let members = FACET_MEMBERS.map(|member| member as usize);
        // A message matters only where there is no code, and messages differ from record to record.
        let has_code = record.spelling(Member::ErrorCode as usize).is_some_and(|code| code.len() > 2);
        let members = members.get(..members.len() - usize::from(has_code)).unwrap_or(&members);
        let known = if is_usual { self.facet_spellings.find_texts(record, members) } else { None };
        let (index, read) = match known {
            Some(index) => (index, None),
            None => {
                let outcome = outcome(activity);
                let (identity, is_self_contained) = self.identities.of(activity);
                let index = self.facets.add(activity, outcome.as_ref(), &identity, &mut self.file.facets);
                // The identity of an Insight, for example, is in a member that is not compared here.
                if is_usual && is_self_contained {
                    self.facet_spellings.keep(index);
                }
                (index, Some((outcome, identity)))
            }
        };
        Some(Told { index, facets: *self.file.facets.get(index)?, read })
    }

    /// Where the present record's call came from.
    fn source(&self, activity: &ActivityRecord<'_>, told: Option<&Told>) -> Source {
        match told.map(|told| told.facets.client) {
            Some(TextIndex::Absent) => source_of_client(activity, None),
            Some(client @ TextIndex::At(_)) => {
                let client = self.file.facets.text(client).map(|client| client.to_string());
                source_of_client(activity, client)
            }
            Some(TextIndex::Other) | None => source(activity),
        }
    }

    /// Remembers the broader rules that match the present record and leave it to the group's rule.
    pub(super) fn add_broader(&mut self, group: u32, rule: &Rule) {
        self.file.broader.resize(self.file.groups.len(), Vec::new());
        if rule.supersedes.is_empty() {
            return;
        }
        let Some(broader) = self.file.broader.get_mut(position(group)) else { return };
        for matching in &self.matching {
            let id = self.rules.get(position(*matching)).map(|rule| &rule.id);
            if id.is_some_and(|id| rule.supersedes.contains(id)) && !broader.contains(matching) {
                broader.push(*matching);
            }
        }
    }

    pub(super) fn group(
        &mut self,
        rule: u32,
        fields: &RuleFields,
        record: &ProjectedRecord<'_>,
        told: &Told,
        activity: &ActivityRecord<'_>,
    ) -> u32 {
        let names_identity = fields.group_by.contains(&GroupField::Identity);
        let identity = match told.facets.identity {
            TextIndex::At(index) if names_identity => Some(index),
            TextIndex::At(_) | TextIndex::Absent | TextIndex::Other => None,
        };
        let mut head = [0_u8; 8];
        let numbers = rule.to_le_bytes().into_iter().chain(identity.unwrap_or_default().to_le_bytes());
        head.iter_mut().zip(numbers).for_each(|(byte, value)| *byte = value);
        let written = fields.group_by.iter().filter_map(|field| match field {
            GroupField::Identity => None,
            GroupField::Field(field) => Some(*field),
        });
        // An identity that the table has no room for has no number that could stand for it.
        let can_keep = !names_identity || identity.is_some();
        if let Some(group) = self.group_spellings.find_fields(&head, record, written).filter(|_| can_keep) {
            return group;
        }
        let mut value = |field: &GroupField| match field {
            GroupField::Identity => Some(self.identities.of(activity).0.key.clone()),
            GroupField::Field(field) => Some(cut(&record.value(*field)?.into_text(), GROUP_VALUE_CHARS)),
        };
        let values = fields.group_by.iter().map(&mut value).collect();
        let rule = position(rule);
        let mut key = GroupKey { rule, values: Some(values) };
        if !self.groups.contains_key(&key) {
            let groups = self.groups_of_rule.get_mut(rule);
            match groups {
                Some(count) if *count < self.groups_per_rule => *count += 1,
                Some(_) | None => key.values = None,
            }
        }
        let group = intern(&mut self.groups, &mut self.file.groups, key);
        if can_keep {
            self.group_spellings.keep(group);
        }
        group
    }

    /// What an alert says about the present record, whose findings begin at `first`: the whole, if it is one of those
    /// that are described, and its target.
    pub(super) fn described(
        &mut self,
        first: usize,
        told: Option<&Told>,
        event_time: Option<i64>,
        activity: &ActivityRecord<'_>,
        bytes: &[u8],
    ) -> (Option<Arc<EventSummary>>, Target) {
        let has_succeeded = told.is_some_and(Told::has_succeeded);
        let findings = self.file.findings.get(first..).unwrap_or_default();
        let is_wanted = self.samples.wants(findings, has_succeeded, self.file.samples_per_group);
        let wants_target = self.targets.wants(findings, has_succeeded);
        let matched = (self.file.matched.len(), event_time);
        self.samples.note(findings, matched, is_wanted, bytes);
        if !is_wanted && !wants_target {
            return (None, Target::Unread);
        }
        let read = told.and_then(|told| told.read.clone());
        let (outcome, identity) = read.unwrap_or_else(|| (outcome(activity), self.identities.of(activity).0));
        let age = event_time.map(|time| self.stamp.now - time);
        let summary = is_wanted.then(|| {
            let source = self.source(activity, told);
            Arc::new(EventSummary::of_record(activity, outcome.as_ref(), Arc::clone(&identity), &source, age))
        });
        let target = match &summary {
            Some(summary) => summary.target.as_deref().map(str::to_owned),
            None => target(activity, outcome.as_ref(), &identity),
        };
        (summary, self.targets.keep(target, findings, &mut self.file.targets))
    }
}
