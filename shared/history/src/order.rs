//! The order of events over all inputs: newest or oldest first, exactly, without duplicates, page by page.
//!
//! A record is never later than the delivery of its log file. So if inputs are read latest delivery first, an event
//! that is not before the delivery minute of the next input has its final position, and can be shown at once. Then only
//! some minutes of events are held. Oldest first, and for inputs without a delivery time, everything is held: a log file
//! may contain records from any time before its delivery.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::event::{Cursor, Event, EventKey};

/// A minute in a file name covers 60 seconds.
const MINUTE: Duration = Duration::seconds(60);

/// Allowance for clocks of services that are ahead of CloudTrail's.
const CLOCK_ALLOWANCE: Duration = Duration::seconds(60);

/// The end of the times that a log file with this delivery minute, in seconds since 1970, may contain.
pub fn end_of_times(delivered_at: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(delivered_at).ok()?.checked_add(MINUTE + CLOCK_ALLOWANCE)
}

/// The direction of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// Newest first; events without a time come last.
    #[default]
    NewestFirst,
    /// Oldest first; events without a time come first.
    OldestFirst,
}

/// Which part of the ordered events is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The direction.
    pub order: Order,
    /// The end of the previous page; only events behind it are shown.
    pub after: Option<Cursor>,
    /// The most events shown; `None` for all. Duplicates of the last event are shown with it.
    pub limit: Option<usize>,
    /// Whether to show an event again for every further record with the same time and id.
    pub keeps_duplicates: bool,
}

/// Receives events in any order and hands them out in order.
#[derive(Debug)]
pub struct Sequence {
    page: Page,
    held: BTreeMap<EventKey, Vec<Event>>,
    held_count: usize,
    shown: usize,
    last: Option<EventKey>,
    has_more: bool,
    duplicates: u64,
    out_of_order: u64,
}

impl Sequence {
    /// An empty sequence.
    pub fn new(page: Page) -> Self {
        Self {
            page,
            held: BTreeMap::new(),
            held_count: 0,
            shown: 0,
            last: None,
            has_more: false,
            duplicates: 0,
            out_of_order: 0,
        }
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        if !self.is_on_page(event.key()) {
            return;
        }
        if let Some(last) = &self.last {
            if last == event.key() && !self.page.keeps_duplicates {
                self.duplicates += 1;
                return;
            }
            if last < event.key() {
                // The file was delivered before the event: the event is shown late rather than never.
                self.out_of_order += 1;
            }
        }
        if let Some(same) = self.held.get_mut(event.key()) {
            if !self.page.keeps_duplicates {
                self.duplicates += 1;
                return;
            }
            same.push(event);
        } else {
            self.held.insert(event.key().clone(), vec![event]);
        }
        self.held_count += 1;
        self.drop_beyond_limit();
    }

    fn is_on_page(&self, key: &EventKey) -> bool {
        self.page.after.as_ref().is_none_or(|Cursor(end)| match self.page.order {
            Order::NewestFirst => key < end,
            Order::OldestFirst => key > end,
        })
    }

    /// Drops the events that are too far behind to be shown.
    fn drop_beyond_limit(&mut self) {
        let Some(room) = self.room() else { return };
        loop {
            let furthest = match self.page.order {
                Order::NewestFirst => self.held.first_entry(),
                Order::OldestFirst => self.held.last_entry(),
            };
            match furthest {
                Some(entry) if self.held_count - entry.get().len() >= room => {
                    self.held_count -= entry.remove().len();
                    self.has_more = true;
                }
                Some(_) | None => return,
            }
        }
    }

    fn room(&self) -> Option<usize> {
        self.page.limit.map(|limit| limit.saturating_sub(self.shown))
    }

    /// Hands out the events that are final if no further event is at or after `end`.
    ///
    /// For the end of the next input's times, see [`end_of_times`]. Oldest first, nothing is final before
    /// [`finish`](Self::finish).
    ///
    /// # Errors
    ///
    /// The first error of `show`.
    pub fn release<E>(
        &mut self,
        end: OffsetDateTime,
        mut show: impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.page.order == Order::OldestFirst {
            return Ok(());
        }
        while let Some(entry) = self.held.last_entry()
            && entry.key().time.is_some_and(|time| time >= end)
            && !self.is_full()
        {
            let Some((key, events)) = self.held.pop_last() else { break };
            self.show(key, events, &mut show)?;
        }
        Ok(())
    }

    /// Hands out all further events of the page. All inputs have been read, or the page is full.
    ///
    /// # Errors
    ///
    /// The first error of `show`.
    pub fn finish<E>(&mut self, mut show: impl FnMut(Event) -> Result<(), E>) -> Result<(), E> {
        while !self.is_full() {
            let next = match self.page.order {
                Order::NewestFirst => self.held.pop_last(),
                Order::OldestFirst => self.held.pop_first(),
            };
            let Some((key, events)) = next else { return Ok(()) };
            self.show(key, events, &mut show)?;
        }
        self.has_more |= !self.held.is_empty();
        Ok(())
    }

    fn show<E>(
        &mut self,
        key: EventKey,
        events: Vec<Event>,
        show: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), E> {
        self.held_count -= events.len();
        self.shown += events.len();
        self.last = Some(key);
        events.into_iter().try_for_each(show)
    }

    /// Whether the page is full, so that no further input need be read.
    pub fn is_full(&self) -> bool {
        self.room() == Some(0)
    }

    /// Says that inputs were left unread because the page is full.
    pub fn leave_unread(&mut self) {
        self.has_more = true;
    }

    /// The number of events handed out.
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// The number of events held.
    pub fn held(&self) -> usize {
        self.held_count
    }

    /// The number of records that were left out as duplicates.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// The number of events that are later than their file's delivery, and are therefore not in order.
    pub fn out_of_order(&self) -> u64 {
        self.out_of_order
    }

    /// The end of this page, if there may be another one.
    pub fn next(&self) -> Option<Cursor> {
        if self.has_more { self.last.clone().map(Cursor) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;
    use time::macros::datetime;

    use super::{Order, Page, Sequence, end_of_times};
    use crate::event::Event;
    use crate::testing::{at, event};

    fn ids(events: &[Event]) -> String {
        events.iter().map(|event| event.key().id.as_str()).collect()
    }

    fn finish(mut sequence: Sequence) -> (String, Option<String>) {
        let mut shown = Vec::new();
        let Ok(()) = sequence.finish(|event| {
            shown.push(event);
            Ok::<(), Infallible>(())
        });
        (ids(&shown), sequence.next().map(|next| next.to_string()))
    }

    fn sequence(page: Page, events: &[Event]) -> Sequence {
        let mut sequence = Sequence::new(page);
        events.iter().cloned().for_each(|event| sequence.push(event));
        sequence
    }

    #[test]
    fn events_are_ordered_by_time_and_id_without_duplicates() {
        let events =
            [at(5, "a"), at(9, "b"), at(5, "c"), at(1, "d"), at(9, "b"), event(r#"{"eventID":"e"}"#)];
        let newest = Page::default();
        let oldest = Page { order: Order::OldestFirst, ..Page::default() };
        assert_eq!(finish(sequence(newest.clone(), &events)), ("bcade".to_owned(), None));
        assert_eq!(finish(sequence(oldest, &events)), ("edacb".to_owned(), None));
        let both = Page { keeps_duplicates: true, ..newest.clone() };
        assert_eq!(finish(sequence(both, &events)).0, "bbcade");
        assert_eq!(sequence(newest, &events).duplicates(), 1);
    }

    #[test]
    fn duplicates_stay_on_one_page() {
        let events = [at(5, "a"), at(9, "b"), at(9, "b"), at(9, "b")];
        let page = Page { keeps_duplicates: true, limit: Some(2), ..Page::default() };
        assert_eq!(
            finish(sequence(page, &events)),
            ("bbb".to_owned(), Some("2026-09-14T10:00:09Z/b".to_owned()))
        );
    }

    #[test]
    fn events_are_handed_out_as_soon_as_they_are_final() {
        let mut sequence = sequence(Page::default(), &[at(130, "a"), at(60, "b"), at(59, "c")]);
        let mut shown = Vec::new();
        let mut take = |event| {
            shown.push(event);
            Ok::<(), Infallible>(())
        };
        let Ok(()) = sequence.release(datetime!(2026-09-14 10:01 UTC), &mut take);
        assert_eq!(sequence.held(), 1);
        sequence.push(at(58, "d"));
        sequence.push(at(60, "b"));
        // Later than its file allows.
        sequence.push(at(99, "e"));
        let Ok(()) = sequence.finish(&mut take);
        assert_eq!(ids(&shown), "abecd");
        assert_eq!((sequence.duplicates(), sequence.out_of_order(), sequence.shown()), (1, 1, 5));
    }

    #[test]
    fn a_full_page_needs_no_further_input() {
        let page = Page { limit: Some(2), ..Page::default() };
        let mut sequence = sequence(page, &[at(130, "a"), at(120, "b"), at(110, "c")]);
        assert_eq!(sequence.held(), 2);
        let mut count = 0;
        let Ok(()) = sequence.release(datetime!(2026-09-14 10:01 UTC), |_| {
            count += 1;
            Ok::<(), Infallible>(())
        });
        assert!(sequence.is_full());
        assert_eq!((count, sequence.next().map(|next| next.0.id)), (2, Some("b".to_owned())));
    }

    #[test]
    fn a_file_name_covers_its_minute() {
        assert_eq!(end_of_times(1_789_380_900), Some(datetime!(2026-09-14 10:17 UTC)));
        assert_eq!(end_of_times(i64::MAX), None);
    }

    /// Reads files, each a delivery minute with the ages of its events, as a program does: latest delivery first.
    fn read_page(files: &[(u32, Vec<u32>)], page: Page) -> (Vec<String>, Option<super::Cursor>, usize) {
        let mut files: Vec<&(u32, Vec<u32>)> = files.iter().collect();
        files.sort_by_key(|(minute, _)| std::cmp::Reverse(*minute));
        let (mut sequence, mut shown, mut most) = (Sequence::new(page), Vec::new(), 0);
        let mut take = |event: Event| {
            shown.push(event.key().id.clone());
            Ok::<(), Infallible>(())
        };
        let start = datetime!(2026-09-14 10:00 UTC);
        for (minute, ages) in files {
            let end = end_of_times(start.unix_timestamp() + i64::from(*minute) * 60).unwrap();
            let Ok(()) = sequence.release(end, &mut take);
            if sequence.is_full() {
                sequence.leave_unread();
                break;
            }
            for age in ages {
                let second = (minute * 60 + 59).saturating_sub(*age);
                sequence.push(at(second, &format!("{second:05}-{}", age % 3)));
            }
            most = most.max(sequence.held());
        }
        let Ok(()) = sequence.finish(&mut take);
        assert_eq!(sequence.out_of_order(), 0);
        (shown, sequence.next(), most)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

        #[test]
        fn pages_put_together_are_all_events_in_order(
            files in prop::collection::vec((0..40_u32, prop::collection::vec(0..900_u32, 0..8)), 0..12),
            limit in 1..9_usize,
            is_newest_first in any::<bool>(),
        ) {
            let mut expected: Vec<String> = files
                .iter()
                .flat_map(|(minute, ages)| ages.iter().map(move |age| {
                    format!("{:05}-{}", (minute * 60 + 59).saturating_sub(*age), age % 3)
                }))
                .collect();
            expected.sort();
            expected.dedup();
            let order = if is_newest_first { Order::NewestFirst } else { Order::OldestFirst };
            if is_newest_first {
                expected.reverse();
            }
            let (all, next, _) = read_page(&files, Page { order, ..Page::default() });
            prop_assert_eq!(&all, &expected);
            prop_assert!(next.is_none());
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = Page { order, limit: Some(limit), after, ..Page::default() };
                let (shown, next, most) = read_page(&files, page);
                prop_assert!(most <= limit);
                paged.extend(shown);
                let Some(next) = next else { break };
                after = Some(next);
            }
            prop_assert_eq!(paged, expected);
        }
    }
}
