//! `trailbell alarms`: the CloudWatch alarms that the rules define, compared with an account or exported.
//!
//! The work is that of the alarm reconciler; these commands are another way to start it.

#[cfg(feature = "aws")]
mod account;
mod arguments;
mod export;
mod options;
mod simulate;

#[cfg(feature = "aws")]
use self::account::{apply, plan};
pub(crate) use self::arguments::AlarmsArguments;
use self::arguments::AlarmsCommand;
use crate::exit::Exit;
#[cfg(not(feature = "aws"))]
use crate::unavailable::{run as apply, run as plan};

/// Runs one of the commands.
///
/// # Errors
///
/// When the command cannot do its work.
pub(crate) fn run(arguments: &AlarmsArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        AlarmsCommand::Plan(arguments) => plan(arguments),
        AlarmsCommand::Apply(arguments) => apply(arguments),
        AlarmsCommand::Export(arguments) => export::run(arguments),
        AlarmsCommand::Simulate(arguments) => simulate::run(arguments),
    }
}
