//! `trailbell events` without a subcommand: lists events, or counts them by a column.

use std::io::{self, IsTerminal as _};
use std::time::Instant;

use anyhow::ensure;
use history::{Counter, EventWriter, OutputFormat, QueryEcho, write_counts};
use pipeline::{Clock as _, SystemClock};

use super::arguments::ListArguments;
use super::search::Searched;
use super::{around, compile, open_sources, report, rules};
use crate::exit::Exit;
use crate::terminal::{Stdout, columns, complain, printable};

/// Lists or counts the events of the sources.
pub(super) fn run(arguments: &ListArguments) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let ListArguments { sources, look_up, filters, output, options: source_options } = arguments;
    let is_terminal = io::stdout().is_terminal();
    ensure!(
        !(is_terminal && output.csv_raw && output.format == OutputFormat::Csv),
        "`--csv-raw` is for programs: records may contain control characters, so send the output to a file or a pipe"
    );
    if filters.around.is_some() && !look_up.is_set() {
        around::check_sources(sources)?;
    }
    let Some(rules) = rules::chosen(filters) else { return Ok(Exit::Failure) };
    let mut query = filters.query(SystemClock.now(), rules);
    let wanted = filters.around.as_ref().map(|id| around::by_id(id, &query));
    let Some(filter) = compile(wanted.as_ref().unwrap_or(&query)) else { return Ok(Exit::Failure) };
    let sources = open_sources(sources, look_up, &filter, source_options)?;
    if let Some(id) = &filters.around {
        let (found, _) = around::find(&sources, id, &filter)?;
        let Some(event) = found.first() else {
            complain(format_args!("note: no event has the id `{}`", printable(id)));
            return Ok(Exit::Findings);
        };
        query = around::narrow(&query, event, filters.within.0)?;
    }
    let Some(filter) = compile(&query) else { return Ok(Exit::Failure) };
    let page = output.page(is_terminal);
    let options = output.options(is_terminal.then(columns));
    let echo = QueryEcho { query: &query, page: &page };
    let out = Stdout::json();
    let Searched { summary, is_evaluated } = match output.count_by {
        None => {
            let mut writer = EventWriter::new(out, &options, &echo)?;
            let searched = sources.search(&filter, page.clone(), |event| writer.write(event))?;
            writer.finish(&searched.summary)?;
            searched
        }
        Some(column) => {
            let mut counter = Counter::new(column);
            let searched = sources.search(&filter, page.clone(), |event| {
                counter.push(event);
                Ok(())
            })?;
            write_counts(out, &options, column, &counter.into_counts(), &echo, &searched.summary)?;
            searched
        }
    };
    report(&summary, started.elapsed());
    if !is_evaluated {
        complain("note: the sources contain no CloudTrail records, so nothing was evaluated");
    }
    let is_found = output.fail_if_found && summary.events() > 0;
    Ok(if summary.is_complete() && is_evaluated && !is_found { Exit::Success } else { Exit::Findings })
}
