//! Shared by the tests: an import whose rule file has been parsed again.

use rule_import::{Grade, Omission, OmissionCode, Options, Source, import};
use rules::{Rule, RuleSet};

/// An import and the rules in its text.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) text: String,
    pub(crate) rules: Vec<Rule>,
    pub(crate) omissions: Vec<Omission>,
}

impl Imported {
    /// The only rule.
    pub(crate) fn rule(&self) -> &Rule {
        assert_eq!(self.rules.len(), 1, "{self:#?}");
        &self.rules[0]
    }

    /// The losses, as printed.
    pub(crate) fn lost(&self) -> Vec<String> {
        let lost = self.omissions.iter().filter(|omission| omission.grade() == Grade::Lost);
        lost.map(ToString::to_string).collect()
    }

    /// The omissions with this code, as printed.
    pub(crate) fn of_code(&self, code: OmissionCode) -> Vec<String> {
        self.omissions.iter().filter(|omission| omission.code == code).map(ToString::to_string).collect()
    }
}

/// Imports sources, given as names and texts.
pub(crate) fn import_all(sources: &[(&str, &str)], options: &Options) -> Imported {
    let sources: Vec<_> = sources.iter().map(|(name, text)| Source { name, text }).collect();
    let import = import(&sources, options).unwrap();
    let rules = if import.rules == 0 {
        assert_eq!(import.text, "");
        Vec::new()
    } else {
        RuleSet::parse("rules.yaml", &import.text).unwrap().0.rules().to_vec()
    };
    assert_eq!(rules.len(), import.rules, "{}", import.text);
    Imported { text: import.text, rules, omissions: import.omissions }
}

/// Imports one source with default options.
pub(crate) fn import_one(name: &str, text: &str) -> Imported {
    import_all(&[(name, text)], &Options::default())
}

/// Names with values.
pub(crate) fn given<const N: usize>(values: [(&str, &str); N]) -> std::collections::BTreeMap<String, String> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
