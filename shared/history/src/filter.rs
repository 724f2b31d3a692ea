//! The filters of a query, compiled, and their meaning.
//!
//! The values of one filter are alternatives; different filters must all match. `*` stands for any text. A leading `!`
//! excludes: an event is left out if an excluded value matches, and a missing member matches nothing. So `!*` selects
//! events without the member.
//!
//! [`Filter::may_match`] is only a shortcut over the bytes of a record: it never rejects a record that
//! [`Filter::matches`] accepts.

mod error;
mod patterns;
mod query;
#[cfg(test)]
mod tests;
mod texts;
mod value;

use cloudtrail::LogFileKey;
use filter_pattern::{Matches, PatternSet};
use memchr::memmem::Finder;
use time::{Duration, OffsetDateTime};

use crate::event::event_time;
use crate::fields::{Fields, Member};
use crate::identity::Identity;
use crate::order::end_of_times;
pub use error::FilterError;
use patterns::Patterns;
pub use query::{Criterion, Query, ReadWriteType, RulePattern};
pub(crate) use texts::any_text;
use value::Values;

/// Records are delivered within minutes. This leaves room for disturbances of the service.
const LONGEST_DELIVERY: Duration = Duration::days(1);

/// How long before its events a log file may be delivered, according to its name: the rest of a minute, and clocks that
/// differ. See [`end_of_times`].
const LATEST_BEFORE_EVENT: Duration = Duration::minutes(2);

/// The regions that records of global services name, one for each partition.
const GLOBAL_REGIONS: [&str; 3] = ["us-east-1", "us-gov-west-1", "cn-north-1"];

/// A compiled query.
#[derive(Debug)]
pub struct Filter {
    values: Vec<(Criterion, Values)>,
    patterns: Patterns,
    session: Option<String>,
    /// For each entry, at least one needle occurs in every matching record without a backslash.
    needles: Vec<Vec<Finder<'static>>>,
    read_write: ReadWriteType,
    leaves_reads_out: bool,
    from: Option<OffsetDateTime>,
    to: Option<OffsetDateTime>,
}

impl Filter {
    /// Compiles a query.
    ///
    /// # Errors
    ///
    /// If a value is empty, an address range or a filter pattern is invalid, or the time range is empty.
    pub fn new(query: &Query) -> Result<Self, FilterError> {
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from >= to
        {
            return Err(FilterError::EmptyTimeRange);
        }
        let mut values = Vec::new();
        for (criterion, texts) in query.criteria() {
            if !texts.is_empty() {
                values.push((criterion, Values::parse(criterion, texts)?));
            }
        }
        let of_values = values.iter().filter_map(|(criterion, values)| values.needles(*criterion));
        let of_session = query.session.iter().map(|session| vec![Finder::new(session).into_owned()]);
        let needles = of_values.chain(of_session).collect();
        let (read_write, leaves_reads_out) = match query.read_write {
            Some(read_write) => (read_write, false),
            None if query.is_narrow() => (ReadWriteType::All, false),
            None => (ReadWriteType::WriteOnly, true),
        };
        Ok(Self {
            values,
            patterns: Patterns::parse(query)?,
            session: query.session.clone(),
            needles,
            read_write,
            leaves_reads_out,
            from: query.from,
            to: query.to,
        })
    }

    /// Whether reads are left out although the user did not ask for it. The summary says so.
    pub fn leaves_reads_out(&self) -> bool {
        self.leaves_reads_out
    }

    /// The patterns that [`allows_patterns`](Self::allows_patterns) needs.
    pub(crate) fn patterns(&self) -> &PatternSet {
        self.patterns.set()
    }

    /// Decides `--where` and `--rule` by the result of [`patterns`](Self::patterns).
    pub(crate) fn allows_patterns(&self, matches: &Matches) -> bool {
        self.patterns.allow(matches)
    }

    /// The delivery times of the log files that [`may_contain`](Self::may_contain) accepts: the earliest, and the end.
    pub fn delivery_times(&self) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
        let earliest = self.from.and_then(|from| from.checked_sub(LATEST_BEFORE_EVENT));
        (earliest, self.to.and_then(|to| to.checked_add(LONGEST_DELIVERY)))
    }

    /// The text of a criterion that every matching record has, if there is only one. A service that selects by it leaves out
    /// nothing that matches.
    pub fn only_value(&self, criterion: Criterion) -> Option<&str> {
        self.values.iter().find_map(|(known, values)| (*known == criterion).then(|| values.only_text())?)
    }

    /// Whether a matching record can name this region.
    pub fn may_name_region(&self, region: &str) -> bool {
        self.values
            .iter()
            .all(|(criterion, values)| *criterion != Criterion::Region || values.include(region))
    }

    /// Which of reads and writes are selected.
    pub fn read_write(&self) -> ReadWriteType {
        self.read_write
    }

    /// The times of the events: the earliest, and the end.
    pub fn times(&self) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
        (self.from, self.to)
    }

    /// Whether a log file of this account can contain a matching record.
    pub fn may_contain_account(&self, account: &str) -> bool {
        self.values
            .iter()
            .all(|(criterion, values)| *criterion != Criterion::Account || values.include(account))
    }

    /// Whether a log file with this key can contain a matching record.
    ///
    /// CloudTrail files records under the account and region for which it delivers them. Global services are the
    /// exception: their records name the main region of the partition, wherever they are filed. A record is delivered
    /// soon after the event, so files from later than a day after the time range are left out.
    pub fn may_contain(&self, key: &LogFileKey) -> bool {
        let is_in_time = key.delivered_at.is_none_or(|minute| {
            let delivered_at = OffsetDateTime::from_unix_timestamp(minute).ok();
            let is_after_start = |from| end_of_times(minute).is_none_or(|end| end > from);
            let is_before_end = |to: OffsetDateTime| {
                delivered_at.is_none_or(|at| to.checked_add(LONGEST_DELIVERY).is_none_or(|end| at <= end))
            };
            self.from.is_none_or(is_after_start) && self.to.is_none_or(is_before_end)
        });
        is_in_time
            && self.values.iter().all(|(criterion, values)| match criterion {
                Criterion::Account => values.include(&key.account),
                Criterion::Region => {
                    values.include(&key.region) || GLOBAL_REGIONS.iter().any(|region| values.include(region))
                }
                Criterion::Name
                | Criterion::Source
                | Criterion::Ip
                | Criterion::Id
                | Criterion::Error
                | Criterion::AccessKey
                | Criterion::User
                | Criterion::ResourceType
                | Criterion::Resource => true,
            })
    }

    /// Whether the record can match, by its bytes alone. `false` is certain, `true` is not.
    pub(crate) fn may_match(&self, record: &[u8]) -> bool {
        let is_found = |needles: &Vec<Finder<'_>>| needles.iter().any(|needle| needle.find(record).is_some());
        // Behind a backslash, the same text can be spelled in other ways.
        self.needles.iter().all(is_found) || memchr::memchr(b'\\', record).is_some()
    }

    /// Whether the record has a time although the query asks for a time range.
    pub(crate) fn lacks_time(&self, fields: &Fields<'_>) -> bool {
        (self.from.is_some() || self.to.is_some()) && event_time(fields).is_none()
    }

    /// Decides everything except `--where` and `--rule`.
    pub(crate) fn matches(&self, fields: &Fields<'_>) -> bool {
        if !self.is_in_time(fields) || !self.is_read_or_write(fields) {
            return false;
        }
        let identity = std::cell::OnceCell::new();
        let identity = || identity.get_or_init(|| Identity::new(fields.value(Member::UserIdentity)));
        if self.session.as_deref().is_some_and(|session| identity().session() != Some(session)) {
            return false;
        }
        self.values.iter().all(|(criterion, values)| {
            values.allow_by(|matches| any_text(*criterion, fields, identity, matches))
        })
    }

    /// For each criterion whose values are whole texts: texts of which every matching record has at least one.
    pub(crate) fn exact_texts(&self) -> impl Iterator<Item = (Criterion, Vec<String>)> {
        self.values.iter().filter_map(|(criterion, values)| Some((*criterion, values.exact_texts()?)))
    }

    fn is_in_time(&self, fields: &Fields<'_>) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        event_time(fields).is_some_and(|time| {
            self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
        })
    }

    /// A record that does not say is a write, as in `ReadWriteType` of a trail.
    fn is_read_or_write(&self, fields: &Fields<'_>) -> bool {
        let is_read = || fields.text(Member::ReadOnly).as_deref() == Some("true");
        match self.read_write {
            ReadWriteType::All => true,
            ReadWriteType::ReadOnly => is_read(),
            ReadWriteType::WriteOnly => !is_read(),
        }
    }
}
