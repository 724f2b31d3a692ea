//! [`PatternComparison`]: how the records that one pattern matches relate to the records that another matches.

use std::fmt;

use crate::reason::Reason;
use crate::witness::Witness;

/// The relation of two patterns. If several hold, the first one in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Both match the same records.
    Equivalent,
    /// The second pattern matches every record that the first matches.
    Implies,
    /// The first pattern matches every record that the second matches.
    Implied,
    /// No record matches both.
    Disjoint,
    /// Some records match both, and some match only the first, and some only the second.
    Overlap,
    /// The relation could not be decided.
    Unknown,
}

impl Relation {
    /// A stable, machine-readable word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::Equivalent => "equivalent",
            Relation::Implies => "implies",
            Relation::Implied => "implied",
            Relation::Disjoint => "disjoint",
            Relation::Overlap => "overlap",
            Relation::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Which of the three parts of two patterns' records are empty, with a record for each part that is not.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternComparison {
    only_first: Result<Option<Witness>, Reason>,
    only_second: Result<Option<Witness>, Reason>,
    both: Result<Option<Witness>, Reason>,
}

impl PatternComparison {
    pub(crate) fn new(
        only_first: Result<Option<Witness>, Reason>,
        only_second: Result<Option<Witness>, Reason>,
        both: Result<Option<Witness>, Reason>,
    ) -> PatternComparison {
        PatternComparison { only_first, only_second, both }
    }

    /// The relation of the two patterns.
    #[must_use]
    pub fn relation(&self) -> Relation {
        let parts = (&self.only_first, &self.only_second, &self.both);
        match parts {
            (Ok(None), Ok(None), _) => Relation::Equivalent,
            (Ok(None), Ok(Some(_)), _) => Relation::Implies,
            (Ok(Some(_)), Ok(None), _) => Relation::Implied,
            (Ok(Some(_)), Ok(Some(_)), Ok(None)) => Relation::Disjoint,
            (Ok(Some(_)), Ok(Some(_)), Ok(Some(_))) => Relation::Overlap,
            (Err(_), _, _) | (_, Err(_), _) | (_, _, Err(_)) => Relation::Unknown,
        }
    }

    /// A record that only the first pattern matches, if one was found.
    #[must_use]
    pub fn only_first(&self) -> Option<&Witness> {
        self.only_first.as_ref().ok()?.as_ref()
    }

    /// A record that only the second pattern matches, if one was found.
    #[must_use]
    pub fn only_second(&self) -> Option<&Witness> {
        self.only_second.as_ref().ok()?.as_ref()
    }

    /// A record that both patterns match, if one was found.
    #[must_use]
    pub fn both(&self) -> Option<&Witness> {
        self.both.as_ref().ok()?.as_ref()
    }

    /// Why some part could not be decided.
    #[must_use]
    pub fn unknown(&self) -> Option<Reason> {
        [&self.only_first, &self.only_second, &self.both]
            .into_iter()
            .find_map(|part| part.as_ref().err().copied())
    }
}
