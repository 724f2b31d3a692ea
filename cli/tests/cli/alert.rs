//! `trailbell alert preview`: each form of an alert.

use crate::support::{run, write};

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
