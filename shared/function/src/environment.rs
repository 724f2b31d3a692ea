//! Environment variables: the only place that reads them, and a reader that reports all problems at once.
//!
//! An empty variable counts as unset, because templates cannot easily omit one. Each function decides which variables it
//! reads and which defaults it uses.

use std::env::VarError;
use std::fmt;
use std::path::PathBuf;

use aws::{S3Uri, TopicArn};

use rules::catalogue;

use crate::rule_file::RuleLocation;

/// The ARN of the topic for alerts.
pub const ALERT_TOPIC_ARN: &str = "TRAILBELL_ALERT_TOPIC_ARN";
/// The URI of a rule file in S3.
pub const RULES: &str = "TRAILBELL_RULES";
/// The name of a built-in rule set.
pub const RULE_SET: &str = "TRAILBELL_RULE_SET";
/// The path of a rule file in the deployment package.
pub const RULES_FILE: &str = "TRAILBELL_RULES_FILE";
/// The namespace of Trailbell's own metrics.
pub const METRIC_NAMESPACE: &str = "TRAILBELL_METRIC_NAMESPACE";

/// The longest metric namespace, in characters (CloudWatch API reference, PutMetricData).
const NAMESPACE_CHARS: usize = 255;

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigurationError {
    /// The problems, in the order of reading.
    pub faults: Vec<ConfigurationFault>,
}

/// A variable that is missing or has an unusable value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationFault {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong, as the end of a sentence that begins with the variable.
    pub advice: String,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid configuration: ")?;
        for (index, ConfigurationFault { variable, advice }) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}`{variable}` {advice}")?;
        }
        Ok(())
    }
}

/// Reads one environment variable of the process. No other code does this.
///
/// # Errors
///
/// [`VarError`] if the variable is not set or not UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Result<String, VarError> {
    std::env::var(name)
}

/// Reads variables and collects their problems.
#[derive(Debug)]
pub struct Reader<F> {
    lookup: F,
    faults: Vec<ConfigurationFault>,
}

impl<F: Fn(&str) -> Result<String, VarError>> Reader<F> {
    /// Reads through `lookup`, which is [`variable`] in a function.
    pub fn new(lookup: F) -> Self {
        Self { lookup, faults: Vec::new() }
    }

    /// The value of a variable; `None` if it is unset, empty or unusable.
    pub fn value<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let result = match (self.lookup)(variable) {
            Ok(text) if text.trim().is_empty() => return None,
            Err(VarError::NotPresent) => return None,
            Ok(text) => parse(text.trim()),
            Err(VarError::NotUnicode(_)) => Err("is not UTF-8".to_owned()),
        };
        result.map_err(|advice| self.faults.push(ConfigurationFault { variable, advice })).ok()
    }

    /// The value of a required variable; if it is missing, that is a problem.
    pub fn required<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let faults = self.faults.len();
        let value = self.value(variable, parse);
        if value.is_none() && self.faults.len() == faults {
            self.faults.push(ConfigurationFault { variable, advice: "must be set".to_owned() });
        }
        value
    }

    /// The topic that a variable names.
    pub fn topic(&mut self, variable: &'static str) -> Option<TopicArn> {
        self.value(variable, |text| {
            TopicArn::parse(text).map_err(|error| format!("is not the ARN of a topic: {error}"))
        })
    }

    /// The namespace of Trailbell's own metrics.
    pub fn metric_namespace(&mut self) -> Option<String> {
        self.value(METRIC_NAMESPACE, namespace)
    }

    /// Where the rules are. Naming more than one place is a problem.
    pub fn rules(&mut self) -> RuleLocation {
        let uri = self.value(RULES, |text| {
            S3Uri::parse(text).map_err(|error| format!("is not the URI of a rule file in S3: {error}"))
        });
        let set = self.value(RULE_SET, |text| catalogue::set(text).ok_or_else(|| unknown_set(text)));
        let file = self.value(RULES_FILE, |text| Ok(PathBuf::from(text)));
        let named = [(RULES, uri.is_some()), (RULE_SET, set.is_some()), (RULES_FILE, file.is_some())];
        let mut named = named.into_iter().filter(|(_, is_named)| *is_named).map(|(variable, _)| variable);
        if let (Some(first), Some(second)) = (named.next(), named.next()) {
            let advice = format!("cannot be set together with `{first}`; leave one of them out");
            self.faults.push(ConfigurationFault { variable: second, advice });
        }
        match (uri, file) {
            (Some(uri), _) => RuleLocation::Object(uri),
            (None, Some(path)) => RuleLocation::File(path),
            (None, None) => RuleLocation::Set(set.unwrap_or_else(catalogue::recommended)),
        }
    }

    /// Finishes reading.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every problem.
    pub fn finish(self) -> Result<(), ConfigurationError> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.fail()) }
    }

    /// Finishes reading with the problems so far, for a caller that is missing a required value.
    pub fn fail(self) -> ConfigurationError {
        ConfigurationError { faults: self.faults }
    }
}

/// A metric namespace (CloudWatch API reference, PutMetricData).
fn namespace(text: &str) -> Result<String, String> {
    let is_valid = text.len() <= NAMESPACE_CHARS
        && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && !text.starts_with(':')
        && !text.starts_with("AWS/");
    if is_valid {
        return Ok(text.to_owned());
    }
    Err(format!(
        "must be a metric namespace: at most {NAMESPACE_CHARS} ASCII characters, not starting with `:` or `AWS/`"
    ))
}

fn unknown_set(text: &str) -> String {
    let names: Vec<_> = catalogue::sets().iter().map(|set| format!("`{}`", set.name)).collect();
    format!("must be one of the rule sets {}, not `{text}`", names.join(", "))
}
