//! Where the rules come from: the package, or an object in S3.

use serde_json::{Value, json};

use super::resolver::Stack;
use super::{check, check_resources};

const RULES: [(&str, &str); 2] =
    [("RulesBucket", "amzn-s3-demo-bucket-rules"), ("RulesKey", "trailbell/rules.yaml")];

#[test]
fn the_recommended_rules_are_the_default() {
    check("LogProcessor/Environment/Variables/TRAILBELL_RULES", &[(&[], json!(""))]);
    check_resources(&[], &[], &["RulesRejectedAlarm"]);
}

#[test]
fn a_rule_file_in_s3_is_named_granted_and_watched() {
    let address = json!("s3://amzn-s3-demo-bucket-rules/trailbell/rules.yaml");
    check("LogProcessor/Environment/Variables/TRAILBELL_RULES", &[(&RULES, address)]);
    let statements = Stack::with(&RULES).property("LogProcessorRole/Policies/0/PolicyDocument/Statement");
    let statements = statements.as_array().unwrap();
    let statement =
        |sid: &str| statements.iter().find(|statement| statement["Sid"] == sid).cloned().unwrap_or_default();
    let object = "arn:aws:s3:::amzn-s3-demo-bucket-rules/trailbell/rules.yaml";
    let actions = ["s3:GetObject", "s3:GetObjectVersion"];
    let expected = json!({ "Sid": "ReadRules", "Effect": "Allow", "Action": actions, "Resource": object });
    assert_eq!(statement("ReadRules"), expected);
    let expected = json!({
        "Sid": "ListVersionsOfRules", "Effect": "Allow", "Action": "s3:ListBucketVersions",
        "Resource": "arn:aws:s3:::amzn-s3-demo-bucket-rules",
        "Condition": { "StringEquals": { "s3:prefix": "trailbell/rules.yaml" } },
    });
    assert_eq!(statement("ListVersionsOfRules"), expected);
    let listed = statement("TellMissingFilesFromForbiddenOnes")["Resource"].clone();
    assert_eq!(listed, json!(["arn:aws:s3:::${LogBucket}", "arn:aws:s3:::amzn-s3-demo-bucket-rules"]));
    check("RulesRejectedAlarm/MetricName", &[(&RULES, json!("RulesRejected"))]);
}

#[test]
fn a_rule_file_with_a_key_of_ones_own_can_be_decrypted() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let keys = |given: &[(&str, &str)]| -> Value {
        let statements = Stack::with(given).property("LogProcessorRole/Policies/0/PolicyDocument/Statement");
        let mut found = statements.as_array().unwrap().iter();
        found.find(|statement| statement["Sid"] == "DecryptLogFilesAndMessages").unwrap()["Resource"].clone()
    };
    assert_eq!(keys(&RULES), json!(["${Key.Arn}", "${Key.Arn}"]));
    let given = [RULES[0], RULES[1], ("RulesObjectKeyArn", key)];
    assert_eq!(keys(&given), json!(["${Key.Arn}", "${Key.Arn}", key]));
}
