//! One fault in a log file each.

use serde_json::json;
use testkit::digests::{ACCOUNT, BUCKET, HOME, Object, gzip};

use crate::stage::{AWAY, Stage, at, hole, line};

#[test]
fn a_sound_stage_has_nothing_wrong() {
    let stage = Stage::sound();
    stage.check(&[]);
    let territories = stage.verify().report.territories;
    assert_eq!(
        territories.iter().map(|t| (t.digests.len(), t.named, t.valid)).collect::<Vec<_>>(),
        [(4, 2, 2), (4, 8, 8)]
    );
}

#[test]
fn a_changed_record_is_altered_with_both_hashes() {
    let mut stage = Stage::sound();
    let file = stage.file(1, 0);
    stage.object(&file).body = gzip(br#"{"Records":[]}"#);
    stage.check(&[line(&file, "altered")]);
    let verified = stage.verify();
    let outcome = verified
        .report
        .territories
        .iter()
        .flat_map(|t| &t.log_files)
        .find(|f| f.place.key == file.1)
        .unwrap();
    assert_eq!(outcome.found_sha256, Some(digests::sha256_hex(br#"{"Records":[]}"#)));
    assert!(outcome.delivered_sha256.is_some() && outcome.delivered_sha256 != outcome.found_sha256);
}

#[test]
fn a_deleted_file_is_missing() {
    let mut stage = Stage::sound();
    let file = stage.file(2, 1);
    stage.remove(&file);
    stage.check(&[line(&file, "missing")]);
}

#[test]
fn a_file_that_no_digest_names_is_unlisted() {
    let mut stage = Stage::sound();
    let entry = stage.home.clone().log_file(&mut stage.world, at(11, 40), 7);
    let file = (BUCKET.to_owned(), entry["s3Object"].as_str().unwrap().to_owned());
    stage.check(&[line(&file, "unlisted")]);
}

#[test]
fn a_file_without_a_time_in_its_name_is_unlisted() {
    let mut stage = Stage::sound();
    let folder = stage.file(1, 0).1.rsplit_once('/').unwrap().0.to_owned();
    let file = (BUCKET.to_owned(), format!("{folder}/notes.json"));
    stage.world.objects.insert(file.clone(), Object { written_at: at(11, 0), ..Object::default() });
    stage.check(&[line(&file, "unlisted")]);
}

#[test]
fn a_file_with_a_time_of_another_day_in_its_name_is_unlisted() {
    let mut stage = Stage::sound();
    let (bucket, key) = stage.file(1, 0);
    let file = (bucket, key.replace("20260914T1015Z", "20300101T0000Z"));
    let object = Object { written_at: at(23, 0), ..Object::default() };
    stage.now = at(15, 0);
    stage.world.objects.insert(file.clone(), object);
    let wrong = stage.wrong();
    assert!(wrong.contains(&line(&file, "pending")) || wrong.contains(&line(&file, "unlisted")), "{wrong:?}");
    stage.with_times = false;
    assert!(stage.wrong().contains(&line(&file, "unlisted")), "{:?}", stage.wrong());
}

#[test]
fn a_file_after_the_newest_digest_is_pending_until_the_next_one_is_overdue() {
    let mut stage = Stage::sound();
    let entry = stage.home.clone().log_file(&mut stage.world, at(13, 21), 7);
    let file = (BUCKET.to_owned(), entry["s3Object"].as_str().unwrap().to_owned());
    stage.check(&[line(&file, "pending")]);
    stage.now = at(16, 0);
    stage.check(&[
        line(&file, "unproven"),
        hole(HOME, stage.home.links[3].end, stage.to, "overdue"),
        hole(AWAY, stage.away.links[3].end, stage.to, "overdue"),
    ]);
}

#[test]
fn a_file_that_is_added_later_under_an_old_name_is_pending_and_then_unlisted() {
    let mut stage = Stage::sound();
    let entry = stage.home.clone().log_file(&mut stage.world, at(10, 40), 7);
    let file = (BUCKET.to_owned(), entry["s3Object"].as_str().unwrap().to_owned());
    stage.object(&file).written_at = at(13, 50);
    assert_eq!(stage.wrong(), [line(&file, "pending")]);
    stage.to = at(12, 0);
    stage.now = at(23, 0);
    assert_eq!(stage.wrong(), [line(&file, "unlisted")]);
}

#[test]
fn anything_but_one_complete_gzip_member_is_damaged() {
    let damages: [fn(&mut Vec<u8>); 4] = [
        |body| body.extend(gzip(br#"{"Records":[]}"#)),
        |body| body.truncate(body.len() / 2),
        |body| body.truncate(body.len() - 8),
        |body| body.push(0),
    ];
    for damage in damages {
        let mut stage = Stage::sound();
        let file = stage.file(0, 1);
        damage(&mut stage.object(&file).body);
        stage.check(&[line(&file, "damaged")]);
    }
}

#[test]
fn compression_is_not_signed() {
    let mut stage = Stage::sound();
    let (packed, plain) = (stage.file(0, 0), stage.file(0, 1));
    let inflate = |body: &[u8]| {
        let mut gunzip = cloudtrail::Gunzip::new(body, 1 << 20);
        let mut content = vec![0; 1 << 16];
        let count = gunzip.read_chunk(&mut content).unwrap();
        content.truncate(count);
        content
    };
    let content = inflate(&stage.object(&packed).body);
    let stored: Vec<u8> = {
        // One stored block: another compression of the same content.
        let length = u16::try_from(content.len()).unwrap();
        let sum = gzip(&content);
        let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
        body.extend(length.to_le_bytes());
        body.extend((!length).to_le_bytes());
        body.extend(&content);
        body.extend(&sum[sum.len() - 8..]);
        body
    };
    stage.object(&packed).body = stored;
    let content = inflate(&stage.object(&plain).body);
    stage.object(&plain).body = content;
    stage.check(&[]);
}

#[test]
fn content_that_is_neither_gzip_nor_the_delivered_one_is_altered() {
    for body in [&b""[..], b"\x1f", b"\x1fx", b"hello", b"{}"] {
        let mut stage = Stage::sound();
        let file = stage.file(1, 1);
        stage.object(&file).body = body.to_vec();
        stage.check(&[line(&file, "altered")]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_unreadable() {
    let mut stage = Stage::sound();
    let file = stage.file(1, 0);
    stage.errors.insert(file.1.clone(), "InvalidObjectState");
    stage.check(&[line(&file, "unreadable")]);
}

#[test]
fn two_hashes_for_one_file_are_a_conflict() {
    let stage = Stage::sound();
    let twice = stage.home.links[1].files[0].1.clone();
    let mut stage = Stage::planned(|number, plan| {
        if number == 2 {
            let mut again = plan.files[0].clone();
            again["s3Object"] = json!(twice);
            plan.files.push(again);
        }
    });
    let file = stage.file(1, 0);
    stage.check(&[line(&file, "conflict")]);
    // The same hash twice is the same file.
    let entry = stage.home.links[1].content.clone();
    let entry: serde_json::Value = serde_json::from_slice(&entry).unwrap();
    let again = entry["logFiles"][0].clone();
    stage = Stage::planned(|number, plan| {
        if number == 2 {
            plan.files.push(again.clone());
        }
    });
    stage.check(&[]);
}

#[test]
fn a_hash_of_an_unknown_kind_proves_nothing() {
    let stage = Stage::planned(|number, plan| {
        if number == 1 {
            plan.files[0]["hashAlgorithm"] = json!("SHA3-256");
            plan.files[1]["hashValue"] = json!("abc");
        }
    });
    stage.check(&[line(&stage.file(1, 0), "unproven"), line(&stage.file(1, 1), "unproven")]);
}

#[test]
fn other_files_of_the_bucket_are_of_no_interest() {
    let mut stage = Stage::sound();
    for key in [
        format!("AWSLogs/{ACCOUNT}/CloudTrail/"),
        format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/"),
        format!("AWSLogs/{ACCOUNT}/Config/{HOME}/2026/9/14/ConfigHistory/x.json.gz"),
        format!(
            "AWSLogs/{ACCOUNT}/CloudTrail-Insight/{HOME}/2026/09/14/{ACCOUNT}_CloudTrail-Insight_{HOME}_20260914T1130Z_a.json.gz"
        ),
        "notes.txt".to_owned(),
    ] {
        stage
            .world
            .objects
            .insert((BUCKET.to_owned(), key), Object { written_at: at(11, 30), ..Object::default() });
    }
    stage.check(&[]);
}
