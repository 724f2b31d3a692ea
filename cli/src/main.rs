//! `trailbell`, the operator's tool: replays log files, searches event history, evaluates patterns, works with
//! rules and alarms, returns dead letters to their queue, announces log files that were missed, and verifies
//! digest chains, and says how a deployed stack is.
//!
//! This file parses the command line, calls the command and turns the result into an exit code. It decides
//! nothing else. The commands run the same code as the functions on Lambda, over local ports. Only
//! `alarms plan`, `alarms apply`, `dlq`, `backfill`, `status`, `events --lookup`, `pattern verify` and sources in S3 talk
//! to AWS, through the crate `aws`; without the feature `aws` they are unavailable.

mod alarms;
mod alert;
mod arguments;
#[cfg(feature = "aws")]
mod backfill;
mod backtest;
#[cfg(feature = "aws")]
mod cloud;
mod completions;
#[cfg(feature = "aws")]
mod dead_letters;
mod events;
mod exit;
mod explain;
mod inputs;
mod lines;
mod moment;
mod options;
mod page;
mod pattern;
mod records;
mod replay;
mod rules;
mod runtime;
#[cfg(feature = "aws")]
mod status;
mod terminal;
#[cfg(not(feature = "aws"))]
mod unavailable;
#[cfg(not(feature = "aws"))]
use crate::unavailable::{self as backfill, self as dead_letters, self as status};
mod verify;

use std::io;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Cli, Command};
use crate::exit::Exit;
use crate::terminal::{complain, printable};

fn main() -> std::process::ExitCode {
    let exit = match run() {
        Ok(exit) => exit,
        // The reader has seen enough, as in `trailbell replay ... | head`.
        Err(error) if is_broken_pipe(&error) => Exit::Success,
        Err(error) => {
            // The text may quote a service or a file, and an SDK's error repeats its cause.
            let text = pipeline::chain(error.as_ref());
            complain(format_args!("error: {}", printable(&text)));
            Exit::Failure
        }
    };
    exit.into()
}

fn run() -> anyhow::Result<Exit> {
    if completions::answer(Cli::command, std::env::args_os())? {
        return Ok(Exit::Success);
    }
    match Cli::try_parse() {
        Ok(cli) => run_command(cli.command),
        Err(answer) => {
            // Help and version are answers too, and a full disk must not swallow them.
            answer.print().context("cannot write the help or the usage")?;
            Ok(if answer.use_stderr() { Exit::Failure } else { Exit::Success })
        }
    }
}

fn run_command(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Events(arguments) => events::run(&arguments),
        Command::Pattern(arguments) => pattern::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Alarms(arguments) => alarms::run(&arguments),
        Command::Alert(arguments) => alert::run(&arguments),
        Command::Dlq(arguments) => dead_letters::run(&arguments),
        Command::Backfill(arguments) => backfill::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io_error = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json_error = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io_error.or(json_error) == Some(io::ErrorKind::BrokenPipe)
    })
}
