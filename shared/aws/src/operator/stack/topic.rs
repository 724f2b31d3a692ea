//! A topic: its policy, its key and who has subscribed.
//!
//! Source: the Amazon SNS API reference, GetTopicAttributes and ListSubscriptionsByTopic.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::Builder;

use super::StackReader;
use crate::operator::error::{CallError, call_error};

/// The ARN of a subscription that nobody has confirmed (ListSubscriptionsByTopic).
const PENDING: &str = "PendingConfirmation";

/// A topic as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicState {
    /// Its policy, as JSON.
    pub policy: Option<String>,
    /// The key that it encrypts messages with: an ARN, an id or an alias.
    pub key: Option<String>,
}

/// A subscription of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscription {
    /// Such as `email` or `sqs`.
    pub protocol: String,
    /// The address, or an ARN.
    pub endpoint: String,
    /// Whether its owner has confirmed it.
    pub is_confirmed: bool,
}

impl StackReader {
    fn topics(&self, arn: &str) -> Client {
        let mut config = Builder::from(self.aws.config());
        if let Some(region) = Self::region_of(arn) {
            config = config.region(region);
        }
        Client::from_conf(config.build())
    }

    /// A topic, by its ARN.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the topic does not exist or cannot be read.
    pub async fn topic(&self, arn: &str) -> Result<TopicState, CallError> {
        let answer = self.topics(arn).get_topic_attributes().topic_arn(arn).send().await;
        let answer = answer.map_err(|error| call_error("sns:GetTopicAttributes", arn, error))?;
        let attribute = |name: &str| answer.attributes()?.get(name).filter(|text| !text.is_empty()).cloned();
        Ok(TopicState { policy: attribute("Policy"), key: attribute("KmsMasterKeyId") })
    }

    /// The subscriptions of a topic.
    ///
    /// # Errors
    ///
    /// [`CallError`] if they cannot be listed.
    pub async fn subscriptions(&self, arn: &str) -> Result<Vec<Subscription>, CallError> {
        let client = self.topics(arn);
        let mut pages = client.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send();
        let mut subscriptions = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| call_error("sns:ListSubscriptionsByTopic", arn, error))?;
            subscriptions.extend(page.subscriptions().iter().map(|subscription| Subscription {
                protocol: subscription.protocol().unwrap_or_default().to_owned(),
                endpoint: subscription.endpoint().unwrap_or_default().to_owned(),
                is_confirmed: subscription.subscription_arn() != Some(PENDING),
            }));
        }
        Ok(subscriptions)
    }
}
