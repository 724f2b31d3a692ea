//! Which log files are read, and in which batches: in order of delivery, as the function gets them.

use cloudtrail::{ObjectKind, classify_key};

use super::times::minute;
use crate::replay::FileList;

/// Files that the function would get together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    /// The minute in their names, in Unix seconds; `None` if their names have none.
    pub(super) delivered: Option<i64>,
    /// The position of the first of them in the list's mentions.
    pub(super) first: usize,
    /// Their indices in the list.
    pub(super) files: Vec<usize>,
    /// Whether they are the last of their minute.
    pub(super) ends_minute: bool,
}

/// The batches, and the time that they cover.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) batches: Vec<Batch>,
    /// The minutes of the first and the last file whose name has one, in Unix seconds.
    pub(super) span: Option<(i64, i64)>,
    /// Files whose names have no minute.
    pub(super) undated: usize,
    /// Files before the start or after the end, which are not read.
    pub(super) left_out: usize,
}

impl Schedule {
    /// Orders the files of the list, and cuts them into batches of one minute with at most `batch_size` files. Files
    /// delivered before `from` or at `to` and later are left out.
    pub(super) fn of(list: &mut FileList, batch_size: usize, from: Option<i64>, to: Option<i64>) -> Self {
        let mut files: Vec<(Option<i64>, usize)> =
            list.mentions.iter().map(|file| (delivered(list, *file), *file)).collect();
        let all = files.len();
        files.retain(|(delivered, _)| {
            delivered.is_none_or(|at| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to))
        });
        let left_out = all - files.len();
        // Files without a minute come last.
        files.sort_by(|(a, one), (b, other)| {
            let by_time = (a.is_none(), *a).cmp(&(b.is_none(), *b));
            by_time.then_with(|| list.key(*one).cmp(list.key(*other)))
        });
        files.dedup();
        list.mentions = files.iter().map(|(_, file)| *file).collect();
        let mut schedule = Self { left_out, ..Self::default() };
        let mut first = 0;
        for together in files.chunk_by(|(a, _), (b, _)| a == b) {
            let delivered = together.first().and_then(|(delivered, _)| *delivered);
            match delivered {
                Some(at) => schedule.span = Some((schedule.span.map_or(at, |(first, _)| first), at)),
                None => schedule.undated += together.len(),
            }
            for files in together.chunks(batch_size.max(1)) {
                let files: Vec<usize> = files.iter().map(|(_, file)| *file).collect();
                let next = first + files.len();
                schedule.batches.push(Batch { delivered, first, files, ends_minute: false });
                first = next;
            }
            if let Some(last) = schedule.batches.last_mut() {
                last.ends_minute = true;
            }
        }
        schedule
    }
}

/// The minute of delivery in the name of a file.
fn delivered(list: &FileList, file: usize) -> Option<i64> {
    match classify_key(list.key(file)) {
        ObjectKind::LogFile(key) | ObjectKind::Insight(key) | ObjectKind::NetworkActivity(key) => {
            key.delivered_at.map(minute)
        }
        ObjectKind::Digest
        | ObjectKind::Aggregated
        | ObjectKind::Marker
        | ObjectKind::Foreign
        | ObjectKind::Unrecognized => None,
    }
}
