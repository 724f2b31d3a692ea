//! The message that announces a file, and which datapoints and alerts the log processor publishes for it.
//!
//! Source: "Configuring Amazon SNS notifications for CloudTrail" (CloudTrail user guide); the Amazon
//! CloudWatch API reference, PutMetricData.

use aws::{MessageAttribute, OutgoingMessage};
use pipeline::{ALERTS_ATTRIBUTE, LOG_FILE_TIME, METRICS_ATTRIBUTE, OFF};
use serde_json::json;

use super::arguments::{Alerts, Metrics};

/// Up to what age of a file its datapoints and alerts are published, in seconds. CloudWatch accepts two
/// weeks; one hour less leaves time for the file to wait in the queue.
const FRESH_SECONDS: i64 = 14 * 86_400 - 3600;

/// How the age of a file decides what is published.
#[derive(Debug, Clone, Copy)]
pub(super) struct AgePolicy {
    pub(super) metrics: Metrics,
    pub(super) alerts: Alerts,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// What is published for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PublishChoice {
    /// Whether datapoints are published, at the minute in the file's name.
    pub(super) metrics: bool,
    /// Whether alerts are published.
    pub(super) alerts: bool,
}

impl AgePolicy {
    /// What to publish for a file that was delivered at this time, in seconds since 1970.
    pub(super) fn choice(self, delivered_at: i64) -> PublishChoice {
        let age = self.now.saturating_sub(delivered_at);
        PublishChoice {
            metrics: match self.metrics {
                Metrics::Auto => age < FRESH_SECONDS,
                Metrics::Off => false,
            },
            alerts: match self.alerts {
                Alerts::Auto => age < FRESH_SECONDS,
                Alerts::On => true,
                Alerts::Off => false,
            },
        }
    }
}

impl PublishChoice {
    /// The announcement of a file, in the form of CloudTrail's own messages.
    pub(super) fn message(self, bucket: &str, key: &str) -> OutgoingMessage {
        let metrics = if self.metrics { LOG_FILE_TIME } else { OFF };
        let mut attributes = vec![(METRICS_ATTRIBUTE.to_owned(), MessageAttribute::text(metrics))];
        if !self.alerts {
            attributes.push((ALERTS_ATTRIBUTE.to_owned(), MessageAttribute::text(OFF)));
        }
        let body = json!({ "s3Bucket": bucket, "s3ObjectKey": [key] }).to_string();
        OutgoingMessage { body, attributes: attributes.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use cloudtrail::{Notification, parse_notification};

    use super::*;

    const NOW: i64 = 1_789_387_200;

    #[test]
    fn age_decides_what_is_published() {
        let hours = |hours: i64| NOW - hours * 3600;
        let cases = [
            (Metrics::Auto, Alerts::Auto, hours(0), (true, true)),
            (Metrics::Auto, Alerts::Auto, hours(14 * 24 - 1) + 1, (true, true)),
            (Metrics::Auto, Alerts::Auto, hours(14 * 24 - 1), (false, false)),
            (Metrics::Auto, Alerts::On, hours(1000), (false, true)),
            (Metrics::Auto, Alerts::Off, hours(0), (true, false)),
            (Metrics::Off, Alerts::Auto, hours(0), (false, true)),
            (Metrics::Auto, Alerts::Auto, NOW + 60, (true, true)),
        ];
        for (metrics, alerts, delivered_at, expected) in cases {
            let choice = AgePolicy { metrics, alerts, now: NOW }.choice(delivered_at);
            assert_eq!((choice.metrics, choice.alerts), expected, "{metrics:?} {alerts:?} {delivered_at}");
        }
    }

    #[test]
    fn a_message_is_cloudtrail_s_own_with_attributes() {
        for (metrics, alerts, attributes) in [
            (true, true, &[("trailbell.metrics", "log-file-time")][..]),
            (true, false, &[("trailbell.alerts", "off"), ("trailbell.metrics", "log-file-time")]),
            (false, true, &[("trailbell.metrics", "off")]),
            (false, false, &[("trailbell.alerts", "off"), ("trailbell.metrics", "off")]),
        ] {
            let message = PublishChoice { metrics, alerts }.message("amzn-s3-demo-bucket", "a/\"b\" +c");
            let Ok(Notification::LogFiles(files)) = parse_notification(&message.body) else { panic!() };
            assert_eq!(files[0].to_string(), "s3://amzn-s3-demo-bucket/a/\"b\" +c");
            let expected =
                attributes.iter().map(|(name, value)| ((*name).to_owned(), MessageAttribute::text(*value)));
            assert_eq!(message.attributes, expected.collect());
        }
    }
}
