//! The configuration, read from maps instead of the environment.

use std::path::PathBuf;

use aws::S3Uri;

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    Configuration::read(|name| {
        variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
            .ok_or(VarError::NotPresent)
    })
}

fn fault(variable: &str, value: &str) -> String {
    read(&[(variable, value)]).unwrap_err().to_string()
}

#[test]
fn everything_has_a_default() {
    let configuration = read(&[]).unwrap();
    assert_eq!(configuration.alert_topic, None);
    assert_eq!(configuration.rules, RuleLocation::Set(rules::catalogue::recommended()));
    assert_eq!(configuration.rules_check_interval, Duration::from_secs(60));
    assert_eq!((configuration.ledger_table, configuration.queue_url), (None, None));
    assert_eq!(configuration.settings.concurrency, 8);
    assert_eq!(configuration.settings.allowed_buckets, None);
    assert_eq!(configuration.settings.limits.decompressed_bytes, 256 * 1024 * 1024);
    assert_eq!(configuration.settings.telemetry_namespace.as_deref(), Some("Trailbell"));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let empty: Vec<(&str, &str)> = VARIABLES.iter().map(|variable| (*variable, " ")).collect();
    assert_eq!(read(&empty).unwrap().settings.concurrency, 8);
}

#[test]
fn every_variable_is_read() {
    let configuration = read(&[
        (ALERT_TOPIC_ARN, "arn:aws:sns:us-east-1:111122223333:alerts"),
        (RULES, "s3://amzn-s3-demo-bucket-rules/ours.yaml"),
        (RULES_CHECK_SECONDS, "300"),
        (ALLOWED_BUCKETS, "example-trail, Old_Bucket.1,"),
        (CONCURRENCY, "64"),
        (MAX_FILE_BYTES, "1048576"),
        (LEDGER_TABLE, "trailbell-Ledger_1.A"),
        (QUEUE_URL, "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries"),
        (METRIC_NAMESPACE, "Security/Trailbell"),
    ])
    .unwrap();
    assert_eq!(configuration.ledger_table.as_deref(), Some("trailbell-Ledger_1.A"));
    let queue = "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries";
    assert_eq!(configuration.queue_url.as_deref(), Some(queue));
    assert_eq!(configuration.alert_topic.unwrap().region(), "us-east-1");
    let uri = S3Uri::parse("s3://amzn-s3-demo-bucket-rules/ours.yaml").unwrap();
    assert_eq!(configuration.rules, RuleLocation::Object(uri));
    assert_eq!(configuration.rules_check_interval, Duration::from_secs(300));
    let buckets = BTreeSet::from(["example-trail".to_owned(), "Old_Bucket.1".to_owned()]);
    assert_eq!(configuration.settings.allowed_buckets, Some(buckets));
    assert_eq!(configuration.settings.concurrency, 64);
    assert_eq!(configuration.settings.limits.decompressed_bytes, 1_048_576);
    assert_eq!(configuration.settings.telemetry_namespace.as_deref(), Some("Security/Trailbell"));
}

#[test]
fn rules_come_from_one_place() {
    let file = (RULES_FILE, "rules/ours.yaml");
    let (set, object) = ((RULE_SET, "cis-5.0"), (RULES, "s3://amzn-s3-demo-bucket-rules/ours.yaml"));
    assert_eq!(read(&[file]).unwrap().rules, RuleLocation::File(PathBuf::from("rules/ours.yaml")));
    let RuleLocation::Set(chosen) = read(&[set]).unwrap().rules else { panic!("no set") };
    assert_eq!(chosen.name, "cis-5.0");
    for (both, second, first) in [
        ([file, object], RULES_FILE, RULES),
        ([file, set], RULES_FILE, RULE_SET),
        ([object, set], RULE_SET, RULES),
    ] {
        assert_eq!(
            read(&both).unwrap_err().to_string(),
            format!(
                "invalid configuration: `{second}` cannot be set together with `{first}`; leave one of them out"
            )
        );
    }
}

#[test]
fn every_fault_names_its_variable_and_what_it_has_to_be() {
    for (variable, value, advice) in [
        (ALERT_TOPIC_ARN, "alerts", "expected `arn:aws:sns:REGION:ACCOUNT:NAME`"),
        (ALERT_TOPIC_ARN, "arn:aws:sns:us-east-1:111122223333:alerts.fifo", "FIFO topics are not supported"),
        (RULES, "rules.yaml", "is not the URI of a rule file in S3: expected `s3://BUCKET/KEY`"),
        (RULES, "s3://Rules/rules.yaml", "a bucket name has"),
        (RULE_SET, "cis-9", "must be one of the rule sets `recommended`, `cis-1.2`"),
        (RULES_CHECK_SECONDS, "0", "must be a whole number of seconds from 1 to 86400, not `0`"),
        (RULES_CHECK_SECONDS, "1m", "must be a whole number of seconds from 1 to 86400, not `1m`"),
        (ALLOWED_BUCKETS, ",", "contains no bucket"),
        (ALLOWED_BUCKETS, "s3://example-trail", "`s3://example-trail` is not a bucket name"),
        (CONCURRENCY, "0", "must be a whole number from 1 to 64, not `0`"),
        (CONCURRENCY, "65", "must be a whole number from 1 to 64, not `65`"),
        (CONCURRENCY, "many", "must be a whole number from 1 to 64, not `many`"),
        (MAX_FILE_BYTES, "0", "must be a whole number of bytes above 0, not `0`"),
        (MAX_FILE_BYTES, "1 MB", "must be a whole number of bytes above 0, not `1 MB`"),
        (
            LEDGER_TABLE,
            "a/b",
            "must be the name of a table (3 to 255 letters, digits, `.`, `-` and `_`), not `a/b`",
        ),
        (LEDGER_TABLE, "ab", "must be the name of a table"),
        (QUEUE_URL, "deliveries", "must be the URL of a queue, `https://…/ACCOUNT/NAME`, not `deliveries`"),
        (QUEUE_URL, "arn:aws:sqs:us-east-1:111122223333:deliveries", "must be the URL of a queue"),
        (QUEUE_URL, "https://sqs.us-east-1.amazonaws.com/deliveries", "must be the URL of a queue"),
        (METRIC_NAMESPACE, "AWS/Trailbell", "must be a metric namespace"),
        (METRIC_NAMESPACE, ":x", "must be a metric namespace"),
        (METRIC_NAMESPACE, "Überwachung", "must be a metric namespace"),
    ] {
        let text = fault(variable, value);
        assert!(text.starts_with(&format!("invalid configuration: `{variable}` ")), "{text}");
        assert!(text.contains(advice), "{text}");
    }
}

#[test]
fn all_faults_are_named_at_once_on_one_line() {
    let error = read(&[(METRIC_NAMESPACE, ":"), (CONCURRENCY, "x"), (ALERT_TOPIC_ARN, "y")]).unwrap_err();
    let variables: Vec<&str> = error.faults.iter().map(|fault| fault.variable).collect();
    assert_eq!(variables, [ALERT_TOPIC_ARN, CONCURRENCY, METRIC_NAMESPACE]);
    assert!(!error.to_string().contains('\n'));
}

#[test]
fn a_value_that_is_not_utf_8_is_a_fault() {
    let error = Configuration::read(|name| match name {
        RULES_FILE => Err(VarError::NotUnicode("x".into())),
        _ => Err(VarError::NotPresent),
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "invalid configuration: `TRAILBELL_RULES_FILE` is not UTF-8");
}

#[test]
fn the_table_names_every_variable() {
    let source = include_str!("../configuration.rs");
    for variable in VARIABLES {
        assert!(source.contains(&format!("//! | `{variable}` |")), "{variable}");
    }
}
