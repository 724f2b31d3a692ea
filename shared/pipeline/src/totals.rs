//! What the findings of one alert add up to, in constant memory.

use std::sync::Arc;

use activity::OutcomeState;
use serde::Serialize;

use crate::facets::{FacetTable, Facets, TextIndex};
use crate::top_values::TopValues;

/// Room for the values of each kind. Up to these numbers, an alert's lists are exact.
const EVENT_NAMES: usize = 128;
const ERROR_CODES: usize = 32;
const IDENTITIES: usize = 64;
const SESSIONS: usize = 128;
const ADDRESSES: usize = 64;
const CLIENTS: usize = 16;
const TARGETS: usize = 128;
const PLACES: usize = 64;

/// How the calls of an alert ended. Always exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeCounts {
    /// Calls that succeeded.
    pub succeeded: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that succeeded in part.
    pub partly: u64,
    /// Dry runs that would have succeeded.
    pub dry_run: u64,
}

impl OutcomeCounts {
    fn add(&mut self, state: OutcomeState, count: u64) {
        match state {
            OutcomeState::Succeeded => self.succeeded += count,
            OutcomeState::SucceededInPart => self.partly += count,
            OutcomeState::Refused => self.refused += count,
            OutcomeState::Failed => self.failed += count,
            OutcomeState::DryRun => self.dry_run += count,
        }
    }

    /// The number of calls with an outcome.
    pub fn calls(&self) -> u64 {
        self.succeeded + self.refused + self.failed + self.partly + self.dry_run
    }
}

/// What the findings of one alert add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// How the calls ended.
    pub outcomes: OutcomeCounts,
    /// Event names.
    pub event_names: TopValues,
    /// Error codes or, where a record has none, error messages.
    pub error_codes: TopValues,
    /// Identities by key; the words are in each value's label.
    pub identities: TopValues,
    /// Source addresses.
    pub addresses: TopValues,
    /// Families of user agents.
    pub clients: TopValues,
    /// Targets in words, of the findings whose targets are [read](Totals::targets_read).
    pub targets: TopValues,
    /// Accounts.
    pub accounts: TopValues,
    /// Regions.
    pub regions: TopValues,
    /// Why calls were refused.
    #[serde(skip)]
    pub refusals: TopValues,
    /// Why calls failed.
    #[serde(skip)]
    pub failures: TopValues,
    /// Identities in words, which tell the sessions of a role apart.
    #[serde(skip)]
    pub sessions: TopValues,
    /// Targets of calls that succeeded.
    #[serde(skip)]
    pub reached: TopValues,
    /// The number of findings whose target was looked for.
    pub targets_read: u64,
    /// The number of findings that have a target.
    #[serde(skip)]
    pub with_target: u64,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            outcomes: OutcomeCounts::default(),
            event_names: TopValues::new(EVENT_NAMES),
            error_codes: TopValues::new(ERROR_CODES),
            identities: TopValues::new(IDENTITIES),
            addresses: TopValues::new(ADDRESSES),
            clients: TopValues::new(CLIENTS),
            targets: TopValues::new(TARGETS),
            accounts: TopValues::new(PLACES),
            regions: TopValues::new(PLACES),
            refusals: TopValues::new(ERROR_CODES),
            failures: TopValues::new(ERROR_CODES),
            sessions: TopValues::new(SESSIONS),
            reached: TopValues::new(TARGETS),
            targets_read: 0,
            with_target: 0,
        }
    }
}

impl Totals {
    /// Adds findings that share their facets.
    pub(crate) fn add(&mut self, facets: &Facets, table: &FacetTable, count: u64) {
        let label = table.text(facets.words);
        add(&mut self.event_names, facets.name, None, table, count);
        add(&mut self.identities, facets.identity, label, table, count);
        add(&mut self.sessions, facets.words, None, table, count);
        add(&mut self.addresses, facets.address, None, table, count);
        add(&mut self.clients, facets.client, None, table, count);
        add(&mut self.accounts, facets.account, None, table, count);
        add(&mut self.regions, facets.region, None, table, count);
        let Some(state) = facets.state else { return };
        self.outcomes.add(state, count);
        let reasons = match state {
            OutcomeState::Refused => &mut self.refusals,
            OutcomeState::Failed => &mut self.failures,
            OutcomeState::Succeeded | OutcomeState::SucceededInPart | OutcomeState::DryRun => return,
        };
        add(reasons, facets.reason, None, table, count);
        add(&mut self.error_codes, facets.reason, None, table, count);
    }

    /// Adds the target of a finding, if it has any.
    pub(crate) fn add_target(&mut self, target: Option<&Arc<str>>, has_succeeded: bool) {
        self.targets_read += 1;
        let Some(target) = target else { return };
        self.with_target += 1;
        self.targets.add(target, None, 1);
        if has_succeeded {
            self.reached.add(target, None, 1);
        }
    }

    /// Adds the totals of other findings.
    pub(crate) fn merge(&mut self, other: &Self) {
        let OutcomeCounts { succeeded, refused, failed, partly, dry_run } = other.outcomes;
        self.outcomes.succeeded += succeeded;
        self.outcomes.refused += refused;
        self.outcomes.failed += failed;
        self.outcomes.partly += partly;
        self.outcomes.dry_run += dry_run;
        for (own, others) in [
            (&mut self.event_names, &other.event_names),
            (&mut self.error_codes, &other.error_codes),
            (&mut self.identities, &other.identities),
            (&mut self.addresses, &other.addresses),
            (&mut self.clients, &other.clients),
            (&mut self.targets, &other.targets),
            (&mut self.accounts, &other.accounts),
            (&mut self.regions, &other.regions),
            (&mut self.refusals, &other.refusals),
            (&mut self.failures, &other.failures),
            (&mut self.sessions, &other.sessions),
            (&mut self.reached, &other.reached),
        ] {
            own.merge(others);
        }
        self.targets_read += other.targets_read;
        self.with_target += other.with_target;
    }
}

fn add(values: &mut TopValues, index: TextIndex, label: Option<&Arc<str>>, table: &FacetTable, count: u64) {
    match (table.text(index), index) {
        (Some(text), _) => values.add(text, label, count),
        (None, TextIndex::Absent) => {}
        (None, TextIndex::Other | TextIndex::At(_)) => values.omit(),
    }
}
