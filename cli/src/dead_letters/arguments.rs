//! The command line of `trailbell dlq`.

use std::num::NonZeroU32;

use aws::QueueUrl;
use clap::{ArgGroup, Args, Subcommand};

use crate::arguments::Format;

/// The help of the commands together.
pub(crate) const DLQ_HELP: &str = "\
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
  sqs:GetQueueAttributes on it, for the progress bar only
  dynamodb:BatchGetItem on the table, with --table
  kms:Decrypt on the keys of both, where they have one of yours

Exit codes:
  0  the queue is empty
  1  there are messages in it
  2  it could not be read to its end";

const SHOW_HELP: &str = "\
Examples:
  trailbell dlq show 5f0c1d1e-2f57-4a7c-9a43-0c9a2a1f6f0e --queue-url \"$DLQ\" --table \"$LEDGER\"

Permissions:
  those of `trailbell dlq list`

Exit codes:
  0  the message is shown
  2  it is not in the queue, hidden by another reader, or the queue could not be read";

const REDRIVE_HELP: &str = "\
Examples:
  trailbell dlq redrive --queue-url \"$DLQ\" --to \"$QUEUE\" --all --dry-run
  trailbell dlq redrive --queue-url \"$DLQ\" --to \"$QUEUE\" --table \"$LEDGER\" --code file.access-denied --rate 50

Permissions:
  those of `trailbell dlq list`
  sqs:DeleteMessage on the dead-letter queue
  sqs:SendMessage on the queue that they go to, and kms:GenerateDataKey on its key, where it has one of yours

Exit codes:
  0  every message that was chosen has been moved
  1  some have not; they are named, and still in the dead-letter queue
  2  the command could not do its work; what it has moved is moved";

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// Say for every message in the dead-letter queue why it is there
    ///
    /// The body is read as the log processor reads it, and the ledger is asked about each file that it names. The messages
    /// are hidden from other readers meanwhile, and each look counts as a receive.
    #[command(after_help = LIST_HELP)]
    List(ListArguments),
    /// Show one message of the dead-letter queue, and what to do about it
    #[command(after_help = SHOW_HELP)]
    Show(ShowArguments),
    /// Send messages of the dead-letter queue back
    ///
    /// Each message is sent with its body and attributes, and deleted from the dead-letter queue after that. One that is
    /// sent and not deleted, because the command was ended in between, is only repeated, which the ledger makes harmless.
    #[command(after_help = REDRIVE_HELP)]
    Redrive(RedriveArguments),
}

/// The dead-letter queue, and who knows what became of its files.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    /// URL of the dead-letter queue
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(crate) queue_url: QueueUrl,
    /// Name of the ledger's table, in the region of the queue
    ///
    /// Without it, why files failed is not known.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What `show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The message, as `list` names it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What `redrive` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("selection").required(true))]
pub(crate) struct RedriveArguments {
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    /// URL of the queue that the messages go to
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    pub(crate) to: QueueUrl,
    /// Every message
    #[arg(long, group = "selection")]
    pub(crate) all: bool,
    /// The message with this id; may be repeated
    #[arg(long = "id", value_name = "ID", num_args = 1.., group = "selection")]
    pub(crate) ids: Vec<String>,
    /// Messages that are there, or of which a file is, for this reason, as `list` names it; may be repeated
    ///
    /// What concerns files needs `--table`.
    #[arg(long = "code", value_name = "CODE", num_args = 1.., group = "selection")]
    pub(crate) codes: Vec<String>,
    /// Most messages to send in a second
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) rate: NonZeroU32,
    /// Name the messages that would be sent, and send none
    #[arg(long)]
    pub(crate) dry_run: bool,
}
