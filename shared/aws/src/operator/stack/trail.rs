//! A trail: what it is set to, what it records, and how its deliveries go.
//!
//! Source: the AWS CloudTrail API reference, GetTrail, GetTrailStatus, GetEventSelectors, GetInsightSelectors.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Builder;
use aws_sdk_cloudtrail::error::ProvideErrorMetadata as _;
use aws_sdk_cloudtrail::types::{AdvancedFieldSelector, EventSelector, ReadWriteType};
use time::OffsetDateTime;

use super::{StackReader, moment};
use crate::operator::error::{CallError, CallErrorKind, call_error};

/// What a trail is set to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// The region in which it was made, and in which alone it can be changed.
    pub home_region: Option<String>,
    /// Whether it records in all regions.
    pub is_multi_region: bool,
    /// Whether it records all accounts of an organization.
    pub is_organization: bool,
    /// Whether it writes digest files.
    pub validates_log_files: bool,
    /// The bucket that it writes to.
    pub bucket: Option<String>,
    /// The start of its keys, without a slash at the end.
    pub prefix: Option<String>,
    /// The ARN of the topic that it announces log files on.
    pub topic_arn: Option<String>,
    /// The ARN of the key that it encrypts log files with.
    pub key_arn: Option<String>,
}

/// How a trail's deliveries go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrailStatus {
    /// Whether it records.
    pub is_logging: bool,
    /// When it was last stopped, if it ever was.
    pub stopped_at: Option<OffsetDateTime>,
    /// Log files to the bucket.
    pub log_files: Delivery,
    /// Announcements to the topic.
    pub announcements: Delivery,
    /// Digest files to the bucket.
    pub digests: Delivery,
}

/// One kind of delivery of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The last one that succeeded.
    pub latest: Option<OffsetDateTime>,
    /// The error of the last attempt, if it failed: a code of S3 or SNS.
    pub error: Option<String>,
}

/// Events that a trail records: those that agree with all fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    /// The name that somebody gave it.
    pub name: Option<String>,
    /// The conditions.
    pub fields: Vec<SelectorField>,
}

/// A condition of a [`Selector`]: the value of a field is one of `values`, by `operator`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorField {
    /// Such as `eventCategory`.
    pub field: String,
    /// Such as `Equals`, as in the API.
    pub operator: &'static str,
    /// The values.
    pub values: Vec<String>,
}

impl StackReader {
    fn trails(&self, arn: &str) -> Client {
        let mut config = Builder::from(self.aws.config());
        if let Some(region) = Self::region_of(arn) {
            config = config.region(region);
        }
        Client::from_conf(config.build())
    }

    /// What a trail is set to.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the trail does not exist or cannot be read.
    pub async fn trail(&self, arn: &str) -> Result<Trail, CallError> {
        const ACTION: &str = "cloudtrail:GetTrail";
        let answer = self.trails(arn).get_trail().name(arn).send().await;
        let answer = answer.map_err(|error| call_error(ACTION, arn, error))?;
        let Some(trail) = answer.trail() else {
            let source = "the response has no trail".into();
            return Err(CallError {
                action: ACTION,
                resource: arn.to_owned(),
                kind: CallErrorKind::NotFound,
                source,
            });
        };
        Ok(Trail {
            home_region: trail.home_region().map(str::to_owned),
            is_multi_region: trail.is_multi_region_trail().unwrap_or_default(),
            is_organization: trail.is_organization_trail().unwrap_or_default(),
            validates_log_files: trail.log_file_validation_enabled().unwrap_or_default(),
            bucket: trail.s3_bucket_name().map(str::to_owned),
            prefix: trail.s3_key_prefix().filter(|prefix| !prefix.is_empty()).map(str::to_owned),
            topic_arn: trail.sns_topic_arn().or_else(|| arn_in(trail)).map(str::to_owned),
            key_arn: trail.kms_key_id().map(str::to_owned),
        })
    }

    /// How a trail's deliveries go.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the status cannot be read.
    pub async fn trail_status(&self, arn: &str) -> Result<TrailStatus, CallError> {
        let answer = self.trails(arn).get_trail_status().name(arn).send().await;
        let status = answer.map_err(|error| call_error("cloudtrail:GetTrailStatus", arn, error))?;
        let error = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(TrailStatus {
            is_logging: status.is_logging().unwrap_or_default(),
            stopped_at: status.stop_logging_time().and_then(moment),
            log_files: Delivery {
                latest: status.latest_delivery_time().and_then(moment),
                error: error(status.latest_delivery_error()),
            },
            announcements: Delivery {
                latest: status.latest_notification_time().and_then(moment),
                error: error(status.latest_notification_error()),
            },
            digests: Delivery {
                latest: status.latest_digest_delivery_time().and_then(moment),
                error: error(status.latest_digest_delivery_error()),
            },
        })
    }

    /// What a trail records. Basic selectors are returned as the advanced ones that say the same.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the selectors cannot be read.
    pub async fn selectors(&self, arn: &str) -> Result<Vec<Selector>, CallError> {
        let answer = self.trails(arn).get_event_selectors().trail_name(arn).send().await;
        let answer = answer.map_err(|error| call_error("cloudtrail:GetEventSelectors", arn, error))?;
        let advanced = answer.advanced_event_selectors().iter().map(|selector| Selector {
            name: selector.name().filter(|name| !name.is_empty()).map(str::to_owned),
            fields: selector.field_selectors().iter().flat_map(fields).collect(),
        });
        Ok(advanced.chain(answer.event_selectors().iter().flat_map(basic)).collect())
    }

    /// The kinds of Insights that a trail records, such as `ApiCallRateInsight`.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the selectors cannot be read.
    pub async fn insights(&self, arn: &str) -> Result<Vec<String>, CallError> {
        let answer = self.trails(arn).get_insight_selectors().trail_name(arn).send().await;
        match answer {
            Ok(answer) => {
                let kinds = answer.insight_selectors().iter();
                Ok(kinds.filter_map(|kind| Some(kind.insight_type()?.as_str().to_owned())).collect())
            }
            Err(error) if error.code().is_some_and(|code| code.contains("InsightNotEnabled")) => {
                Ok(Vec::new())
            }
            Err(error) => Err(call_error("cloudtrail:GetInsightSelectors", arn, error)),
        }
    }
}

/// The ARN in the field that CloudTrail has replaced: it holds what the trail was made with, a name or an ARN.
#[expect(deprecated, reason = "some answers have nothing else")]
fn arn_in(trail: &aws_sdk_cloudtrail::types::Trail) -> Option<&str> {
    trail.sns_topic_name().filter(|name| name.starts_with("arn:"))
}

/// The conditions of a field of an advanced selector, one for each operator.
fn fields(selector: &AdvancedFieldSelector) -> impl Iterator<Item = SelectorField> {
    let operators = [
        ("Equals", selector.equals()),
        ("StartsWith", selector.starts_with()),
        ("EndsWith", selector.ends_with()),
        ("NotEquals", selector.not_equals()),
        ("NotStartsWith", selector.not_starts_with()),
        ("NotEndsWith", selector.not_ends_with()),
    ];
    let used = operators.into_iter().filter(|(_, values)| !values.is_empty());
    used.map(|(operator, values)| SelectorField {
        field: selector.field().to_owned(),
        operator,
        values: values.to_vec(),
    })
}

/// A basic selector as advanced ones: one for management events, and one for each type of resource.
fn basic(selector: &EventSelector) -> Vec<Selector> {
    let field = |field: &str, operator, values: Vec<String>| SelectorField {
        field: field.to_owned(),
        operator,
        values,
    };
    let category = |name: &str| field("eventCategory", "Equals", vec![name.to_owned()]);
    let kind = match selector.read_write_type() {
        Some(ReadWriteType::ReadOnly) => Some(field("readOnly", "Equals", vec!["true".to_owned()])),
        Some(ReadWriteType::WriteOnly) => Some(field("readOnly", "Equals", vec!["false".to_owned()])),
        Some(_) | None => None,
    };
    let mut selectors = Vec::new();
    if selector.include_management_events().unwrap_or_default() {
        let excluded = selector.exclude_management_event_sources();
        let excluded = (!excluded.is_empty()).then(|| field("eventSource", "NotEquals", excluded.to_vec()));
        let fields = [Some(category("Management")), kind.clone(), excluded];
        selectors.push(Selector { name: None, fields: fields.into_iter().flatten().collect() });
    }
    for resource in selector.data_resources() {
        let of_type =
            field("resources.type", "Equals", resource.r#type().map(str::to_owned).into_iter().collect());
        let arns = field("resources.ARN", "StartsWith", resource.values().to_vec());
        let fields = [Some(category("Data")), kind.clone(), Some(of_type), Some(arns)];
        selectors.push(Selector { name: None, fields: fields.into_iter().flatten().collect() });
    }
    selectors
}
