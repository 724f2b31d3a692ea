//! `--lookup`: CloudTrail's own event history, in every region at once.
//!
//! LookupEvents selects by one attribute; all filters are decided here, on the records. Each region answers newest first and
//! page by page. An event is shown as soon as no region can have a newer one, so that a page of events costs few requests.
//!
//! Source: the AWS CloudTrail API reference, LookupEvents; the CloudTrail user guide, "Viewing recent management events".

mod regions;

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws::{CallError, CallErrorKind, LookUp, LookUpAttribute, LookedUpPage, Trails};
use cloudtrail::Limits;
use futures::future::join_all;
use history::{
    Criterion, Cursor, Event, Filter, InputUnit, Order, Page, ReadWriteType, RecordFault, ScanSink, Scanner,
    Sequence, Summary,
};
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::DEFAULT_SPAN;
use super::search::{MAX_MESSAGES, Searched};
use crate::inputs::SourceOptions;
use crate::runtime;
use crate::terminal::{complain, printable};

/// The region to ask if nothing names one.
const DEFAULT_REGION: &str = "us-east-1";
/// The time between two requests to a region.
///
/// # Source
///
/// The AWS CloudTrail API reference, LookupEvents: two requests a second for each account and region.
const INTERVAL: Duration = Duration::from_millis(500);
/// The time between two requests after a region has throttled one, beyond what the SDK has waited.
const PAUSE: Duration = Duration::from_secs(2);
/// How often in a row a region may throttle requests.
const MOST_THROTTLED: u32 = 10;
/// How far event history reaches back.
///
/// # Source
///
/// The CloudTrail user guide, "Working with CloudTrail event history".
const REACH: time::Duration = time::Duration::days(90);

/// The event histories of an account's regions.
pub(super) struct Histories {
    runtime: Runtime,
    trails: Trails,
    home: String,
    /// When the next request may be sent.
    next: Cell<Option<Instant>>,
    requests: Cell<u64>,
}

impl Histories {
    /// Connects. Without credentials this ends within a second, and says what to set.
    ///
    /// # Errors
    ///
    /// If there are no credentials.
    pub(super) fn connect(options: &SourceOptions) -> anyhow::Result<Self> {
        let runtime = runtime::start()?;
        let aws = runtime.block_on(options.profile.connect(Some(DEFAULT_REGION)))?;
        Ok(Self {
            trails: aws.trails(),
            home: aws.region().unwrap_or(DEFAULT_REGION).to_owned(),
            next: Cell::new(None),
            requests: Cell::new(0),
            runtime,
        })
    }

    /// The regions that may have events of a filter.
    fn regions(&self, filter: &Filter) -> Vec<Region> {
        let region = |name: &str| Region { name: name.to_owned(), ..Region::default() };
        match filter.only_value(Criterion::Region) {
            Some(name) => vec![region(name)],
            None => {
                let all = regions::of_partition(&self.home).iter();
                all.filter(|name| filter.may_name_region(name)).map(|name| region(name)).collect()
            }
        }
    }

    /// Asks each region that has more for its next page.
    async fn round(&self, what: &LookUp, regions: &mut [Region]) {
        if let Some(next) = self.next.get() {
            tokio::time::sleep_until(next).await;
        }
        let begun = Instant::now();
        let fetches = regions.iter_mut().filter(|region| region.has_more()).map(|region| {
            self.requests.set(self.requests.get() + 1);
            region.fetch(&self.trails, what)
        });
        let is_throttled = join_all(fetches).await.contains(&true);
        self.next.set(Some(begun + if is_throttled { PAUSE } else { INTERVAL }));
    }
}

/// How far the event history of a region was read.
#[derive(Default)]
struct Region {
    name: String,
    /// Where the next page begins.
    token: Option<String>,
    /// Whether the last page was read, or none can be.
    is_over: bool,
    is_answered: bool,
    throttled: u32,
    /// The oldest time so far: later pages have no newer events.
    oldest: Option<OffsetDateTime>,
    page: LookedUpPage,
    error: Option<CallError>,
}

impl Region {
    fn has_more(&self) -> bool {
        !self.is_over
    }

    /// Asks for the next page, and says whether the region throttled the request.
    async fn fetch(&mut self, trails: &Trails, what: &LookUp) -> bool {
        match trails.look_up(&self.name, what, self.token.clone()).await {
            Ok(page) => {
                self.is_over = page.next.is_none();
                self.is_answered = true;
                self.throttled = 0;
                self.token.clone_from(&page.next);
                self.page = page;
                false
            }
            Err(error) if error.kind == CallErrorKind::Throttled && self.throttled < MOST_THROTTLED => {
                self.throttled += 1;
                true
            }
            Err(error) => {
                self.is_over = true;
                self.error = Some(error);
                false
            }
        }
    }
}

/// Looks up events, and passes those of the page to `show`.
///
/// # Errors
///
/// The first error of `show`, or that of a region if none answered.
pub(super) fn search(
    histories: &Histories,
    filter: &Filter,
    page: Page,
    mut show: impl FnMut(&Event) -> io::Result<()>,
) -> io::Result<Searched> {
    let what = what(filter, &page);
    let mut regions = histories.regions(filter);
    let mut summary = Summary::of(regions.len() as u64, InputUnit::History);
    let mut reading = Reading::new(filter, page);
    let requests_before = histories.requests.get();
    let mut show = |summary: &mut Summary, event: Event| {
        summary.add(&event);
        show(&event)
    };
    while regions.iter().any(Region::has_more) && !reading.sequence.is_full() {
        histories.runtime.block_on(histories.round(&what, &mut regions));
        regions.iter_mut().for_each(|region| reading.page(region));
        if let Some(end) = certain_from(&regions) {
            reading.sequence.release(end, |event| show(&mut summary, event))?;
        }
    }
    if regions.iter().any(Region::has_more) {
        reading.sequence.leave_unread();
    }
    reading.sequence.finish(|event| show(&mut summary, event))?;
    let is_evaluated = name_failures(&mut regions, &mut summary)?;
    name_requests(histories.requests.get() - requests_before, regions.len());
    reading.finish(&mut summary);
    summary.leaves_reads_out = filter.leaves_reads_out();
    Ok(Searched { summary, is_evaluated })
}

fn name_requests(requests: u64, regions: usize) {
    let plural = |is_one, noun: &str| if is_one { noun.to_owned() } else { format!("{noun}s") };
    complain(format_args!(
        "note: {requests} LookupEvents {} in {regions} {}",
        plural(requests == 1, "request"),
        plural(regions == 1, "region")
    ));
}

/// Reads the records of pages.
struct Reading<'f> {
    scanner: Scanner<'f>,
    sequence: Sequence,
    faults: Faults,
}

impl<'f> Reading<'f> {
    fn new(filter: &'f Filter, page: Page) -> Self {
        Self {
            scanner: Scanner::new(filter, Limits::default()),
            sequence: Sequence::new(page),
            faults: Faults::default(),
        }
    }

    /// Reads the page that a region has, if it has one.
    fn page(&mut self, region: &mut Region) {
        let name: Arc<str> = Arc::from(format!("LookupEvents {}", region.name));
        for record in std::mem::take(&mut region.page.records) {
            region.oldest = [region.oldest, time_of(&record)].into_iter().flatten().min();
            let (sequence, faults) = (&mut self.sequence, &mut self.faults);
            let mut sink = Sink { sequence, faults, region: &region.name };
            if let Err(error) = self.scanner.scan_input(record.as_bytes(), &name, &mut sink) {
                self.faults.tell(&region.name, &error.to_string());
            }
        }
    }

    fn finish(self, summary: &mut Summary) {
        self.faults.finish();
        summary.counts = self.scanner.counts();
        summary.duplicates = self.sequence.duplicates();
        summary.out_of_order = self.sequence.out_of_order();
        summary.next = self.sequence.next();
    }
}

/// What the service is asked for. A page that follows another one begins where that one ended.
fn what(filter: &Filter, page: &Page) -> LookUp {
    let attribute = attribute(filter);
    let is_by_id = matches!(attribute, Some((LookUpAttribute::EventId, _)));
    let (from, to) = filter.times();
    let from = first_time(from, is_by_id);
    let end_of_page = page.after.as_ref().and_then(|Cursor(end)| end.time);
    let (from, to) = match page.order {
        Order::NewestFirst => (from, to.into_iter().chain(end_of_page).min()),
        Order::OldestFirst => (from.into_iter().chain(end_of_page).max(), to),
    };
    LookUp {
        attribute,
        from: from.map(OffsetDateTime::unix_timestamp),
        to: to.map(OffsetDateTime::unix_timestamp),
    }
}

/// From when on events are looked up, with a note if that is not what the user may expect.
fn first_time(from: Option<OffsetDateTime>, is_by_id: bool) -> Option<OffsetDateTime> {
    let now = SystemClock.now();
    match from {
        Some(from) => {
            if now.checked_sub(REACH).is_some_and(|reach| from < reach) {
                complain("note: event history reaches back 90 days; older events are in log files only");
            }
            Some(from)
        }
        None if is_by_id => None,
        None => {
            complain(
                "note: only events of the last 24 hours are looked up; `--from` sets another start, at most 90 days ago",
            );
            now.checked_sub(DEFAULT_SPAN)
        }
    }
}

/// The attribute that leaves the fewest events, of those that mean the same to the service as to the filter. Names of users
/// and resources do not: the service knows fewer of them.
fn attribute(filter: &Filter) -> Option<(LookUpAttribute, String)> {
    let exact = [
        (LookUpAttribute::EventId, Criterion::Id),
        (LookUpAttribute::AccessKeyId, Criterion::AccessKey),
        (LookUpAttribute::EventName, Criterion::Name),
        (LookUpAttribute::EventSource, Criterion::Source),
    ];
    let exact = exact.into_iter().find_map(|(attribute, criterion)| {
        filter.only_value(criterion).map(|value| (attribute, value.to_owned()))
    });
    exact.or_else(|| match filter.read_write() {
        ReadWriteType::All => None,
        ReadWriteType::ReadOnly => Some((LookUpAttribute::ReadOnly, "true".to_owned())),
        ReadWriteType::WriteOnly => Some((LookUpAttribute::ReadOnly, "false".to_owned())),
    })
}

/// From which time on no region can have further events; `None` if that is not known yet.
fn certain_from(regions: &[Region]) -> Option<OffsetDateTime> {
    let mut ends = Vec::new();
    for region in regions.iter().filter(|region| region.has_more()) {
        // The next page may go on within the same second.
        ends.push(region.oldest?.checked_add(time::Duration::SECOND)?);
    }
    Some(ends.into_iter().max().unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

/// Says which regions could not be read, and whether any could.
///
/// # Errors
///
/// The error of the first region if no region answered.
fn name_failures(regions: &mut [Region], summary: &mut Summary) -> io::Result<bool> {
    let is_answered = regions.iter().any(|region| region.is_answered);
    for Region { name, error, .. } in regions {
        let Some(error) = error.take() else {
            summary.files_read += 1;
            continue;
        };
        if !is_answered {
            return Err(io::Error::other(error));
        }
        // A region that the account has not enabled does not know its credentials.
        if error.kind == CallErrorKind::Credentials {
            summary.files -= 1;
            complain(format_args!(
                "note: `{name}` was left out: it does not accept the credentials, so the account has not enabled it"
            ));
        } else {
            summary.files_failed += 1;
            complain(format_args!("error: {}", printable(&pipeline::chain(&error))));
        }
    }
    Ok(is_answered)
}

/// The time of a record, as far as the service can be held to its order by it.
fn time_of(record: &str) -> Option<OffsetDateTime> {
    #[derive(serde::Deserialize)]
    struct Timed<'a> {
        #[serde(rename = "eventTime", borrow)]
        at: std::borrow::Cow<'a, str>,
    }
    let timed: Timed<'_> = serde_json::from_str(record).ok()?;
    OffsetDateTime::parse(&timed.at, &Rfc3339).ok()
}

/// What could not be read, as far as it is shown.
#[derive(Default)]
struct Faults(u64);

impl Faults {
    fn tell(&mut self, region: &str, text: &str) {
        self.0 += 1;
        if self.0 <= MAX_MESSAGES {
            complain(format_args!("note: `{region}`: {}", printable(text)));
        }
    }

    fn finish(self) {
        if self.0 > MAX_MESSAGES {
            complain(format_args!("note: {} more messages are not shown", self.0 - MAX_MESSAGES));
        }
    }
}

struct Sink<'s> {
    sequence: &'s mut Sequence,
    faults: &'s mut Faults,
    region: &'s str,
}

impl ScanSink for Sink<'_> {
    fn event(&mut self, event: Event) {
        self.sequence.push(event);
    }

    fn fault(&mut self, fault: RecordFault) {
        self.faults.tell(self.region, &fault.to_string());
    }
}
