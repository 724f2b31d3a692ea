//! The command line of `trailbell alarms`.

use alarms::{Owner, Ownership, Prefix, Settings};
use aws::TopicArn;
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::{Format, RuleOptions};

/// The help of the commands together.
pub(crate) const ALARMS_HELP: &str = "\
Examples:
  trailbell alarms plan --owner \"$STACK_ID\" --topic \"$TOPIC_ARN\"
  trailbell alarms export --format cloudformation > alarms.json";

const PLAN_HELP: &str = "\
Examples:
  trailbell alarms plan
  trailbell alarms plan --rules rules.yaml --topic arn:aws:sns:us-east-1:111122223333:alerts

Exit codes:
  0  the alarms are those of the rules
  1  they are not: the plan says what would change
  2  the rules cannot be used, or the alarms could not be read";

const APPLY_HELP: &str = "\
Examples:
  trailbell alarms apply --rules rules.yaml --topic arn:aws:sns:us-east-1:111122223333:alerts

Exit codes:
  0  the alarms are those of the rules
  2  the rules cannot be used, or some alarms are not as they ask; these are named";

const EXPORT_HELP: &str = "\
Examples:
  trailbell alarms export --format cloudformation > alarms.json
  trailbell alarms export --format cloudformation --rules rules.yaml --severity-alarms > alarms.json

Exit codes:
  0  the template is written
  2  the rules cannot be used, or a template cannot hold their alarms";

/// What to do with alarms.
#[derive(Debug, Subcommand)]
pub(crate) enum AlarmsCommand {
    /// Show how the alarms of the account differ from those that the rules ask for
    ///
    /// Nothing is changed. Account, region and credentials are those of the AWS CLI's environment variables and profiles.
    #[command(after_help = PLAN_HELP)]
    Plan(AccountArguments),
    /// Make the alarms of the account those that the rules ask for
    ///
    /// Alarms of other owners are never changed. Where the alarm reconciler is deployed, it does this by itself.
    #[command(after_help = APPLY_HELP)]
    Apply(AccountArguments),
    /// Write the alarms as a template
    ///
    /// The template goes to standard output. Its alarms belong to its own stack, and the alarm reconciler leaves them alone.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
}

/// Rules, and the alarms of an account.
#[derive(Debug, Args)]
pub(crate) struct AccountArguments {
    #[command(flatten)]
    pub(crate) alarms: AlarmArguments,
    /// Whose alarms these are: the value of the tag `trailbell:owner`
    ///
    /// For the alarms of a stack it is the id of the stack.
    #[arg(long, value_name = "OWNER", default_value = "trailbell", value_parser = Owner::new)]
    pub(crate) owner: Owner,
    /// The topic that is told of an alarm; without one, nobody is told
    #[arg(long, value_name = "ARN", value_parser = TopicArn::parse)]
    pub(crate) topic: Option<TopicArn>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Rules, and a form of template.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) alarms: AlarmArguments,
    /// What to make of the alarms
    #[arg(long, value_enum)]
    pub(crate) format: TemplateFormat,
}

/// What alarms are exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateFormat {
    /// A CloudFormation template, as JSON
    Cloudformation,
}

/// Rules, and how alarms are made of them.
#[derive(Debug, Args)]
pub(crate) struct AlarmArguments {
    #[command(flatten)]
    pub(crate) rules: RuleOptions,
    /// What the names of the alarms begin with, before a slash
    #[arg(long, value_name = "PREFIX", default_value_t, value_parser = Prefix::new)]
    pub(crate) prefix: Prefix,
    /// One composite alarm for each severity, over the alarms of its rules
    #[arg(long)]
    pub(crate) severity_alarms: bool,
}

impl AlarmArguments {
    /// How alarms are made of the rules.
    pub(crate) fn settings(&self, owner: &Owner, topic: Option<&TopicArn>) -> Settings {
        Settings {
            ownership: Ownership { prefix: self.prefix.clone(), owner: owner.clone() },
            alarm_actions: topic.iter().map(|topic| topic.as_str().to_owned()).collect(),
            ok_actions: Vec::new(),
            severity_alarms: self.severity_alarms,
        }
    }
}
