//! What policies say to CloudTrail.

use super::*;

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/trailbell";

fn decided(statements: &str) -> Decision {
    let call = ServiceCall {
        service: "cloudtrail.amazonaws.com",
        action: "s3:PutObject",
        resource: "arn:aws:s3:::amzn-s3-demo-bucket/AWSLogs/111122223333/x",
        context: &[("aws:SourceArn", TRAIL), ("aws:SecureTransport", "true"), ("s3:TlsVersion", "1.2")],
    };
    decide(&format!("{{\"Statement\": {statements}}}"), &call).unwrap()
}

const ALLOW: &str = r#"{"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/AWSLogs/111122223333/*""#;

#[test]
fn a_statement_must_name_service_action_and_resource() {
    assert_eq!(decided(&format!("{ALLOW}}}")), Decision::Allowed);
    assert_eq!(decided("[]"), Decision::NotAllowed);
    let others = [
        ("cloudtrail.amazonaws.com", "config.amazonaws.com"),
        ("s3:PutObject", "s3:GetObject"),
        ("111122223333/*", "444455556666/*"),
    ];
    for (from, to) in others {
        assert_eq!(decided(&format!("{}}}", ALLOW.replace(from, to))), Decision::NotAllowed, "{to}");
    }
    let wide = r#"{"Effect": "Allow", "Principal": "*", "Action": ["S3:put*"], "NotResource": "arn:aws:s3:::other/*"}"#;
    assert_eq!(decided(wide), Decision::Allowed);
}

#[test]
fn conditions_are_tested_with_what_the_call_has() {
    let with = |condition: &str| decided(&format!("{ALLOW}, \"Condition\": {condition}}}"));
    assert_eq!(
        with(&format!(r#"{{"StringEquals": {{"AWS:sourcearn": ["x", "{TRAIL}"]}}}}"#)),
        Decision::Allowed
    );
    assert_eq!(
        with(r#"{"ArnLike": {"aws:SourceArn": "arn:*:cloudtrail:*:111122223333:trail/*"}}"#),
        Decision::Allowed
    );
    assert_eq!(
        with(r#"{"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/old"}}"#),
        Decision::NotAllowed
    );
    let open = with(r#"{"StringEquals": {"aws:SourceOrgID": "o-abcdefghij"}}"#);
    assert_eq!(open, Decision::Open("aws:SourceOrgID".to_owned()));
    let refused = with(r#"{"StringEquals": {"aws:SourceOrgID": "o-abcdefghij", "aws:SourceArn": "x"}}"#);
    assert_eq!(refused, Decision::NotAllowed);
}

#[test]
fn a_denial_outweighs_every_permission() {
    let deny = |condition: &str| {
        let denial = format!(
            r#"{{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#
        );
        (decided(&format!("[{denial}, {ALLOW}}}]")), decided(&format!("[{ALLOW}}}, {denial}]")))
    };
    let same = |decision: Decision| (decision.clone(), decision);
    assert_eq!(deny(r#"{"Bool": {"aws:SecureTransport": "false"}}"#), same(Decision::Allowed));
    assert_eq!(deny(r#"{"NumericLessThan": {"s3:TlsVersion": 1.2}}"#), same(Decision::Allowed));
    assert_eq!(
        deny(r#"{"Bool": {"aws:SecureTransport": true}}"#),
        same(Decision::Denied(Some("No".to_owned())))
    );
    assert_eq!(
        deny(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#),
        same(Decision::Open("aws:PrincipalOrgID".to_owned()))
    );
}

#[test]
fn an_open_permission_does_not_hide_a_certain_one() {
    let open =
        format!("{ALLOW}, \"Condition\": {{\"StringEquals\": {{\"aws:SourceOrgID\": \"o-abcdefghij\"}}}}}}");
    assert_eq!(decided(&format!("[{open}, {ALLOW}}}]")), Decision::Allowed);
    assert_eq!(decided(&format!("[{ALLOW}}}, {open}]")), Decision::Allowed);
}
