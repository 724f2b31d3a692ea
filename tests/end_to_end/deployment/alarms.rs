//! The alarms of the rules: they come with the stack, follow the rule file, come back when somebody takes them away, and go
//! with the stack; and none of somebody else's is touched.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::emulator::{Alarm, EmulatedCloud};

use super::stack::{
    Deployment, RULES_BUCKET, RULES_KEY, RULES_OBJECT, cloud_with_packages, create_stack, put_first_rules,
};
use super::{BROKEN, log_file};
use crate::end_to_end::cli;
use crate::end_to_end::stage::{failed_login, key};

/// Alarms of others, with their tags: in the place of ours, and beside it.
const FOREIGN: [(&str, &[(&str, &str)]); 3] = [
    ("trailbell/made-by-hand", &[]),
    (
        "trailbell/root-usage-of-another-stack",
        &[("trailbell:owner", "arn:aws:cloudformation:us-east-1:111122223333:stack/other/0f1e")],
    ),
    ("trailbell-two/root-usage", &[]),
];
/// An alarm that FOREIGN has under a name that a rule can ask for.
const TAKEN: &str = "made-by-hand";

type Alarms = BTreeMap<String, Alarm>;

async fn put_foreign(cloud: &EmulatedCloud) -> Alarms {
    for (name, tags) in FOREIGN {
        cloud.put_alarm(name, tags).await;
    }
    foreign(cloud).await
}

/// Those of FOREIGN that there are.
async fn foreign(cloud: &EmulatedCloud) -> Alarms {
    let mut alarms = cloud.alarms("trailbell").await;
    alarms.retain(|name, _| FOREIGN.iter().any(|(foreign, _)| foreign == name));
    alarms
}

/// A rule file with a rule of high severity for each id, whose alarm has this threshold.
fn rules(thresholds: &[(&str, u32)]) -> String {
    let rule = |(id, threshold): &(&str, u32)| {
        format!(
            "  - id: {id}\n    \
               severity: high\n    \
               filterPattern: '{{ $.eventName = ConsoleLogin }}'\n    \
               metricTransformation: {{ metricName: {id} }}\n    \
               alarm: {{ threshold: {threshold} }}\n"
        )
    };
    let rules: String = thresholds.iter().map(rule).collect();
    format!("version: 1\ndefaults: {{ metricNamespace: CloudTrailMetrics }}\nrules:\n{rules}")
}

impl Deployment {
    /// The alarms that belong to the stack's rules.
    async fn alarms_of_rules(&self) -> Alarms {
        let mut alarms = self.cloud.alarms("trailbell/").await;
        alarms.retain(|_, alarm| alarm.tags.get("trailbell:owner") == Some(&self.stack.id));
        alarms
    }

    /// The thresholds of those on metrics, by rule id.
    async fn thresholds(&self) -> BTreeMap<String, f64> {
        let alarms = self.alarms_of_rules().await.into_values();
        alarms
            .filter_map(|alarm| Some((alarm.tags.get("trailbell:rule")?.clone(), alarm.threshold?)))
            .collect()
    }

    /// Waits until there are alarms for exactly these rules, with these thresholds.
    async fn wait_for_thresholds(&self, expected: &[(&str, u32)]) {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(id, threshold)| ((*id).to_owned(), f64::from(*threshold))).collect();
        let reached = async || (self.thresholds().await == expected).then_some(());
        self.wait_for(&format!("alarms {expected:?}"), reached).await;
    }

    /// Lets EventBridge hear of new versions of the rule file.
    async fn announce_rules(&self) {
        self.cloud.send_events_to_eventbridge(RULES_BUCKET).await;
    }
}

#[tokio::test]
async fn the_alarms_of_the_default_set_come_with_the_stack_fire_on_failed_sign_ins_and_go_with_it() {
    let cloud = cloud_with_packages().await;
    let others = put_foreign(&cloud).await;
    let deployment = Deployment::on(cloud, &[]).await;
    let (cloud, stack) = (&deployment.cloud, &deployment.stack);
    let (topic, alert_topic) = (deployment.output("RuleAlarmTopicArn"), deployment.output("AlertTopicArn"));

    let alarms = deployment.alarms_of_rules().await;
    for (name, alarm) in &alarms {
        assert_eq!(*name, format!("trailbell/{}", alarm.tags["trailbell:rule"]));
        // The alarm of a rule that sends alerts would say the same thing a second time.
        let alone = ["trailbell/ec2-password-data-read"].contains(&name.as_str());
        assert_eq!(alarm.alarm_actions, [if alone { alert_topic } else { topic }], "{name}");
        assert!(!alarm.description.is_empty() && alarm.tags.contains_key("trailbell:severity"), "{alarm:?}");
    }
    let sign_ins = &alarms["trailbell/console-login-failures"];
    let metric = ("CloudTrailMetrics".to_owned(), "ConsoleSignInFailureCount".to_owned());
    assert_eq!((&sign_ins.metric, sign_ins.threshold), (&Some(metric), Some(3.0)));
    for part in ["Console sign-in failures", "wrong password", "Look at the source addresses", "CIS 5.0 4.6"]
    {
        assert!(sign_ins.description.contains(part), "{}", sign_ins.description);
    }
    // There is one for each rule, and no other alarm but those of the template.
    let topics = ["--topic", topic, "--alert-topic", alert_topic];
    let arguments = [&["alarms", "plan", "--owner", &stack.id, "--format", "json"], &topics[..]].concat();
    let plan: Value = serde_json::from_str(&cli::run(&cloud.endpoint(), &arguments, 0).await).unwrap();
    let planned: Vec<_> =
        plan["unchanged"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(alarms.keys().collect::<Vec<_>>(), planned);
    let mut rest = cloud.alarms("").await;
    rest.retain(|name, _| !alarms.contains_key(name) && !others.contains_key(name));
    assert!(rest.keys().all(|name| stack.resources.values().any(|id| id == name)), "{rest:?}");

    deployment.deliver(&key("", 1), log_file(&[failed_login("alice", 1), failed_login("alice", 2)])).await;
    deployment.wait_for_total("CloudTrailMetrics", "ConsoleSignInFailureCount", 2.0).await;
    assert_ne!(cloud.alarm_state("trailbell/console-login-failures").await.as_deref(), Some("ALARM"));
    let three = [3, 4, 5].map(|number| failed_login("alice", number));
    deployment.deliver(&key("", 2), log_file(&three)).await;
    deployment.wait_for_alarm_named("trailbell/console-login-failures", "ALARM").await;

    cloud.delete_stack(&stack.name).await;
    assert_eq!(deployment.alarms_of_rules().await.keys().collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(foreign(cloud).await, others);
}

/// Nothing more is claimed of the emulator: it looks at an alarm when data arrives, and knows nothing of missing data.
#[tokio::test]
async fn an_alarm_reaches_alarm_where_the_backtest_says_that_it_rings() {
    let thresholds = [("at-one", 1), ("at-four", 4), ("at-five", 5)];
    let deployment = Deployment::with_rules(&rules(&thresholds), &[]).await;
    let (name, file) = (key("", 1), log_file(&[1, 2, 3, 4].map(|number| failed_login("alice", number))));
    deployment.deliver(&name, file.clone()).await;
    for (id, _) in thresholds {
        deployment.wait_for_total("CloudTrailMetrics", id, 4.0).await;
    }
    for name in ["trailbell/at-one", "trailbell/at-four"] {
        deployment.wait_for_alarm_named(name, "ALARM").await;
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, file).unwrap();
    let rule_file = folder.path().join("rules.yaml");
    std::fs::write(&rule_file, rules(&thresholds)).unwrap();
    let arguments =
        ["backtest", path.to_str().unwrap(), "--rules", rule_file.to_str().unwrap(), "--format", "json"];
    let report = cli::run(&deployment.cloud.endpoint(), &arguments, 0).await;
    let report: Value = serde_json::from_str(&report).unwrap();
    let rules = report["rules"].as_array().unwrap();
    assert_eq!(rules.iter().map(|rule| rule["rings"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 1, 0]);
    for rule in rules {
        let name = format!("trailbell/{}", rule["id"].as_str().unwrap());
        let is_in_alarm = deployment.cloud.alarm_state(&name).await.as_deref() == Some("ALARM");
        assert_eq!(rule["rings"] == 1, is_in_alarm, "{name}");
    }
}

#[tokio::test]
async fn an_edited_rule_file_changes_the_alarms_and_a_broken_one_touches_none_and_sounds_an_alarm() {
    let first = [("changed", 1), ("kept", 1), ("removed", 1)];
    let deployment = Deployment::with_rules(&rules(&first), &[("SeverityAlarms", "true")]).await;
    let cloud = &deployment.cloud;
    let others = put_foreign(cloud).await;
    deployment.announce_rules().await;
    deployment.wait_for_thresholds(&first).await;
    let before = deployment.alarms_of_rules().await;

    let edited = [("added", 1), ("changed", 5), ("kept", 1)];
    deployment.put_rules(&rules(&edited)).await;
    deployment.wait_for_thresholds(&edited).await;
    let after = deployment.alarms_of_rules().await;
    assert_eq!(after["trailbell/kept"], before["trailbell/kept"], "it was not written again");
    let children = r#"ALARM("trailbell/added") OR ALARM("trailbell/changed") OR ALARM("trailbell/kept")"#;
    assert_eq!(after["trailbell/Severity/high"].rule.as_deref(), Some(children));
    assert_eq!(after.len(), edited.len() + 1);

    deployment.put_rules(BROKEN).await;
    deployment.wait_for_total("Trailbell", "RulesRejected", 1.0).await;
    deployment.wait_for_alarm("RulesRejectedAlarm", "ALARM").await;
    let refusal = cloud.invoke(deployment.output("AlarmReconcilerName"), "{}").await.unwrap_err();
    assert!(refusal.contains("line 2, column 11"), "{refusal}");
    // AlarmsNotReconciledAlarm watches this metric; the emulator looks at no alarm for it, and counts no run of EventBridge.
    assert_eq!(deployment.reconciler_total("Errors").await, 1.0);
    assert_eq!(deployment.alarms_of_rules().await, after);

    let wanted = [edited, [("added", 2), ("changed", 5), (TAKEN, 1)]].concat();
    deployment.put_rules(&rules(&wanted[3..])).await;
    deployment.wait_for_thresholds(&wanted[3..5]).await;
    deployment.wait_for_total("Trailbell", "AlarmConflicts", 1.0).await;
    // The metric comes before the end of the invocation, and with it the log.
    let conflict = "`trailbell/made-by-hand` (alarms.conflict)";
    let logged = async || deployment.reconciler_log().contains(conflict).then_some(());
    deployment.wait_for(&format!("{conflict} in the log"), logged).await;
    assert_eq!(foreign(cloud).await, others);
}

#[tokio::test]
async fn alarms_that_somebody_deleted_or_changed_come_back_and_the_drift_sounds_an_alarm() {
    let all = [("changed", 1), ("deleted", 1), ("kept", 1)];
    let deployment = Deployment::with_rules(&rules(&all), &[]).await;
    let cloud = &deployment.cloud;
    let others = put_foreign(cloud).await;
    let before = deployment.alarms_of_rules().await;
    // The template allows no such interval.
    let schedule =
        json!({ "Name": deployment.stack.resources["DriftCheck"], "ScheduleExpression": "rate(1 minute)" });
    let changed = cloud.call("events", "AWSEvents.PutRule", &schedule);
    assert!(changed["RuleArn"].is_string(), "{changed}");
    cloud.delete_alarm("trailbell/deleted").await;
    cloud.put_alarm("trailbell/changed", &[]).await;

    deployment.wait_for_thresholds(&all).await;
    deployment.wait_for_total("Trailbell", "AlarmDrift", 2.0).await;
    deployment.wait_for_alarm("AlarmDriftAlarm", "ALARM").await;
    assert_eq!(deployment.alarms_of_rules().await["trailbell/kept"], before["trailbell/kept"]);
    assert_eq!(foreign(cloud).await, others);
}

#[tokio::test]
async fn edits_that_are_faster_than_the_reconciler_end_in_the_alarms_of_the_last() {
    let version = |number: u32| {
        let ids = ["a", "b", "c", "d", "e", "f"];
        let others = ids.iter().enumerate().filter(move |(index, _)| *index != number as usize % ids.len());
        others.map(|(_, id)| (*id, number)).collect::<Vec<_>>()
    };
    let deployment = Deployment::with_rules(&rules(&version(1)), &[("SeverityAlarms", "true")]).await;
    deployment.announce_rules().await;
    const LAST: u32 = 6;
    for number in 2..=LAST {
        deployment.put_rules(&rules(&version(number))).await;
        // The run that has put this one has the greater part of its way before it.
        let begun = async || {
            deployment
                .thresholds()
                .await
                .values()
                .any(|threshold| *threshold == f64::from(number))
                .then_some(())
        };
        deployment.wait_for(&format!("alarm of version {number}"), begun).await;
    }
    // One run for the creation of the stack, and one for each edit.
    let runs = |line: &str| deployment.reconciler_log().matches(line).count() as u32;
    let ended = async || (runs("REPORT RequestId:") >= LAST).then_some(());
    deployment.wait_for("end of the reconcilers", ended).await;
    assert_eq!(runs("the alarms match the rules"), LAST, "{}", deployment.reconciler_log());
    let expected = version(LAST).into_iter().map(|(id, threshold)| (id.to_owned(), f64::from(threshold)));
    assert_eq!(deployment.thresholds().await, expected.collect());
}

#[tokio::test]
async fn a_stack_is_not_made_when_its_rules_cannot_become_alarms_and_the_reason_is_told() {
    let cloud = cloud_with_packages().await;
    let others = put_foreign(&cloud).await;
    put_first_rules(&cloud, BROKEN).await;
    let taken = rules(&[("free", 1), (TAKEN, 1)]);
    for (rules, reason) in [
        (BROKEN, "line 2, column 11: missing key `filterPattern`"),
        (&taken, "`trailbell/made-by-hand` (alarms.conflict)"),
    ] {
        cloud.put_object(RULES_BUCKET, RULES_KEY, rules.as_bytes().to_vec()).await;
        let refusal = create_stack(&cloud, &RULES_OBJECT).await.unwrap_err();
        assert!(refusal.contains("RuleAlarms: ") && refusal.contains(reason), "{refusal}");
        cloud.delete_stack("trailbell").await;
        // What was made before the failure stays here: the emulator asks for no deletion after it, as CloudFormation does.
        assert_eq!(foreign(&cloud).await, others);
    }
}
