//! What happens on the wire between the function and its services.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use testkit::emulator::{Fate, Request, epoch_milliseconds};

use crate::expected::NAMESPACE;
use crate::load::{BUCKET, number_of};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Reading a log file.
    LogFile,
    /// Datapoints of the rules.
    Datapoints,
    /// An alert.
    Alert,
    /// Datapoints of the rules or an alert.
    Publication,
    /// The ledger.
    Ledger,
    /// Anything else, such as Trailbell's own metrics.
    Other,
}

impl Target {
    fn includes(self, other: Self) -> bool {
        self == other || (self == Self::Publication && matches!(other, Self::Datapoints | Self::Alert))
    }

    fn of(request: &Request) -> Self {
        match request.operation.as_deref() {
            None if request.method == "GET" && log_file(request).is_some() => Self::LogFile,
            Some("PutMetricData") if contains(&request.body, NAMESPACE) => Self::Datapoints,
            Some("Publish") => Self::Alert,
            Some("GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query") => Self::Ledger,
            Some(name) if name.starts_with("Batch") || name.starts_with("Transact") => Self::Ledger,
            Some(_) | None => Self::Other,
        }
    }
}

/// What goes wrong on the wire.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// So many in a hundred requests, until it is mended or so many requests were struck.
    Share {
        /// What they are for.
        of: Target,
        percent: u8,
        /// When the fault passes by itself.
        most: u64,
        fate: Fate,
    },
    /// The first reading of each file, by its number.
    FirstRead(fn(usize) -> Fate),
    /// Every reading of one file in four, until it is mended.
    OneFileInFour(Fate),
}

/// The wire of one row.
#[derive(Debug)]
pub(crate) struct Wire {
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: fastrand::Rng,
    mended: bool,
    struck: u64,
    /// Numbers of the files that were read before.
    read: HashSet<usize>,
    /// When datapoints of a user first came by, in milliseconds of the Unix epoch.
    published: HashMap<String, i64>,
}

impl Wire {
    pub(crate) fn new(fault: Fault, seed: u64) -> Arc<Self> {
        let state = State {
            rng: fastrand::Rng::with_seed(seed),
            mended: false,
            struck: 0,
            read: HashSet::new(),
            published: HashMap::new(),
        };
        Arc::new(Self { fault, state: Mutex::new(state) })
    }

    /// Decides what becomes of a request.
    pub(crate) fn judge(&self, request: &Request) -> Fate {
        let target = Target::of(request);
        let mut state = self.state();
        if target == Target::Datapoints {
            let now = epoch_milliseconds();
            for user in users(&request.body) {
                state.published.entry(user).or_insert(now);
            }
        }
        let fate = self.fate(target, request, &mut state);
        state.struck += u64::from(fate != Fate::Pass);
        fate
    }

    fn fate(&self, target: Target, request: &Request, state: &mut State) -> Fate {
        if state.mended {
            return Fate::Pass;
        }
        let file = if target == Target::LogFile { log_file(request) } else { None };
        match (&self.fault, file) {
            (Fault::Share { of, percent, most, fate }, _)
                if of.includes(target) && state.struck < *most && state.rng.u8(0..100) < *percent =>
            {
                fate.clone()
            }
            (Fault::FirstRead(fate), Some(file)) if state.read.insert(file) => fate(file),
            (Fault::OneFileInFour(fate), Some(file)) if file % 4 == 3 => fate.clone(),
            _ => Fate::Pass,
        }
    }

    /// Ends the fault.
    pub(crate) fn mend(&self) {
        self.state().mended = true;
    }

    /// How many requests it has struck.
    pub(crate) fn struck(&self) -> u64 {
        self.state().struck
    }

    /// When the datapoints of each user first came by.
    pub(crate) fn published(&self) -> HashMap<String, i64> {
        self.state().published.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every update is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of the log file that a request names.
fn log_file(request: &Request) -> Option<usize> {
    let path = request.path.split('?').next()?;
    number_of(path.strip_prefix('/')?.strip_prefix(BUCKET)?)
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The users that a request with datapoints names. Requests of a few datapoints are not compressed.
fn users(body: &[u8]) -> impl Iterator<Item = String> + '_ {
    const LENGTH: usize = "probe-000000".len();
    let names = body.windows(LENGTH).filter(|name| name.starts_with(b"probe-"));
    let names = names.filter(|name| name[6..].iter().all(u8::is_ascii_digit));
    names.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// The pause of a slow body, such that a file takes a second or two.
pub(crate) const SLOW: Duration = Duration::from_millis(100);
/// Longer than the function waits for the next byte.
pub(crate) const STANDSTILL: Duration = Duration::from_secs(15);
