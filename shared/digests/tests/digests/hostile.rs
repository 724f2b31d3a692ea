//! Digests and names from an attacker: they get a verdict, and nothing else is opened.

use digests::{ObjectErrorKind, Place, PublicKeys, Request, VerifyError, verify};
use serde_json::{Value, json};
use testkit::digests::{HOME, gzip};

use crate::stage::{Stage, hole, line};

/// The places that were opened, and are not below the trail's own folders.
fn opened_elsewhere(stage: &Stage) -> Vec<Place> {
    let memory = stage.memory();
    verify(&memory, &stage.public_keys(), &stage.request(), &()).unwrap();
    let opened = memory.opened.lock().unwrap();
    opened.iter().filter(|place| !memory.objects.contains_key(place)).cloned().collect()
}

#[test]
fn what_is_not_a_digest_has_no_format() {
    let deep = "[".repeat(100_000).into_bytes();
    let numbers = json!({
        "awsAccountId": 1, "digestStartTime": null, "digestEndTime": 3, "digestS3Bucket": [], "digestS3Object": {},
        "digestPublicKeyFingerprint": 1, "digestSignatureAlgorithm": 1, "previousDigestSignature": 2, "logFiles": "none",
    });
    let bodies =
        [br#"{"digestS3Bucket":"\xff"}"#.to_vec(), deep, b"[]".to_vec(), numbers.to_string().into_bytes()];
    let mut stage = Stage::sound();
    for (number, body) in bodies.iter().enumerate() {
        let digest = stage.digest(number);
        stage.object(&digest).body = gzip(body);
    }
    let mut expected = vec![hole(HOME, stage.from, stage.to, "digest-invalid")];
    for number in 0..4 {
        expected.push(line(&stage.digest(number), "format"));
        expected.extend(stage.home.links[number].files.iter().map(|file| line(file, "unproven")));
    }
    stage.check(&expected);
}

#[test]
fn a_digest_lacks_no_member_and_no_member_has_another_type() {
    let sound = Stage::sound();
    let text: Value = serde_json::from_slice(&sound.home.links[3].content).unwrap();
    let names: Vec<String> = text.as_object().unwrap().keys().cloned().collect();
    for name in names.iter().filter(|name| !name.ends_with("EventTime")) {
        for change in [None, Some(json!(7)), Some(json!({}))] {
            let mut text = text.clone();
            match change {
                Some(value) => text[name.as_str()] = value,
                None => {
                    text.as_object_mut().unwrap().remove(name);
                }
            }
            let mut stage = sound.clone();
            let digest = stage.digest(3);
            stage.object(&digest).body = gzip(text.to_string().as_bytes());
            assert!(stage.wrong().contains(&line(&digest, "format")), "{name}: {:?}", stage.wrong());
        }
    }
}

#[test]
fn a_digest_that_expands_without_end_is_too_large() {
    let mut stage = Stage::sound();
    let digest = stage.digest(1);
    stage.object(&digest).body = gzip(&vec![b' '; 65 << 20]);
    assert!(stage.wrong().contains(&line(&digest, "too-large")));
}

#[test]
fn names_that_could_leave_the_store_are_not_opened() {
    let names = [
        "../../../../etc/passwd",
        "/etc/hostname",
        "AWSLogs/../../x.json.gz",
        "AWSLogs/./x.json.gz",
        "AWSLogs//x.json.gz",
        "AWSLogs\\..\\x.json.gz",
        "AWSLogs/x\u{1b}[2J.json.gz",
        "AWSLogs/",
        "",
    ];
    for name in names {
        let stage = Stage::planned(|number, plan| {
            if number == 3 {
                plan.files[0]["s3Object"] = json!(name);
            }
        });
        let file = stage.file(3, 0);
        let wrong = stage.wrong();
        assert!(wrong.contains(&line(&file, "unsafe-name")), "{name:?}: {wrong:?}");
        assert_eq!(opened_elsewhere(&stage), [], "{name:?}");
    }
    let stage = Stage::planned(|number, plan| {
        if number == 3 {
            plan.files[0]["s3Bucket"] = json!("../amzn-s3-demo-bucket");
        }
    });
    assert!(stage.wrong().iter().any(|line| line.ends_with("unsafe-name")));
    assert_eq!(opened_elsewhere(&stage), []);
}

#[test]
fn names_in_a_digest_that_is_not_proven_are_not_opened() {
    let mut stage = Stage::sound();
    let digest = stage.digest(1);
    let mut text: Value = serde_json::from_slice(&stage.home.links[1].content).unwrap();
    text["logFiles"][0]["s3Bucket"] = json!("amzn-s3-demo-bucket-other");
    text["previousDigestS3Object"] = json!("AWSLogs/elsewhere.json.gz");
    text["previousDigestS3Bucket"] = json!("amzn-s3-demo-bucket-other");
    stage.object(&digest).body = gzip(text.to_string().replace('/', "\\/").as_bytes());
    assert!(stage.wrong().contains(&line(&digest, "signature")));
    assert_eq!(opened_elsewhere(&stage), []);
}

#[test]
fn a_digest_of_another_bucket_or_region_is_moved_whoever_signed_it() {
    for (member, value) in [
        ("digestS3Bucket", json!("amzn-s3-demo-bucket-other")),
        ("digestS3Object", json!("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/09/14/x.json.gz")),
    ] {
        let edit = |text: &mut Value| text[member] = value.clone();
        let stage = Stage::planned(|number, plan| plan.edit = (number == 3).then_some(&edit as _));
        assert!(stage.wrong().contains(&line(&stage.digest(3), "moved")), "{member}");
        assert_eq!(opened_elsewhere(&stage), []);
    }
}

#[test]
fn what_cannot_be_listed_is_no_report() {
    let stage = Stage::sound();
    let mut memory = stage.memory();
    memory
        .closed
        .insert(Place::new("amzn-s3-demo-bucket", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/"));
    let error = verify(&memory, &stage.public_keys(), &stage.request(), &()).unwrap_err();
    assert!(matches!(error, VerifyError::List(cause) if cause.kind == ObjectErrorKind::Unreadable));
}

#[test]
fn without_keys_of_a_region_there_is_no_report() {
    let mut stage = Stage::sound();
    stage.world.keys.remove(HOME);
    let error = verify(&stage.memory(), &stage.public_keys(), &stage.request(), &()).unwrap_err();
    assert!(matches!(error, VerifyError::Keys(cause) if cause.region == HOME));
}

#[test]
fn nothing_and_an_empty_span_are_no_reports() {
    let stage = Stage::sound();
    let request = Request { to: stage.from, ..stage.request() };
    let error = verify(&stage.memory(), &PublicKeys::default(), &request, &()).unwrap_err();
    assert!(matches!(error, VerifyError::EmptySpan));
    let request = Request { accounts: vec!["444455556666".into()], ..stage.request() };
    let error = verify(&stage.memory(), &PublicKeys::default(), &request, &()).unwrap_err();
    assert!(matches!(error, VerifyError::Nothing));
}
