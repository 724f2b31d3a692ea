//! The configuration, read once from environment variables when the function starts.
//!
//! An empty variable counts as unset, because templates cannot easily omit one. All problems are reported at once.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `TRAILBELL_RULES` | a rule file in S3 as `s3://BUCKET/KEY` | none |
//! | `TRAILBELL_RULE_SET` | a built-in rule set, instead of `TRAILBELL_RULES` | `recommended` |
//! | `TRAILBELL_RULES_FILE` | path of a rule file in the deployment package, instead of the two above | none |
//! | `TRAILBELL_ALARM_PREFIX` | the first part of the alarms' names, before a slash | `trailbell` |
//! | `TRAILBELL_ALARM_OWNER` | the owner of the alarms, such as the id of the stack; alarms of other owners are never touched | required |
//! | `TRAILBELL_ALERT_TOPIC_ARN` | ARN of the standard SNS topic for alerts, which alarms of rules without alerts notify | these alarms notify nobody |
//! | `TRAILBELL_ALARM_TOPIC_ARN` | ARN of the standard SNS topic that alarms of rules with alerts notify | that of alerts |
//! | `TRAILBELL_SEVERITY_ALARMS` | `true` for a composite alarm over the alarms of each severity | `false` |
//! | `TRAILBELL_DRIFT_CHECK_MINUTES` | minutes between two scheduled looks; the first look of each day (UTC) compares the alarms' tags too | each look does |
//! | `TRAILBELL_METRIC_NAMESPACE` | metric namespace of Trailbell's own metrics | `Trailbell` |
//!
//! The log level comes from Lambda's `AWS_LAMBDA_LOG_LEVEL`, or else from `RUST_LOG`; see [`function::logging`]. The SDK reads
//! region, credentials and endpoints itself.

use std::env::VarError;

use alarms::{AlarmSettings, Owner, Ownership, Prefix};
use aws::TopicArn;
use function::environment::{ALERT_TOPIC_ARN, METRIC_NAMESPACE, RULE_SET, RULES, RULES_FILE};
use function::{ConfigurationError, Reader, RuleLocation};

/// The first part of the alarms' names.
pub const ALARM_PREFIX: &str = "TRAILBELL_ALARM_PREFIX";
/// The owner of the alarms.
pub const ALARM_OWNER: &str = "TRAILBELL_ALARM_OWNER";
/// The ARN of the topic for the alarms of rules that send alerts as well.
pub const ALARM_TOPIC_ARN: &str = "TRAILBELL_ALARM_TOPIC_ARN";
/// Whether each severity has a composite alarm.
pub const SEVERITY_ALARMS: &str = "TRAILBELL_SEVERITY_ALARMS";

/// The minutes between two scheduled looks.
pub const DRIFT_CHECK_MINUTES: &str = "TRAILBELL_DRIFT_CHECK_MINUTES";

/// Every variable of Trailbell that the function reads.
pub const VARIABLES: [&str; 10] = [
    RULES,
    RULE_SET,
    RULES_FILE,
    ALARM_PREFIX,
    ALARM_OWNER,
    ALERT_TOPIC_ARN,
    ALARM_TOPIC_ARN,
    SEVERITY_ALARMS,
    DRIFT_CHECK_MINUTES,
    METRIC_NAMESPACE,
];

/// The configuration of the function.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where the rules are.
    pub rules: RuleLocation,
    /// How alarms are derived from the rules.
    pub settings: AlarmSettings,
    /// The namespace of Trailbell's own metrics; with `None` there are none.
    pub metric_namespace: Option<String>,
    /// The minutes between two scheduled looks at the alarms, if they are known.
    pub look_minutes: Option<u32>,
}

impl Configuration {
    /// Reads the configuration through `lookup`, which is [`function::environment::variable`] in the function.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every problem.
    pub fn read(lookup: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(lookup);
        let rules = reader.rules();
        let prefix = reader.value(ALARM_PREFIX, |text| {
            Prefix::new(text).map_err(|error| format!("is not a valid alarm prefix: {error}"))
        });
        let owner = reader.required(ALARM_OWNER, |text| {
            Owner::new(text).map_err(|error| format!("is not a valid owner: {error}"))
        });
        let alert_topic = reader.topic(ALERT_TOPIC_ARN);
        let alarm_topic = reader.topic(ALARM_TOPIC_ARN).or_else(|| alert_topic.clone());
        let severity_alarms = reader.value(SEVERITY_ALARMS, boolean);
        let look_minutes = reader.value(DRIFT_CHECK_MINUTES, |text| {
            text.parse().map_err(|error| format!("must be a number of minutes: {error}"))
        });
        let metric_namespace = reader.metric_namespace();
        let Some(owner) = owner else { return Err(reader.fail()) };
        reader.finish()?;
        Ok(Self {
            rules,
            settings: AlarmSettings {
                ownership: Ownership { prefix: prefix.unwrap_or_default(), owner },
                alarm_actions: actions(alarm_topic),
                sole_alarm_actions: actions(alert_topic),
                ok_actions: Vec::new(),
                severity_alarms: severity_alarms.unwrap_or_default(),
            },
            metric_namespace: metric_namespace.or(pipeline::Settings::default().telemetry_namespace),
            look_minutes,
        })
    }
}

fn actions(topic: Option<TopicArn>) -> Vec<String> {
    topic.iter().map(|topic| topic.as_str().to_owned()).collect()
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("must be `true` or `false`, not `{text}`")),
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
        let alerts = "arn:aws:sns:us-east-1:111122223333:alerts";
        let alarms = "arn:aws:sns:us-east-1:111122223333:alarms";
        let configuration = read(&[
            (RULES, "s3://amzn-s3-demo-bucket-rules/ours.yaml"),
            (ALARM_PREFIX, "security"),
            (ALARM_OWNER, "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/0f1e"),
            (ALERT_TOPIC_ARN, alerts),
            (ALARM_TOPIC_ARN, alarms),
            (SEVERITY_ALARMS, "true"),
            (DRIFT_CHECK_MINUTES, "15"),
            (METRIC_NAMESPACE, "Security/Trailbell"),
        ])
        .unwrap();
        assert!(matches!(configuration.rules, RuleLocation::Object(_)));
        assert_eq!(configuration.metric_namespace.as_deref(), Some("Security/Trailbell"));
        let settings = configuration.settings;
        assert_eq!(settings.ownership.prefix.as_str(), "security");
        assert!(settings.severity_alarms);
        assert_eq!(configuration.look_minutes, Some(15));
        assert_eq!([settings.alarm_actions, settings.sole_alarm_actions], [[alarms], [alerts]]);
    }

    #[test]
    fn without_a_topic_of_their_own_all_alarms_notify_that_of_alerts() {
        let topic = "arn:aws:sns:us-east-1:111122223333:alerts";
        let settings = read(&[(ALARM_OWNER, "stack"), (ALERT_TOPIC_ARN, topic)]).unwrap().settings;
        assert_eq!([settings.alarm_actions, settings.sole_alarm_actions], [[topic], [topic]]);
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let error =
            read(&[(ALARM_PREFIX, "a/b"), (SEVERITY_ALARMS, "yes"), (ALERT_TOPIC_ARN, "x")]).unwrap_err();
        let variables: Vec<_> = error.faults.iter().map(|fault| fault.variable).collect();
        assert_eq!(variables, [ALARM_PREFIX, ALARM_OWNER, ALERT_TOPIC_ARN, SEVERITY_ALARMS]);
        let text = error.to_string();
        assert!(text.contains("`TRAILBELL_ALARM_OWNER` must be set"), "{text}");
        assert!(text.contains("`TRAILBELL_SEVERITY_ALARMS` must be `true` or `false`, not `yes`"), "{text}");
    }

    #[test]
    fn the_table_names_every_variable() {
        let source = include_str!("configuration.rs");
        for variable in VARIABLES {
            assert!(source.contains(&format!("//! | `{variable}` |")), "{variable}");
        }
    }
}
