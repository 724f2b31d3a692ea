//! The ARN of the alert topic, validated when it is parsed.
//!
//! Whether the topic exists is not checked.
//!
//! Source: the SNS developer guide, topic names and ARNs.

/// ARN of a standard SNS topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicArn {
    arn: String,
    region: String,
}

/// Why a text is not the ARN of a topic for alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicArnError {
    /// The text does not have the parts of a topic's ARN.
    #[error("expected `arn:aws:sns:REGION:ACCOUNT:NAME`")]
    NotATopic,
    /// The text is the ARN of a subscription.
    #[error("this is the ARN of a subscription; remove its last part")]
    Subscription,
    /// The topic is a FIFO topic, which delivers neither e-mail nor HTTPS; alerts need no order.
    #[error("FIFO topics are not supported; use a standard topic")]
    Fifo,
}

impl TopicArn {
    /// Parses the ARN of a standard topic of any partition.
    ///
    /// # Errors
    ///
    /// [`TopicArnError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, TopicArnError> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, name) = match parts.as_slice() {
            ["arn", partition, "sns", region, account, name] if partition.starts_with("aws") => {
                (*region, *account, *name)
            }
            ["arn", _, "sns", _, _, _, _] => return Err(TopicArnError::Subscription),
            _ => return Err(TopicArnError::NotATopic),
        };
        if name.ends_with(".fifo") {
            return Err(TopicArnError::Fifo);
        }
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let is_name = !name.is_empty()
            && name.len() <= 256
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !is_account || !is_name || !crate::region::is_region(region) {
            return Err(TopicArnError::NotATopic);
        }
        Ok(Self { arn: text.to_owned(), region: region.to_owned() })
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// The topic's region.
    pub fn region(&self) -> &str {
        &self.region
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_every_partition_are_taken_with_their_region() {
        for (arn, region) in [
            ("arn:aws:sns:us-east-1:111122223333:alerts", "us-east-1"),
            ("arn:aws-cn:sns:cn-north-1:111122223333:Alerts_2", "cn-north-1"),
            ("arn:aws-us-gov:sns:us-gov-west-1:111122223333:a-b", "us-gov-west-1"),
        ] {
            let topic = TopicArn::parse(arn).unwrap();
            assert_eq!((topic.as_str(), topic.region()), (arn, region));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, error) in [
            ("", TopicArnError::NotATopic),
            ("alerts", TopicArnError::NotATopic),
            ("arn:aws:sqs:us-east-1:111122223333:alerts", TopicArnError::NotATopic),
            ("arn:aws:sns:us-east-1:1111:alerts", TopicArnError::NotATopic),
            ("arn:aws:sns:us east:111122223333:alerts", TopicArnError::NotATopic),
            ("arn:aws:sns::111122223333:alerts", TopicArnError::NotATopic),
            ("arn:aws:sns:us-east-1:111122223333:", TopicArnError::NotATopic),
            ("arn:aws:sns:us-east-1:111122223333:two words", TopicArnError::NotATopic),
            ("arn:aws:sns:us-east-1:111122223333:alerts.fifo", TopicArnError::Fifo),
            (
                "arn:aws:sns:us-east-1:111122223333:alerts:6b0e71bd-7e97-4d97-80ce-4a0994e55286",
                TopicArnError::Subscription,
            ),
        ] {
            assert_eq!(TopicArn::parse(text), Err(error), "{text}");
        }
    }
}
