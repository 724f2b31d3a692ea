//! `trailbell alert`: what an alert looks like before one is sent. Nothing is published.

mod preview;

use clap::{Args, Subcommand};

use self::preview::PreviewArguments;
use crate::exit::Exit;

/// What `alert` takes.
#[derive(Debug, Args)]
pub(crate) struct AlertArguments {
    #[command(subcommand)]
    command: AlertCommand,
}

#[derive(Debug, Subcommand)]
enum AlertCommand {
    /// Show the alert of a rule as subscribers would receive it
    ///
    /// Without `--records`, the alert is about the rule's own test records that match. Nothing is sent.
    Preview(PreviewArguments),
}

/// Runs a command of `alert`.
///
/// # Errors
///
/// When the records cannot be read, or the alert cannot be written.
pub(crate) fn run(arguments: &AlertArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        AlertCommand::Preview(arguments) => preview::run(arguments),
    }
}
