//! Records and events for the tests of this crate. It does not know what the tests expect.

use std::sync::Arc;

use crate::event::Event;

/// The event of a record in the file `test.json`.
pub(crate) fn event(record: &str) -> Event {
    Event::of_record(record.as_bytes(), &Arc::from("test.json")).unwrap()
}

/// A record with a time in the minute after 10:00 and an id.
pub(crate) fn at(second: u32, id: &str) -> Event {
    event(&format!(
        r#"{{"eventTime":"2026-09-14T10:{:02}:{:02}Z","eventID":"{id}"}}"#,
        second / 60,
        second % 60
    ))
}

/// A sign-in that failed, with hostile text in it.
pub(crate) const SIGN_IN: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"},"eventTime":"2026-09-14T10:15:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.5","userAgent":"=HYPERLINK(\"x\")","errorMessage":"Failed authentication","requestParameters":null,"responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No"},"eventID":"6f2f0d6c-0000-4000-8000-0000000000a1","readOnly":false,"eventType":"AwsConsoleSignIn","recipientAccountId":"111122223333"}"#;

/// A role that stops a trail.
pub(crate) const STOP_LOGGING: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci","arn":"arn:aws:sts::444455556666:assumed-role/deploy/ci","accountId":"444455556666","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","userName":"deploy","arn":"arn:aws:iam::444455556666:role/deploy"},"attributes":{"mfaAuthenticated":"false"}}},"eventTime":"2026-09-14T10:20:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2.31","requestParameters":{"name":"arn:aws:cloudtrail:eu-west-1:444455556666:trail/main"},"responseElements":null,"eventID":"6f2f0d6c-0000-4000-8000-0000000000a2","readOnly":false,"eventType":"AwsApiCall","recipientAccountId":"444455556666"}"#;

/// A denied read of an object.
pub(crate) const GET_OBJECT: &str = r#"{"eventVersion":"1.11","userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2026-09-14T10:10:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"2001:db8::1","userAgent":"[S3Console/0.4]","errorCode":"AccessDenied","errorMessage":"Access Denied","requestParameters":{"bucketName":"secrets","key":"a/b.txt"},"responseElements":null,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::secrets/a/b.txt"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::secrets"}],"eventID":"6f2f0d6c-0000-4000-8000-0000000000a3","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#;
