//! `trailbell events`: searches event history in files, in buckets, and in CloudTrail itself.
//!
//! The crate `history` decides which events match, their order and their form. These modules list the inputs, read them
//! in the order that lets events be shown early, and name what could not be read.

mod arguments;
mod around;
mod files;
mod html;
mod index;
mod indexed;
mod list;
#[cfg(feature = "aws")]
mod look_up;
mod rules;
mod search;
mod show;
mod sources;
#[cfg(feature = "aws")]
mod tail;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use filter_pattern::printable;
use history::{Filter, FilterError, Query, Summary};
use pipeline::{Clock as _, SystemClock};
use time::Duration;

pub(crate) use self::arguments::EventsArguments;
use self::arguments::{EventsCommand, IndexOptions, LookUpOption};
use self::sources::Sources;
use crate::exit::Exit;
use crate::inputs::{self, Inputs, SourceOptions, Span};
use crate::terminal::complain;

/// Runs one of the commands.
///
/// # Errors
///
/// When nothing can be searched, or the output cannot be written.
pub(crate) fn run(arguments: &EventsArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Some(EventsCommand::Show(arguments)) => show::run(arguments),
        Some(EventsCommand::Files(arguments)) => files::run(arguments),
        Some(EventsCommand::Index(arguments)) => index::run(arguments),
        #[cfg(feature = "aws")]
        Some(EventsCommand::Tail(arguments)) => tail::run(arguments),
        None => list::run(&arguments.list),
    }
}

/// Compiles a query; `None` after a message about what is wrong.
fn compile(query: &Query) -> Option<Filter> {
    match Filter::new(query) {
        Ok(filter) => Some(filter),
        Err(FilterError::Pattern { pattern, cause }) => {
            complain(cause.diagnostic(&pattern));
            None
        }
        Err(error) => {
            complain(format_args!("error: {}", printable(&pipeline::chain(&error))));
            None
        }
    }
}

/// How far back S3 is searched if the user names no start.
const DEFAULT_SPAN: Duration = Duration::DAY;

/// Opens the sources: CloudTrail's event history if that is wanted, and otherwise the inputs.
fn open_sources(
    sources: &[PathBuf],
    look_up: &LookUpOption,
    filter: &Filter,
    options: &SourceOptions,
    index: &IndexOptions,
) -> anyhow::Result<Sources> {
    #[cfg(feature = "aws")]
    if look_up.is_set() {
        return Ok(Sources::Histories(Box::new(look_up::Histories::connect(options)?)));
    }
    #[cfg(not(feature = "aws"))]
    let _ = look_up;
    Ok(Sources::Inputs(list_inputs(sources, filter, options)?, index.to_use()))
}

/// Lists the inputs; in S3, only the ones that may contain what `filter` selects.
fn list_inputs(sources: &[PathBuf], filter: &Filter, options: &SourceOptions) -> anyhow::Result<Inputs> {
    let (from, to) = filter.delivery_times();
    let span = Span {
        allows_account: &|account| filter.may_contain_account(account),
        allows_key: &|key| filter.may_contain(key),
        from,
        default_from: SystemClock.now().checked_sub(DEFAULT_SPAN),
        to,
        is_everything: false,
    };
    inputs::list(sources, io::stdin().is_terminal(), &span, options)
}

/// Says what was searched, and what else the user should know.
fn report(summary: &Summary, elapsed: std::time::Duration) {
    complain(summary.line(Some(elapsed)));
    for note in summary.notes() {
        complain(format_args!("note: {}", printable(&note)));
    }
}
