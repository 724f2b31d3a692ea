//! The message of an alert: one text for each protocol, within SNS's size limit.
//!
//! An alert that is too large is shortened step by step, so the most useful part always arrives. The log file that the
//! alert names has everything that was left out.
//!
//! Source: the SNS API reference, Publish (`MessageStructure`, size of a message).

use pipeline::Alert;
use serde_json::json;

/// The most bytes in a message with its attributes: 256 KiB (SNS API reference, Publish).
pub const MESSAGE_BYTES: usize = 256 * 1024;
/// The bytes reserved for subject and attributes: names, types and values of four attributes, cut at 512 characters.
const ATTRIBUTE_BYTES: usize = 10 * 1024;
/// The most bytes in the message itself.
const BODY_BYTES: usize = MESSAGE_BYTES - ATTRIBUTE_BYTES;
/// The most bytes of the text in the last resort. Escaped as JSON, a byte takes at most six.
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
    shorter.rule.summary.clear();
    shorter.rule.known_noise.clear();
    shorter.rule.references.clear();
    let message = for_each_protocol(&shorter);
    if message.len() <= BODY_BYTES {
        return message;
    }
    shorter.rule.response.clear();
    let message = for_each_protocol(&shorter);
    if message.len() <= BODY_BYTES {
        return message;
    }
    let mut text = shorter.text();
    text.truncate(text.floor_char_boundary(LAST_RESORT_BYTES));
    json!({ "default": text }).to_string()
}

/// People receive text, phones one line, chat applications their own schema, and programs the alert as JSON.
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
        "sms": alert.sms(),
        "sqs": whole,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pipeline::GroupValue;
    use serde_json::Value;

    use super::*;
    use crate::alerts::tests::alert;

    fn with(change: impl FnOnce(&mut Alert)) -> Alert {
        let mut alert = alert();
        change(&mut alert);
        alert
    }

    #[test]
    fn every_protocol_gets_its_own_form() {
        let alert = alert();
        let message: Value = serde_json::from_str(&message(&alert)).unwrap();
        let names: Vec<&String> = message.as_object().unwrap().keys().collect();
        assert_eq!(names, ["default", "email", "http", "https", "lambda", "sms", "sqs"]);
        assert_eq!(message["default"], alert.text());
        assert_eq!(message["email"], message["default"]);
        assert_eq!(message["http"], message["https"]);
        assert_eq!(message["lambda"], message["sqs"]);
        assert_eq!(message["sms"], alert.sms());
        let chat: Value = serde_json::from_str(message["https"].as_str().unwrap()).unwrap();
        assert_eq!((&chat["version"], &chat["source"]), (&json!("1.0"), &json!("custom")));
        let whole: Value = serde_json::from_str(message["sqs"].as_str().unwrap()).unwrap();
        assert_eq!(whole, json!(alert));
    }

    #[test]
    fn an_alert_that_is_too_large_is_shortened_until_it_fits() {
        let mut event = Arc::clone(&alert().events[0]);
        Arc::make_mut(&mut event).error_message = Some("\u{1}".repeat(4_000));
        let cases = [
            ("many events", with(|alert| alert.events = vec![event.clone(); 5]), true),
            ("a long summary", with(|alert| alert.rule.summary = "\"".repeat(60_000)), true),
            ("much advice", with(|alert| alert.rule.response = "\"".repeat(60_000)), true),
            ("much noise", with(|alert| alert.rule.known_noise = "\"".repeat(140_000)), true),
            (
                "a long group value",
                with(|alert| {
                    let value = Some("\u{1}".repeat(70_000));
                    alert.group = vec![GroupValue { by: "$.a".into(), value }];
                    alert.rule.title = "é\u{1}".repeat(50_000);
                }),
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
