//! Log files with known findings, and in which order and how often they are announced.
//!
//! A file has the calls of one user, which two rules count, among ordinary calls, which no rule does. Where something goes
//! wrong, each file has a user of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::emulator::epoch_milliseconds;
use testkit::generator::{Generator, gzip};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::expected::Expected;

/// The trail's bucket.
pub(crate) const BUCKET: &str = "amzn-s3-demo-bucket-trail";
/// Largest log file after decompression, so that a bomb is a small one.
pub(crate) const MAX_FILE_BYTES: usize = 1 << 20;
/// The most calls of its user that a file has.
pub(crate) const MOST_PROBES: u64 = 3;
/// How old a datapoint may be, in days (CloudWatch API reference, PutMetricData).
const OLDEST_DAYS: usize = 14;
/// A user for each file.
pub(crate) const OWN_USERS: usize = usize::MAX;
/// Ordinary records that are there to choose from.
const NOISE: usize = 256;
/// Where the files of a second trail go.
const SECOND_TRAIL: &str = "second-trail/";

/// What is special about the files of a load and their announcements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Plain,
    /// Each is announced up to five times in a row.
    Repeated,
    /// A second trail delivers the same events in files of its own.
    TwoTrails,
    /// They are up to three weeks old, and in no order.
    Late,
    /// One in four cannot be read, and some messages announce nothing readable.
    Poison,
    /// One in four is missing at first.
    Missing,
}

/// How many files of which size and shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadOptions {
    pub(crate) files: usize,
    /// Records of a file besides those of its user.
    pub(crate) noise: usize,
    /// How many users there are at most. The emulator walks through all its metrics at every request for one, so that a
    /// long queue would measure that.
    pub(crate) users: usize,
    pub(crate) shape: Shape,
}

/// One log file.
#[derive(Debug, Clone)]
pub(crate) struct LogFile {
    pub(crate) key: String,
    /// Its position in the load, and in its key.
    pub(crate) number: usize,
    pub(crate) user: String,
    probes: u64,
    age_days: usize,
    poison: Option<usize>,
    /// Whether it is missing at first.
    pub(crate) missing: bool,
}

/// The log files of a row.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) files: Vec<LogFile>,
    /// The messages, in their order.
    pub(crate) messages: Vec<String>,
    pub(crate) records: u64,
    pub(crate) expected: Expected,
    noise: Arc<Vec<Vec<u8>>>,
    noise_of_a_file: usize,
}

impl Load {
    pub(crate) fn new(options: LoadOptions, seed: u64) -> Self {
        let mut generator = Generator::new(seed);
        let mut load = Self {
            files: Vec::with_capacity(options.files),
            messages: Vec::new(),
            records: 0,
            expected: Expected::default(),
            noise: Arc::new((0..NOISE).map(|_| generator.record()).collect()),
            noise_of_a_file: options.noise,
        };
        let mut rng = fastrand::Rng::with_seed(seed);
        for number in 0..options.files {
            load.add(number, options, &mut rng);
        }
        if options.shape == Shape::Late {
            rng.shuffle(&mut load.messages);
        }
        load
    }

    fn add(&mut self, number: usize, options: LoadOptions, rng: &mut fastrand::Rng) {
        let LoadOptions { shape, users, .. } = options;
        let one_in_four = number % 4 == 3;
        let file = LogFile {
            key: String::new(),
            number,
            user: format!("probe-{:06}", number % users),
            probes: 1 + number as u64 % MOST_PROBES,
            age_days: if shape == Shape::Late { age_days(number) } else { 0 },
            poison: (shape == Shape::Poison && one_in_four).then_some(number / 4),
            missing: shape == Shape::Missing && one_in_four,
        };
        let file = LogFile { key: file.key_under(""), ..file };
        self.expect(&file);
        let repeats = if shape == Shape::Repeated { rng.usize(1..=5) } else { 1 };
        for _ in 0..repeats {
            self.messages.push(announcement(&file.key));
        }
        if file.poison.is_some_and(|kind| kind % 8 == 0) {
            self.messages.push("this is no announcement".to_owned());
            self.expected.poison += 1;
        }
        if shape == Shape::TwoTrails {
            let twin = LogFile { key: file.key_under(SECOND_TRAIL), ..file.clone() };
            self.messages.push(announcement(&twin.key));
            self.files.push(twin);
            self.records += self.noise_of_a_file as u64 + file.probes;
        }
        self.files.push(file);
    }

    fn expect(&mut self, file: &LogFile) {
        if file.poison.is_some() {
            self.expected.poison += 1;
            return;
        }
        self.records += self.noise_of_a_file as u64 + file.probes;
        *self.expected.by_delivery.entry(file.user.clone()).or_default() += file.probes;
        if file.age_days < OLDEST_DAYS {
            *self.expected.by_event.entry(file.user.clone()).or_default() += file.probes;
        } else {
            self.expected.too_old += file.probes;
        }
    }

    /// The bytes of a file as they are in the bucket.
    pub(crate) fn object(&self, file: &LogFile) -> Vec<u8> {
        let probes = (0..file.probes).map(|index| file.probe(index).to_string().into_bytes());
        let noise = (0..self.noise_of_a_file).map(|index| self.noise[(file.number + index) % NOISE].clone());
        let records: Vec<Vec<u8>> = noise.chain(probes).collect();
        let json = [b"{\"Records\":[".as_slice(), &records.join(b",".as_slice()), b"]}"].concat();
        match file.poison {
            Some(kind) => poison(kind, &json),
            None => gzip(&json),
        }
    }
}

impl LogFile {
    /// Its key in the trail's layout, with its number where CloudTrail puts a random text.
    fn key_under(&self, prefix: &str) -> String {
        let time = self.event_time();
        let day = time.format(format_description!("[year]/[month]/[day]")).expect("a date");
        let minute = time
            .format(format_description!("[year][month][day]T[hour][minute]Z"))
            .expect("a date and a time");
        format!(
            "{prefix}AWSLogs/111122223333/CloudTrail/us-east-1/{day}/111122223333_CloudTrail_us-east-1_{minute}_{:016}.json.gz",
            self.number
        )
    }

    /// Ten minutes ago, or days before that.
    fn event_time(&self) -> OffsetDateTime {
        let seconds = epoch_milliseconds() / 1000 - 600 - self.age_days as i64 * 86_400;
        OffsetDateTime::from_unix_timestamp(seconds - seconds % 60).expect("a time of this century")
    }

    /// A call of its user that the rules count.
    fn probe(&self, index: u64) -> Value {
        let time = self.event_time().format(&time::format_description::well_known::Rfc3339);
        json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "arn": format!("arn:aws:iam::111122223333:user/{}", self.user),
                "accountId": "111122223333",
                "userName": self.user,
            },
            "eventTime": time.expect("a time of this century"),
            "eventSource": "iam.amazonaws.com",
            "eventName": "DeactivateMFADevice",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "203.0.113.10",
            "userAgent": "aws-cli/2.31",
            "requestParameters": { "userName": self.user },
            "responseElements": null,
            "eventID": format!("00000000-0000-4000-8000-{:08x}{index:04x}", self.number),
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "111122223333",
        })
    }
}

/// The position of a file in its load, from its key.
pub(crate) fn number_of(key: &str) -> Option<usize> {
    key.strip_suffix(".json.gz")?.rsplit('_').next()?.parse().ok()
}

/// CloudTrail's own message.
fn announcement(key: &str) -> String {
    json!({ "s3Bucket": BUCKET, "s3ObjectKey": [key] }).to_string()
}

/// Up to three weeks, and not so near to two that the time which the test takes decides.
fn age_days(number: usize) -> usize {
    let days = number * 5 % 21;
    if days == OLDEST_DAYS || days + 1 == OLDEST_DAYS { 0 } else { days }
}

/// Files that nobody can read, of eight kinds.
fn poison(kind: usize, json: &[u8]) -> Vec<u8> {
    let good = gzip(json);
    match kind % 8 {
        0 => good[..good.len() - 6].to_vec(),
        1 => [good.clone(), good].concat(),
        2 => gzip(&vec![b' '; 2 * MAX_FILE_BYTES]),
        3 => vec![0, 1, 2],
        4 => gzip(b"{\"Records\":[{]"),
        5 => gzip(b"{\"records\":[]}"),
        6 => gzip(b"{\"Records\":{}}"),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: usize, noise: usize, shape: Shape) -> Load {
        Load::new(LoadOptions { files, noise, users: OWN_USERS, shape }, 1)
    }

    #[test]
    fn a_file_of_its_own_calls_alone_has_less_bytes_than_the_row_that_cuts_after_each_has_files() {
        let load = load(600, 0, Shape::Plain);
        let largest = load.files.iter().map(|file| load.object(file).len()).max();
        assert!(largest < Some(600), "{largest:?}");
    }

    #[test]
    fn a_load_is_the_same_for_the_same_seed_but_for_the_time() {
        for shape in [Shape::Plain, Shape::Repeated, Shape::Late] {
            let of = |load: Load| (load.expected.by_delivery, load.expected.by_event, load.messages.len());
            assert_eq!(of(load(40, 5, shape)), of(load(40, 5, shape)));
        }
    }

    #[test]
    fn a_key_tells_the_number_of_its_file() {
        let load = load(3, 0, Shape::TwoTrails);
        let numbers: Vec<_> = load.files.iter().map(|file| number_of(&file.key)).collect();
        assert_eq!(numbers, [Some(0), Some(0), Some(1), Some(1), Some(2), Some(2)]);
        assert_eq!(number_of("AWSLogs/"), None);
    }

    #[test]
    fn late_files_are_on_both_sides_of_two_weeks_and_not_at_their_end() {
        let days: Vec<_> = (0..40).map(age_days).collect();
        assert!(days.iter().any(|days| *days > OLDEST_DAYS) && days.contains(&0));
        assert!(!days.contains(&OLDEST_DAYS) && !days.contains(&(OLDEST_DAYS - 1)));
    }
}
