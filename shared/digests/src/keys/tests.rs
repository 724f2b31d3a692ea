//! Keys in every form, and what they verify.

use testkit::digests::SigningKey;

use super::*;

const FROM: i64 = 1_788_480_000;
const TO: i64 = FROM + 30 * 24 * 3600;

fn file(start: &str, end: &str, list: &str) -> String {
    let value = data_encoding::BASE64.encode(&SigningKey::Home.public());
    let fingerprint = SigningKey::Home.fingerprint();
    format!(
        r#"{{"us-east-1":{{"{list}":[{{"Fingerprint":"{fingerprint}","ValidityStartTime":{start},"ValidityEndTime":{end},
        "Value":"{value}"}}],"NextToken":null}}}}"#
    )
}

#[test]
fn times_come_as_numbers_as_digits_and_as_dates() {
    for (start, end) in [
        (FROM.to_string(), TO.to_string()),
        (format!("{FROM}.0"), format!("{TO}.75")),
        (format!("\"{FROM}\""), format!("\"{TO}.0\"")),
        ("\"2026-09-04T00:00:00Z\"".to_owned(), "\"2026-10-04T02:00:00+02:00\"".to_owned()),
    ] {
        for list in ["PublicKeyList", "publicKeyList"] {
            let keys = PublicKeys::parse(file(&start, &end, list).as_bytes()).unwrap();
            let keys: Vec<(&str, &PublicKey)> = keys.iter().collect();
            assert_eq!(
                (keys[0].0, keys[0].1.starts_at, keys[0].1.ends_at),
                ("us-east-1", FROM, TO),
                "{start} {end}"
            );
            assert!(keys[0].1.has_its_own_fingerprint());
        }
    }
}

#[test]
fn what_is_no_file_of_keys_says_what_it_should_be() {
    for (text, part) in [
        ("", "the form"),
        ("[]", "the form"),
        (r#"{"PublicKeyList":[]}"#, "the form"),
        (r#"{"us-east-1":{}}"#, "the form"),
        (&file("\"yesterday\"", "1", "PublicKeyList"), "validity of key 1 of `us-east-1`"),
        (&file("1e300", "1", "PublicKeyList"), "validity of key 1"),
        (&file("1", "1", "PublicKeyList").replace("\"Value\":\"M", "\"Value\":\"*"), "`Value` of key 1"),
    ] {
        let error = PublicKeys::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part) && !error.ends_with('.'), "{text}: {error}");
    }
}

#[test]
fn keys_that_are_written_are_read_again() {
    let keys =
        PublicKeys::parse(file(&FROM.to_string(), &TO.to_string(), "PublicKeyList").as_bytes()).unwrap();
    assert_eq!(PublicKeys::parse(keys.to_json().as_bytes()).unwrap(), keys);
    let mut more = keys.clone();
    more.add("us-east-1", keys.iter().map(|(_, key)| key.clone()).collect());
    assert_eq!(more, keys);
}

#[test]
fn a_key_verifies_its_signatures_with_and_without_a_header_and_no_others() {
    let key = |value: Vec<u8>| PublicKey { fingerprint: String::new(), starts_at: 0, ends_at: 0, value };
    let signature = SigningKey::Home.sign("a text");
    for value in [SigningKey::Home.public(), SigningKey::Home.public_with_header()] {
        let key = key(value);
        assert!(key.verifies("a text", &signature));
        assert!(key.verifies("a text", &signature.to_ascii_uppercase()));
        assert!(!key.verifies("a tex", &signature));
        assert!(!key.verifies("a text", &signature[2..]));
        assert!(!key.verifies("a text", &SigningKey::Stranger.sign("a text")));
        for signature in ["", "0", "zz", "é"] {
            assert!(!key.verifies("a text", signature), "{signature}");
        }
    }
    for value in [Vec::new(), b"no key".to_vec(), vec![0x30; 40], SigningKey::Stranger.public()] {
        assert!(!key(value).verifies("a text", &signature));
    }
}
