//! Event history: which records match a query, in which order they are shown, and how they look.
//!
//! The steps, in order:
//!
//! 1. [`Query`] holds the filters as the user wrote them, and [`Filter`] compiles them.
//! 2. [`Scanner`] reads one input and keeps the records that match, each as an [`Event`].
//! 3. [`Sequence`] sorts the events of all inputs, removes duplicates and cuts pages. While it receives inputs by
//!    delivery time, it hands out events as soon as their position is final.
//! 4. [`EventWriter`] writes events as a table, CSV, JSON, JSON lines or a log file; [`Counter`] counts them by a column.
//! 5. [`Summary`] says what was searched and what could not be read.
//!
//! [`FileTree`] sorts the files themselves by account, region and day, and finds the days without any.
//!
//! [`DayIndexBuilder`] makes an index of a day, and [`DayAnswer`] says with it which files need not be read.
//!
//! The crate reads from [`std::io::Read`] and writes to [`std::io::Write`]. It opens no files, and knows no AWS client
//! and no clock.

mod column;
mod count;
mod event;
mod fields;
mod files;
mod filter;
mod identity;
mod index;
mod order;
mod output;
mod resource;
mod scan;
mod summary;
#[cfg(test)]
mod testing;

pub use column::{Column, UnknownColumn, cells};
pub use count::{Counter, ValueCount};
pub use event::{Cursor, CursorError, Event, EventKey};
pub use files::{AccountFiles, DayFiles, FileTree, Gap, RegionFiles, StoredFile, StoredKind};
pub use filter::{Criterion, Filter, FilterError, Query, ReadWriteType, RulePattern};
pub use index::{DayAnswer, DayIndexBuilder, FileState, IndexError, Wanted};
pub use order::{Order, Page, Sequence, end_of_times};
pub use output::{
    CsvCells, EventWriter, OutputFormat, OutputOptions, QueryEcho, UnknownFormat, describe, write_counts,
};
pub use scan::{Malformed, RecordFault, ScanCounts, ScanError, ScanSink, Scanner};
pub use summary::{InputUnit, Summary};
