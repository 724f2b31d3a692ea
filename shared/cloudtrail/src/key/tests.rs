//! Keys in every layout, and keys designed to mislead.

use super::{LogFileKey, ObjectKind, classify_key};
use proptest::prelude::*;

const FILE: &str = "111122223333_CloudTrail_eu-west-1_20260914T1215Z_abcdefGHIJKL0123.json.gz";

/// 2026-09-14T12:15:00Z.
const MINUTE: i64 = 1_789_388_100;

fn log_file(
    account: &str,
    region: &str,
    organization: Option<&str>,
    delivered_at: Option<i64>,
) -> ObjectKind {
    ObjectKind::LogFile(LogFileKey {
        account: account.to_owned(),
        region: region.to_owned(),
        organization: organization.map(str::to_owned),
        delivered_at,
    })
}

#[test]
fn log_files_are_found_in_every_layout() {
    let plain = || log_file("111122223333", "eu-west-1", None, Some(MINUTE));
    let organization = || log_file("111122223333", "eu-west-1", Some("o-exampleorgid"), Some(MINUTE));
    let folder = "111122223333/CloudTrail/eu-west-1/2026/09/14";
    let cases = [
        ("no prefix", format!("AWSLogs/{folder}/{FILE}"), plain()),
        ("a prefix of two folders", format!("security/trail/AWSLogs/{folder}/{FILE}"), plain()),
        ("an organization", format!("AWSLogs/o-exampleorgid/{folder}/{FILE}"), organization()),
        (
            "Control Tower, organization trail",
            format!("o-exampleorgid/AWSLogs/o-exampleorgid/{folder}/{FILE}"),
            organization(),
        ),
        ("Control Tower, account trail", format!("o-exampleorgid/AWSLogs/{folder}/{FILE}"), plain()),
        ("a prefix that contains `AWSLogs`", format!("AWSLogs/copy/AWSLogs/{folder}/{FILE}"), plain()),
        (
            "a prefix that contains a whole layout",
            format!("AWSLogs/444455556666/Config/us-east-1/AWSLogs/{folder}/{FILE}"),
            plain(),
        ),
        ("a prefix named after digests", format!("CloudTrail-Digest/AWSLogs/{folder}/{FILE}"), plain()),
        ("a prefix with `Digest` and spaces", format!("My Digest+files/AWSLogs/{folder}/{FILE}"), plain()),
        ("a local path", format!("/home/me/logs/AWSLogs/{folder}/{FILE}"), plain()),
        ("a file name alone", FILE.to_owned(), plain()),
        ("a local folder named after digests", format!("Digest/{FILE}"), plain()),
        ("a file moved into the service folder", format!("AWSLogs/111122223333/CloudTrail/{FILE}"), plain()),
        ("a file moved into a folder of another name", format!("AWSLogs/111122223333/copy/{FILE}"), plain()),
        ("an invalid organization id", format!("AWSLogs/o-short/{folder}/{FILE}"), plain()),
        ("a file moved into the account folder", format!("AWSLogs/111122223333/{FILE}"), plain()),
        ("uncompressed", format!("AWSLogs/{folder}/{}", FILE.trim_end_matches(".gz")), plain()),
    ];
    for (name, key, expected) in cases {
        assert_eq!(classify_key(&key), expected, "{name}: {key}");
    }
}

#[test]
fn regions_are_recognized_by_form() {
    let accepted = [
        "us-east-2",
        "us-gov-west-1",
        "cn-northwest-1",
        "eusc-de-east-1",
        "ap-southeast-5",
        "mx-central-1",
        "zz-new-place-12",
    ];
    for region in accepted {
        let key = format!("AWSLogs/111122223333/CloudTrail/{region}/2026/09/14/file.json.gz");
        assert_eq!(classify_key(&key), log_file("111122223333", region, None, None), "{region}");
    }
    for region in
        ["", "us", "us-east", "us-1", "u-east-1", "us--1", "US-EAST-1", "us-east-1a", "us-ea5t-1", "-east-1"]
    {
        let key = format!("AWSLogs/111122223333/CloudTrail/{region}/2026/09/14/file.json.gz");
        assert_eq!(classify_key(&key), ObjectKind::Unrecognized, "{region}");
    }
}

#[test]
fn the_folder_or_the_file_name_identifies_the_other_kinds() {
    use ObjectKind::{Aggregated, Digest, Marker};
    let cases = [
        (
            Digest,
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/09/14/111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20260914T121523Z.json.gz",
        ),
        (
            Digest,
            "o-exampleorgid/AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/us-east-2/2026/09/14/d.json.gz",
        ),
        // A name cannot turn a file in a digest folder into a log file.
        (
            Digest,
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/09/14/111122223333_CloudTrail_us-east-2_20260914T1215Z_a.json.gz",
        ),
        (
            Digest,
            "111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20260914T121523Z_backfill.json.gz",
        ),
        (Digest, "downloads/CloudTrail-Digest/us-east-2/2026/09/14/first.json.gz"),
        (
            Digest,
            "AWSLogs/111122223333/CloudTrail/us-east-2/2026/09/14/111122223333_CloudTrail-Digest_us-east-2_t_us-east-2_20260914T121523Z.json.gz",
        ),
        (Digest, "AWSLogs/111122223333/backup/CloudTrail-Digest/us-east-2/2026/09/14/first.json.gz"),
        (Aggregated, "downloads/CloudTrail-Aggregated/first.json.gz"),
        (
            Aggregated,
            "AWSLogs/o-exampleorgid/111122223333/CloudTrail-Aggregated/us-east-2/2026/09/14/a.json.gz",
        ),
        (Marker, "AWSLogs/111122223333/CloudTrail/"),
        (Marker, "AWSLogs/111122223333/CloudTrail-Digest/"),
        (Marker, "folder/"),
        (Marker, "/"),
    ];
    check(&cases);
}

#[test]
fn only_files_where_another_service_writes_are_foreign() {
    use ObjectKind::{Foreign, Unrecognized};
    let cases = [
        (
            Foreign,
            "AWSLogs/111122223333/Config/us-east-2/2026/9/4/ConfigHistory/111122223333_Config_us-east-2_h.json.gz",
        ),
        (Foreign, "AWSLogs/111122223333/Config/ConfigWritabilityCheckFile"),
        (
            Foreign,
            "AWSLogs/111122223333/vpcflowlogs/us-east-2/2026/09/14/111122223333_vpcflowlogs_us-east-2_fl.log.gz",
        ),
        (
            Foreign,
            "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-2/f.log.gz",
        ),
        (Foreign, "AWSLogs/111122223333/elasticloadbalancing/us-east-2/2026/09/14/lb.log"),
        (Foreign, "AWSLogs/111122223333/ELBAccessLogTestFile"),
        (Foreign, "AWSLogs/111122223333/WAFLogs/CloudTrail/us-east-2/w.log.gz"),
        (Foreign, "AWSLogs/o-exampleorgid/aws-account-id=111122223333/CloudFront/E1EXAMPLE/f.json.gz"),
        (Foreign, "AWSLogs/o-exampleorgid/111122223333/Config/us-east-2/2026/9/4/ConfigSnapshot/c.json.gz"),
        (Foreign, "AWSLogs/111122223333/network-firewall/flow/us-east-2/firewall/2026/09/14/12/n.log.gz"),
        (Foreign, "AWSLogs/111122223333/vpcdnsquerylogs/vpc-1/2026/09/14/q.log.gz"),
        (Foreign, "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-2/2026/09/14/12/b.json.gz"),
        (Foreign, "downloads/111122223333_Config_us-east-2_ConfigHistory_AWS::EC2::Instance_1.json.gz"),
        (Foreign, "111122223333_waflogs_us-east-2_acl_20260914T1215Z_a.log.gz"),
        (Foreign, "AWSLogs/111122223333/111122223333_Config_us-east-2_ConfigSnapshot_1.json.gz"),
        (Unrecognized, "111122223333_incident_us-east-2_notes.json"),
        (Unrecognized, "Config/us-east-2/2026/9/4/ConfigHistory/c.json.gz"),
        (Unrecognized, "AWSLogs/y.json.gz"),
        (Unrecognized, "AWSLogs/us-east-2/y.json.gz"),
        (Unrecognized, "AWSLogs/111122223333/y.json.gz"),
        (Unrecognized, "AWSLogs/111122223333/us-east-2/2026/y.json.gz"),
        (Unrecognized, "AWSLogs/111122223333/a-new-service/us-east-2/y.json.gz"),
        (Unrecognized, "CloudTrail-Digest/AWSLogs/111122223333/us-east-2/the-prefix-is-no-layout.json.gz"),
        (Unrecognized, "AWSLogs/aws-account-id=11112222333/aws-service=vpcflowlogs/11-digits.log.gz"),
        (Unrecognized, "AWSLogs/11112222333/CloudTrail/us-east-2/2026/09/14/an-account-of-11-digits.json.gz"),
        // Without an account and a region, these names carry no more information than any other name.
        (Unrecognized, "downloads/CloudTrail-Insight/i.json.gz"),
        (Unrecognized, "AWSLogs/111122223333/CloudTrail-NetworkActivity/n.json.gz"),
        (Unrecognized, "AWSLogs/111122223333/CloudTrail/ingest-manifest.json"),
        (Unrecognized, "AWSLogs/111122223333/CloudTrail/2026/09/14/no-region.json.gz"),
        (Unrecognized, "athena-results/2026/09/14/query.csv"),
        (Unrecognized, "awslogs/111122223333/cloudtrail/us-east-2/lower-case.json.gz"),
        (Unrecognized, "reports/Digest-of-the-week.json"),
        (Unrecognized, "111122223333_CloudTrail_us-east-2"),
        (Unrecognized, "11112222333_CloudTrail_us-east-2_20260914T1215Z_short.json.gz"),
        (Unrecognized, ""),
    ];
    check(&cases);
}

fn check(cases: &[(ObjectKind, &str)]) {
    for (expected, key) in cases {
        let kind = classify_key(key);
        assert_eq!(kind, *expected, "{key}");
        assert_eq!(kind.as_str(), expected.as_str());
    }
}

#[test]
fn insight_and_network_activity_files_have_the_fields_of_log_files() {
    let at = |organization: Option<&str>, delivered_at: Option<i64>| LogFileKey {
        account: "111122223333".to_owned(),
        region: "us-east-2".to_owned(),
        organization: organization.map(str::to_owned),
        delivered_at,
    };
    type Kind = fn(LogFileKey) -> ObjectKind;
    let kinds: [(Kind, &str); 3] = [
        (ObjectKind::Insight, "CloudTrail-Insight"),
        (ObjectKind::Insight, "CloudTrail-Insights"),
        (ObjectKind::NetworkActivity, "CloudTrail-NetworkActivity"),
    ];
    for (kind, service) in kinds {
        let name = format!("111122223333_{service}_us-east-2_20260914T1215Z_abc.json.gz");
        let folder = |service: &str| format!("111122223333/{service}/us-east-2/2026/09/14");
        let cases = [
            (format!("p/AWSLogs/{}/{name}", folder(service)), at(None, Some(MINUTE))),
            (format!("AWSLogs/{}/i.json.gz", folder(service)), at(None, None)),
            (
                format!("AWSLogs/o-exampleorgid/{}/{name}", folder(service)),
                at(Some("o-exampleorgid"), Some(MINUTE)),
            ),
            (
                format!("AWSLogs/o-exampleorgid/{}/{name}", folder("CloudTrail")),
                at(Some("o-exampleorgid"), Some(MINUTE)),
            ),
            (format!("AWSLogs/111122223333/{service}/{name}"), at(None, Some(MINUTE))),
            (name, at(None, Some(MINUTE))),
        ];
        for (key, expected) in cases {
            assert_eq!(classify_key(&key), kind(expected), "{key}");
        }
    }
}

#[test]
fn the_delivery_minute_comes_from_the_file_name() {
    let cases = [
        ("20260914T1215Z_abcdefGHIJKL0123.json.gz", Some(MINUTE)),
        ("20260914T1215ZabcdefGHIJKL0123.json.gz", Some(MINUTE)),
        ("20240229T2359Z_leap.json.gz", Some(1_709_251_140)),
        ("19700101T0000Z_epoch.json.gz", Some(0)),
        ("20250229T1215Z_no-leap-year.json.gz", None),
        ("20261314T1215Z_month-13.json.gz", None),
        ("20260914T2415Z_hour-24.json.gz", None),
        ("20260914T1260Z_minute-60.json.gz", None),
        ("20260914T121523Z_seconds.json.gz", None),
        ("+0260914T1215Z_sign.json.gz", None),
        ("2026091\u{00e9}T1215Z.json.gz", None),
        ("short", None),
    ];
    for (rest, expected) in cases {
        let name = format!("111122223333_CloudTrail_us-east-2_{rest}");
        assert_eq!(classify_key(&name), log_file("111122223333", "us-east-2", None, expected), "{name}");
        let key = format!("AWSLogs/111122223333/CloudTrail/us-east-2/2026/09/14/{name}");
        assert_eq!(classify_key(&key), log_file("111122223333", "us-east-2", None, expected), "{key}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_kind(key in "\\PC*") {
        classify_key(&key);
    }

    #[test]
    fn no_prefix_changes_the_kind_of_a_log_file(prefix in "([a-zA-Z0-9+%=_. -]{1,12}|AWSLogs|CloudTrail-Digest|111122223333)(/[a-zA-Z0-9_-]{1,8}){0,3}") {
        let key = format!("{prefix}/AWSLogs/444455556666/CloudTrail/cn-north-1/2026/09/14/{FILE}");
        prop_assert_eq!(classify_key(&key), log_file("444455556666", "cn-north-1", None, Some(MINUTE)));
    }
}
