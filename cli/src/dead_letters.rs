//! `trailbell dlq`: why messages are in the dead-letter queue, and how they get back.
//!
//! A message is deleted only after it has been sent on. While a command runs, the messages that it has read
//! are hidden from other readers; at its end they become visible again, even if it fails or is interrupted.

mod advice;
mod arguments;
mod diagnosis;
mod list;
mod reader;
mod redrive;
mod show;

use aws::{Aws, LedgerReader, SqsQueue};

pub(crate) use self::arguments::DlqArguments;
use self::arguments::{DlqCommand, SourceArguments};
use crate::exit::Exit;
use crate::runtime::block_on;

/// Runs one of the commands.
///
/// # Errors
///
/// When AWS cannot be reached, or the command cannot do its work.
pub(crate) fn run(arguments: &DlqArguments) -> anyhow::Result<Exit> {
    block_on(async {
        match &arguments.command {
            DlqCommand::List(arguments) => {
                let source = Source::open(&arguments.source).await?;
                list::run(&source.queue, source.ledger.as_ref(), arguments).await
            }
            DlqCommand::Show(arguments) => {
                let source = Source::open(&arguments.source).await?;
                show::run(&source.queue, source.ledger.as_ref(), arguments).await
            }
            DlqCommand::Redrive(arguments) => {
                redrive::check(arguments)?;
                let source = Source::open(&arguments.source).await?;
                let to = source.aws.queue(arguments.to.clone());
                redrive::run(&source.queue, &to, source.ledger.as_ref(), arguments).await
            }
        }
    })
}

/// The dead-letter queue, and the ledger if its table was named.
struct Source {
    aws: Aws,
    queue: SqsQueue,
    ledger: Option<LedgerReader>,
}

impl Source {
    async fn open(arguments: &SourceArguments) -> anyhow::Result<Self> {
        let url = &arguments.queue_url;
        let aws = arguments.aws.connect(url.region()).await?;
        let region = url.region().or(arguments.aws.region.as_deref());
        let ledger = arguments.table.clone().map(|table| aws.ledger_reader(table, region));
        Ok(Self { queue: aws.queue(url.clone()), ledger, aws })
    }
}

#[cfg(test)]
mod testing;
