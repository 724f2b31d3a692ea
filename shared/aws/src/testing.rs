//! A service with prepared responses, for tests of what goes over the wire.
//!
//! The mocks of the SDK (`aws-smithy-mocks`) replace whole operations, so they show neither region nor signature nor body.
//! Its replaying client would take the place of [`FakeService`] alone and needs four more crates; the responses, and the
//! CBOR of CloudWatch, would stay.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::{Credentials, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use crate::objects::Objects;

/// One prepared response.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// An error in the format of S3.
    pub(crate) fn xml_error(status: u16, code: &str) -> Self {
        Self::new(status, format!("<Error><Code>{code}</Code><Message>refused</Message></Error>"))
    }

    /// An error in the format of SNS.
    pub(crate) fn query_error(status: u16, code: &str) -> Self {
        Self::new(
            status,
            format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code></Error></ErrorResponse>"),
        )
    }

    /// An error in the format of CloudWatch: a CBOR map of two texts.
    pub(crate) fn cbor_error(status: u16, code: &str) -> Self {
        let mut body = vec![0xa2];
        for text in ["__type", code, "message", "refused"] {
            assert!(text.len() < 256);
            body.extend([0x78, text.len() as u8]);
            body.extend(text.as_bytes());
        }
        Self::new(status, body)
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
    }

    /// A document in the format of CloudWatch.
    pub(crate) fn cbor(document: &serde_json::Value) -> Self {
        let mut body = Vec::new();
        write_cbor(document, &mut body);
        Self::new(200, body)
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
    }

    /// The empty CBOR map.
    pub(crate) fn cbor_success() -> Self {
        Self::new(200, [0xa0])
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
    }
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) uri: String,
    pub(crate) authorization: String,
    pub(crate) if_none_match: String,
    pub(crate) body: String,
    pub(crate) body_bytes: usize,
}

/// Gives its responses in order; after the last one, every connection is refused.
#[derive(Debug, Clone)]
pub(crate) struct FakeService(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    answers: VecDeque<Answer>,
    requests: Vec<Sent>,
}

impl FakeService {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self(Arc::new(Mutex::new(State { answers, requests: Vec::new() })))
    }

    /// Adds a response after the remaining ones.
    pub(crate) fn prepare(&self, answer: Answer) {
        self.0.lock().unwrap().answers.push_back(answer);
    }

    pub(crate) fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// S3 with these responses, called from us-east-1.
    pub(crate) fn objects(&self) -> Objects {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .credentials_provider(Self::credentials())
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
            .http_client(self.http_client());
        Objects::from_builder(config, Some("us-east-1"))
    }

    pub(crate) fn credentials() -> Credentials {
        Credentials::new("AKIDEXAMPLE", "example", None, None, "test")
    }

    pub(crate) fn requests(&self) -> Vec<Sent> {
        self.0.lock().unwrap().requests.clone()
    }
}

impl HttpConnector for FakeService {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.0.lock().unwrap();
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        state.requests.push(Sent {
            uri: request.uri().to_owned(),
            authorization: header("authorization"),
            if_none_match: header("if-none-match"),
            body_bytes: request.body().bytes().unwrap_or_default().len(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
        });
        let Some(answer) = state.answers.pop_front() else {
            let error = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            return HttpConnectorFuture::ready(Err(ConnectorError::io(error.into())));
        };
        let status = answer.status.try_into().unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Writes JSON as CBOR (RFC 8949): lengths have 32 bits, and a number with a fraction becomes a double.
fn write_cbor(value: &serde_json::Value, out: &mut Vec<u8>) {
    use serde_json::Value;
    let head = |out: &mut Vec<u8>, major: u8, length: usize| {
        out.push(major << 5 | 26);
        out.extend(u32::try_from(length).unwrap().to_be_bytes());
    };
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(0xf4 + u8::from(*value)),
        Value::Number(number) => match number.as_u64() {
            Some(number) => head(out, 0, usize::try_from(number).unwrap()),
            None => {
                out.push(0xfb);
                out.extend(number.as_f64().unwrap().to_be_bytes());
            }
        },
        Value::String(text) => {
            head(out, 3, text.len());
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(out, 4, items.len());
            items.iter().for_each(|item| write_cbor(item, out));
        }
        Value::Object(entries) => {
            head(out, 5, entries.len());
            for (key, value) in entries {
                write_cbor(&Value::from(key.as_str()), out);
                write_cbor(value, out);
            }
        }
    }
}
