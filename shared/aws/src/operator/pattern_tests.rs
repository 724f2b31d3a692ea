//! Tests of filter patterns in the operator's own account: CloudWatch Logs says which messages a pattern matches. Nothing
//! is created there, and no log group is read.
//!
//! Source: the Amazon CloudWatch Logs API reference, TestMetricFilter.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;

use super::error::{CallError, call_error};
use crate::client::Aws;

/// The permission that a test needs. It is for all resources, because a test concerns none.
const TEST: &str = "logs:TestMetricFilter";
/// The most messages of a test (TestMetricFilter, `logEventMessages`).
pub const TESTED_MESSAGES: usize = 50;

/// What CloudWatch Logs says about a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternAnswer {
    /// The places of the messages that match, counted from 0.
    Matches(Vec<usize>),
    /// The pattern is invalid; the service's message.
    Refused(String),
}

/// Tests patterns.
#[derive(Debug)]
pub struct PatternTests(Client);

impl Aws {
    /// Tests of patterns in the region of the connection.
    pub fn pattern_tests(&self) -> PatternTests {
        PatternTests::new(self.config())
    }
}

impl PatternTests {
    /// Tests with the credentials, connections and timeouts of `config`.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// Asks which messages a pattern matches: between one message and [`TESTED_MESSAGES`], none of them empty.
    ///
    /// # Errors
    ///
    /// [`CallError`] if there is no answer. That a pattern is refused is an answer.
    pub async fn test(&self, pattern: &str, messages: &[&str]) -> Result<PatternAnswer, CallError> {
        let messages = messages.iter().map(|message| (*message).to_owned()).collect();
        let request =
            self.0.test_metric_filter().filter_pattern(pattern).set_log_event_messages(Some(messages));
        match request.send().await {
            Ok(answer) => {
                let events = answer.matches().iter().map(|matched| matched.event_number());
                // The service counts from 1.
                Ok(PatternAnswer::Matches(
                    events.filter_map(|number| usize::try_from(number - 1).ok()).collect(),
                ))
            }
            Err(error) => match error.as_service_error() {
                Some(refusal) if refusal.is_invalid_parameter_exception() => {
                    Ok(PatternAnswer::Refused(refusal.meta().message().unwrap_or_default().to_owned()))
                }
                _ => Err(call_error(TEST, "*", error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::CallErrorKind;
    use crate::testing::{Answer, FakeService};

    fn connected(service: &FakeService) -> PatternTests {
        use aws_sdk_cloudwatchlogs::config::{BehaviorVersion, Config, Region, retry::RetryConfig};
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(FakeService::credentials())
            .retry_config(RetryConfig::disabled())
            .http_client(service.http_client());
        PatternTests(Client::from_conf(config.build()))
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer::new(status, body).header("content-type", "application/x-amz-json-1.1")
    }

    #[tokio::test]
    async fn the_places_of_matches_count_from_zero() {
        let service = FakeService::new([
            answer(200, r#"{"matches":[{"eventNumber":1,"eventMessage":"a"},{"eventNumber":3}]}"#),
            answer(200, r#"{"matches":[]}"#),
        ]);
        let tests = connected(&service);
        assert_eq!(tests.test("x", &["a", "b", "c"]).await.unwrap(), PatternAnswer::Matches(vec![0, 2]));
        assert_eq!(tests.test("", &["a"]).await.unwrap(), PatternAnswer::Matches(Vec::new()));
        let sent = service.requests();
        let body: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
        assert_eq!(body, serde_json::json!({ "filterPattern": "x", "logEventMessages": ["a", "b", "c"] }));
    }

    #[tokio::test]
    async fn a_refused_pattern_is_an_answer_and_a_refused_call_an_error() {
        let service = FakeService::new([
            answer(400, r#"{"__type":"InvalidParameterException","message":"Invalid filter pattern"}"#),
            answer(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#),
        ]);
        let tests = connected(&service);
        let refused = PatternAnswer::Refused("Invalid filter pattern".to_owned());
        assert_eq!(tests.test("{", &["a"]).await.unwrap(), refused);
        let error = tests.test("{", &["a"]).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::AccessDenied);
        assert!(error.to_string().starts_with("`logs:TestMetricFilter` on `*`: access denied"), "{error}");
    }
}
