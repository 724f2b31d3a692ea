//! `--around`: what the same session did before and after an event.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use history::{Event, Filter, Page, Query, ReadWriteType, Summary};
use time::Duration;

use super::search::Searched;
use super::sources::Sources;
use crate::terminal::printable;

/// The start of the ids of records without an `eventID`.
const STAND_IN: &str = "sha256-";
/// The end of a time range is exclusive, and event times are whole seconds.
const SECOND: Duration = Duration::SECOND;

/// The query that selects an event by its id, within the times of `within`.
pub(super) fn by_id(id: &str, within: &Query) -> Query {
    // Text with a meaning in filters is compared by the caller.
    let is_plain = !id.is_empty() && !id.starts_with(STAND_IN) && !id.starts_with('!');
    let ids = if is_plain { vec![id.to_owned()] } else { Vec::new() };
    Query {
        ids,
        read_write: Some(ReadWriteType::All),
        accounts: within.accounts.clone(),
        regions: within.regions.clone(),
        from: within.from,
        to: within.to,
        ..Query::default()
    }
}

/// Finds the events with an id.
///
/// # Errors
///
/// If nothing could be looked up at all.
pub(super) fn find(sources: &Sources, id: &str, filter: &Filter) -> io::Result<(Vec<Event>, Summary)> {
    let mut found = Vec::new();
    let searched = sources.search(filter, Page::default(), |event| {
        if event.key().id == id {
            found.push(event.clone());
        }
        Ok(())
    });
    let Searched { summary, .. } = searched?;
    Ok((found, summary))
}

/// Refuses standard input, which cannot be read twice.
///
/// # Errors
///
/// If standard input is a source.
pub(super) fn check_sources(sources: &[PathBuf]) -> anyhow::Result<()> {
    ensure!(
        !sources.is_empty() && sources.iter().all(|source| source != Path::new("-")),
        "`--around` reads the sources twice, and standard input can be read only once: save it to a file first"
    );
    Ok(())
}

/// Narrows a query to the session of an event, and to the time around it.
///
/// # Errors
///
/// If the event names no session, or has no time.
pub(super) fn narrow(query: &Query, event: &Event, span: Duration) -> anyhow::Result<Query> {
    let id = printable(&event.key().id);
    let Some(session) = event.session() else {
        anyhow::bail!("the event `{id}` names no access key, principal or ARN, so its session is unknown");
    };
    let Some(time) = event.key().time else {
        anyhow::bail!("the event `{id}` has no time, so nothing can be found around it");
    };
    let to = time.checked_add(span).and_then(|end| end.checked_add(SECOND));
    Ok(Query { session: Some(session), from: time.checked_sub(span), to, ..query.clone() })
}
