//! One case for each shape and each kind of fault, written by hand.

use super::{Outcome, as_log_file, check, check_with, name_of, names, quoted, read, record};
use crate::fixtures::{Failing, Repeated, bomb, gzip};
use crate::log_file::Limits;
use crate::shapes::{Format, InputError, Item, open_input};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{ErrorKind, Read};

/// Two records, `A` and `B`.
fn two() -> (String, String) {
    (record("A"), record("B"))
}

fn base64_of(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// A payload of a subscription with the messages.
fn subscription(messages: &[&str]) -> String {
    let events: Vec<String> = messages
        .iter()
        .map(|message| format!(r#"{{"id":"1","timestamp":1789380900000,"message":{}}}"#, quoted(message)))
        .collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logStream":"s","subscriptionFilters":["all"],"logEvents":[{}]}}"#,
        events.join(",")
    )
}

fn event_bridge(detail: &str) -> String {
    format!(
        r#"{{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111122223333","time":"2026-09-14T10:15:00Z","region":"us-east-1","resources":[],"detail":{detail}}}"#
    )
}

/// Inputs that hold the records `A` and `B`, by what they are.
type Shapes = Vec<(&'static str, String)>;

fn check_shapes(cases: Shapes) {
    for (name, input) in &cases {
        assert_eq!(names(input), ["A", "B"], "{name}");
        assert_eq!(names(gzip(input)), ["A", "B"], "{name}, in gzip");
        let (text, rejected) = as_log_file(input.as_bytes());
        assert_eq!(
            (names(&text), rejected),
            (vec!["A".to_owned(), "B".to_owned()], 0),
            "{name}, as a log file"
        );
    }
}

#[test]
fn files_and_lines_come_to_their_records() {
    let (a, b) = two();
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&a).unwrap()).unwrap();
    check_shapes(vec![
        ("a log file", format!(r#"{{"Records":[{a},{b}]}}"#)),
        ("a log file in other letters", format!(r#"{{"records":[{a}],"x":1,"RECORDS":[{b}]}}"#)),
        (
            "a log file with other members",
            format!(r#"{{"x":{{"Records":[1]}},"Records":[{a},{b}],"y":[2]}}"#),
        ),
        ("batches, one a line", format!("{{\"Records\":[{a}]}}\n{{\"Records\":[{b}]}}\n")),
        ("log files without anything between them", format!(r#"{{"Records":[{a}]}}{{"Records":[{b}]}}"#)),
        ("records, one a line", format!("{a}\n{b}\n")),
        ("records, one a line, as on Windows", format!("\u{feff}{a}\r\n{b}\r\n\r\n")),
        ("records with nothing between them", format!("{a}{b}")),
        ("records of a JSON text sequence", format!("\u{1e}{a}\n\u{1e}{b}\n")),
        ("records pasted out of a list", format!("{a},\n{b},\n")),
        ("files with byte order marks, joined", format!("\u{feff}{a}\n\u{feff}{b}")),
        ("pretty-printed records", format!("{pretty}\n{}", pretty.replace("\"A\"", "\"B\""))),
    ]);
}

#[test]
fn lists_and_lookup_events_come_to_their_records() {
    let (a, b) = two();
    let (qa, qb) = (quoted(&a), quoted(&b));
    check_shapes(vec![
        ("a list of records", format!("[{a},{b}]")),
        ("lists of lists", format!("[[{a}],[[{b}]],[]]")),
        (
            "lookup-events",
            format!(
                r#"{{"Events":[{{"EventId":"1","EventName":"A","ReadOnly":"false","Username":"alice","Resources":[],"CloudTrailEvent":{qa}}},{{"CloudTrailEvent":{qb}}}],"NextToken":"t"}}"#
            ),
        ),
        (
            "lookup-events of the Java SDK",
            format!(
                r#"{{"events":[{{"eventId":"1","eventName":"A","eventSource":"iam.amazonaws.com","cloudTrailEvent":{qa}}},{{"cloudTrailEvent":{qb}}}]}}"#
            ),
        ),
        (
            "lookup-events of the Ruby SDK",
            format!(r#"[{{"event_id":"1","cloud_trail_event":{qa}}},{{"cloud_trail_event":{qb}}}]"#),
        ),
        (
            "one result of lookup-events, where PowerShell makes no list",
            format!(r#"{{"Events":{{"CloudTrailEvent":{qa}}}}} {{"CLOUDTRAILEVENT":{qb}}}"#),
        ),
        (
            "lookup-events with the record unfolded",
            format!(r#"{{"Events":[{{"CloudTrailEvent":{a}}},{{"CloudTrailEvent":{b}}}]}}"#),
        ),
        ("the events of lookup-events alone", format!("[{qa},{qb}]")),
        ("the events of lookup-events as text", format!("{a}\t{b}\n")),
        (
            "lookup-events as text",
            format!(
                "EVENTS\tAKIAIOSFODNN7EXAMPLE\t{a}\t1\tA\t2026\nRESOURCES\tx\tAWS::IAM::User\nEVENTS\t{b}\t2\n"
            ),
        ),
        ("JSON texts, one a line", format!("{qa}\n{qb}\n")),
        ("a text of a list in a text", quoted(&quoted(&format!("[{a},{b}]")))),
    ]);
}

#[test]
fn event_bridge_and_log_events_come_to_their_records() {
    let (a, b) = two();
    let (qa, qb) = (quoted(&a), quoted(&b));
    check_shapes(vec![
        ("events of EventBridge", format!("{}\n{}", event_bridge(&a), event_bridge(&b))),
        (
            "an entry for PutEvents",
            format!(
                r#"{{"Entries":[{{"Source":"x","DetailType":"y","Detail":{qa}}},{{"detailType":"y","detail":{b}}}]}}"#
            ),
        ),
        (
            "filter-log-events",
            format!(
                r#"{{"events":[{{"logStreamName":"s","timestamp":1,"message":{qa},"ingestionTime":2,"eventId":"3"}},{{"timestamp":1,"message":{qb}}}],"searchedLogStreams":[],"nextToken":"t"}}"#
            ),
        ),
        (
            "filter-log-events as text",
            format!("EVENTS\t39\t1\ts\t{a}\t1789380900000\nEVENTS\t40\t1\ts\t{b}\t1789380900000\n"),
        ),
        (
            "get-log-events",
            format!(
                r#"{{"nextForwardToken":"f","events":[{{"timestamp":1,"message":{qa}}},{{"timestamp":1,"message":{qb}}}]}}"#
            ),
        ),
    ]);
}

#[test]
fn subscriptions_come_to_their_records() {
    let (a, b) = two();
    check_shapes(vec![
        ("a subscription", subscription(&[&a, &b])),
        (
            "a subscription with its control message",
            subscription(&["CWL CONTROL MESSAGE: Checking health of destination.", &a, &b]),
        ),
        (
            "a control message",
            format!(
                r#"{{"messageType":"CONTROL_MESSAGE","logEvents":[{{"id":"","timestamp":1,"message":"anything"}}]}}{a}{b}"#
            ),
        ),
        (
            "a subscription that invokes Lambda",
            format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, base64_of(gzip(subscription(&[&a, &b])))),
        ),
        (
            "a subscription in Kinesis, as Lambda sees it",
            format!(
                r#"{{"Records":[{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"p","sequenceNumber":"1","data":"{}","approximateArrivalTimestamp":1.5}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"1","eventName":"aws:kinesis:record","awsRegion":"us-east-1"}}]}}"#,
                base64_of(gzip(subscription(&[&a, &b])))
            ),
        ),
        (
            "get-records of Kinesis",
            format!(
                r#"{{"Records":[{{"SequenceNumber":"1","ApproximateArrivalTimestamp":1.5,"Data":"{}","PartitionKey":"p"}},{{"Data":"{}"}}],"NextShardIterator":"i","MillisBehindLatest":0}}"#,
                base64_of(&a),
                base64_of(&b)
            ),
        ),
        (
            "what Firehose gives a transformation",
            format!(
                r#"{{"invocationId":"1","deliveryStreamArn":"arn","region":"us-east-1","records":[{{"recordId":"1","approximateArrivalTimestamp":1,"data":"{}"}}]}}"#,
                base64_of(gzip(subscription(&[&a, &b])))
            ),
        ),
    ]);
}

#[test]
fn queues_and_topics_come_to_their_records() {
    let (a, b) = two();
    check_shapes(vec![
        (
            "EventBridge through SQS",
            format!(
                r#"{{"Messages":[{{"MessageId":"1","ReceiptHandle":"r","Body":{}}},{{"Body":{}}}]}}"#,
                quoted(&event_bridge(&a)),
                quoted(&event_bridge(&b))
            ),
        ),
        (
            "EventBridge through SQS and Lambda",
            format!(
                r#"{{"Records":[{{"messageId":"1","body":{},"eventSource":"aws:sqs"}},{{"messageId":"2","body":{},"eventSource":"aws:sqs"}}]}}"#,
                quoted(&event_bridge(&a)),
                quoted(&event_bridge(&b))
            ),
        ),
        (
            "EventBridge through SNS",
            format!(
                r#"{{"Type":"Notification","MessageId":"1","TopicArn":"arn","Message":{}}}{}"#,
                quoted(&event_bridge(&a)),
                event_bridge(&b)
            ),
        ),
        (
            "EventBridge through SNS and Lambda",
            format!(
                r#"{{"Records":[{{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{{"Type":"Notification","Message":{}}}}},{b}]}}"#,
                quoted(&event_bridge(&a))
            ),
        ),
    ]);
}

#[test]
fn logs_and_queries_come_to_their_records() {
    let (a, b) = two();
    let (qa, qb) = (quoted(&a), quoted(&b));
    check_shapes(vec![
        (
            "an export of CloudWatch Logs",
            format!("2026-09-14T10:15:00.000Z {a}\n2026-09-14T10:15:01.123Z {b}\n"),
        ),
        (
            "logs tail",
            format!(
                "2026-09-14T10:15:00.000000+00:00 111122223333_CloudTrail_us-east-1 {a}\n2026-09-14T10:15:00 {b}"
            ),
        ),
        (
            "Logs Insights",
            format!(
                r#"{{"results":[[{{"field":"@timestamp","value":"2026"}},{{"field":"@message","value":{qa}}},{{"field":"@ptr","value":"p"}}],[{{"field":"@message","value":{qb}}}]],"statistics":{{"recordsMatched":2.0}},"status":"Complete"}}"#
            ),
        ),
        (
            "the results of Logs Insights alone",
            format!(
                r#"[[{{"field":"@ptr","value":"p"}},{{"field":"@message","value":{qa}}}],[{{"field":"@message","value":{qb}}}]]"#
            ),
        ),
        (
            "Logs Insights as the console downloads it",
            format!(r#"[{{"@timestamp":"2026","@message":{a}}},{{"@timestamp":"2026","@message":{qb}}}]"#),
        ),
        (
            "Lake",
            format!(
                r#"{{"QueryStatus":"FINISHED","QueryStatistics":{{"ResultsCount":2}},"QueryResultRows":[[{{"eventName":"A"}},{{"eventJson":{qa}}}],[{{"eventJson":{qb}}}]]}}"#
            ),
        ),
        ("columns of lookup-events", format!(r#"[["A",null,1,{qa}],[{qb},"B"]]"#)),
        (
            "Splunk and Fluent Bit",
            format!(r#"{{"preview":false,"result":{{"_raw":{qa}}}}}{{"date":1.5,"log":{qb}}}"#),
        ),
        ("a mixture", format!("[{qa}]\n{}", subscription(&[&b]))),
    ]);
}

#[test]
fn every_byte_of_a_record_is_handed_on() {
    let record = format!(" {} ", record("A").replace(':', " :\t"));
    for input in [record.clone(), format!("[{record}]"), format!("[{}]", quoted(&record))] {
        assert_eq!(check(input).items, [record.trim()]);
    }
}

#[test]
fn records_are_told_by_their_context_where_it_is_clear() {
    let insight =
        r#"{"eventVersion":"1.11","eventTime":"2026-09-14T10:15:00Z","eventType":"AwsCloudTrailInsight"}"#;
    for (name, input, expected) in [
        ("an insight", insight, "AwsCloudTrailInsight"),
        ("no time", r#"{"eventVersion":"1.11","eventName":"A"}"#, "A"),
        ("no version", r#"{"eventSource":"iam.amazonaws.com","eventName":"A"}"#, "A"),
        ("hardly anything, in a log file", r#"{"Records":[{"eventName":"A"}]}"#, "A"),
    ] {
        assert_eq!(names(input), [expected], "{name}");
    }
    assert_eq!(check(r#"{"Records":[{},{"x":1}]}"#).items, ["{}", r#"{"x":1}"#]);
}

#[test]
fn what_holds_no_record_is_named() {
    let (a, _) = two();
    let qa = quoted(&a);
    let lower = a.to_lowercase();
    let s3 = r#"{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-09-14T10:15:00.000Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}"#;
    let trail = r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#;
    for (name, input, expected) in [
        ("an unknown object", r#"{"a":1}"#.to_owned(), "input.unknown-shape@1"),
        ("an empty object", "\n\n{}".to_owned(), "input.unknown-shape@3"),
        ("an unknown object in a list", r#"[{"a":1}]"#.to_owned(), "input.unknown-shape@1"),
        ("a digest", r#"{"digestStartTime":"t","digestEndTime":"t","logFiles":[]}"#.to_owned(), "input.digest@1"),
        ("a notification of S3", format!(r#"{{"Records":[{s3}]}}"#), "input.notification@1"),
        ("the same in a list", format!("[{s3}]"), "input.notification@1"),
        ("a notification of CloudTrail", trail.to_owned(), "input.notification@1"),
        ("the same in an envelope", format!(r#"{{"Type":"Notification","TopicArn":"a","Message":{}}}"#, quoted(trail)), "input.notification@1"),
        ("the same through EventBridge", event_bridge(r#"{"version":"0","bucket":{"name":"b"},"object":{"key":"k"}}"#), "input.notification@1"),
        ("an event of another service", event_bridge(r#"{"state":"running"}"#), "input.other-event@1"),
        ("a change in DynamoDB", r#"{"Records":[{"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":{}}]}"#.to_owned(), "input.other-event@1"),
        ("OCSF", r#"{"class_uid":6003,"metadata":{"uid":"1"},"message":"x"}"#.to_owned(), "input.ocsf@1"),
        ("a record in lower case", lower.clone(), "input.other-spelling@1"),
        ("the same in a log file", format!(r#"{{"Records":[{lower}]}}"#), "input.other-spelling@1"),
        ("lookup-events without records", r#"{"Events":[{"EventId":"1","EventName":"A","Username":"alice"}]}"#.to_owned(), "input.lookup-without-record@1"),
        ("Logs Insights without the message", r#"{"results":[[{"field":"eventName","value":"A"}]]}"#.to_owned(), "input.row-without-record@1"),
        ("Lake without the record", r#"{"QueryResultRows":[[{"eventName":"A"},{"eventTime":"t"}]]}"#.to_owned(), "input.row-without-record@1"),
        ("columns without the record", r#"[["A","alice"]]"#.to_owned(), "input.row-without-record@1"),
        ("comma-separated values in quotes", "\"time\",\"message\"\n\"1\",\"2\"\n".to_owned(), "input.format@1"),
        (
            "a record in comma-separated values",
            format!("\"{}\"\n", a.replace('"', "\"\"")),
            "input.format@1",
        ),
        ("a field alone", r#"{"field":"x","value":"y"}"#.to_owned(), "input.row-without-record@1"),
        ("a log event of a program", subscription(&["START RequestId: 1"]), "input.text-without-record@1"),
        ("a text", r#""ConsoleLogin""#.to_owned(), "input.text-without-record@1"),
        ("a number", "42".to_owned(), "record.not-an-object@1"),
        ("nothing", "null\n".to_owned(), "record.not-an-object@1"),
        ("a number among records", r#"{"Records":[42]}"#.to_owned(), "record.not-an-object@1"),
        ("base64 that is none", r#"{"awslogs":{"data":"?"}}"#.to_owned(), "input.not-base64@1"),
        ("base64 of broken gzip", format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, base64_of(&gzip("{}")[..9])), "file.truncated-gzip@1"),
        ("two shapes", format!(r#"{{"CloudTrailEvent":{qa},"message":{qa}}}"#), "input.ambiguous@1"),
        ("a record with another in it", a.replacen('{', &format!(r#"{{"CloudTrailEvent":{qa},"#), 1), "input.ambiguous@1"),
        ("a list that is something else", r#"{"Records":null}"#.to_owned(), "input.unknown-shape@1"),
    ] {
        assert_eq!(names(&input), [expected], "{name}");
    }
}

#[test]
fn a_second_list_in_an_object_is_named_and_the_first_is_read() {
    let (a, b) = two();
    let input = format!(r#"{{"Records":[{a}],"Events":[{{"CloudTrailEvent":{}}}]}}{b}"#, quoted(&b));
    assert_eq!(names(input), ["A", "input.ambiguous@1", "B"]);
}

#[test]
fn one_bad_value_spoils_only_itself() {
    let (a, b) = two();
    for (name, input, expected) in [
        ("a cut line", format!("{a}\n{}\n{b}\n", &a[..100]), &["A", "input.not-json@2", "B"][..]),
        ("a line cut in a string", format!("{{\"x\":\"y\n{b}\n"), &["input.not-json@1", "B"]),
        ("a line of text", format!("{a}\nfetched 2 events\nand more\n{b}"), &["A", "input.format@2", "B"]),
        ("an element that is not JSON", format!("[{a},{{1 2}},{b}]"), &["A", "input.not-json@1", "B"]),
        (
            "an element in a log file",
            format!("{{\"Records\":[{a},{{\"x\" 1}},{b}]}}"),
            &["A", "input.not-json@1", "B"],
        ),
        ("a list that ends", format!("[{a},"), &["A", "input.not-json@1"]),
        ("an object that ends", format!("{{\"Records\":[{a}]"), &["A", "input.not-json@1"]),
        ("a record that ends", a[..a.len() - 1].to_owned(), &["input.not-json@1"]),
        ("no comma", format!("[{a} {b}]"), &["A", "input.not-json@1"]),
        ("an unknown line", format!("{a}\n{{\"a\":1}}\n{b}"), &["A", "input.unknown-shape@2", "B"]),
        (
            "brackets inside",
            format!("{{\"Records\":[{},{b}]}}", a.replace("[]", "[}]")),
            &["record.unbalanced@1", "B"],
        ),
        ("a line feed in a name", format!("{{\"x\ny\":1}}{a}"), &["input.unknown-shape@1", "A"]),
    ] {
        assert_eq!(names(input), expected, "{name}");
    }
    let bytes = [a.as_bytes(), b"\n", a.replace("alice", "ALICE").as_bytes(), b"\n", b.as_bytes()].concat();
    let broken: Vec<u8> = bytes.iter().map(|byte| if *byte == b'L' { 0xff } else { *byte }).collect();
    assert_eq!(names(broken), ["A", "record.invalid-utf8@2", "B"]);
}

#[test]
fn compression_is_told_by_content() {
    let (a, b) = two();
    let (file_a, file_b) = (format!("{{\"Records\":[{a}]}}"), format!("{{\"Records\":[{b}]}}"));
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let both = format!("{file_a}\r\n{file_b}");
    let marked = format!("\u{feff}{both}");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("members, one after the other", [gzip(&file_a), gzip(&file_b)].concat()),
        ("a record cut by the end of a member", [gzip(&both[..50]), gzip(&both[50..])].concat()),
        ("an empty member", [gzip(""), gzip(&both)].concat()),
        ("zeros at the end", [gzip(&both), vec![0; 300]].concat()),
        ("a line feed at the end", [gzip(&both), b"\n".to_vec()].concat()),
        ("plain JSON after gzip", [gzip(&file_a), file_b.clone().into_bytes()].concat()),
        ("gzip in gzip", gzip(gzip(&both))),
        ("gzip in gzip in gzip", gzip(gzip(gzip(&both)))),
        ("members in gzip", gzip([gzip(&file_a), gzip(&file_b)].concat())),
        ("UTF-16", utf16(&marked, true)),
        ("UTF-16 with the large byte first", utf16(&marked, false)),
        ("UTF-16 without a mark", utf16(&both, true)),
        ("UTF-16 in gzip", gzip(utf16(&marked, false))),
        ("UTF-16 with a pair of surrogates", utf16(&both.replace("alice", "𝕒lice"), true)),
    ];
    for (name, input) in cases {
        assert_eq!(names(input), ["A", "B"], "{name}");
    }
}

#[test]
fn inputs_that_cannot_be_read_are_errors() {
    let a = record("A");
    let gz = gzip(&a);
    let mut flipped = gz.clone();
    let at = flipped.len() - 6;
    flipped[at] ^= 1;
    for (name, input, expected) in [
        ("nothing", vec![], "file.empty"),
        ("blanks", b" \r\n\t".to_vec(), "file.empty"),
        ("gzip of nothing", gzip(""), "file.empty"),
        ("a byte order mark", vec![0xef, 0xbb, 0xbf], "file.empty"),
        ("gzip cut short", gz[..gz.len() - 3].to_vec(), "file.truncated-gzip"),
        ("a wrong checksum", flipped, "file.checksum-mismatch"),
        ("something after gzip", [&gz[..], b"x"].concat(), "file.trailing-data"),
        ("no deflate", [&gz[..10], &[0xff; 40][..]].concat(), "file.corrupt-gzip"),
        ("too many layers", (0..5).fold(gz.clone(), |inner, _| gzip(inner)), "file.too-many-layers"),
        ("half of a pair in UTF-16", vec![b'{', 0, b' ', 0, 0, 0xd8, b'}', 0], "file.invalid-utf16"),
        ("half a unit in UTF-16", vec![0xff, 0xfe, b'{', 0, b'}'], "file.invalid-utf16"),
    ] {
        assert_eq!(check(input).error, expected, "{name}");
    }
    let failing = Failing { bytes: a.as_bytes(), interruptions: 3, at_end: ErrorKind::BrokenPipe };
    let mut reader = open_input(failing, Limits::default());
    assert!(matches!(reader.next_item(), Err(InputError::Read(_)) | Ok(Some(Item::Record(_)))));
    assert!(matches!(reader.next_item(), Err(InputError::Read(_) | InputError::AfterFailure)));
}

#[test]
fn other_formats_are_named_with_the_way_out() {
    let mut tar = vec![b'a'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (head, format) in [
        (&[0x28, 0xb5, 0x2f, 0xfd, 1, 2][..], Format::Zstd),
        (b"PK\x03\x04abc", Format::Zip),
        (b"BZh91AY&SY", Format::Bzip2),
        (b"\xfd7zXZ\0\0", Format::Xz),
        (b"PAR1\x15\x04", Format::Parquet),
        (&tar, Format::Tar),
        (b"\xff\xfe\0\0{\0\0\0", Format::Utf32),
        (b"\x78\x9c\xab\x56", Format::Zlib),
        (b"\x01\x00\x02\x03", Format::Binary),
    ] {
        let error = open_input(head, Limits::default()).next_item().map(|_| ()).unwrap_err();
        assert!(matches!(error, InputError::Format(found) if found == format), "{format:?}: {error}");
    }
    for (text, format) in [
        ("Event ID,Event time,User name\n1,2,3\n", Format::Csv),
        ("timestamp,message\n1,\"{\"\"eventVersion\"\":\"\"1.11\"\"}\"\n", Format::PlainText),
        ("\"a\",\"b\"", Format::Csv),
        ("Events:\n- CloudTrailEvent: x\n", Format::Yaml),
        ("- a\n", Format::Yaml),
        ("<?xml version=\"1.0\"?><Error/>", Format::Xml),
        ("-----\n|LookupEvents|\n", Format::Table),
        ("H4sIAAAAAAAA/6tWKkktLlGyUlAqLU4tUrICAAAA", Format::Base64),
        ("hello\n", Format::PlainText),
        ("\u{1}\u{2}\u{ff}", Format::PlainText),
    ] {
        let mut reader = open_input(text.as_bytes(), Limits::default());
        let Ok(Some(Item::Rejected(rejected))) = reader.next_item() else { panic!("{text}") };
        let shown = rejected.to_string();
        assert!(shown.contains(&format.to_string()) || text.starts_with('"'), "{text}: {shown}");
    }
}

#[test]
fn limits_hold_for_every_shape() {
    let (a, b) = two();
    let limits = Limits { record_bytes: a.len(), ..Limits::default() };
    let long = record(&"A".repeat(200));
    let too_large = "record.too-large@1";
    for input in [
        format!("{long} {b}"),
        format!("[{long},{b}]"),
        format!("{{\"Records\":[{long},{b}]}}"),
        format!("[{},{}]", quoted(&long), quoted(&b)),
        format!("{} {b}", record(&"A".repeat(20 * a.len()))),
        format!("[\"{}\",{b}]", "x".repeat(20 * a.len())),
    ] {
        let Outcome { items, error } = check_with(input.as_bytes(), limits);
        assert_eq!((items, error), (vec![too_large.to_owned(), b.clone()], ""), "{input}");
    }
    let deep = a.replace("[]", &format!("{}{}", "[".repeat(100), "]".repeat(100)));
    assert_eq!(names(format!("{deep}\n{b}")), ["record.too-deep@1", "B"]);
    let nested = (0..9).fold(a.clone(), |inner, _| quoted(&inner));
    assert_eq!(names(format!("{nested}\n{b}")), ["input.too-nested@1", "B"]);
    let lists = format!("{}{a}{}\n{b}", "[".repeat(40), "]".repeat(40));
    assert_eq!(names(lists), ["input.too-nested@1", "B"]);
    let objects = format!("{}{a}{}\n{b}", "{\"Records\":".repeat(40), "}".repeat(40));
    assert_eq!(names(objects).last().unwrap(), "B");
    let few = Limits { decompressed_bytes: 1000, ..Limits::default() };
    for input in
        [gzip("x".repeat(2000)), format!("{a}\n").repeat(9).into_bytes(), gzip(gzip("x".repeat(2000)))]
    {
        // How many records come before it depends on how much is read at a time.
        assert_eq!(read(open_input(input.as_slice(), few)).error, "file.too-large");
    }
}

#[test]
fn a_decompression_bomb_ends_at_the_limit() {
    let mut reader = open_input(bomb(b"{\"Records\":[{\"x\":\"", 4).take(1 << 24), Limits::default());
    let error = loop {
        match reader.next_item() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it has an end"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "file.too-large");
}

#[test]
fn texts_inside_an_input_share_its_limit() {
    let inner = base64_of(gzip("[]".repeat(300)));
    let input = format!("{{\"awslogs\":{{\"data\":\"{inner}\"}}}}\n").repeat(8);
    let limits = Limits { decompressed_bytes: 1500, ..Limits::default() };
    let mut reader = open_input(input.as_bytes(), limits);
    let mut rejected = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        let Item::Rejected(found) = item else { panic!("there is no record") };
        rejected.push(found.fault.code());
    }
    assert_eq!(rejected, ["file.too-large"; 6]);
}

#[test]
fn lines_that_are_not_json_are_read_again_only_so_often() {
    // Each line opens an object that the text never closes.
    let lines = Repeated::new(&b"{\"x\":[\n"[..], 400_000);
    let mut reader = open_input(lines, Limits { record_bytes: 1 << 16, ..Limits::default() });
    let mut rejected = 0;
    while reader.next_item().unwrap().is_some() {
        rejected += 1;
    }
    assert!(rejected > 0);
}

#[test]
fn members_of_any_length_and_number_are_passed() {
    let b = record("B");
    let many: String = (0..500).map(|number| format!("\"m{number}\":{number},")).collect();
    let long = "n".repeat(100_000);
    let input = format!("{{{many}\"{long}\":[1,{{}}],\"\\u0052ecords\":[{b}]}}");
    assert_eq!(names(input), ["B"]);
    let many_messages = format!("{{{}\"x\":1}}", format!("\"message\":{},", quoted(&b)).repeat(100));
    assert!(names(many_messages).len() >= 60);
}

#[test]
fn a_text_names_the_member_that_it_is_in() {
    let input = format!(r#"{{"Events":[{{"CloudTrailEvent":{}}}]}}"#, quoted("{\"a\":1}"));
    let mut reader = open_input(input.as_bytes(), Limits::default());
    let Ok(Some(Item::Rejected(rejected))) = reader.next_item() else { panic!("a record was found") };
    let shown = rejected.to_string();
    assert!(
        shown.starts_with("line 1: in `CloudTrailEvent`: an object with the members `a` matches no shape"),
        "{shown}"
    );
    assert!(name_of("x").is_none());
}
