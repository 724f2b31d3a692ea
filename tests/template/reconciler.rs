//! The alarms of the rules: the function that keeps them, what invokes it, and what it may do.

use serde_json::{Value, json};

use super::resolver::Stack;
use super::roles::{policy, statements};
use super::{check, check_resources};
use crate::policy::faults_of_policy;

/// What the resolver calls the stack.
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "AlarmReconcilerRole";
const KEY: &str = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const RULES: [(&str, &str); 2] =
    [("RulesBucket", "amzn-s3-demo-bucket-rules"), ("RulesKey", "trailbell/rules.yaml")];

#[test]
fn the_alarms_are_a_resource_of_the_stack_that_changes_with_what_they_are_made_from() {
    let resource = Stack::with(&[]).resource("RuleAlarms").unwrap();
    assert_eq!(resource["Type"], "Custom::RuleAlarms");
    for (property, given, expected) in [
        ("ServiceToken", &[] as &[_], "${AlarmReconciler.Arn}"),
        // A release may bring other rules.
        ("Version", &[], env!("CARGO_PKG_VERSION")),
        ("AlarmPrefix", &[], "trailbell"),
        ("AlarmPrefix", &[("AlarmPrefix", "security")], "security"),
        ("AlarmTopicArn", &[], "${RuleAlarmTopic}"),
        ("AlertTopicArn", &[], "${AlertTopic}"),
        ("Rules", &[], "recommended"),
        ("Rules", &[("RuleSet", "cis-5.0")], "cis-5.0"),
        ("Rules", &RULES, "s3://amzn-s3-demo-bucket-rules/trailbell/rules.yaml"),
        ("SeverityAlarms", &[("SeverityAlarms", "true")], "true"),
    ] {
        check(&format!("RuleAlarms/{property}"), &[(given, json!(expected))]);
    }
}

#[test]
fn both_functions_have_the_same_rules() {
    for (given, object, set) in [
        (&[] as &[_], "", "recommended"),
        (&[("RuleSet", "all")], "", "all"),
        (&RULES, "s3://amzn-s3-demo-bucket-rules/trailbell/rules.yaml", ""),
    ] {
        for function in ["LogProcessor", "AlarmReconciler"] {
            let variables = Stack::with(given).property(&format!("{function}/Environment/Variables"));
            assert_eq!(
                (&variables["TRAILBELL_RULES"], &variables["TRAILBELL_RULE_SET"]),
                (&json!(object), &json!(set))
            );
        }
    }
}

#[test]
fn the_alarms_are_named_owned_and_told_as_the_stack_says() {
    let given: &[_] =
        &[("AlarmPrefix", "security"), ("SeverityAlarms", "true"), ("MetricNamespace", "Audit")];
    let expected = json!({
        "TRAILBELL_ALARM_OWNER": STACK,
        "TRAILBELL_ALARM_PREFIX": "security",
        "TRAILBELL_ALARM_TOPIC_ARN": "${RuleAlarmTopic}",
        "TRAILBELL_ALERT_TOPIC_ARN": "${AlertTopic}",
        "TRAILBELL_DRIFT_CHECK_MINUTES": "15",
        "TRAILBELL_METRIC_NAMESPACE": "Audit",
        "TRAILBELL_RULES": "",
        "TRAILBELL_RULE_SET": "recommended",
        "TRAILBELL_SEVERITY_ALARMS": "true",
    });
    check("AlarmReconciler/Environment/Variables", &[(given, expected)]);
}

#[test]
fn a_new_rule_file_and_the_time_invoke_the_function_and_nobody_else_may() {
    check_resources(
        &[],
        &["DriftCheck", "DriftCheckPermission"],
        &["RuleFileChanged", "RuleFileChangedPermission"],
    );
    check_resources(&RULES, &["RuleFileChanged", "RuleFileChangedPermission"], &[]);
    let pattern = json!({
        "source": ["aws.s3"], "detail-type": ["Object Created"],
        "detail": {
            "bucket": { "name": ["amzn-s3-demo-bucket-rules"] }, "object": { "key": ["trailbell/rules.yaml"] },
        },
    });
    check("RuleFileChanged/EventPattern", &[(&RULES, pattern)]);
    let hourly: &[_] = &[("DriftCheckMinutes", "60")];
    let rate = |minutes: u32| json!(format!("rate({minutes} minutes)"));
    check("DriftCheck/ScheduleExpression", &[(&[], rate(15)), (hourly, rate(60))]);
    for rule in ["RuleFileChanged", "DriftCheck"] {
        let expected = json!({
            "Action": "lambda:InvokeFunction", "FunctionName": "${AlarmReconciler}", "Principal": "events.amazonaws.com",
            "SourceArn": format!("${{{rule}.Arn}}"),
        });
        let permission = Stack::with(&RULES).resource(&format!("{rule}Permission")).unwrap();
        assert_eq!(permission["Properties"], expected);
        check(&format!("{rule}/Targets/0/Arn"), &[(&RULES, json!("${AlarmReconciler.Arn}"))]);
    }
}

/// A run after the alarms are deleted would bring them back.
#[test]
fn what_invokes_the_function_is_gone_before_the_alarms_are_deleted() {
    for rule in ["RuleFileChanged", "DriftCheck"] {
        assert_eq!(Stack::with(&RULES).resource(rule).unwrap()["DependsOn"], "RuleAlarms", "{rule}");
    }
}

#[test]
fn the_role_of_the_reconciler_grants_what_its_code_calls_and_nothing_else() {
    let with_key = [RULES[0], RULES[1], ("RulesObjectKeyArn", KEY)];
    for given in [&[] as &[_], &RULES, &with_key, &[("SeverityAlarms", "true"), ("XRayTracing", "true")]] {
        let faults = faults_of_policy("alarm-reconciler", &policy(&Stack::with(given), ROLE));
        assert!(faults.is_empty(), "{given:?}:\n{}", faults.join("\n"));
    }
}

#[test]
fn the_role_of_the_reconciler_writes_alarms_of_the_prefix_only() {
    let stack = Stack::with(&[("AlarmPrefix", "security")]);
    let statements = statements(&stack, ROLE);
    let with = |sid: &str| statements.iter().find(|statement| statement["Sid"] == sid).unwrap();
    let alarms = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:security/*";
    assert_eq!(with("WriteAlarms")["Resource"], json!(alarms));
    let topics = json!({ "ForAllValues:StringEquals": { "cloudwatch:AlarmActions": ["${AlertTopic}", "${RuleAlarmTopic}"] } });
    assert_eq!(with("WriteAlarms")["Condition"], topics);
    // Those of a prefix before this one, and of nobody else.
    let condition = json!({ "StringEquals": { "aws:ResourceTag/trailbell:owner": STACK } });
    assert_eq!(with("DeleteOwnAlarms")["Condition"], condition);
    let of = |sid: &str| -> Option<Value> {
        statements
            .iter()
            .find(|statement| statement["Sid"] == sid)
            .map(|statement| statement["Action"].clone())
    };
    assert_eq!(of("PutSeverityAlarms"), None);
    assert_eq!(of("ReadRules"), None);
}

#[test]
fn the_role_of_the_reconciler_reads_the_rule_file_only() {
    let given = [RULES[0], RULES[1], ("RulesObjectKeyArn", KEY)];
    let statements = statements(&Stack::with(&given), ROLE);
    let resource = |sid: &str| {
        let statement = statements.iter().find(|statement| statement["Sid"] == sid).unwrap();
        statement["Resource"].clone()
    };
    assert_eq!(resource("ReadRules"), "arn:aws:s3:::amzn-s3-demo-bucket-rules/trailbell/rules.yaml");
    assert_eq!(resource("TellMissingRulesFromForbiddenOnes"), "arn:aws:s3:::amzn-s3-demo-bucket-rules");
    assert_eq!(resource("DecryptRules"), KEY);
}

#[test]
fn failures_and_drift_sound_an_alarm() {
    for (alarm, namespace, metric) in
        [("AlarmsNotReconciledAlarm", "AWS/Lambda", "Errors"), ("AlarmDriftAlarm", "Trailbell", "AlarmDrift")]
    {
        check(&format!("{alarm}/Namespace"), &[(&[], json!(namespace))]);
        check(&format!("{alarm}/MetricName"), &[(&[], json!(metric))]);
        check(&format!("{alarm}/AlarmActions"), &[(&[], json!(["${HealthTopic}"]))]);
    }
}
