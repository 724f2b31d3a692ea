//! Each form of output, read back by a parser of that form where there is one.

use serde_json::Value;

use super::{CsvCells, EventWriter, OutputFormat, OutputOptions, QueryEcho, describe, write_counts};
use crate::column::Column;
use crate::count::Counter;
use crate::filter::Query;
use crate::order::Page;
use crate::summary::Summary;
use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

const RECORDS: [&str; 3] = [STOP_LOGGING, SIGN_IN, GET_OBJECT];

fn written(options: &OutputOptions, records: &[&str]) -> String {
    let query = Query { names: vec!["Stop*".to_owned()], ..Query::default() };
    let page = Page { limit: Some(50), ..Page::default() };
    let echo = QueryEcho { query: &query, page: &page };
    let mut out = Vec::new();
    let mut writer = EventWriter::new(&mut out, options, &echo).unwrap();
    let mut summary = Summary::default();
    for record in records {
        let event = event(record);
        summary.add(&event);
        writer.write(&event).unwrap();
    }
    writer.finish(&summary).unwrap();
    String::from_utf8(out).unwrap()
}

fn format(format: OutputFormat) -> OutputOptions {
    OutputOptions { format, ..OutputOptions::default() }
}

#[test]
fn a_table_shows_the_default_columns() {
    assert_eq!(
        written(&format(OutputFormat::Table), &RECORDS),
        "\
TIME                  USER       NAME          OUTCOME       RESOURCE         IP            ACCOUNT       REGION
2026-09-14T10:20:00Z  deploy/ci  StopLogging   ok            main             198.51.100.7  444455556666  eu-west-1
2026-09-14T10:15:00Z  alice      ConsoleLogin  Failure       -                203.0.113.5   111122223333  us-east-1
2026-09-14T10:10:00Z  root       GetObject     AccessDenied  secrets/a/b.txt  2001:db8::1   111122223333  eu-west-1
"
    );
}

#[test]
fn csv_is_guarded_unless_it_is_for_programs() {
    let columns = vec![Column::User, Column::Agent, Column::Resource];
    let guarded = OutputOptions { columns: columns.clone(), ..format(OutputFormat::Csv) };
    assert_eq!(
        written(&guarded, &[SIGN_IN]),
        "\"user\",\"agent\",\"resource\"\r\n\"alice\",\"'=HYPERLINK(\"\"x\"\")\",\"\"\r\n"
    );
    let raw = OutputOptions { csv_cells: CsvCells::Raw, ..guarded };
    assert_eq!(written(&raw, &[SIGN_IN]), "user,agent,resource\r\nalice,\"=HYPERLINK(\"\"x\"\")\",\r\n");
}

#[test]
fn json_carries_query_events_and_summary() {
    let text = written(&format(OutputFormat::Json), &RECORDS);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["query"]["name"], serde_json::json!(["Stop*"]));
    assert_eq!(json["query"]["limit"], 50);
    assert_eq!(json["summary"]["events"], 3);
    assert_eq!(json["summary"]["complete"], true);
    assert_eq!(json["summary"]["from"], "2026-09-14T10:10:00Z");
    let event = &json["events"][2];
    assert_eq!(
        event["user"],
        serde_json::json!({"name": "root", "arn": "arn:aws:iam::111122223333:root", "type": "Root",
            "accessKey": "AKIAIOSFODNN7EXAMPLE"})
    );
    assert_eq!(
        event["outcome"],
        serde_json::json!({"ok": false, "code": "AccessDenied", "message": "Access Denied"})
    );
    assert_eq!(event["resources"][0]["type"], "AWS::S3::Object");
    assert_eq!(event["readOnly"], true);
    assert_eq!(event["logFile"], "test.json");
    assert_eq!(event["record"], serde_json::from_str::<Value>(GET_OBJECT).unwrap());
    let empty: Value = serde_json::from_str(&written(&format(OutputFormat::Json), &[])).unwrap();
    assert_eq!(empty["events"], serde_json::json!([]));
}

#[test]
fn json_lines_keep_each_event_on_its_line_and_records_as_they_are() {
    let pretty = "{\r\n \"eventName\": \"A\\u202e\\ud83d\",\n \"x\": 1e400 \n}";
    let pretty = pretty.replace("1e400", "1.50");
    let text = written(&format(OutputFormat::JsonLines), &[STOP_LOGGING, &pretty]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].ends_with(&format!("\"record\":{STOP_LOGGING}}}")));
    assert!(lines[1].contains(r#"{   "eventName": "A\u202e\ud83d",  "x": 1.50  }"#), "{}", lines[1]);
}

#[test]
fn records_are_a_log_file_again() {
    for records in [&RECORDS[..], &[]] {
        let text = written(&format(OutputFormat::Records), records);
        let mut file = cloudtrail::open_log_file(text.as_bytes(), cloudtrail::Limits::default());
        for record in records {
            let read = file.next_record().unwrap();
            assert_eq!(read, Some(cloudtrail::Record::Complete(record.as_bytes())));
        }
        assert_eq!(file.next_record().unwrap(), None);
    }
}

#[test]
fn counts_are_written_in_every_form() {
    let mut counter = Counter::new(Column::AccessKey);
    RECORDS.iter().for_each(|record| counter.push(&event(record)));
    let counts = counter.into_counts();
    let (query, page) = (Query::default(), Page::default());
    let echo = QueryEcho { query: &query, page: &page };
    let written = |of: OutputFormat| {
        let mut out = Vec::new();
        write_counts(&mut out, &format(of), Column::AccessKey, &counts, &echo, &Summary::default()).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        written(OutputFormat::Table),
        "\
ACCESS KEY            EVENTS  FIRST                 LAST
-                     1       2026-09-14T10:15:00Z  2026-09-14T10:15:00Z
AKIAIOSFODNN7EXAMPLE  1       2026-09-14T10:10:00Z  2026-09-14T10:10:00Z
ASIAEXAMPLE           1       2026-09-14T10:20:00Z  2026-09-14T10:20:00Z
"
    );
    assert!(
        written(OutputFormat::Csv).starts_with("\"access_key\",\"events\",\"first\",\"last\"\r\n\"\",\"1\",")
    );
    let json: Value = serde_json::from_str(&written(OutputFormat::Json)).unwrap();
    assert_eq!(json["counts"][1]["access_key"], "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(json["counts"][0]["access_key"], Value::Null);
    assert_eq!(written(OutputFormat::JsonLines).lines().count(), 3);
}

#[test]
fn an_event_in_words_names_who_what_and_where() {
    let words = |record| {
        let facts = describe(&event(record));
        facts.into_iter().map(|(label, text)| format!("{label}: {text}")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        words(STOP_LOGGING),
        "\
When: 2026-09-14T10:20:00Z
Who: deploy/ci (AssumedRole, without MFA)
ARN: arn:aws:sts::444455556666:assumed-role/deploy/ci
Access key: ASIAEXAMPLE
What: StopLogging (cloudtrail.amazonaws.com, write)
On: main
Outcome: ok
From: 198.51.100.7 (aws-cli/2.31)
Where: eu-west-1 (account 444455556666)
Request: {\"name\":\"arn:aws:cloudtrail:eu-west-1:444455556666:trail/main\"}
Event id: 6f2f0d6c-0000-4000-8000-0000000000a2
Log file: test.json"
    );
    let hostile = words("{\"eventName\":\"a\\u202e\\u001b[31m\",\"errorMessage\":\"no\\nyes\"}");
    assert_eq!(hostile, "What: a\\u{202e}\\u{1b}[31m\nOutcome: Failure (no\\nyes)\nLog file: test.json");
    let get_object = words(GET_OBJECT);
    assert!(get_object.contains(
        "On: arn:aws:s3:::secrets/a/b.txt (AWS::S3::Object), arn:aws:s3:::secrets (AWS::S3::Bucket)"
    ));
    assert!(get_object.contains("Outcome: AccessDenied (Access Denied)"));
}

#[test]
fn format_names_are_read_back() {
    for name in ["table", "csv", "json", "jsonl", "records"] {
        assert_eq!(name.parse::<OutputFormat>().unwrap().to_string(), name);
    }
    assert!("xml".parse::<OutputFormat>().is_err());
}
