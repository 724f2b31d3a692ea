//! The command line of `trailbell dlq`.

use std::num::NonZeroU32;

use aws::QueueUrl;
use clap::{ArgGroup, Args, Subcommand};

use crate::cloud::AwsOptions;
use crate::options::Format;

const DLQ_HELP: &str = "\
Examples:
  trailbell dlq list --queue-url \"$DLQ\" --table \"$LEDGER\"
  trailbell dlq show 5f0c1d1e-2f57-4a7c-9a43-0c9a2a1f6f0e --queue-url \"$DLQ\" --table \"$LEDGER\"
  trailbell dlq redrive --queue-url \"$DLQ\" --to \"$QUEUE\" --all";

const LIST_HELP: &str = "\
Examples:
  trailbell dlq list --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/trailbell-dead-letters --table trailbell-ledger
  trailbell dlq list --queue-url \"$DLQ\" --table \"$LEDGER\" --format json | jq .codes

Permissions:
  sqs:ReceiveMessage and sqs:ChangeMessageVisibility on the dead-letter queue
  sqs:GetQueueAttributes on the dead-letter queue, only for the progress bar
  dynamodb:BatchGetItem on the table, with --table
  kms:Decrypt on the keys of queue and table, if they have customer managed keys

Exit codes:
  0  the queue is empty
  1  the queue holds messages
  2  the queue could not be read to its end";

const SHOW_HELP: &str = "\
Examples:
  trailbell dlq show 5f0c1d1e-2f57-4a7c-9a43-0c9a2a1f6f0e --queue-url \"$DLQ\" --table \"$LEDGER\"

Permissions:
  the permissions of `trailbell dlq list`

Exit codes:
  0  the message was shown
  2  the message is not in the queue, another reader has hidden it, or the queue could not be read";

const REDRIVE_HELP: &str = "\
Examples:
  trailbell dlq redrive --queue-url \"$DLQ\" --to \"$QUEUE\" --all --dry-run
  trailbell dlq redrive --queue-url \"$DLQ\" --to \"$QUEUE\" --table \"$LEDGER\" --code file.access-denied --rate 50

Permissions:
  the permissions of `trailbell dlq list`
  sqs:DeleteMessage on the dead-letter queue
  sqs:SendMessage on the destination queue; kms:GenerateDataKey on its key, if it has a customer managed key

Exit codes:
  0  every selected message was moved
  1  some were not moved; they are named, and are still in the dead-letter queue
  2  the command could not finish; messages that were moved stay moved";

/// What `dlq` takes.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = DLQ_HELP)]
pub(crate) struct DlqArguments {
    #[command(subcommand)]
    pub(super) command: DlqCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum DlqCommand {
    /// Explain for every message in the dead-letter queue why it is there
    ///
    /// The command reads each body as the log processor does, and asks the ledger about every file that the
    /// body names. Meanwhile the messages are hidden from other readers, and each read counts as a receive.
    #[command(after_help = LIST_HELP)]
    List(ListArguments),
    /// Show one message from the dead-letter queue, and what to do about it
    #[command(after_help = SHOW_HELP)]
    Show(ShowArguments),
    /// Send messages from the dead-letter queue back to be processed
    ///
    /// Each message is sent with its body and attributes, and then deleted from the dead-letter queue. If the
    /// command ends between the two, the message is in both queues; the ledger makes that harmless.
    #[command(after_help = REDRIVE_HELP)]
    Redrive(RedriveArguments),
}

/// The dead-letter queue, and the ledger that knows the state of its files.
#[derive(Debug, Args)]
pub(super) struct SourceArguments {
    /// URL of the dead-letter queue
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(super) queue_url: QueueUrl,
    /// Name of the ledger's table, in the queue's region
    ///
    /// Without the table, the reasons why files failed are unknown.
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    #[command(flatten)]
    pub(super) aws: AwsOptions,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// What `show` takes.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Id of the message, as shown by `list`
    #[arg(value_name = "ID")]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// What `redrive` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("selection").required(true))]
pub(super) struct RedriveArguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// URL of the queue to send the messages to
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(super) to: QueueUrl,
    /// Select every message
    #[arg(long, group = "selection")]
    pub(super) all: bool,
    /// Select the message with this id; can be repeated
    #[arg(long = "id", value_name = "ID", num_args = 1.., group = "selection")]
    pub(super) ids: Vec<String>,
    /// Select messages with this reason, or with a file that has it, as shown by `list`; can be repeated
    ///
    /// Codes of files need `--table`.
    #[arg(long = "code", value_name = "CODE", num_args = 1.., group = "selection")]
    pub(super) codes: Vec<String>,
    /// Most messages to send per second
    #[arg(long, value_name = "N", default_value = "100")]
    pub(super) rate: NonZeroU32,
    /// Send nothing; print the ids of the messages that would be sent
    #[arg(long)]
    pub(super) dry_run: bool,
}
