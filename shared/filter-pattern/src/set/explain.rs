//! How a set compiled, for people who wonder what a pattern costs.

use std::fmt;

use super::PatternSet;
use super::index::{Guard, Requires};
use super::program::Place;
use crate::Pattern;
use crate::ast::Ast;
use crate::selector::{Selector, Step};

/// How a [`PatternSet`] compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The selectors of all patterns, each once, in the order of their texts.
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
    /// How many patterns have it.
    pub patterns: usize,
    /// How its values are found.
    pub found: Found,
}

/// How the values of a selector are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// In the one pass over the record.
    InPassing,
    /// From the first captured key on, when a condition asks: because it has an index or a wildcard, or because the patterns that have it
    /// are evaluated for few records.
    OnDemand,
}

/// When a pattern is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// For every record.
    Always(WhyAlways),
    /// For the records in which one of these holds.
    If(Vec<Requirement>),
}

/// Why a pattern is evaluated for every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyAlways {
    /// It is a term or space-delimited pattern, which is applied to the record's text.
    Text,
    /// It can match without any particular field, because of a `NOT EXISTS`, or its selector starts with a wildcard.
    RequiresNothing,
}

/// What a record has to have for a pattern to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// `selector = "text"`
    Equals(Selector, String),
    /// Any value.
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
            WhyAlways::Text => "it is applied to the text",
            WhyAlways::RequiresNothing => "it requires no particular field",
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Equals(selector, text) => write!(formatter, "{selector} = {text:?}"),
            Requirement::Present(selector) => write!(formatter, "{selector} is there"),
        }
    }
}

pub(super) fn explain(set: &PatternSet) -> Explanation {
    let mut uses: Vec<SelectorUse> = Vec::new();
    for pattern in &set.patterns {
        let mut seen: Vec<&Selector> = Vec::new();
        for selector in selectors_of(pattern.ast()) {
            if seen.contains(&selector) {
                continue;
            }
            seen.push(selector);
            match uses.iter_mut().find(|known| known.selector == *selector) {
                Some(known) => known.patterns += 1,
                None => {
                    let is_captured = Place::of(selector, &set.trie).rest.is_empty();
                    let found = if is_captured { Found::InPassing } else { Found::OnDemand };
                    uses.push(SelectorUse { selector: selector.clone(), patterns: 1, found });
                }
            }
        }
    }
    uses.sort_by_cached_key(|known| known.selector.to_string());
    let evaluated = |(pattern, guards): (&Pattern, &Option<Vec<Guard>>)| match (pattern.ast(), guards) {
        (_, Some(guards)) => Evaluated::If(guards.iter().map(requirement).collect()),
        (Ast::Json(_), None) => Evaluated::Always(WhyAlways::RequiresNothing),
        (Ast::Terms(_) | Ast::SpaceDelimited(_), None) => Evaluated::Always(WhyAlways::Text),
    };
    Explanation { selectors: uses, patterns: set.patterns.iter().zip(&set.guards).map(evaluated).collect() }
}

fn requirement(guard: &Guard) -> Requirement {
    let selector = Selector::new(guard.path.iter().map(|key| Step::Key(key.clone())).collect());
    match &guard.requires {
        Requires::Text(text) => Requirement::Equals(selector, text.to_string()),
        Requires::Presence | Requires::PresenceOfAnother => Requirement::Present(selector),
    }
}

/// The selectors of a pattern; none but JSON patterns have any.
pub(super) fn selectors_of(ast: &Ast) -> impl Iterator<Item = &Selector> {
    let conditions = match ast {
        Ast::Json(conditions) => Some(conditions),
        Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
    };
    conditions.into_iter().flat_map(|conditions| conditions.conditions().map(|condition| &condition.selector))
}
