//! The parts of a deployed stack as they are now: the stack itself, its trail, bucket, keys, topics, queues, table and
//! alarms.
//!
//! Every call only reads. Nothing is judged here: the tool decides what a state means. A call that fails is an error of its
//! own, so that the tool can show the rest.
//!
//! Source: the API references of AWS CloudFormation, AWS CloudTrail, Amazon S3, AWS KMS, Amazon SNS, Amazon SQS, Amazon
//! DynamoDB and Amazon CloudWatch.

mod alarms;
mod bucket;
mod key;
mod queue;
mod table;
mod topic;
mod trail;

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_smithy_types::DateTime;
use aws_types::region::Region;
use time::OffsetDateTime;

pub use self::alarms::StackAlarm;
pub use self::key::KeyState;
pub use self::queue::QueueState;
pub use self::table::TableState;
pub use self::topic::{Subscription, TopicState};
pub use self::trail::{Delivery, Selector, SelectorField, Trail, TrailStatus};
use super::error::{CallError, CallErrorKind, call_error};
use crate::client::Aws;

/// The permission for looking at a stack.
const DESCRIBE: &str = "cloudformation:DescribeStacks";

/// A stack of CloudFormation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stack {
    /// Its id, an ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Such as `UPDATE_COMPLETE`.
    pub status: String,
    /// Why it has this status, if CloudFormation says.
    pub status_reason: Option<String>,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Its parameters by name.
    pub parameters: BTreeMap<String, String>,
}

/// Looks at the parts of a stack. Each service's calls are in a file of their own.
#[derive(Debug, Clone)]
pub struct StackReader {
    aws: Aws,
}

impl Aws {
    /// Looks at stacks in the environment's region, and at their parts in the regions that their ARNs name.
    pub fn stack_reader(&self) -> StackReader {
        StackReader { aws: self.clone() }
    }

    /// The region of the session, if it has one.
    pub fn region(&self) -> Option<&str> {
        self.config().region().map(Region::as_ref)
    }
}

impl StackReader {
    /// A stack by name or id.
    ///
    /// # Errors
    ///
    /// [`CallError`] if there is none, or it cannot be described.
    pub async fn stack(&self, name: &str) -> Result<Stack, CallError> {
        let client = Client::new(self.aws.config());
        let answer = client.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| {
            // CloudFormation answers for a stack that does not exist as for a name that is invalid.
            let is_absent = error.code() == Some("ValidationError");
            let error = call_error(DESCRIBE, name, error);
            let kind = if is_absent { CallErrorKind::NotFound } else { error.kind };
            CallError { kind, ..error }
        })?;
        let Some(stack) = answer.stacks().first() else {
            let source = "the response lists no stack".into();
            return Err(CallError {
                action: DESCRIBE,
                resource: name.to_owned(),
                kind: CallErrorKind::NotFound,
                source,
            });
        };
        let outputs = stack.outputs().iter();
        let parameters = stack.parameters().iter();
        Ok(Stack {
            id: stack.stack_id().unwrap_or_default().to_owned(),
            name: stack.stack_name().unwrap_or(name).to_owned(),
            status: stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            status_reason: stack.stack_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
            outputs: outputs.filter_map(|output| pair(output.output_key(), output.output_value())).collect(),
            parameters: parameters
                .filter_map(|parameter| pair(parameter.parameter_key(), parameter.parameter_value()))
                .collect(),
        })
    }

    /// The region that an ARN names, if it names one.
    fn region_of(arn: &str) -> Option<Region> {
        let region = arn.split(':').nth(3).filter(|region| crate::region::is_region(region))?;
        Some(Region::new(region.to_owned()))
    }
}

fn pair(key: Option<&str>, value: Option<&str>) -> Option<(String, String)> {
    Some((key?.to_owned(), value.unwrap_or_default().to_owned()))
}

/// A service's time, to the second.
fn moment(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.secs()).ok()
}
