//! A queue: its messages, its policy and its key.
//!
//! Source: the Amazon SQS API reference, GetQueueAttributes; the Amazon SQS developer guide, "Available CloudWatch metrics".

use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{Builder, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_types::DateTime;
use time::{Duration, OffsetDateTime};

use super::StackReader;
use crate::operator::error::{CallError, call_error};
use crate::operator::queue_url::QueueUrl;

/// In seconds: CloudWatch has a queue's age every minute, some minutes late.
const AGE_PERIOD: i32 = 60;
/// How far back the last age is looked for.
const AGE_SPAN: Duration = Duration::minutes(15);

/// A queue as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueState {
    /// Its ARN.
    pub arn: String,
    /// Messages that wait, about.
    pub waiting: u64,
    /// Messages that somebody is working on, about.
    pub in_flight: u64,
    /// Its policy, as JSON.
    pub policy: Option<String>,
    /// The key that it encrypts messages with: an ARN, an id or an alias.
    pub key: Option<String>,
}

impl StackReader {
    /// A queue, by its URL.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the queue does not exist or cannot be read.
    pub async fn queue(&self, url: &QueueUrl) -> Result<QueueState, CallError> {
        use QueueAttributeName as Name;
        let mut config = Builder::from(self.aws.config());
        if let Some(region) = url.region() {
            config = config.region(Region::new(region.to_owned()));
        }
        let client = Client::from_conf(config.build());
        let answer =
            client.get_queue_attributes().queue_url(url.as_str()).attribute_names(Name::All).send().await;
        let answer = answer.map_err(|error| call_error("sqs:GetQueueAttributes", url.as_str(), error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let text = |name: Name| attributes.get(&name).filter(|text| !text.is_empty()).cloned();
        let count = |name: Name| attributes.get(&name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(QueueState {
            arn: text(Name::QueueArn).unwrap_or_default(),
            waiting: count(Name::ApproximateNumberOfMessages),
            in_flight: count(Name::ApproximateNumberOfMessagesNotVisible),
            policy: text(Name::Policy),
            key: text(Name::KmsMasterKeyId),
        })
    }

    /// The age of a queue's oldest message as CloudWatch last had it; `None` if it has had none for a quarter of an hour.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the metric cannot be read.
    pub async fn oldest_message(
        &self,
        queue: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Duration>, CallError> {
        let client = aws_sdk_cloudwatch::Client::new(self.aws.config());
        let answer = client
            .get_metric_statistics()
            .namespace("AWS/SQS")
            .metric_name("ApproximateAgeOfOldestMessage")
            .dimensions(Dimension::builder().name("QueueName").value(queue).build())
            .start_time(DateTime::from_secs((now - AGE_SPAN).unix_timestamp()))
            .end_time(DateTime::from_secs(now.unix_timestamp()))
            .period(AGE_PERIOD)
            .statistics(Statistic::Maximum)
            .send()
            .await;
        let answer = answer.map_err(|error| call_error("cloudwatch:GetMetricStatistics", queue, error))?;
        let latest =
            answer.datapoints().iter().max_by_key(|datapoint| datapoint.timestamp().map(DateTime::secs));
        let seconds = latest.and_then(|datapoint| datapoint.maximum());
        Ok(seconds.and_then(Duration::checked_seconds_f64))
    }
}
