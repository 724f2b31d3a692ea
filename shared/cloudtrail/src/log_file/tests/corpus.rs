//! Published log files, if their folder is next to the workspace: each one is readable, and each record is accounted
//! for.
//!
//! The files are not part of the project; the test passes without them.

use super::super::{Limits, Record, open_log_file};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

fn log_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(log_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_record_of_the_corpus_is_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(index) = fs::read(corpus.join("index.json")) else { return };
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    for dataset in index {
        let name = dataset["dataset"].as_str().unwrap();
        let files = log_files(&corpus.join(name));
        assert_eq!(Some(files.len() as u64), dataset["files"].as_u64(), "files of {name}");
        let mut records = 0;
        for path in files {
            let mut file = open_log_file(File::open(&path).unwrap(), Limits::default());
            while let Some(record) = file.next_record().unwrap() {
                let Record::Complete(bytes) = record else { panic!("{record:?} in {}", path.display()) };
                assert!(serde_json::from_slice::<Value>(bytes).unwrap().is_object());
                records += 1;
            }
        }
        assert_eq!(Some(records), dataset["records"].as_u64(), "records of {name}");
    }
}
