//! The URL of a queue, validated when it is parsed.
//!
//! The region comes from the host name if it is one of AWS's own. Any other host, such as an emulator, says nothing about it.
//!
//! Source: the Amazon SQS developer guide, "Queue and message identifiers"; the AWS general reference, "Amazon SQS endpoints".

use std::fmt;

/// The longest name of a queue, in characters (Amazon SQS quotas).
const NAME_CHARS: usize = 80;
/// The number of digits in an AWS account id.
const ACCOUNT_DIGITS: usize = 12;
/// The region of the legacy host name without a region.
const REGION_OF_OLD: &str = "us-east-1";

/// URL of a standard queue: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl {
    url: String,
    region: Option<String>,
}

/// Why a text is not the URL of a usable queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueUrlError {
    /// The text does not have the parts of a queue's URL.
    #[error("expected `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`")]
    NotAQueue,
    /// The text is an ARN.
    #[error("this is an ARN; give the URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`")]
    Arn,
    /// The queue is a FIFO queue; CloudTrail's notifications need a standard queue.
    #[error("FIFO queues are not supported")]
    Fifo,
}

impl QueueUrl {
    /// Parses the URL of a standard queue.
    ///
    /// # Errors
    ///
    /// [`QueueUrlError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, QueueUrlError> {
        if text.starts_with("arn:") {
            return Err(QueueUrlError::Arn);
        }
        let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let mut parts = address.ok_or(QueueUrlError::NotAQueue)?.split('/');
        let (Some(host), Some(account), Some(name), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(QueueUrlError::NotAQueue);
        };
        if name.ends_with(".fifo") {
            return Err(QueueUrlError::Fifo);
        }
        let is_host =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        if !is_host || !is_account(account) || !is_name(name) {
            return Err(QueueUrlError::NotAQueue);
        }
        Ok(Self { url: text.to_owned(), region: region(host).map(str::to_owned) })
    }

    /// The URL of the queue with this ARN, in the partitions whose host names are known; `None` for any other text.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "sqs", region, account, name] = parts.as_slice() else { return None };
        let suffix = match *partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            "aws-eusc" => "amazonaws.eu",
            _ => return None,
        };
        let url = Self::parse(&format!("https://sqs.{region}.{suffix}/{account}/{name}")).ok()?;
        url.region.is_some().then_some(url)
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The queue's region, if the URL names it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// The region in one of AWS's own host names.
fn region(host: &str) -> Option<&str> {
    let labels: Vec<&str> = host.split('.').collect();
    let named = labels.windows(2).find_map(|pair| match pair {
        ["sqs" | "sqs-fips", region] => Some(*region),
        [region, "queue"] => Some(*region),
        _ => None,
    });
    let of_old = (labels.first() == Some(&"queue")).then_some(REGION_OF_OLD);
    named.or(of_old).filter(|region| crate::region::is_region(region))
}

fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT_DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_that_of_the_host() {
        for (url, region) in [
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/trail", Some("eu-west-1")),
            ("https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/trail", Some("us-gov-west-1")),
            ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/Trail_2", Some("cn-north-1")),
            ("https://sqs.eu-west-1.api.aws/111122223333/trail", Some("eu-west-1")),
            ("https://vpce-1-2.sqs.eu-west-1.vpce.amazonaws.com/111122223333/trail", Some("eu-west-1")),
            ("https://eu-west-1.queue.amazonaws.com/111122223333/trail", Some("eu-west-1")),
            ("https://queue.amazonaws.com/111122223333/trail", Some("us-east-1")),
            ("http://127.0.0.1:5502/111122223333/trail", None),
            ("http://[::1]:5502/111122223333/trail", None),
        ] {
            let queue = QueueUrl::parse(url).unwrap();
            assert_eq!((queue.as_str(), queue.region()), (url, region));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, error) in [
            ("", QueueUrlError::NotAQueue),
            ("trail", QueueUrlError::NotAQueue),
            ("arn:aws:sqs:eu-west-1:111122223333:trail", QueueUrlError::Arn),
            ("https://sqs.eu-west-1.amazonaws.com/trail", QueueUrlError::NotAQueue),
            ("https://sqs.eu-west-1.amazonaws.com/1111/trail", QueueUrlError::NotAQueue),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/", QueueUrlError::NotAQueue),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/trail/", QueueUrlError::NotAQueue),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/a b", QueueUrlError::NotAQueue),
            ("https://user@host/111122223333/trail", QueueUrlError::NotAQueue),
            ("https:///111122223333/trail", QueueUrlError::NotAQueue),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/trail.fifo", QueueUrlError::Fifo),
        ] {
            assert_eq!(QueueUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_arn_of_a_known_partition_has_its_url() {
        for (arn, url) in [
            (
                "arn:aws:sqs:eu-west-1:111122223333:trail",
                Some("https://sqs.eu-west-1.amazonaws.com/111122223333/trail"),
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:111122223333:trail",
                Some("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/trail"),
            ),
            ("arn:aws-other:sqs:eu-west-1:111122223333:trail", None),
            ("arn:aws:sns:eu-west-1:111122223333:trail", None),
            ("arn:aws:sqs:eu-west-1.example.com/:111122223333:trail", None),
            ("arn:aws:sqs:eu-west-1:111122223333:trail.fifo", None),
        ] {
            assert_eq!(QueueUrl::of_arn(arn).as_ref().map(QueueUrl::as_str), url, "{arn}");
        }
    }
}
