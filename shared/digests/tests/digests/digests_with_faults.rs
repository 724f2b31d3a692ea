//! One fault in a digest each.

use serde_json::json;
use testkit::digests::{HOME, Object, SigningKey, gzip};

use crate::stage::{HOME_START, HOUR, MIDNIGHT, Stage, at, hole, line};

/// What follows from a digest that proves nothing: its log files, and its hour.
fn unproven(stage: &Stage, number: usize, verdict: &str, reason: &str) -> Vec<String> {
    let start = HOME_START + number as i64 * HOUR;
    let from = if number == 0 { stage.from } else { start };
    let to = if number == 3 { stage.to } else { start + HOUR };
    vec![
        line(&stage.digest(number), verdict),
        line(&stage.file(number, 0), "unproven"),
        line(&stage.file(number, 1), "unproven"),
        hole(HOME, from, to, reason),
    ]
}

#[test]
fn a_changed_digest_has_no_right_signature() {
    let mut stage = Stage::sound();
    let digest = stage.digest(1);
    let mut text: serde_json::Value = serde_json::from_slice(&stage.home.links[1].content).unwrap();
    text["logFiles"].as_array_mut().unwrap().pop();
    stage.object(&digest).body = gzip(text.to_string().replace('/', "\\/").as_bytes());
    stage.check(&unproven(&stage, 1, "signature", "digest-invalid"));
}

#[test]
fn any_digest_that_is_gone_is_missing_where_the_next_one_names_it() {
    for number in 0..3 {
        let mut stage = Stage::sound();
        stage.remove(&stage.digest(number));
        stage.check(&unproven(&stage, number, "missing", "digest-missing"));
    }
}

#[test]
fn of_digests_that_are_gone_in_a_row_the_newest_is_known() {
    let mut stage = Stage::sound();
    for number in [1, 2] {
        stage.remove(&stage.digest(number));
    }
    let mut expected = unproven(&stage, 2, "missing", "digest-missing");
    expected.pop();
    expected.extend([line(&stage.file(1, 0), "unproven"), line(&stage.file(1, 1), "unproven")]);
    expected.push(hole(HOME, HOME_START + HOUR, HOME_START + 3 * HOUR, "digest-missing"));
    stage.check(&expected);
}

#[test]
fn newest_digests_that_are_gone_are_overdue() {
    let mut stage = Stage::sound();
    stage.now = at(16, 0);
    stage.to = stage.away.links[3].end;
    for number in [2, 3] {
        stage.remove(&stage.digest(number));
        for file in stage.home.links[number].files.clone() {
            stage.remove(&file);
        }
    }
    stage.check(&[hole(HOME, stage.home.links[1].end, stage.to, "overdue")]);
}

#[test]
fn a_chain_that_is_gone_altogether_is_known_by_its_neighbour_before_the_span() {
    let mut stage = Stage::sound();
    (stage.from, stage.to, stage.now) = (at(11, 15) + 23, at(13, 5), at(14, 0));
    for number in [2, 3] {
        stage.remove(&stage.digest(number));
        for file in stage.home.links[number].files.clone() {
            stage.remove(&file);
        }
    }
    stage.check(&[hole(HOME, stage.from, stage.to, "overdue")]);
}

#[test]
fn a_region_without_one_digest_is_told() {
    let mut stage = Stage::sound();
    for number in 0..4 {
        stage.remove(&stage.digest(number));
    }
    let files: Vec<_> = stage.home.links.iter().flat_map(|link| link.files.clone()).collect();
    let mut expected: Vec<String> = files.iter().map(|file| line(file, "unproven")).collect();
    expected.push(hole(HOME, stage.from, stage.to, "no-digest"));
    stage.check(&expected);
}

#[test]
fn a_signature_of_another_key_is_not_right() {
    let stage = Stage::planned(|number, plan| {
        plan.signed_by = (number == 2).then_some(SigningKey::Stranger);
    });
    stage.check(&unproven(&stage, 2, "signature", "digest-invalid"));
}

#[test]
fn a_key_that_the_region_does_not_have_is_unknown() {
    let edit = |text: &mut serde_json::Value| {
        text["digestPublicKeyFingerprint"] = json!(SigningKey::Stranger.fingerprint());
    };
    let stage = Stage::planned(|number, plan| {
        if number == 2 {
            plan.edit = Some(&edit);
            plan.signed_by = Some(SigningKey::Stranger);
        }
    });
    stage.check(&unproven(&stage, 2, "unknown-key", "digest-invalid"));
    // A key of another region is none of this one.
    let mut stage = stage;
    stage.world.keys.get_mut("eu-central-1").unwrap().push((
        SigningKey::Stranger,
        MIDNIGHT,
        MIDNIGHT + 24 * HOUR,
    ));
    stage.check(&unproven(&stage, 2, "unknown-key", "digest-invalid"));
    stage.world.keys.get_mut(HOME).unwrap().push((SigningKey::Stranger, MIDNIGHT, MIDNIGHT + 24 * HOUR));
    stage.check(&[]);
}

#[test]
fn a_key_counts_from_two_hours_before_its_time_to_its_end() {
    let end = HOME_START + 4 * HOUR;
    for (from, to, is_in_time) in [
        (end + 2 * HOUR, end + 9 * HOUR, true),
        (end + 2 * HOUR + 1, end + 9 * HOUR, false),
        (MIDNIGHT, end, true),
        (MIDNIGHT, end - 1, false),
    ] {
        let edit = |text: &mut serde_json::Value| {
            text["digestPublicKeyFingerprint"] = json!(SigningKey::Successor.fingerprint());
        };
        let mut stage = Stage::planned(|number, plan| {
            if number == 3 {
                plan.edit = Some(&edit);
                plan.signed_by = Some(SigningKey::Successor);
            }
        });
        stage.world.keys.get_mut(HOME).unwrap().push((SigningKey::Successor, from, to));
        let expected = unproven(&stage, 3, "key-out-of-time", "digest-invalid");
        stage.check(if is_in_time { &[] } else { &expected });
    }
}

#[test]
fn a_key_with_the_header_of_a_certificate_is_the_same_key() {
    let fingerprint = |text: &mut serde_json::Value| {
        let published = SigningKey::Home.published_with_header(0, 1);
        text["digestPublicKeyFingerprint"] = published["Fingerprint"].clone();
    };
    let mut stage = Stage::planned(|_, plan| plan.edit = Some(&fingerprint));
    let mut keys: serde_json::Value = serde_json::from_str(&stage.world.keys_json()).unwrap();
    keys[HOME]["PublicKeyList"][0] =
        SigningKey::Home.published_with_header(MIDNIGHT - 24 * HOUR, MIDNIGHT + 24 * HOUR);
    stage.keys = Some(keys.to_string());
    stage.check(&[]);
}

#[test]
fn a_lost_signature_is_found_in_the_next_digest() {
    let mut stage = Stage::sound();
    for number in 0..3 {
        let digest = stage.digest(number);
        stage.object(&digest).metadata.clear();
    }
    stage.check(&[]);
    let newest = stage.digest(3);
    stage.object(&newest).metadata.clear();
    stage.check(&unproven(&stage, 3, "no-signature", "digest-invalid"));
    let verified = stage.verify();
    let digests = verified.report.territories.iter().flat_map(|territory| &territory.digests);
    let notes: Vec<&str> = digests.filter_map(|digest| digest.note.as_deref()).collect();
    assert!(
        notes.len() == 1 && notes[0].starts_with("the hash and the signature that it states"),
        "{notes:?}"
    );
}

#[test]
fn a_wrong_signature_in_the_metadata_does_not_outweigh_the_right_one_in_the_next_digest() {
    let mut stage = Stage::sound();
    let digest = stage.digest(1);
    stage.object(&digest).metadata.insert("signature".into(), "00ff".into());
    stage.check(&[]);
    let newest = stage.digest(3);
    for signature in ["", "zz", "00ff", &"0".repeat(512)] {
        stage.object(&newest).metadata.insert("signature".into(), signature.into());
        stage.check(&unproven(&stage, 3, "signature", "digest-invalid"));
    }
}

#[test]
fn a_signature_counts_in_digits_of_either_case() {
    let mut stage = Stage::sound();
    for number in 0..4 {
        let digest = stage.digest(number);
        let metadata = &mut stage.object(&digest).metadata;
        let upper = metadata["signature"].to_ascii_uppercase();
        metadata.insert("signature".into(), upper);
    }
    stage.check(&[]);
}

#[test]
fn an_algorithm_that_is_not_supported_proves_nothing() {
    let signature = |text: &mut serde_json::Value| text["digestSignatureAlgorithm"] = json!("SHA1withRSA");
    let hash = |text: &mut serde_json::Value| text["previousDigestHashAlgorithm"] = json!("MD5");
    for edit in [&signature as &dyn Fn(&mut serde_json::Value), &hash] {
        let stage = Stage::planned(|number, plan| plan.edit = (number == 3).then_some(edit));
        stage.check(&unproven(&stage, 3, "algorithm", "digest-invalid"));
    }
    let mut stage = Stage::sound();
    let newest = stage.digest(3);
    stage.object(&newest).metadata.insert("signature-algorithm".into(), "SHA512withRSA".into());
    stage.check(&unproven(&stage, 3, "algorithm", "digest-invalid"));
    stage.object(&newest).metadata.remove("signature-algorithm");
    stage.check(&[]);
}

#[test]
fn a_link_that_does_not_hold_is_the_fault_of_the_older_digest() {
    let hash = |text: &mut serde_json::Value| text["previousDigestHashValue"] = json!("0".repeat(64));
    let signature = |text: &mut serde_json::Value| text["previousDigestSignature"] = json!("0".repeat(512));
    for edit in [&hash as &dyn Fn(&mut serde_json::Value), &signature] {
        let stage = Stage::planned(|number, plan| plan.edit = (number == 2).then_some(edit));
        stage.check(&unproven(&stage, 1, "link", "digest-invalid"));
    }
}

#[test]
fn a_digest_at_another_place_is_moved() {
    let mut stage = Stage::sound();
    let (bucket, key) = stage.digest(1);
    let object = stage.remove(&(bucket.clone(), key.clone()));
    let elsewhere = (bucket, key.replace("T111523Z", "T111524Z"));
    stage.world.objects.insert(elsewhere.clone(), object);
    let mut expected = unproven(&stage, 1, "missing", "digest-missing");
    expected.push(line(&elsewhere, "moved"));
    stage.check(&expected);
}

#[test]
fn a_digest_in_the_folder_of_another_region_is_moved() {
    let mut stage = Stage::sound();
    let digest = stage.digest(1);
    let object: Object = stage.object(&digest).clone();
    let elsewhere = (digest.0, digest.1.replace("/us-east-1/", "/eu-central-1/"));
    stage.world.objects.insert(elsewhere.clone(), object);
    stage.check(&[line(&elsewhere, "moved")]);
}

#[test]
fn what_is_not_exactly_one_gzip_member_is_damaged() {
    type Damage = fn(&mut Vec<u8>, &[u8]);
    let damages: [Damage; 5] = [
        |body, _| body.extend(gzip(b"{}")),
        |body, _| body.truncate(body.len() - 8),
        |body, _| body.truncate(body.len() / 2),
        |body, content| *body = content.to_vec(),
        |body, _| body.clear(),
    ];
    for damage in damages {
        let mut stage = Stage::sound();
        let (digest, content) = (stage.digest(1), stage.home.links[1].content.clone());
        damage(&mut stage.object(&digest).body, &content);
        stage.check(&unproven(&stage, 1, "damaged", "digest-invalid"));
    }
}

#[test]
fn a_digest_that_may_not_be_read_is_unreadable() {
    let mut stage = Stage::sound();
    stage.errors.insert(stage.digest(1).1, "AccessDenied");
    stage.check(&unproven(&stage, 1, "unreadable", "digest-invalid"));
}

#[test]
fn a_digest_that_ends_before_it_begins_is_none() {
    let edit = |text: &mut serde_json::Value| text["digestStartTime"] = text["digestEndTime"].clone();
    let stage = Stage::planned(|number, plan| plan.edit = (number == 1).then_some(&edit as _));
    stage.check(&unproven(&stage, 1, "format", "digest-invalid"));
}
