//! `trailbell`, the operator's tool: replays log files, evaluates patterns, shows rules, checks them and exports them, compares
//! alarms, returns dead letters and announces log files that were missed.
//!
//! This file parses the command line, calls the command and turns its end into an exit code. It decides nothing
//! else. What runs here is what runs on Lambda, over local ports; only `alarms`, `dlq` and `backfill` talk to AWS, through
//! the crate `aws`.

mod alarms;
mod arguments;
mod backfill;
mod cloud;
mod complaint;
mod dead_letters;
mod exit;
mod explain;
mod export;
mod import;
mod lines;
mod moment;
mod pattern;
mod printable;
mod replay;
mod rule_catalogue;
mod rule_commands;
mod rule_diff;
mod rule_files;
mod rule_lint;
mod sending;
mod table;
mod terminal;

use std::io::{self, Write as _};

use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Cli, Command, PatternCommand, RulesCommand};
use crate::complaint::complain;
use crate::exit::Exit;

fn main() -> std::process::ExitCode {
    let exit = match run(Cli::parse()) {
        Ok(exit) => exit,
        // The reader has seen enough, as in `trailbell replay ... | head`.
        Err(error) if is_broken_pipe(&error) => Exit::Success,
        Err(error) => {
            // What a service or a file says in it may be anything; SDKs say it twice.
            let text = pipeline::error::chain(error.as_ref());
            complain(format_args!("error: {}", printable::printable(&text)));
            Exit::Failure
        }
    };
    exit.into()
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Pattern { command: PatternCommand::Match(arguments) } => pattern::run(&arguments),
        Command::Rules { command } => run_rules(command),
        Command::Alarms { command } => alarms::run(&command),
        Command::Dlq { command } => dead_letters::run(&command),
        Command::Backfill(arguments) => backfill::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completions { shell } => {
            // The generator panics when it cannot write, so it writes where it always can.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "trailbell", &mut script);
            io::stdout().lock().write_all(&script)?;
            Ok(Exit::Success)
        }
    }
}

fn run_rules(command: RulesCommand) -> anyhow::Result<Exit> {
    match command {
        RulesCommand::Check(arguments) => rule_commands::check(&arguments),
        RulesCommand::Test(arguments) => rule_commands::test(&arguments),
        RulesCommand::Lint(arguments) => rule_lint::run(&arguments),
        RulesCommand::List(arguments) => rule_catalogue::list(&arguments),
        RulesCommand::Show(arguments) => rule_catalogue::show(&arguments),
        RulesCommand::Sets => rule_catalogue::sets(),
        RulesCommand::Diff(arguments) => rule_diff::run(&arguments),
        RulesCommand::Export(arguments) => export::run(&arguments),
        RulesCommand::Import(arguments) => import::run(&arguments),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io_error = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json_error = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io_error.or(json_error) == Some(io::ErrorKind::BrokenPipe)
    })
}
