//! `--rule` and `--rules`: the filter patterns of rules as filters of events.

use history::RulePattern;
use rules::Rule;

use super::arguments::FilterArguments;
use crate::options::RuleOptions;
use crate::rules::files::load_rules;
use crate::terminal::{complain, printable};

/// The set that contains every built-in rule.
const ALL: &str = "all";

/// The filter patterns of the rules that the user chose; `None` after a message about what is wrong.
///
/// Without rule files, the ids are those of all built-in rules.
pub(super) fn chosen(filters: &FilterArguments) -> Option<Vec<RulePattern>> {
    let FilterArguments { rule: ids, rule_files: files, .. } = filters;
    if ids.is_empty() && files.is_empty() {
        return Some(Vec::new());
    }
    let sets = if files.is_empty() { vec![ALL.to_owned()] } else { Vec::new() };
    let set = load_rules(&RuleOptions { files: files.clone(), sets })?;
    if ids.is_empty() {
        return Some(set.rules().iter().map(|rule| pattern(rule, false)).collect());
    }
    let mut patterns = Vec::new();
    for text in ids {
        let (id, is_excluded) = text.strip_prefix('!').map_or((text.as_str(), false), |id| (id, true));
        let found = set.rules().iter().filter(|rule| is_match(id, &rule.id));
        let before = patterns.len();
        patterns.extend(found.map(|rule| pattern(rule, is_excluded)));
        if patterns.len() == before {
            let place = if files.is_empty() {
                "`trailbell rules list --set all` lists the built-in rules, and `--rules` names files of other rules"
            } else {
                "the files of `--rules` have other ids"
            };
            complain(format_args!("error: no rule has the id `{}`; {place}", printable(id)));
            return None;
        }
    }
    Some(patterns)
}

fn pattern(rule: &Rule, is_excluded: bool) -> RulePattern {
    RulePattern { id: rule.id.clone(), pattern: rule.pattern.to_string(), is_excluded }
}

/// Whether an id matches a text in which `*` stands for any text.
fn is_match(text: &str, id: &str) -> bool {
    let Some((start, rest)) = text.split_once('*') else { return text == id };
    let Some(mut id) = id.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = id.find(part) else { return false };
        id = id.get(at + part.len()..).unwrap_or_default();
    }
    id.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn a_star_stands_for_any_text() {
        for (text, id, expected) in [
            ("root-usage", "root-usage", true),
            ("root", "root-usage", false),
            ("root*", "root-usage", true),
            ("*usage", "root-usage", true),
            ("r*t*e", "root-usage", true),
            ("*", "root-usage", true),
            ("*x*", "root-usage", false),
            ("root-usage*usage", "root-usage", false),
        ] {
            assert_eq!(is_match(text, id), expected, "{text}");
        }
    }
}
