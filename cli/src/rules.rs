//! `trailbell rules`: list the built-in rules, and check, test, compare, lint, export and import rule files.
//!
//! The rule document, its diagnostics and its lints are the work of the crate `rules`; these commands read
//! files and write reports.

mod arguments;
mod check;
mod complete;
mod diff;
mod export;
pub(crate) mod files;
mod import;
mod lint;
mod list;
mod meaning;
mod report;
mod verify;

pub(crate) use self::arguments::RulesArguments;
use self::arguments::RulesCommand;
use crate::exit::Exit;

/// Runs one of the commands.
///
/// # Errors
///
/// When the command cannot do its work, for instance because a file cannot be read.
pub(crate) fn run(arguments: &RulesArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        RulesCommand::Check(arguments) => check::check(arguments),
        RulesCommand::Test(arguments) => check::test(arguments),
        RulesCommand::Lint(arguments) => lint::run(arguments),
        RulesCommand::List(arguments) => list::list(arguments),
        RulesCommand::Show(arguments) => list::show(arguments),
        RulesCommand::Sets(arguments) => list::sets(arguments),
        RulesCommand::Schema => list::schema(),
        RulesCommand::Diff(arguments) => diff::run(arguments),
        RulesCommand::Export(arguments) => export::run(arguments),
        RulesCommand::Import(arguments) => import::run(arguments),
        RulesCommand::Verify(arguments) => verify::run(arguments),
    }
}
