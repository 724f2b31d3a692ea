//! Answers that do not come from the emulator: refusals in the protocol that the client speaks.
//!
//! The texts are written into XML and JSON as they are; they are the test's own.

use hyper::body::Bytes;

use super::{AnswerBody, Response};

/// An answer that does not come from the emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
}

impl Answer {
    /// A status without more, as load balancers answer.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: &[], body: Vec::new() }
    }

    /// An error in the protocol RPC v2 CBOR, which CloudWatch speaks.
    pub fn cbor_error(status: u16, code: &str, message: &str) -> Self {
        let mut body = vec![0xa2];
        for text in ["__type", code, "message", message] {
            push_text(text, &mut body);
        }
        Self {
            status,
            headers: &[("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")],
            body,
        }
    }

    /// An error in the protocol AWS JSON 1.0, which DynamoDB speaks.
    pub fn json_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#);
        Self { status, headers: &[("content-type", "application/x-amz-json-1.0")], body: body.into_bytes() }
    }

    /// An error in the query protocol, which SNS speaks.
    pub fn query_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml(
            status,
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>1</RequestId></ErrorResponse>"
            ),
        )
    }

    /// An error as S3 answers it.
    pub fn s3_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml(status, &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    }

    fn xml(status: u16, document: &str) -> Self {
        let body = format!(r#"<?xml version="1.0" encoding="UTF-8"?>{document}"#);
        Self { status, headers: &[("content-type", "application/xml")], body: body.into_bytes() }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = hyper::Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(*name, *value);
        }
        let body = AnswerBody::whole(Bytes::from(self.body));
        response.body(body).expect("a status and headers that HTTP allows")
    }
}

/// Appends a text as CBOR writes it whose length is one byte.
fn push_text(text: &str, out: &mut Vec<u8>) {
    out.extend([0x78, u8::try_from(text.len()).expect("error texts are short")]);
    out.extend(text.as_bytes());
}
