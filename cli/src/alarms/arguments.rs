//! The command line of `trailbell alarms`.

use clap::{Args, Subcommand, ValueEnum};

#[cfg(feature = "aws")]
use super::account::AccountArguments;
use super::options::AlarmOptions;
use super::simulate::arguments::{SIMULATE_HELP, SIMULATE_USAGE, SimulateArguments};
#[cfg(not(feature = "aws"))]
use crate::unavailable::UnavailableArguments as AccountArguments;

const ALARMS_HELP: &str = "\
Examples:
  trailbell alarms plan --owner \"$STACK_ID\" --topic \"$TOPIC_ARN\"
  trailbell alarms export --format cloudformation > alarms.json
  trailbell alarms simulate --alarm alarms.json --data data.json";

const PLAN_HELP: &str = "\
Examples:
  trailbell alarms plan
  trailbell alarms plan --rules rules.yaml --topic arn:aws:sns:us-east-1:111122223333:alerts
  trailbell alarms plan --profile security --region eu-west-1

Permissions:
  cloudwatch:DescribeAlarms and cloudwatch:ListTagsForResource

Exit codes:
  0  the alarms match the rules
  1  the alarms differ from the rules; the plan lists the changes and conflicts
  2  the rules are invalid, or the alarms could not be read";

const APPLY_HELP: &str = "\
Examples:
  trailbell alarms apply --rules rules.yaml --topic arn:aws:sns:us-east-1:111122223333:alerts

Permissions:
  the permissions of `trailbell alarms plan`
  cloudwatch:PutMetricAlarm, cloudwatch:TagResource and cloudwatch:DeleteAlarms
  cloudwatch:PutCompositeAlarm, with --severity-alarms

Exit codes:
  0  the alarms match the rules
  2  the rules are invalid, or some alarms could not be updated; the error names them";

const EXPORT_HELP: &str = "\
Examples:
  trailbell alarms export --format cloudformation > alarms.json
  trailbell alarms export --format cloudformation --rules rules.yaml --severity-alarms > alarms.json

Exit codes:
  0  the template was written
  2  the rules are invalid, or their alarms do not fit in a template";

/// What `alarms` takes.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = ALARMS_HELP)]
pub(crate) struct AlarmsArguments {
    #[command(subcommand)]
    pub(super) command: AlarmsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum AlarmsCommand {
    /// Show how the alarms in the account differ from the alarms that the rules define
    ///
    /// Nothing is changed. Account, region and credentials come from the AWS CLI's environment variables and
    /// profiles.
    #[command(after_help = PLAN_HELP)]
    Plan(AccountArguments),
    /// Create, update and delete alarms in the account until they match the rules
    ///
    /// Alarms of other owners are never changed. Where the alarm reconciler is deployed, it does this
    /// automatically.
    #[command(after_help = APPLY_HELP)]
    Apply(AccountArguments),
    /// Write the alarms as a template
    ///
    /// The template goes to standard output. Its alarms belong to the stack you create from it; the alarm
    /// reconciler leaves them alone.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
    /// Show what alarms would do, minute by minute, without CloudWatch
    ///
    /// Answers test cases (JSON Lines), or replays the data of a metric through your existing alarms.
    #[command(after_help = SIMULATE_HELP, arg_required_else_help = true, override_usage = SIMULATE_USAGE)]
    Simulate(Box<SimulateArguments>),
}

/// Rules, and the format of the template.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub(super) alarms: AlarmOptions,
    /// Format of the template
    #[arg(long, value_enum)]
    pub(super) format: TemplateFormat,
}

/// The format of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TemplateFormat {
    /// A CloudFormation template, as JSON
    Cloudformation,
}
