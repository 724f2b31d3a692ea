//! Environment variables: the one place that reads them, and the reader that names all faults at once.
//!
//! An empty variable counts as unset, since a template can hardly leave one out. What a function reads and which values
//! it takes for its defaults is its own business.

use std::env::VarError;
use std::fmt;
use std::path::PathBuf;

use aws::{S3Uri, TopicArn};

use rules::catalogue;

use crate::rule_file::RuleLocation;

/// ARN of the topic for alerts.
pub const ALERT_TOPIC_ARN: &str = "TRAILBELL_ALERT_TOPIC_ARN";
/// URI of a rule file in S3.
pub const RULES: &str = "TRAILBELL_RULES";
/// Name of a set of the rules that are built in.
pub const RULE_SET: &str = "TRAILBELL_RULE_SET";
/// Path of a rule file.
pub const RULES_FILE: &str = "TRAILBELL_RULES_FILE";
/// Metric namespace of Trailbell's own metrics.
pub const METRIC_NAMESPACE: &str = "TRAILBELL_METRIC_NAMESPACE";

/// Longest metric namespace (CloudWatch API reference, PutMetricData), in characters.
const NAMESPACE_CHARS: usize = 255;

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigurationError {
    /// One entry a fault, in the order of reading.
    pub faults: Vec<Fault>,
}

/// One variable with a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: &'static str,
    /// What it has to be.
    pub advice: String,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid configuration: ")?;
        for (index, Fault { variable, advice }) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}`{variable}` {advice}")?;
        }
        Ok(())
    }
}

/// Reads one environment variable of the process. The only place that does.
///
/// # Errors
///
/// [`VarError`] when it is not set or not UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Result<String, VarError> {
    std::env::var(name)
}

/// Reads variables and gathers what is wrong with them.
#[derive(Debug)]
pub struct Reader<F> {
    lookup: F,
    faults: Vec<Fault>,
}

impl<F: Fn(&str) -> Result<String, VarError>> Reader<F> {
    /// Reads through `lookup`, which is [`variable`] in a function.
    pub fn new(lookup: F) -> Self {
        Self { lookup, faults: Vec::new() }
    }

    /// The value of a variable, unless it is unset, empty or at fault.
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
        result.map_err(|advice| self.faults.push(Fault { variable, advice })).ok()
    }

    /// The value of a variable that has to be set; without one it is a fault.
    pub fn required<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let faults = self.faults.len();
        let value = self.value(variable, parse);
        if value.is_none() && self.faults.len() == faults {
            self.faults.push(Fault { variable, advice: "has to be set".to_owned() });
        }
        value
    }

    /// The topic for alerts.
    pub fn alert_topic(&mut self) -> Option<TopicArn> {
        self.value(ALERT_TOPIC_ARN, |text| {
            TopicArn::parse(text).map_err(|error| format!("is not the ARN of a topic: {error}"))
        })
    }

    /// The namespace of Trailbell's own metrics.
    pub fn metric_namespace(&mut self) -> Option<String> {
        self.value(METRIC_NAMESPACE, namespace)
    }

    /// The one place of the rules that is named.
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
            self.faults.push(Fault { variable: second, advice });
        }
        match (uri, file) {
            (Some(uri), _) => RuleLocation::Object(uri),
            (None, Some(path)) => RuleLocation::File(path),
            (None, None) => RuleLocation::Set(set.unwrap_or_else(catalogue::recommended)),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every fault.
    pub fn finish(self) -> Result<(), ConfigurationError> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.fail()) }
    }

    /// Ends the reading with its faults, for a caller who has found a required value missing.
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
        "has to be a metric namespace: at most {NAMESPACE_CHARS} ASCII characters, not beginning with `:` or `AWS/`"
    ))
}
fn unknown_set(text: &str) -> String {
    let names: Vec<_> = catalogue::sets().iter().map(|set| format!("`{}`", set.name)).collect();
    format!("has to be the name of a set, {}, not `{text}`", names.join(", "))
}
