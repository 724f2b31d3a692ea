//! The configuration, read from environment variables once at the start.
//!
//! An empty variable counts as unset, since a template can hardly leave one out. All faults are named at once.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `TRAILBELL_RULES` | a rule file in S3 as `s3://BUCKET/KEY` | none |
//! | `TRAILBELL_RULE_SET` | a set of the rules that are built in, instead of `TRAILBELL_RULES` | `recommended` |
//! | `TRAILBELL_RULES_FILE` | path of a rule file in the deployment package, instead of both | none |
//! | `TRAILBELL_ALARM_PREFIX` | what the names of the alarms begin with, before a slash | `trailbell` |
//! | `TRAILBELL_ALARM_OWNER` | whose alarms they are, such as the id of the stack; alarms of others are never touched | required |
//! | `TRAILBELL_ALERT_TOPIC_ARN` | ARN of the standard SNS topic that is told of an alarm | alarms tell nobody |
//! | `TRAILBELL_SEVERITY_ALARMS` | `true` for a composite alarm over the alarms of each severity | `false` |
//! | `TRAILBELL_METRIC_NAMESPACE` | metric namespace of Trailbell's own metrics | `Trailbell` |
//!
//! The log level comes from Lambda's `AWS_LAMBDA_LOG_LEVEL`, or else from `RUST_LOG`; see [`function::logging`]. Region,
//! credentials and endpoints are the SDK's business.

use std::env::VarError;

use alarms::{Owner, Ownership, Prefix, Settings};
use function::environment::{ALERT_TOPIC_ARN, METRIC_NAMESPACE, RULE_SET, RULES, RULES_FILE};
use function::{ConfigurationError, Reader, RuleLocation};

/// The beginning of the alarms' names.
pub const ALARM_PREFIX: &str = "TRAILBELL_ALARM_PREFIX";
/// Whose alarms they are.
pub const ALARM_OWNER: &str = "TRAILBELL_ALARM_OWNER";
/// Whether each severity has a composite alarm.
pub const SEVERITY_ALARMS: &str = "TRAILBELL_SEVERITY_ALARMS";

/// Every variable of ours that the function reads.
pub const VARIABLES: [&str; 8] = [
    RULES,
    RULE_SET,
    RULES_FILE,
    ALARM_PREFIX,
    ALARM_OWNER,
    ALERT_TOPIC_ARN,
    SEVERITY_ALARMS,
    METRIC_NAMESPACE,
];

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where the rules are.
    pub rules: RuleLocation,
    /// How alarms are made of them.
    pub settings: Settings,
    /// The namespace of Trailbell's own metrics; without one there are none.
    pub metric_namespace: Option<String>,
}

impl Configuration {
    /// Reads the configuration through `lookup`, which is [`function::environment::variable`] in the function.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every fault.
    pub fn read(lookup: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(lookup);
        let rules = reader.rules();
        let prefix = reader.value(ALARM_PREFIX, |text| {
            Prefix::new(text).map_err(|error| format!("cannot begin the names of alarms: {error}"))
        });
        let owner = reader.required(ALARM_OWNER, |text| {
            Owner::new(text).map_err(|error| format!("cannot own alarms: {error}"))
        });
        let topic = reader.alert_topic();
        let severity_alarms = reader.value(SEVERITY_ALARMS, boolean);
        let metric_namespace = reader.metric_namespace();
        let Some(owner) = owner else { return Err(reader.fail()) };
        reader.finish()?;
        Ok(Self {
            rules,
            settings: Settings {
                ownership: Ownership { prefix: prefix.unwrap_or_default(), owner },
                alarm_actions: topic.iter().map(|topic| topic.as_str().to_owned()).collect(),
                ok_actions: Vec::new(),
                severity_alarms: severity_alarms.unwrap_or_default(),
            },
            metric_namespace: metric_namespace.or(pipeline::Settings::default().telemetry_namespace),
        })
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("has to be `true` or `false`, not `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
        Configuration::read(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn everything_but_the_owner_has_a_default() {
        let configuration = read(&[(ALARM_OWNER, "stack")]).unwrap();
        assert_eq!(configuration.rules, RuleLocation::Set(rules::catalogue::recommended()));
        assert_eq!(configuration.metric_namespace.as_deref(), Some("Trailbell"));
        let settings = configuration.settings;
        assert_eq!(settings.ownership.prefix.as_str(), "trailbell");
        assert_eq!((settings.alarm_actions.len(), settings.severity_alarms), (0, false));
    }

    #[test]
    fn every_variable_is_read() {
        let topic = "arn:aws:sns:us-east-1:111122223333:alerts";
        let configuration = read(&[
            (RULES, "s3://amzn-s3-demo-bucket-rules/ours.yaml"),
            (ALARM_PREFIX, "security"),
            (ALARM_OWNER, "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e"),
            (ALERT_TOPIC_ARN, topic),
            (SEVERITY_ALARMS, "true"),
            (METRIC_NAMESPACE, "Security/Trailbell"),
        ])
        .unwrap();
        assert!(matches!(configuration.rules, RuleLocation::Object(_)));
        assert_eq!(configuration.metric_namespace.as_deref(), Some("Security/Trailbell"));
        let settings = configuration.settings;
        assert_eq!(settings.ownership.prefix.as_str(), "security");
        assert_eq!((settings.alarm_actions, settings.severity_alarms), (vec![topic.to_owned()], true));
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let error =
            read(&[(ALARM_PREFIX, "a/b"), (SEVERITY_ALARMS, "yes"), (ALERT_TOPIC_ARN, "x")]).unwrap_err();
        let variables: Vec<_> = error.faults.iter().map(|fault| fault.variable).collect();
        assert_eq!(variables, [ALARM_PREFIX, ALARM_OWNER, ALERT_TOPIC_ARN, SEVERITY_ALARMS]);
        let text = error.to_string();
        assert!(text.contains("`TRAILBELL_ALARM_OWNER` has to be set"), "{text}");
        assert!(
            text.contains("`TRAILBELL_SEVERITY_ALARMS` has to be `true` or `false`, not `yes`"),
            "{text}"
        );
    }

    #[test]
    fn the_table_names_every_variable() {
        let source = include_str!("configuration.rs");
        for variable in VARIABLES {
            assert!(source.contains(&format!("//! | `{variable}` |")), "{variable}");
        }
    }
}
