//! The conformance cases of the pattern language, as `shared/filter-pattern/tests/cases` has them.

use anyhow::Context as _;
use serde::Deserialize;

/// The files of cases, each with its theme.
const FILES: [(&str, &str); 14] = [
    ("cis", include_str!("../../../../shared/filter-pattern/tests/cases/cis.toml")),
    ("delimited", include_str!("../../../../shared/filter-pattern/tests/cases/delimited.toml")),
    ("difference", include_str!("../../../../shared/filter-pattern/tests/cases/difference.toml")),
    ("equality", include_str!("../../../../shared/filter-pattern/tests/cases/equality.toml")),
    ("logic", include_str!("../../../../shared/filter-pattern/tests/cases/logic.toml")),
    ("messages", include_str!("../../../../shared/filter-pattern/tests/cases/messages.toml")),
    ("numbers", include_str!("../../../../shared/filter-pattern/tests/cases/numbers.toml")),
    ("quotas", include_str!("../../../../shared/filter-pattern/tests/cases/quotas.toml")),
    ("regex", include_str!("../../../../shared/filter-pattern/tests/cases/regex.toml")),
    ("rejected", include_str!("../../../../shared/filter-pattern/tests/cases/rejected.toml")),
    ("selectors", include_str!("../../../../shared/filter-pattern/tests/cases/selectors.toml")),
    ("states", include_str!("../../../../shared/filter-pattern/tests/cases/states.toml")),
    ("terms", include_str!("../../../../shared/filter-pattern/tests/cases/terms.toml")),
    ("wildcards", include_str!("../../../../shared/filter-pattern/tests/cases/wildcards.toml")),
];

#[derive(Deserialize)]
struct CaseFile {
    case: Vec<Case>,
}

/// A pattern with the expected answers.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Case {
    /// The theme, and what is shown.
    pub(super) name: String,
    pub(super) pattern: String,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    misses: Vec<String>,
    #[serde(default)]
    either: Vec<String>,
    over_quota: Option<String>,
    error: Option<String>,
}

impl Case {
    /// The messages that the service takes, each with the expected answer if there is one. It takes no empty messages.
    pub(super) fn messages(&self) -> Vec<(&str, Option<bool>)> {
        let matches = self.matches.iter().map(|message| (message, Some(true)));
        let misses = self.misses.iter().map(|message| (message, Some(false)));
        let either = self.either.iter().map(|message| (message, None));
        let all = matches.chain(misses).chain(either);
        all.map(|(message, expected)| (message.as_str(), expected))
            .filter(|(message, _)| !message.is_empty())
            .collect()
    }

    /// Whether the service is expected to refuse the pattern.
    pub(super) fn is_refused(&self) -> bool {
        self.error.is_some() || self.over_quota.is_some()
    }
}

/// The cases whose names contain `part`, in the order of their files.
pub(super) fn cases(part: &str) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (theme, text) in FILES {
        let file: CaseFile =
            toml::from_str(text).with_context(|| format!("the cases `{theme}` are damaged"))?;
        let named =
            file.case.into_iter().map(|case| Case { name: format!("{theme}: {}", case.name), ..case });
        cases.extend(named.filter(|case| case.name.contains(part)));
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn no_file_of_cases_is_left_out() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/filter-pattern/tests/cases");
        let mut themes: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        themes.sort();
        assert_eq!(themes, FILES.map(|(theme, _)| theme));
    }

    #[test]
    fn every_case_asks_for_something_that_one_request_can_hold() {
        let cases = cases("").unwrap();
        assert!(cases.len() > 350, "{}", cases.len());
        for case in cases {
            assert!(case.messages().len() <= aws::TESTED_MESSAGES, "{}", case.name);
        }
    }
}
