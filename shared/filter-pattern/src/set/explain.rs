//! How a set is compiled, for users who want to know what a pattern costs.

use std::fmt;

use super::index::{Guard, Requires, guards};
use super::program::ValuePath;
use super::trie::Trie;
use crate::ast::Ast;
use crate::pattern::Pattern;
use crate::selector::{Selector, Step};

/// How a [`PatternSet`](crate::PatternSet) is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The selectors of all patterns without duplicates, ordered by their texts.
    pub selectors: Vec<SelectorUse>,
    /// When each pattern is evaluated, in the order of the patterns.
    pub patterns: Vec<Evaluated>,
}

/// A selector, and how its values are found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectorUse {
    /// The selector.
    pub selector: Selector,
    /// The number of patterns that use it.
    pub patterns: usize,
    /// How its values are found.
    pub lookup: SelectorLookup,
}

/// How the values of a selector are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorLookup {
    /// During the one pass over the record.
    InPassing,
    /// Starting from the first captured key, when a condition needs them: the selector has an index or a wildcard, or
    /// its patterns are evaluated for few records only.
    OnDemand,
}

/// When a pattern is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// For every record.
    Always(WhyAlways),
    /// For records in which at least one of these holds.
    If(Vec<Requirement>),
}

/// Why a pattern is evaluated for every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyAlways {
    /// It is a term or space-delimited pattern, which is matched against the record's text.
    Text,
    /// No particular field is required: the pattern has a `NOT EXISTS`, or a selector that starts with a wildcard.
    RequiresNothing,
}

/// What a record must contain for a pattern to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// `selector = "text"`
    Equals(Selector, String),
    /// The selector has any value.
    Present(Selector),
}

impl fmt::Display for Evaluated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evaluated::Always(why) => write!(formatter, "every record: {why}"),
            Evaluated::If(requirements) => {
                let mut before: Option<&Requirement> = None;
                for requirement in requirements {
                    match (before, requirement) {
                        (Some(Requirement::Equals(one, _)), Requirement::Equals(other, text))
                            if one == other =>
                        {
                            write!(formatter, " | {text:?}")?;
                        }
                        (Some(_), _) => write!(formatter, " or {requirement}")?,
                        (None, _) => write!(formatter, "if {requirement}")?,
                    }
                    before = Some(requirement);
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for WhyAlways {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            WhyAlways::Text => "it is matched against the text",
            WhyAlways::RequiresNothing => "it requires no particular field",
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Equals(selector, text) => write!(formatter, "{selector} = {text:?}"),
            Requirement::Present(selector) => write!(formatter, "{selector} is present"),
        }
    }
}

pub(super) fn explain(patterns: &[Pattern], trie: &Trie) -> Explanation {
    let mut uses: Vec<SelectorUse> = Vec::new();
    for pattern in patterns {
        let mut seen: Vec<&Selector> = Vec::new();
        for selector in pattern.ast().selectors() {
            if seen.contains(&selector) {
                continue;
            }
            seen.push(selector);
            match uses.iter_mut().find(|known| known.selector == *selector) {
                Some(known) => known.patterns += 1,
                None => {
                    let is_captured = ValuePath::of(selector, trie).rest.is_empty();
                    let lookup =
                        if is_captured { SelectorLookup::InPassing } else { SelectorLookup::OnDemand };
                    uses.push(SelectorUse { selector: selector.clone(), patterns: 1, lookup });
                }
            }
        }
    }
    uses.sort_by_cached_key(|known| known.selector.to_string());
    let evaluated = |(pattern, guards): (&Pattern, Option<Vec<Guard<'_>>>)| match (pattern.ast(), guards) {
        (_, Some(guards)) => Evaluated::If(guards.iter().map(requirement).collect()),
        (Ast::Json(_), None) => Evaluated::Always(WhyAlways::RequiresNothing),
        (Ast::Terms(_) | Ast::SpaceDelimited(_), None) => Evaluated::Always(WhyAlways::Text),
    };
    Explanation { selectors: uses, patterns: patterns.iter().zip(guards(patterns)).map(evaluated).collect() }
}

fn requirement(guard: &Guard<'_>) -> Requirement {
    let selector = Selector::new(guard.path.iter().map(|key| Step::Key((*key).to_owned())).collect());
    match guard.requires {
        Requires::Text(text) => Requirement::Equals(selector, text.to_string()),
        Requires::Presence | Requires::PresenceOfAnother => Requirement::Present(selector),
    }
}
