//! `trailbell dlq`: why messages are in the dead-letter queue, and their way back.
//!
//! Nothing is ever deleted but what has been sent on before. While a command runs, the messages that it has seen are hidden from
//! other readers; at its end they are visible again, also when it fails or is interrupted.

mod advice;
pub(crate) mod arguments;
mod diagnosis;
mod list;
mod reader;
mod redrive;
mod show;

use std::io::{self, IsTerminal as _};

use aws::{Aws, LedgerReader, SqsQueue};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::arguments::{DlqCommand, SourceArguments};
use crate::cloud::{Queue, block_on};
use crate::complaint::complain;
use crate::exit::Exit;

/// Runs one of the commands.
pub(crate) fn run(command: &DlqCommand) -> anyhow::Result<Exit> {
    block_on(async {
        let aws = Aws::load().await;
        match command {
            DlqCommand::List(arguments) => {
                let (queue, ledger) = source(&aws, &arguments.source);
                list::run(&queue, ledger.as_ref(), arguments).await
            }
            DlqCommand::Show(arguments) => {
                let (queue, ledger) = source(&aws, &arguments.source);
                show::run(&queue, ledger.as_ref(), arguments).await
            }
            DlqCommand::Redrive(arguments) => {
                let (queue, ledger) = source(&aws, &arguments.source);
                redrive::run(&queue, &aws.queue(arguments.to.clone()), ledger.as_ref(), arguments).await
            }
        }
    })
}

/// The dead-letter queue, and the ledger beside it.
fn source(aws: &Aws, arguments: &SourceArguments) -> (SqsQueue, Option<LedgerReader>) {
    let url = &arguments.queue_url;
    let ledger = arguments.table.clone().map(|table| aws.ledger_reader(table, url.region()));
    (aws.queue(url.clone()), ledger)
}

/// Says once what is not known without the ledger.
fn note_missing_ledger<L>(ledger: Option<&L>) {
    if ledger.is_none() {
        complain("note: without `--table` the ledger is not asked, so why files failed is not known");
    }
}

/// A bar over the messages of the queue, on a terminal.
async fn progress_bar<Q: Queue>(queue: &Q) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(queue.visible().await, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos} of {len} messages") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod testing;
