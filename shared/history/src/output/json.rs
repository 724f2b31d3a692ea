//! Events as JSON: one object for all of them, or an object on each line.
//!
//! Text is as it is in the record, and the record itself is carried byte for byte, apart from line breaks between its
//! tokens.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::column::{Cells, Column, Outcome};
use crate::count::ValueCount;
use crate::event::{Event, time_text};
use crate::fields::Member;
use crate::filter::Query;
use crate::order::{Order, Page};
use crate::resource;
use crate::summary::Summary;

/// What was asked for, as JSON shows it.
#[derive(Clone, Copy, Debug)]
pub struct QueryEcho<'q> {
    /// The filters.
    pub query: &'q Query,
    /// The part of the events.
    pub page: &'q Page,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EchoObject<'q> {
    #[serde(flatten)]
    query: &'q Query,
    oldest_first: bool,
    limit: Option<usize>,
    before: Option<String>,
}

impl QueryEcho<'_> {
    fn object(&self) -> EchoObject<'_> {
        EchoObject {
            query: self.query,
            oldest_first: self.page.order == Order::OldestFirst,
            limit: self.page.limit,
            before: self.page.after.as_ref().map(ToString::to_string),
        }
    }
}

/// How the objects are put together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `{"query":...,"events":[...],"summary":...}`
    Object,
    /// An object on each line, and nothing else.
    Lines,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventObject<'e> {
    time: Option<String>,
    name: Option<String>,
    source: Option<String>,
    user: UserObject<'e>,
    outcome: Outcome,
    resources: Vec<ResourceObject>,
    ip: Option<String>,
    account: Option<String>,
    region: Option<String>,
    read_only: Option<bool>,
    event_id: Option<String>,
    log_file: &'e str,
    record: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserObject<'e> {
    name: Option<&'e str>,
    arn: Option<&'e str>,
    #[serde(rename = "type")]
    kind: Option<&'e str>,
    access_key: Option<&'e str>,
}

#[derive(Serialize)]
struct ResourceObject {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The events are followed by these members.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountObject<'c> {
    value: Option<&'c str>,
    events: u64,
    first: Option<String>,
    last: Option<String>,
}

pub(super) struct JsonWriter<W> {
    out: W,
    layout: Layout,
    is_first: bool,
}

impl<W: Write> JsonWriter<W> {
    pub(super) fn new(out: W, layout: Layout, query: &QueryEcho<'_>) -> io::Result<Self> {
        Self::with_list(out, layout, query, "events")
    }

    fn with_list(mut out: W, layout: Layout, query: &QueryEcho<'_>, list: &str) -> io::Result<Self> {
        if layout == Layout::Object {
            out.write_all(b"{\"query\":")?;
            serde_json::to_writer(&mut out, &query.object())?;
            write!(out, ",\n\"{list}\":[")?;
        }
        Ok(Self { out, layout, is_first: true })
    }

    pub(super) fn write(&mut self, event: &Event) -> io::Result<()> {
        let cells = Cells::of(event);
        let text = |column| cells.text(column);
        let identity = &cells.identity;
        let read_only = cells.fields.text(Member::ReadOnly);
        let resources = resource::listed(&cells.fields).into_iter();
        let object = EventObject {
            time: text(Column::Time),
            name: text(Column::Name),
            source: text(Column::Source),
            user: UserObject {
                name: identity.name(),
                arn: identity.arn(),
                kind: identity.kind(),
                access_key: identity.access_key(),
            },
            outcome: Outcome::of(&cells.fields),
            resources: resources.map(|it| ResourceObject { name: it.name, kind: it.kind }).collect(),
            ip: text(Column::Ip),
            account: text(Column::Account),
            region: text(Column::Region),
            read_only: read_only.and_then(|text| text.parse().ok()),
            event_id: text(Column::EventId),
            log_file: event.log_file(),
            record: raw_record(event.record())?,
        };
        self.write_object(&object)
    }

    fn write_object(&mut self, object: &impl Serialize) -> io::Result<()> {
        if self.layout == Layout::Object {
            self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
            self.is_first = false;
        }
        serde_json::to_writer(&mut self.out, object)?;
        if self.layout == Layout::Lines { self.out.write_all(b"\n") } else { Ok(()) }
    }

    pub(super) fn finish(mut self, summary: &Summary) -> io::Result<()> {
        if self.layout == Layout::Object {
            self.out.write_all(b"\n],\n\"summary\":")?;
            serde_json::to_writer(&mut self.out, &summary.object())?;
            self.out.write_all(b"}\n")?;
        }
        self.out.flush()
    }
}

/// The record as it is, on one line: line breaks of valid JSON are outside strings.
fn raw_record(record: &[u8]) -> io::Result<Box<RawValue>> {
    let line: Vec<u8> =
        record.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
    Ok(serde_json::from_slice(&line)?)
}

pub(super) fn write_counts(
    out: impl Write,
    layout: Layout,
    column: Column,
    counts: &[ValueCount],
    query: &QueryEcho<'_>,
    summary: &Summary,
) -> io::Result<()> {
    let mut writer = JsonWriter::with_list(out, layout, query, "counts")?;
    for count in counts {
        let time = |time: Option<time::OffsetDateTime>| time.map(|time| time_text(Some(time)));
        let object = CountObject {
            value: count.value.as_deref(),
            events: count.events,
            first: time(count.first),
            last: time(count.last),
        };
        // The value's name is that of the column.
        let mut object = serde_json::to_value(object)?;
        if let Value::Object(members) = &mut object
            && let Some(value) = members.remove("value")
        {
            members.insert(column.as_str().to_owned(), value);
        }
        writer.write_object(&object)?;
    }
    writer.finish(summary)
}
