//! The arguments of `trailbell status`.

use clap::Args;

use crate::cloud::AwsOptions;
use crate::options::Format;

/// The permissions that the command uses, for its help.
const PERMISSIONS: &str = "\
Permissions: cloudformation:DescribeStacks is required. The others are used where they are granted, and what they would
show is `unknown` otherwise: cloudtrail:GetTrail, GetTrailStatus, GetEventSelectors, GetInsightSelectors;
s3:GetBucketPolicy, ListBucket, GetObject (rule file); kms:DescribeKey, GetKeyPolicy; sns:GetTopicAttributes,
ListSubscriptionsByTopic; sqs:GetQueueAttributes; dynamodb:DescribeTable, DescribeTimeToLive, BatchGetItem;
cloudwatch:DescribeAlarms, ListTagsForResource, GetMetricStatistics.

Exit codes: 0 nothing is broken, 1 something is broken, 2 the stack could not be looked at.";

/// Which stack to look at.
#[derive(Debug, Args)]
#[command(after_help = PERMISSIONS)]
pub(crate) struct StatusArguments {
    /// Name of the stack
    #[arg(long, value_name = "NAME", default_value = "trailbell")]
    pub(super) stack: String,
    /// Look again every 15 seconds until nothing is broken and a log file was evaluated
    ///
    /// The first log file of a new trail arrives after 5 to 15 minutes.
    #[arg(long)]
    pub(super) wait: bool,
    /// Longest time to wait, in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 30, requires = "wait")]
    pub(super) wait_minutes: u32,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) aws: AwsOptions,
}
