//! What is counted of every finding: names, outcomes, identities, addresses and so on, as indices into one table of texts
//! for each file.
//!
//! Matched records are many, and their texts recur. The table is bounded: a file in which nothing recurs takes no more
//! memory, and the texts that it has no room for are counted as others.

use std::collections::HashMap;
use std::sync::Arc;

use activity::{Identity, Insight, Member, Outcome, OutcomeState, Record, VALUE_CHARS, cut, source};
use foldhash::quality::RandomState;

/// The most bytes of texts in the table of a file.
const TEXT_BYTES: usize = 4 * 1024 * 1024;
/// The most combinations of texts in the table of a file.
const COMBINATIONS: usize = 64 * 1024;
/// The longest name, code or address in characters.
const KEY_CHARS: usize = 512;

/// A text of the table; none; or one that the table has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextIndex {
    /// The record has no such text.
    Absent,
    /// The table has no room for the text.
    Other,
    /// A text of the table.
    At(u32),
}

/// What is counted of one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facets {
    /// How the call ended.
    pub state: Option<OutcomeState>,
    /// `eventName`, or the API of an Insight.
    pub name: TextIndex,
    /// The error code, or else the error message.
    pub reason: TextIndex,
    /// The identity's key.
    pub identity: TextIndex,
    /// The identity in words.
    pub words: TextIndex,
    /// `sourceIPAddress`.
    pub address: TextIndex,
    /// The family of the user agent.
    pub client: TextIndex,
    /// The account.
    pub account: TextIndex,
    /// `awsRegion`.
    pub region: TextIndex,
}

/// The facets of a file's records, with their texts.
#[derive(Debug, Default)]
pub struct FacetTable {
    texts: Vec<Arc<str>>,
    facets: Vec<Facets>,
}

impl FacetTable {
    /// The text at an index; `None` if there is none, or if the table has no room for it.
    #[must_use]
    pub fn text(&self, index: TextIndex) -> Option<&Arc<str>> {
        match index {
            TextIndex::At(index) => self.texts.get(usize::try_from(index).ok()?),
            TextIndex::Absent | TextIndex::Other => None,
        }
    }

    /// The facets at an index.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Facets> {
        self.facets.get(usize::try_from(index).ok()?)
    }
}

/// Fills the table of one file.
#[derive(Debug, Default)]
pub(crate) struct FacetInterner {
    texts: HashMap<Arc<str>, u32, RandomState>,
    facets: HashMap<Facets, u32, RandomState>,
    bytes: usize,
}

impl FacetInterner {
    /// The index of a record's facets in the table.
    pub(crate) fn add(
        &mut self,
        record: &Record<'_>,
        outcome: Option<&Outcome>,
        identity: &Identity,
        table: &mut FacetTable,
    ) -> u32 {
        let insight = Insight::of(record);
        let source = source(record);
        let text = |member| record.text(member).map(|text| cut(&text, VALUE_CHARS));
        let account =
            text(Member::Account).or_else(|| record.identity_account().map(|id| cut(&id, VALUE_CHARS)));
        let name = insight.map(|insight| insight.event_name).or_else(|| text(Member::EventName));
        let mut intern = |text: Option<&str>| self.intern(text, table);
        let facets = Facets {
            state: outcome.map(|outcome| outcome.state),
            name: intern(name.as_deref()),
            reason: intern(outcome.and_then(|outcome| outcome.reason.as_deref())),
            identity: intern(Some(&cut(&identity.key, KEY_CHARS))),
            words: intern(Some(&identity.words)),
            address: intern(source.address.as_deref()),
            client: intern(source.client.as_deref()),
            account: intern(account.as_deref()),
            region: intern(text(Member::Region).as_deref()),
        };
        self.intern_facets(facets, table)
    }

    fn intern(&mut self, text: Option<&str>, table: &mut FacetTable) -> TextIndex {
        let Some(text) = text else { return TextIndex::Absent };
        if let Some(index) = self.texts.get(text) {
            return TextIndex::At(*index);
        }
        if self.bytes + text.len() > TEXT_BYTES {
            return TextIndex::Other;
        }
        let Ok(index) = u32::try_from(table.texts.len()) else { return TextIndex::Other };
        let text: Arc<str> = text.into();
        self.bytes += text.len();
        table.texts.push(Arc::clone(&text));
        self.texts.insert(text, index);
        TextIndex::At(index)
    }

    fn intern_facets(&mut self, facets: Facets, table: &mut FacetTable) -> u32 {
        if let Some(index) = self.facets.get(&facets) {
            return *index;
        }
        if self.facets.len() >= COMBINATIONS {
            let fewer = Facets {
                state: facets.state,
                name: TextIndex::Other,
                reason: TextIndex::Other,
                identity: TextIndex::Other,
                words: TextIndex::Other,
                address: TextIndex::Other,
                client: TextIndex::Other,
                account: TextIndex::Other,
                region: TextIndex::Other,
            };
            if let Some(index) = self.facets.get(&fewer) {
                return *index;
            }
            return self.push(fewer, table);
        }
        self.push(facets, table)
    }

    fn push(&mut self, facets: Facets, table: &mut FacetTable) -> u32 {
        let index = u32::try_from(table.facets.len()).unwrap_or(u32::MAX);
        table.facets.push(facets);
        self.facets.insert(facets, index);
        index
    }
}
