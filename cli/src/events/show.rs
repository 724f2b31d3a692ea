//! `trailbell events show`: one event in words, its record, and what the same session did around it.

use std::io::{self, IsTerminal as _, Write};
use std::time::Instant;

use history::{
    Event, EventWriter, Filter, Order, OutputFormat, OutputOptions, Page, Query, QueryEcho, ReadWriteType,
    describe,
};
use pipeline::{Clock as _, SystemClock};

use super::arguments::ShowArguments;
use super::sources::Sources;
use super::{around, compile, open_sources, report};
use crate::exit::Exit;
use crate::moment::Moment;
use crate::options::Format;
use crate::terminal::{Stdout, columns, complain, printable, record_lines};

/// Shows the event with an id.
pub(super) fn run(arguments: &ShowArguments) -> anyhow::Result<Exit> {
    let started = Instant::now();
    if arguments.around.is_some() && !arguments.look_up.is_set() {
        around::check_sources(&arguments.sources)?;
    }
    let now = SystemClock.now();
    let time = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.time(now));
    let within = Query { from: time(&arguments.from), to: time(&arguments.to), ..Query::default() };
    let query = around::by_id(&arguments.id, &within);
    let Some(filter) = compile(&query) else { return Ok(Exit::Failure) };
    let sources =
        open_sources(&arguments.sources, &arguments.look_up, &filter, &arguments.options, &arguments.index)?;
    let (found, summary) = around::find(&sources, &arguments.id, &filter)?;
    let mut out = Stdout::json();
    match arguments.format {
        Format::Text => write_text(&found, &mut out)?,
        Format::Json => {
            let options = OutputOptions { format: OutputFormat::JsonLines, ..OutputOptions::default() };
            let echo = QueryEcho { query: &query, page: &Page::default() };
            let mut writer = EventWriter::new(&mut out, &options, &echo)?;
            found.iter().try_for_each(|event| writer.write(event))?;
            writer.finish(&summary)?;
        }
    }
    if let (Some(event), Some(span)) = (found.first(), &arguments.around) {
        write_session(&sources, event, span.0, arguments.format, &mut out)?;
    }
    out.flush()?;
    report(&summary, started.elapsed());
    if found.is_empty() {
        complain(format_args!("note: no event has the id `{}`", printable(&arguments.id)));
    }
    Ok(if summary.is_complete() && !found.is_empty() { Exit::Success } else { Exit::Findings })
}

fn write_text(found: &[Event], out: &mut impl Write) -> io::Result<()> {
    for (index, event) in found.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        for (label, text) in describe(event) {
            writeln!(out, "{label:<12}{text}")?;
        }
        writeln!(out, "\n{}", record_lines(event.record()))?;
    }
    Ok(())
}

/// Writes the events of the session around an event, the oldest first.
fn write_session(
    sources: &Sources,
    event: &Event,
    span: time::Duration,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let all = Query { read_write: Some(ReadWriteType::All), ..Query::default() };
    let query = around::narrow(&all, event, span)?;
    let filter = Filter::new(&query)?;
    let page = Page { order: Order::OldestFirst, ..Page::default() };
    let (format, width) = match format {
        Format::Text => {
            let session = query.session.as_deref().map(printable).unwrap_or_default();
            writeln!(out, "\nThe session `{session}` around this event:\n")?;
            (OutputFormat::Table, io::stdout().is_terminal().then(columns))
        }
        Format::Json => (OutputFormat::JsonLines, None),
    };
    let options = OutputOptions { format, width, ..OutputOptions::default() };
    let mut writer = EventWriter::new(out, &options, &QueryEcho { query: &query, page: &page })?;
    let searched = sources.search(&filter, page.clone(), |event| writer.write(event))?;
    writer.finish(&searched.summary)?;
    Ok(())
}
