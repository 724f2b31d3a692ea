//! The inputs of a folder of field cases, where there is one. The project is complete without it.

use super::{as_log_file, names};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/field-cases/shapes");
    folder.is_dir().then_some(folder)
}

#[test]
fn every_field_case_gives_its_records_or_is_named() {
    let Some(folder) = folder() else { return };
    let both = &["StopLogging", "ConsoleLogin"][..];
    let other = &["ConsoleLogin", "StopLogging"][..];
    let (stop, login) = (&both[..1], &other[..1]);
    for (file, expected) in [
        ("lookup-events.json", other),
        ("lookup-events-text-output.json", other),
        ("eventbridge-event.json", login),
        ("filter-log-events.json", login),
        ("logs-subscription.json", other),
        (
            "logs-subscription-through-firehose.gz",
            &["ConsoleLogin", "StopLogging", "ConsoleLogin", "StopLogging"][..],
        ),
        ("records.jsonl", other),
        ("batches-of-records.jsonl", both),
        ("json-lines-under-a-log-file-name.json.gz", other),
        ("one-record.json", login),
        ("pretty-printed-record.json", stop),
        ("log-file.json", both),
        ("log-file.json.gz", stop),
        ("two-files-concatenated.json.gz", other),
        ("gzip-within-gzip.json.gz", other),
        ("utf-16.json", other),
        ("security-lake-ocsf.json", &["input.ocsf@1"]),
        ("folder-with-other-endings/a.json.gz", stop),
        ("folder-with-other-endings/b.gz", login),
        ("folder-with-other-endings/c.json.gz.1", login),
        ("folder-with-other-endings/d.JSON.GZ", login),
        ("folder-with-other-endings/e.jsonl", login),
        ("folder-with-other-endings/f.log", login),
    ] {
        let bytes = fs::read(folder.join(file)).unwrap();
        assert_eq!(names(&bytes), expected, "{file}");
        let (text, _) = as_log_file(&bytes);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{file}");
    }
}
