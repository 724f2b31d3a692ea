//! Makes rule ids from the names of filters and metrics. Whether an id is valid is decided by the `rules` crate.

use std::collections::{HashMap, HashSet};

/// The maximum length of an id without its number; `rules` accepts 128 characters.
const CHARACTERS: usize = 120;

/// The ids in use.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: HashSet<String>,
    /// The number for the next rule whose id would be the same.
    numbers: HashMap<String, usize>,
}

impl Ids {
    /// An id in kebab-case that no other rule has.
    pub(crate) fn of(&mut self, name: &str) -> String {
        let mut id = kebab_case(name);
        if id.is_empty() {
            id.push_str("rule");
        }
        let number = self.numbers.entry(id.clone()).or_insert(2);
        let mut candidate = id.clone();
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{id}-{number}");
            *number += 1;
        }
        candidate
    }
}

/// The name of one of several alarms of a rule: how urgent it is, if its own name says so.
pub(crate) fn alarm_name(own_name: &str, taken: &[String]) -> String {
    let own_name = kebab_case(own_name);
    let words: Vec<_> = own_name.split('-').collect();
    let urgency = ["warning", "critical"].into_iter().find(|urgency| words.contains(urgency));
    let name = match urgency {
        Some(urgency) if !taken.iter().any(|taken| taken == urgency) => urgency,
        _ if own_name.is_empty() => "alarm",
        _ => own_name.as_str(),
    };
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// The words of a name, in lower case and joined by hyphens: `IAMPolicyChanges` becomes `iam-policy-changes`.
fn kebab_case(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::new();
    for (index, &c) in characters.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.push('-');
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| characters.get(before)).copied();
        let after = characters.get(index + 1).copied();
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(|after| after.is_ascii_lowercase()))
            });
        if starts_word {
            words.push('-');
        }
        words.push(c.to_ascii_lowercase());
    }
    let words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
    let mut id = words.join("-");
    id.truncate(CHARACTERS);
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_styles_become_kebab_case() {
        for (name, expected) in [
            ("root-usage", "root-usage"),
            ("RootAccountUsage", "root-account-usage"),
            ("UnauthorizedAPICalls", "unauthorized-api-calls"),
            ("IAM_Policy changes", "iam-policy-changes"),
            ("EC2LargeInstances", "ec2-large-instances"),
            ("aws_cloudwatch_log_metric_filter.root[\"a b\"]", "aws-cloudwatch-log-metric-filter-root-a-b"),
            ("--", ""),
            ("Größe", "gr-e"),
        ] {
            assert_eq!(kebab_case(name), expected, "{name}");
        }
    }

    #[test]
    fn no_two_rules_share_an_id() {
        let mut ids = Ids::default();
        let made: Vec<_> = ["Root", "root", "ROOT-2", "root", "--"].map(|name| ids.of(name)).into();
        assert_eq!(made, ["root", "root-2", "root-2-2", "root-3", "rule"]);
    }

    #[test]
    fn a_long_name_leaves_room_for_a_number() {
        assert_eq!(Ids::default().of(&"a".repeat(500)).len(), CHARACTERS);
    }
}
