//! Searches with an index find what searches without one find, while files come, go and change, and indexes are damaged.

use std::path::PathBuf;

use clap::Parser as _;
use history::{FilterError, Page};
use testkit::generator::gzip;
use time::Duration;

use super::*;
use crate::events::indexed::IndexedSearch;
use crate::events::search::{Searched, search};
use crate::inputs::SourceOptions;

/// Rounds of changes.
const ROUNDS: u64 = 50;
/// Searches after each of them.
const SEARCHES: u64 = 40;
/// Different values of a member.
const VALUES: u64 = 60;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    options: SourceOptions,
}

/// Numbers that look like chance and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

struct Logs {
    folder: tempfile::TempDir,
    numbers: Numbers,
    events: u64,
}

impl Logs {
    fn new() -> Self {
        let mut logs = Self { folder: tempfile::tempdir().unwrap(), numbers: Numbers(7), events: 0 };
        (0..30).for_each(|_| logs.add());
        logs
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    fn indexes(&self) -> PathBuf {
        self.folder.path().join("indexes")
    }

    fn files(&self, below: &Path) -> Vec<PathBuf> {
        let entries = inputs::entries(below).flatten();
        entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
    }

    fn any(&mut self, below: &Path) -> Option<PathBuf> {
        let files = self.files(below);
        let at = self.numbers.below(files.len().max(1) as u64);
        files.into_iter().nth(usize::try_from(at).unwrap())
    }

    fn records(&mut self) -> Vec<u8> {
        let count = self.numbers.below(6);
        let records: Vec<String> = (0..count).map(|_| self.record()).collect();
        gzip(format!("{{\"Records\":[{}]}}", records.join(",")).as_bytes())
    }

    fn record(&mut self) -> String {
        self.events += 1;
        let id = self.events;
        let [name, user, ip, key, resource] = [(); 5].map(|()| self.numbers.below(VALUES));
        let minute = self.numbers.below(60);
        format!(
            r#"{{"eventTime":"2026-09-14T11:{minute:02}:00Z","eventName":"N{name}","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r{user}/s{user}","accessKeyId":"K{key}"}},"sourceIPAddress":"2001:db8:0:0::{ip:x}","requestParameters":{{"roleArn":"arn:aws:iam::1:role/R{resource}"}},"eventID":"E{id}","readOnly":true}}"#
        )
    }

    fn add(&mut self) {
        let (account, day, minute, id) = (
            self.numbers.below(2),
            self.numbers.below(3),
            self.numbers.below(60),
            self.numbers.below(1 << 30),
        );
        let account = ["111122223333", "444455556666"][usize::try_from(account).unwrap()];
        let day = 14 + day;
        let path = self.root().join(format!(
            "AWSLogs/{account}/CloudTrail/us-east-1/2026/09/{day}/{account}_CloudTrail_us-east-1_202609{day}T12{minute:02}Z_{id:016}.json.gz"
        ));
        let records = self.records();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, records).unwrap();
    }

    fn list(&self) -> Inputs {
        inputs::list(&[self.root()], true, &Span::EVERYTHING, &options()).unwrap()
    }

    /// Writes a file in place until its file system says that it has changed.
    fn overwrite(&self, path: &Path, contents: &[u8]) {
        let state = || {
            inputs::list(&[path.to_path_buf()], true, &Span::EVERYTHING, &options()).unwrap().inputs[0].state
        };
        let before = state();
        loop {
            fs::write(path, contents).unwrap();
            if state() != before {
                return;
            }
        }
    }

    fn change(&mut self) {
        let (root, indexes) = (self.root(), self.indexes());
        match self.numbers.below(9) {
            0 | 1 => self.add(),
            2 => {
                if let Some(path) = self.any(&root) {
                    fs::remove_file(path).unwrap();
                }
            }
            3 => {
                let records = self.records();
                if let Some(path) = self.any(&root) {
                    self.overwrite(&path, &records);
                }
            }
            4 => {
                if let Some(path) = self.any(&root) {
                    let cut = fs::read(&path).unwrap();
                    let end = usize::try_from(self.numbers.below(cut.len().max(1) as u64)).unwrap();
                    self.overwrite(&path, &cut[..end]);
                }
            }
            5 | 6 => {
                if let Some(path) = self.any(&indexes) {
                    let mut bytes = fs::read(&path).unwrap();
                    let at = usize::try_from(self.numbers.below(bytes.len().max(1) as u64)).unwrap();
                    if self.numbers.below(2) == 0 {
                        bytes.truncate(at);
                    } else {
                        bytes[at] ^= 1 << self.numbers.below(8);
                    }
                    fs::write(path, bytes).unwrap();
                }
            }
            _ => self.index(),
        }
    }

    /// Indexes everything, as if all files had been there for some time.
    fn index(&self) {
        let arguments = IndexArguments {
            folders: vec![self.root()],
            index_folder: None,
            from: None,
            to: None,
            options: options(),
        };
        let inputs = self.list();
        let later = SystemClock.now() + Duration::MINUTE;
        for (place, files) in &by_day(&inputs, &arguments) {
            index_day(&self.indexes(), place, files, later, &mut Report::default()).unwrap();
        }
    }

    fn query(&mut self) -> Query {
        let value = self.numbers.below(VALUES + 5);
        let mut query = Query { read_write: Some(ReadWriteType::All), ..Query::default() };
        for _ in 0..=self.numbers.below(2) {
            match self.numbers.below(7) {
                0 => query.names.push(format!("N{value}")),
                1 => query.users.push(format!("r{value}")),
                2 => query.users.push(format!("s{value}")),
                3 => query.ips.push(format!("2001:db8::{value:x}")),
                4 => query.access_keys.push(format!("K{value}")),
                5 => query.resources.push(format!("R{value}")),
                _ => query.ids.push(format!("E{}", self.numbers.below(self.events + 10))),
            }
        }
        query
    }

    /// The records and their files, and what the search says about itself.
    fn search(&self, inputs: &Inputs, query: &Query, uses_index: bool) -> (Vec<(String, String)>, Searched) {
        let filter = Filter::new(query).map_err(|error: FilterError| error.to_string()).unwrap();
        let index = if uses_index { IndexedSearch::new(&self.indexes(), &filter) } else { None };
        let mut found = Vec::new();
        let searched = search(inputs, &filter, Page::default(), index, |event| {
            found.push((String::from_utf8_lossy(event.record()).into_owned(), event.log_file().to_owned()));
            Ok(())
        });
        (found, searched.unwrap())
    }
}

fn options() -> SourceOptions {
    Line::parse_from(["test"]).options
}

#[test]
fn searches_with_an_index_find_what_searches_without_find() {
    let mut logs = Logs::new();
    logs.index();
    let (mut found, mut ruled_out, mut failed) = (0, 0, 0);
    for _ in 0..ROUNDS {
        (0..4).for_each(|_| logs.change());
        let inputs = logs.list();
        for _ in 0..SEARCHES {
            let query = logs.query();
            let (with, about) = logs.search(&inputs, &query, true);
            let (without, about_all) = logs.search(&inputs, &query, false);
            assert_eq!(with, without, "{query:?}");
            assert_eq!(about.summary.files_failed, about_all.summary.files_failed, "{query:?}");
            assert_eq!(about.summary.counts.rejected, about_all.summary.counts.rejected, "{query:?}");
            assert_eq!(about_all.summary.files_ruled_out, 0);
            found += with.len();
            ruled_out += about.summary.files_ruled_out;
            failed += about.summary.files_failed;
        }
    }
    // The test has seen what it is about.
    assert!(found > 1_000 && ruled_out > 10_000 && failed > 1_000, "{found}, {ruled_out}, {failed}");
}

#[test]
fn a_current_index_is_left_alone_and_another_is_renewed() {
    let mut logs = Logs::new();
    logs.index();
    let read = |logs: &Logs| -> Vec<Vec<u8>> {
        logs.files(&logs.indexes()).iter().map(|path| fs::read(path).unwrap()).collect()
    };
    let first = read(&logs);
    assert_eq!(first.len(), 3);
    let times = |logs: &Logs| -> Vec<_> {
        logs.files(&logs.indexes())
            .iter()
            .map(|path| fs::metadata(path).unwrap().modified().unwrap())
            .collect()
    };
    let before = times(&logs);
    logs.index();
    assert!(read(&logs) == first && times(&logs) == before, "nothing is written again");
    logs.add();
    logs.index();
    let renewed = read(&logs).iter().zip(&first).filter(|(now, before)| now != before).count();
    assert_eq!(renewed, 1);
}

#[test]
fn a_file_that_was_changed_just_now_is_always_read() {
    let logs = Logs::new();
    let inputs = logs.list();
    let files =
        inputs.inputs.iter().filter_map(|input| place(input).map(|(_, name, state)| (name, (input, state))));
    let files: BTreeMap<_, _> = files.collect();
    let (_, always) = build(&files, SystemClock.now()).unwrap();
    assert_eq!(always, files.len() as u64);
    let (_, always) = build(&files, SystemClock.now() + Duration::MINUTE).unwrap();
    assert_eq!(always, 0);
}
