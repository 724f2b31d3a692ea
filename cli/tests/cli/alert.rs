//! `trailbell alert preview`: each form of an alert.

use crate::support::{run, run_with_input, write};

#[test]
fn every_form_of_a_built_in_rules_alert_is_shown() {
    let mail = run(["alert", "preview", "cloudtrail-changes"]);
    assert_eq!(mail.code, Some(0), "{mail:?}");
    assert!(mail.stdout.starts_with("Subject: ["), "{}", mail.stdout);
    for label in [
        "\nWho: ",
        "\nWhat: ",
        "\nTarget: trail ",
        "\nOutcome: ",
        "\nRule: cloudtrail-changes\n",
        "\nWhat to do: ",
    ] {
        assert!(mail.stdout.contains(label), "{label} in {}", mail.stdout);
    }
    let chat = run(["alert", "preview", "cloudtrail-changes", "--as", "chat"]);
    assert!(chat.stdout.contains("\"textType\": \"client-markdown\""), "{}", chat.stdout);
    let json = run(["alert", "preview", "cloudtrail-changes", "--as", "json"]);
    for line in json.stdout.lines() {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&alert["version"], &alert["rule"]["id"]), (&2.into(), &"cloudtrail-changes".into()));
    }
    let sms = run(["alert", "preview", "cloudtrail-changes", "--as", "sms"]);
    assert!(sms.stdout.lines().all(|line| line.len() <= 140 && line.is_ascii()), "{}", sms.stdout);
}

#[test]
fn records_of_a_file_are_grouped_as_the_rule_says() {
    let folder = tempfile::tempdir().unwrap();
    let record = |user: &str, name: &str| {
        format!(
            r#"{{"eventName":"{name}","eventTime":"2026-09-14T12:00:00Z","userIdentity":{{"type":"IAMUser","userName":"{user}","accountId":"111122223333"}}}}"#
        )
    };
    let records = [record("alice", "StopLogging"), record("bob", "StopLogging"), record("bob", "ListUsers")];
    write(folder.path(), "log.json", format!("{{\"Records\":[{}]}}", records.join(",")));
    write(
        folder.path(),
        "rules.yaml",
        "version: 1\nrules:\n  - id: stop-logging\n    filterPattern: '{ $.eventName = StopLogging }'\n    metricTransformation: { metricName: StopLogging }\n",
    );
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let preview = |rule: &str| {
        run([
            "alert",
            "preview",
            rule,
            "--rules",
            &path("rules.yaml"),
            "--records",
            &path("log.json"),
            "--as",
            "sms",
        ])
    };
    let result = preview("stop-logging");
    assert_eq!(result.code, Some(0), "{result:?}");
    assert_eq!(result.stdout.lines().count(), 2, "{}", result.stdout);
    assert!(result.stdout.contains("StopLogging: IAM user alice"), "{}", result.stdout);
    assert_eq!(preview("other").code, Some(2));
}

#[test]
fn records_are_read_in_any_shape_from_folders_and_from_standard_input() {
    let record = |user: &str| {
        format!(
            r#"{{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","eventTime":"2026-09-14T12:00:00Z","eventID":"of {user}","awsRegion":"us-east-1","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{user}","accountId":"111122223333"}}}}"#
        )
    };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a/record.json", record("alice"));
    // The same event twice is one finding.
    write(folder.path(), "b/records.jsonl", format!("{}\n{}\n", record("bob"), record("bob")));
    let event = format!(
        r#"{{"detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail","detail":{}}}"#,
        record("carol")
    );
    write(folder.path(), "c.json", event);
    let path = folder.path().to_string_lossy().into_owned();
    let rule = ["alert", "preview", "cloudtrail-stopped-or-deleted", "--as", "json", "--records"];
    let whos = |run: &crate::support::Run| -> Vec<String> {
        let alerts = run.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let said = |alert: serde_json::Value| {
            format!("{} {} {}", alert["count"], alert["words"]["who"], alert["logFiles"])
        };
        alerts.map(said).collect()
    };
    let from_folder = run(rule.into_iter().chain([path.as_str()]));
    assert_eq!(from_folder.code, Some(0), "{from_folder:?}");
    let name = |file: &str| format!("[\"{path}/{file}\"]");
    assert_eq!(
        whos(&from_folder),
        [
            format!("1 \"IAM user alice\" {}", name("a/record.json")),
            format!("1 \"IAM user bob\" {}", name("b/records.jsonl")),
            format!("1 \"IAM user carol\" {}", name("c.json")),
        ]
    );
    let from_stdin = run_with_input(rule.into_iter().chain(["-"]), record("dave").as_bytes());
    assert_eq!(whos(&from_stdin), ["1 \"IAM user dave\" [\"-\"]"]);
    let unreadable = run(rule.into_iter().chain([path.as_str(), "missing.json"]));
    assert_eq!(unreadable.code, Some(1), "{unreadable:?}");
}
