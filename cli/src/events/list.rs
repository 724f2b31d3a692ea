//! `trailbell events` without a subcommand: lists events, counts them by a column, or writes a page with them.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use history::{
    Column, Counter, Event, EventWriter, Filter, OutputFormat, OutputOptions, Page, Query, QueryEcho,
    write_counts,
};
use pipeline::{Clock as _, SystemClock};
use time::format_description::well_known::Rfc3339;

use super::arguments::ListArguments;
use super::html::{About, PageBuilder};
use super::search::Searched;
use super::sources::Sources;
use super::{around, compile, open_sources, report, rules};
use crate::exit::Exit;
use crate::options::RuleOptions;
use crate::rules::files::load_rules;
use crate::terminal::{Stdout, columns, complain, path_text, printable};

/// Lists or counts the events of the sources.
pub(super) fn run(arguments: &ListArguments) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let ListArguments { sources, look_up, filters, output, options: source_options, .. } = arguments;
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
    let sources = open_sources(sources, look_up, &filter, source_options, &arguments.index)?;
    if let Some(id) = &filters.around {
        let (found, _) = around::find(&sources, id, &filter)?;
        let Some(event) = found.first() else {
            complain(format_args!("note: no event has the id `{}`", printable(id)));
            return Ok(Exit::Findings);
        };
        query = around::narrow(&query, event, filters.within.0)?;
    }
    let Some(filter) = compile(&query) else { return Ok(Exit::Failure) };
    let found = Found { sources: &sources, query: &query, filter: &filter, page: output.page(is_terminal) };
    let searched = match (&output.html, output.count_by) {
        (Some(path), _) => found.write_page(path, arguments)?,
        (None, Some(column)) => Some(found.count(column, &output.options(is_terminal.then(columns)))?),
        (None, None) => Some(found.write(&output.options(is_terminal.then(columns)))?),
    };
    let Some(Searched { summary, is_evaluated }) = searched else { return Ok(Exit::Failure) };
    report(&summary, started.elapsed());
    if !is_evaluated {
        complain("note: the sources contain no CloudTrail records, so nothing was evaluated");
    }
    let is_found = output.fail_if_found && summary.events() > 0;
    Ok(if summary.is_complete() && is_evaluated && !is_found { Exit::Success } else { Exit::Findings })
}

/// What is searched for, and where.
struct Found<'f> {
    sources: &'f Sources,
    query: &'f Query,
    filter: &'f Filter,
    page: Page,
}

impl Found<'_> {
    fn echo(&self) -> QueryEcho<'_> {
        QueryEcho { query: self.query, page: &self.page }
    }

    fn search(&self, show: impl FnMut(&Event) -> io::Result<()>) -> io::Result<Searched> {
        self.sources.search(self.filter, self.page.clone(), show)
    }

    /// Writes the events to standard output.
    fn write(&self, options: &OutputOptions) -> anyhow::Result<Searched> {
        let mut writer = EventWriter::new(Stdout::json(), options, &self.echo())?;
        let searched = self.search(|event| writer.write(event))?;
        writer.finish(&searched.summary)?;
        Ok(searched)
    }

    /// Writes the number of events for each value of a column to standard output.
    fn count(&self, column: Column, options: &OutputOptions) -> anyhow::Result<Searched> {
        let mut counter = Counter::new(column);
        let searched = self.search(|event| {
            counter.push(event);
            Ok(())
        })?;
        let counts = counter.into_counts();
        write_counts(Stdout::json(), options, column, &counts, &self.echo(), &searched.summary)?;
        Ok(searched)
    }

    /// Writes a page with the events to a file; `None` if the rules for it are invalid, which has been printed.
    fn write_page(&self, path: &Path, arguments: &ListArguments) -> anyhow::Result<Option<Searched>> {
        let options = RuleOptions { files: arguments.filters.rule_files.clone(), sets: Vec::new() };
        let Some(rules) = load_rules(&options) else { return Ok(None) };
        let mut page = PageBuilder::new(rules);
        let searched = self.search(|event| page.push(event))?;
        let about = About {
            sources: arguments.sources.iter().map(|source| path_text(source)).collect(),
            query: self.query,
            summary: &searched.summary,
            files: self.sources.files_for_page(&arguments.sources, &arguments.options)?,
            made_at: SystemClock.now().truncate_to_second().format(&Rfc3339)?,
        };
        let name = path_text(path);
        let text = page.finish(about)?;
        std::fs::write(path, text).with_context(|| format!("cannot write `{}`", printable(&name)))?;
        Ok(Some(searched))
    }
}
