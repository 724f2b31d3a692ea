//! Made-up inputs: whatever is put around records, they come out, in order; and bytes of any kind come to an end.

use super::{check_with, names, quoted, read, record};
use crate::fixtures::gzip;
use crate::log_file::Limits;
use crate::shapes::open_input;
use proptest::prelude::*;

/// What can be put around one JSON text.
#[derive(Clone, Copy, Debug)]
enum Around {
    Text,
    List,
    Records,
    Lookup,
    Bridge,
    LogEvent,
    Subscription,
    Envelope,
    Queue,
    Insights,
    Blank,
}

impl Around {
    fn put(self, text: &str) -> String {
        let quoted = quoted(text);
        match self {
            Self::Text => quoted,
            Self::List => format!("[{text}, []]"),
            Self::Records => format!(r#"{{"x":{{"a":[1]}},"Records":[{text}]}}"#),
            Self::Lookup => format!(r#"{{"Events":[{{"EventId":"1","CloudTrailEvent":{quoted}}}]}}"#),
            Self::Bridge => format!(r#"{{"detail-type":"t","detail":{quoted},"source":"aws.iam"}}"#),
            Self::LogEvent => format!(r#"{{"timestamp":1,"message":{quoted}}}"#),
            Self::Subscription => {
                format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"1","message":{quoted}}}]}}"#)
            }
            Self::Envelope => format!(r#"{{"Type":"Notification","TopicArn":"a","Message":{quoted}}}"#),
            Self::Queue => format!(r#"{{"Messages":[{{"MessageId":"1","Body":{quoted}}}]}}"#),
            Self::Insights => {
                format!(
                    r#"{{"results":[[{{"field":"a","value":"b"}},{{"field":"@message","value":{quoted}}}]]}}"#
                )
            }
            Self::Blank => format!(" \n{text}\r\n"),
        }
    }
}

fn around() -> impl Strategy<Value = Around> {
    prop_oneof![
        Just(Around::Text),
        Just(Around::List),
        Just(Around::Records),
        Just(Around::Lookup),
        Just(Around::Bridge),
        Just(Around::LogEvent),
        Just(Around::Subscription),
        Just(Around::Envelope),
        Just(Around::Queue),
        Just(Around::Insights),
        Just(Around::Blank),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_around_records_they_come_out_in_order(
        values in prop::collection::vec((prop::collection::vec(around(), 0..5), "[A-Z][a-z]{0,9}"), 1..5),
        separator in prop_oneof![Just(""), Just("\n"), Just(" \r\n"), Just(",\n")],
        layers in 0..3_usize,
    ) {
        let texts: Vec<String> = values
            .iter()
            .map(|(around, name)| around.iter().fold(record(name), |text, around| around.put(&text)))
            .collect();
        let plain = texts.join(separator).into_bytes();
        let input = (0..layers).fold(plain, |inner, _| gzip(inner));
        let expected: Vec<String> = values.into_iter().map(|(_, name)| name).collect();
        prop_assert_eq!(names(input), expected);
    }

    #[test]
    fn damaged_inputs_give_the_same_in_pieces_of_every_size(
        values in prop::collection::vec((prop::collection::vec(around(), 0..3), "[A-Z]"), 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let texts: Vec<String> = values
            .iter()
            .map(|(around, name)| around.iter().fold(record(name), |text, around| around.put(&text)))
            .collect();
        let mut input = texts.join("\n").into_bytes();
        for (at, byte) in damage {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.truncate(cut.index(input.len() * 2).max(1));
        check_with(&input, Limits { record_bytes: 700, decompressed_bytes: 20_000, depth: 6 });
    }

    #[test]
    fn bytes_of_any_kind_come_to_an_end(input in prop::collection::vec(any::<u8>(), 0..300)) {
        read(open_input(input.as_slice(), Limits::default()));
    }

    #[test]
    fn brackets_of_any_kind_come_to_an_end(input in "([{}\\[\\],:\" \n0]|\"Records\":|\"message\":|\"a\":){0,60}") {
        check_with(input.as_bytes(), Limits { record_bytes: 64, decompressed_bytes: 20_000, depth: 6 });
    }
}
