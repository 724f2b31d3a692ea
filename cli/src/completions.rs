//! Completion of the command line in a shell: `trailbell completions` prints the script, and the script asks
//! this program what fits at the cursor.
//!
//! The program answers from its own grammar and its built-in rules, so a script stays right when the program
//! changes. The answers cost no more than `trailbell rules list`; no rule file is read and nothing goes over
//! the network.

use std::ffi::OsString;
use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use crate::exit::Exit;
use crate::terminal::Stdout;

/// The name of the program in the user's path.
const PROGRAM: &str = "trailbell";
/// The variable with which a script asks for completions. Its value is the shell.
const VARIABLE: &str = "_TRAILBELL_COMPLETE";

const COMPLETIONS_HELP: &str = "\
Examples:
  trailbell completions bash > ~/.local/share/bash-completion/completions/trailbell
  trailbell completions zsh > ~/.zfunc/_trailbell
  trailbell completions fish > ~/.config/fish/completions/trailbell.fish

The script runs `trailbell` from your PATH to complete commands, options, rule ids, set names and files.";

/// What `completions` takes.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script.
///
/// # Errors
///
/// When the script cannot be written.
pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let shells = Shells::builtins();
    let name = arguments.shell.to_string();
    let shell = shells.completer(&name).with_context(|| format!("no completions for `{name}`"))?;
    let mut out = Stdout::buffered();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}

/// Answers a script that asks what fits at the cursor; returns whether one did.
///
/// # Errors
///
/// When the question is malformed, or the answer cannot be written.
pub(crate) fn answer(
    grammar: fn() -> Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> anyhow::Result<bool> {
    let folder = std::env::current_dir().ok();
    let environment = CompleteEnv::with_factory(grammar).var(VARIABLE).bin(PROGRAM);
    Ok(environment.try_complete(arguments, folder.as_deref())?)
}
