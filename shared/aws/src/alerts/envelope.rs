//! The message of an alert: one text for each protocol, within the size that SNS takes.
//!
//! An alert that is too large is shortened step by step, so that the most useful part of it always arrives; what is
//! left out is in the log file that it names.
//!
//! Source: the SNS API reference, Publish (`MessageStructure`, size of a message).

use pipeline::Alert;
use serde_json::json;

/// Bytes of a message with its attributes that SNS takes: 256 KiB (SNS API reference, Publish).
pub const MESSAGE_BYTES: usize = 256 * 1024;
/// Bytes kept back for subject and attributes: names, types and values of four attributes, cut at 512 characters.
const ATTRIBUTE_BYTES: usize = 10 * 1024;
/// Bytes of the message itself.
const BODY_BYTES: usize = MESSAGE_BYTES - ATTRIBUTE_BYTES;
/// Bytes of the text in the last resort. Escaped as JSON a byte takes at most six.
const LAST_RESORT_BYTES: usize = BODY_BYTES / 6 - 100;

/// The message for `MessageStructure=json`, at most [`MESSAGE_BYTES`] together with the attributes.
pub(super) fn message(alert: &Alert) -> String {
    let whole = for_each_protocol(alert);
    if whole.len() <= BODY_BYTES {
        return whole;
    }
    let mut shorter = alert.clone();
    shorter.events.truncate(1);
    shorter.log_files.truncate(1);
    let message = for_each_protocol(&shorter);
    if message.len() <= BODY_BYTES {
        return message;
    }
    shorter.description.clear();
    shorter.known_noise.clear();
    shorter.references.clear();
    let message = for_each_protocol(&shorter);
    if message.len() <= BODY_BYTES {
        return message;
    }
    shorter.response.clear();
    let message = for_each_protocol(&shorter);
    if message.len() <= BODY_BYTES {
        return message;
    }
    let mut text = shorter.text();
    text.truncate(text.floor_char_boundary(LAST_RESORT_BYTES));
    json!({ "default": text }).to_string()
}

/// People read text, chat applications their own schema, and programs the alert as JSON.
fn for_each_protocol(alert: &Alert) -> String {
    let text = alert.text();
    let chat = alert.chat().to_string();
    let whole = json!(alert).to_string();
    json!({
        "default": text,
        "email": text,
        "http": chat,
        "https": chat,
        "lambda": whole,
        "sqs": whole,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use pipeline::alert::{EventSummary, GroupValue};
    use serde_json::Value;

    use super::*;
    use crate::alerts::tests::alert;

    #[test]
    fn every_protocol_gets_its_own_form() {
        let alert = alert();
        let message: Value = serde_json::from_str(&message(&alert)).unwrap();
        let names: Vec<&String> = message.as_object().unwrap().keys().collect();
        assert_eq!(names, ["default", "email", "http", "https", "lambda", "sqs"]);
        assert_eq!(message["default"], alert.text());
        assert_eq!(message["email"], message["default"]);
        assert_eq!(message["http"], message["https"]);
        assert_eq!(message["lambda"], message["sqs"]);
        let chat: Value = serde_json::from_str(message["https"].as_str().unwrap()).unwrap();
        assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
        let whole: Value = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
        assert_eq!(whole, json!(alert));
    }

    #[test]
    fn an_alert_that_is_too_large_is_shortened_until_it_fits() {
        let event = EventSummary { error_message: Some("\u{1}".repeat(3_000)), ..alert().events[0].clone() };
        let cases = [
            ("many events", Alert { events: vec![event.clone(); 5], ..alert() }, true),
            ("a long description", Alert { description: "\"".repeat(60_000), ..alert() }, true),
            ("much advice", Alert { response: "\"".repeat(60_000), ..alert() }, true),
            ("much noise", Alert { known_noise: "\"".repeat(60_000), ..alert() }, true),
            (
                "a long group value",
                Alert {
                    group: vec![GroupValue { selector: "$.a".into(), value: Some("\u{1}".repeat(70_000)) }],
                    title: "é\u{1}".repeat(50_000),
                    ..alert()
                },
                false,
            ),
        ];
        for (name, alert, keeps_protocols) in cases {
            assert!(for_each_protocol(&alert).len() > BODY_BYTES, "{name} is not too large");
            let message = message(&alert);
            assert!(message.len() <= BODY_BYTES, "{name}: {} bytes", message.len());
            let parsed: Value = serde_json::from_str(&message).unwrap();
            assert_eq!(parsed.get("sqs").is_some(), keeps_protocols, "{name}");
            assert!(!parsed["default"].as_str().unwrap().is_empty(), "{name}");
        }
    }
}
