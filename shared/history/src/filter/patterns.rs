//! The filter patterns of `--where` and `--rule` as one set, which decides all of them in one pass over a record.

use std::ops::Range;

use filter_pattern::{Matches, Pattern, PatternSet};

use super::error::FilterError;
use super::query::Query;

/// The compiled patterns: those of `--where`, then those of the rules. Of each, the excluded ones come last.
#[derive(Debug)]
pub(super) struct Patterns {
    set: PatternSet,
    groups: [Group; 2],
}

/// The positions of the patterns of one option.
#[derive(Debug)]
struct Group {
    included: Range<usize>,
    excluded: Range<usize>,
}

impl Patterns {
    pub(super) fn parse(query: &Query) -> Result<Self, FilterError> {
        let of_where = query.patterns.iter().map(|text| {
            let text = text.trim();
            let excluded = text.strip_prefix('!').map(|text| text.trim_start_matches('!').trim_start());
            (excluded.unwrap_or(text), excluded.is_some())
        });
        let of_rules = query.rules.iter().map(|rule| (rule.pattern.as_str(), rule.is_excluded));
        let mut patterns = Vec::new();
        let groups = [add(&mut patterns, of_where)?, add(&mut patterns, of_rules)?];
        Ok(Self { set: PatternSet::new(patterns), groups })
    }

    pub(super) fn set(&self) -> &PatternSet {
        &self.set
    }

    pub(super) fn allow(&self, matches: &Matches) -> bool {
        self.groups.iter().all(|Group { included, excluded }| {
            let any = |range: &Range<usize>| range.clone().any(|at| matches.contains(at));
            (included.is_empty() || any(included)) && !any(excluded)
        })
    }
}

fn add<'t>(
    patterns: &mut Vec<Pattern>,
    texts: impl Iterator<Item = (&'t str, bool)>,
) -> Result<Group, FilterError> {
    let (excluded, included): (Vec<_>, Vec<_>) = texts.partition(|(_, is_excluded)| *is_excluded);
    let start = patterns.len();
    let middle = start + included.len();
    for (text, _) in included.into_iter().chain(excluded) {
        if text.is_empty() {
            return Err(FilterError::EmptyPattern);
        }
        let pattern =
            Pattern::parse(text).map_err(|cause| FilterError::Pattern { pattern: text.to_owned(), cause })?;
        patterns.push(pattern);
    }
    Ok(Group { included: start..middle, excluded: middle..patterns.len() })
}
