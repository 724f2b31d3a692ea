//! The commands that need AWS, in a build without the feature `aws`: they stay in the help, and say how to
//! get them.

use std::ffi::OsString;

use anyhow::bail;
use clap::Args;

use crate::exit::Exit;

pub(crate) use UnavailableArguments as BackfillArguments;
pub(crate) use UnavailableArguments as DlqArguments;
pub(crate) use UnavailableArguments as StatusArguments;

const UNAVAILABLE_HELP: &str = "\
This build of trailbell has no AWS client, so the command is unavailable.
Build it without `--no-default-features` to use the command and to read its full help.";

/// Any arguments at all: a command that cannot run does not complain about them.
#[derive(Debug, Args)]
#[command(before_help = UNAVAILABLE_HELP)]
pub(crate) struct UnavailableArguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Ends a command that cannot run.
///
/// # Errors
///
/// Always: the reason, and the way out.
pub(crate) fn run(_: &UnavailableArguments) -> anyhow::Result<Exit> {
    bail!(
        "this command needs the AWS client, and this build of trailbell has none; build it without \
         `--no-default-features`: `cargo run -- COMMAND`, or `cargo build --release --package cli`"
    );
}
