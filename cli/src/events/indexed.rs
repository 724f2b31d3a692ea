//! What a search asks the indexes of log files: which files it need not open.
//!
//! There is an index for each day of delivery of each trail's folder, in a folder of their own and never among the log files.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use history::{DayAnswer, FileState, Filter, Wanted};
use sha2::{Digest as _, Sha256};
use time::{Date, OffsetDateTime};

use crate::inputs::Input;
use crate::terminal::{complain, printable};

/// The most notes about indexes that cannot be used.
const MOST_NOTES: u64 = 5;
/// What comes before the key in the path of a log file.
const KEY: &str = "/AWSLogs/";
/// Bytes of the hash that names the indexes of a folder.
const ID_BYTES: usize = 16;
/// Where a log file belongs: the folder of its trail, and the day of its delivery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    root: String,
    day: Date,
}

/// The place of an input, its name there, and its state; `None` for what is not a log file in a folder.
pub(super) fn place(input: &Input) -> Option<(Place, &str, FileState)> {
    let minute = OffsetDateTime::from_unix_timestamp(input.delivered_at()?).ok()?;
    let (root, name) = input.path_text.rsplit_once(KEY)?;
    Some((Place { root: root.to_owned(), day: minute.date() }, name, input.state?))
}

impl Place {
    pub(super) fn day(&self) -> Date {
        self.day
    }

    /// The file of the index.
    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        let hash = Sha256::digest(self.root.as_bytes());
        let id = HEXLOWER.encode(hash.get(..ID_BYTES).unwrap_or_default());
        let (year, month, day) = (self.day.year(), u8::from(self.day.month()), self.day.day());
        folder.join(id).join(format!("{year:04}")).join(format!("{month:02}")).join(format!("{day:02}.index"))
    }
}

/// Asks the indexes during one search. The index of a day is read when its first file comes up.
pub(super) struct IndexedSearch {
    folder: PathBuf,
    wanted: Wanted,
    days: HashMap<String, (Date, DayAnswer)>,
    messages: u64,
}

impl IndexedSearch {
    /// What indexes can say about a filter; `None` if they cannot say anything.
    pub(super) fn new(folder: &Path, filter: &Filter) -> Option<Self> {
        let wanted = Wanted::of(filter)?;
        folder.is_dir().then(|| Self { folder: folder.to_owned(), wanted, days: HashMap::new(), messages: 0 })
    }

    /// Whether an input certainly contains no event that the filter selects.
    pub(super) fn rules_out(&mut self, input: &Input) -> bool {
        let Some((place, name, state)) = place(input) else { return false };
        let is_open = self.days.get(&place.root).is_some_and(|(day, _)| *day == place.day);
        if !is_open {
            let answer = self.answer(&place);
            self.days.insert(place.root.clone(), (place.day, answer));
        }
        self.days.get(&place.root).is_some_and(|(_, answer)| answer.rules_out(name, state))
    }

    fn answer(&mut self, place: &Place) -> DayAnswer {
        let reason = match fs::read(place.path(&self.folder)) {
            Ok(bytes) => match DayAnswer::of(&bytes, &self.wanted) {
                Ok(answer) => return answer,
                Err(error) => error.to_string(),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return DayAnswer::default(),
            Err(error) => error.to_string(),
        };
        self.messages += 1;
        if self.messages <= MOST_NOTES {
            complain(format_args!(
                "note: the index of {} in `{}` is not used: {reason}; `trailbell events index` renews it",
                place.day,
                printable(&place.root)
            ));
        }
        DayAnswer::default()
    }
}
