//! `trailbell events tail`: shows events as their log files arrive in a bucket, and says what the requests cost.
//!
//! There is no service to subscribe to: the folders of today are listed again and again, and each new log file is fetched
//! once. The command remembers the keys of the files that it has read.

use std::collections::HashSet;
use std::io::Write as _;
use std::sync::Arc;

use anyhow::{bail, ensure};
use history::{Event, EventWriter, Filter, Order, OutputFormat, OutputOptions, Page, Query, QueryEcho};
use pipeline::{Clock as _, SystemClock};
use time::{Duration, OffsetDateTime};

use super::arguments::TailArguments;
use super::search::search;
use super::{compile, rules};
use crate::exit::Exit;
use crate::inputs::{Inputs, Remote, Span, is_in_s3, list_in_s3};
use crate::terminal::{Stdout, complain};

/// Millionths of a dollar for 1,000 LIST requests (Amazon S3 pricing, us-east-1, S3 Standard).
const LIST_PRICE: f64 = 5_000.0;
/// Millionths of a dollar for 1,000 GET requests (Amazon S3 pricing, us-east-1, S3 Standard).
const GET_PRICE: f64 = 400.0;
const SECONDS_PER_DAY: f64 = 86_400.0;
/// Log files may appear in a listing later than others with a later name.
const OVERLAP: Duration = Duration::minutes(30);

/// Shows new events until the user stops it.
pub(super) fn run(arguments: &TailArguments) -> anyhow::Result<Exit> {
    ensure!(
        arguments.sources.iter().all(|source| is_in_s3(source)),
        "`events tail` waits for log files in a bucket: name sources such as `s3://amzn-s3-demo-bucket`"
    );
    ensure!(
        arguments.filters.around.is_none(),
        "`--around` looks back, and `events tail` waits: use `events`"
    );
    let now = SystemClock.now();
    let Some(rules) = rules::chosen(&arguments.filters) else { return Ok(Exit::Failure) };
    let query = arguments.filters.query(now, rules);
    let Some(filter) = compile(&query) else { return Ok(Exit::Failure) };
    let Some(start) = now.checked_sub(arguments.since.0) else { bail!("`--since` is too long") };
    let mut tail = Tail { arguments, query, filter, start, seen: HashSet::new(), is_complete: true };
    let remote = Remote::connect(&arguments.options)?;
    let mut rounds = 0_u32;
    loop {
        tail.round(&remote)?;
        rounds += 1;
        if rounds == 1 {
            complain(cost_line(remote.requests(), 1, arguments.interval));
        }
        let is_last = arguments.rounds.is_some_and(|most| rounds >= most);
        if is_last || is_stopped(&remote, arguments.interval)? {
            complain(cost_line(remote.requests(), rounds, arguments.interval));
            return Ok(if tail.is_complete { Exit::Success } else { Exit::Findings });
        }
    }
}

/// Waits for the next round. `true` if the user stops the command in the meantime.
fn is_stopped(remote: &Remote, seconds: u32) -> anyhow::Result<bool> {
    remote.block_on(async {
        let interval = tokio::time::sleep(std::time::Duration::from_secs(seconds.into()));
        tokio::select! {
            () = interval => Ok(false),
            stop = tokio::signal::ctrl_c() => {
                stop?;
                Ok(true)
            }
        }
    })
}

/// What the requests cost so far, and at this rate in a day.
fn cost_line((lists, gets): (u64, u64), rounds: u32, interval: u32) -> String {
    let dollars = (lists as f64 * LIST_PRICE + gets as f64 * GET_PRICE) / 1000.0 / 1e6;
    let rounds_per_day = SECONDS_PER_DAY / f64::from(interval);
    let lists_per_day = lists as f64 / f64::from(rounds) * rounds_per_day;
    let per_day = lists_per_day * LIST_PRICE / 1000.0 / 1e6;
    format!(
        "{lists} LIST and {gets} GET requests, about ${dollars:.4}; listing every {interval} s costs about ${per_day:.2} \
         a day (list prices of us-east-1)"
    )
}

struct Tail<'a> {
    arguments: &'a TailArguments,
    query: Query,
    filter: Filter,
    /// The earliest delivery that is listed.
    start: OffsetDateTime,
    /// The names of the files that were read.
    seen: HashSet<Arc<str>>,
    is_complete: bool,
}

impl Tail<'_> {
    /// Lists once, and shows the events of new files, the oldest first.
    fn round(&mut self, remote: &Arc<Remote>) -> anyhow::Result<()> {
        let listed_at = SystemClock.now();
        let filter = &self.filter;
        let span = Span {
            allows_account: &|account| filter.may_contain_account(account),
            allows_key: &|key| filter.may_contain(key),
            from: Some(self.start),
            ..Span::RECORDS
        };
        let mut inputs = list_in_s3(remote, &self.arguments.sources, &span)?;
        inputs.inputs.retain(|input| self.seen.insert(Arc::clone(&input.name)));
        self.show(&inputs)?;
        if let Some(start) = listed_at.checked_sub(OVERLAP) {
            self.start = self.start.max(start);
        }
        Ok(())
    }

    fn show(&mut self, inputs: &Inputs) -> anyhow::Result<()> {
        let page = Page { order: Order::OldestFirst, ..Page::default() };
        let mut events: Vec<Event> = Vec::new();
        let searched = search(inputs, &self.filter, page.clone(), None, |event| {
            events.push(event.clone());
            Ok(())
        })?;
        self.is_complete &= searched.summary.is_complete();
        if events.is_empty() {
            return Ok(());
        }
        let mut out = Stdout::json();
        let format = match self.arguments.format {
            OutputFormat::Table => OutputFormat::Table,
            OutputFormat::Csv | OutputFormat::Json | OutputFormat::JsonLines | OutputFormat::Records => {
                OutputFormat::JsonLines
            }
        };
        let options = OutputOptions { format, ..OutputOptions::default() };
        let echo = QueryEcho { query: &self.query, page: &page };
        let mut writer = EventWriter::new(&mut out, &options, &echo)?;
        events.iter().try_for_each(|event| writer.write(event))?;
        writer.finish(&searched.summary)?;
        out.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::cost_line;

    #[test]
    fn the_cost_is_that_of_the_requests() {
        assert_eq!(
            cost_line((20, 3), 1, 30),
            "20 LIST and 3 GET requests, about $0.0001; listing every 30 s costs about $0.29 a day (list prices of us-east-1)"
        );
        assert!(cost_line((40, 0), 2, 30).contains("about $0.29 a day"));
    }
}
