//! `trailbell verify` over copies of buckets: layouts, forms, exit codes, traps.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::digests::{ACCOUNT, BUCKET, Chain, DigestPlan, HOME, SigningKey, World, day, gzip};

use crate::support::{Run, run};

/// 2026-09-14T00:00:00Z
const MIDNIGHT: i64 = 1_789_344_000;
const HOUR: i64 = 3600;
const SPAN: [&str; 6] =
    ["--from", "2026-09-14", "--to", "2026-09-15T00:00:00Z", "--now", "2026-09-15T06:00:00Z"];

/// A copy of a sound day, and the chains in it.
fn copy() -> (TempDir, World, Vec<Chain>) {
    let folder = tempfile::tempdir().unwrap();
    let (world, chains) = day(MIDNIGHT, 96);
    world.write(folder.path()).unwrap();
    (folder, world, chains)
}

fn verify(source: &Path, keys: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["verify".to_owned(), source.display().to_string()];
    arguments.extend(["--keys".to_owned(), keys.display().to_string()]);
    arguments.extend(SPAN.iter().chain(more).map(|argument| (*argument).to_owned()));
    run(arguments)
}

fn json_of(folder: &Path, more: &[&str]) -> Value {
    let more: Vec<&str> = ["--format", "json"].iter().chain(more).copied().collect();
    let run = verify(folder, &folder.join("keys.json"), &more);
    let report = run.json();
    assert_eq!(run.code, Some(i32::from(report["findings"].as_bool().unwrap())), "{}", run.stderr);
    report
}

/// The objects with a verdict other than `valid`.
fn invalid(report: &Value) -> Vec<(String, String)> {
    let members = ["digests", "logFiles"].into_iter().flat_map(|map| report[map].as_object().unwrap());
    let verdicts = members.map(|(place, verdict)| (place.clone(), verdict.as_str().unwrap().to_owned()));
    verdicts.filter(|(_, verdict)| verdict != "valid").collect()
}

fn path_of(folder: &Path, (bucket, key): &(String, String)) -> PathBuf {
    folder.join(bucket).join(key)
}

#[test]
fn a_sound_copy_has_no_findings_and_says_what_is_proven() {
    let (folder, ..) = copy();
    let run = verify(folder.path(), &folder.path().join("keys.json"), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for part in [
        "Of the 96 log files that CloudTrail says it delivered",
        "96 are there and unaltered.",
        "No other file lies among them.",
        "All 48 digest files of this time are there, linked, and signed",
        "48 of 48 valid",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn what_is_wrong_comes_with_its_meaning_and_what_to_do() {
    let (folder, _, chains) = copy();
    let (altered, missing) = (chains[0].links[3].files[0].clone(), chains[1].links[5].files[0].clone());
    fs::write(path_of(folder.path(), &altered), gzip(b"{}")).unwrap();
    fs::remove_file(path_of(folder.path(), &missing)).unwrap();
    let digest = &chains[0].links[10];
    fs::remove_file(path_of(folder.path(), &(digest.bucket.clone(), digest.key.clone()))).unwrap();
    let run = verify(folder.path(), &folder.path().join("keys.json"), &[]);
    assert_eq!(run.code, Some(1));
    for part in [
        &format!("LOG FILE altered  s3://{BUCKET}/{}", altered.1),
        &format!("LOG FILE missing  s3://{BUCKET}/{}", missing.1),
        &format!("DIGEST missing  s3://{BUCKET}/{}", digest.key),
        "NOT PROVEN  111122223333 us-east-1 management_events  2026-09-14T10:15:23Z to 2026-09-14T11:15:23Z (1 h): the digest of this time is missing",
        "what to do: restore the delivered version",
        "1 log file is altered, 1 log file is missing, 2 log files are not proven, 1 digest file is missing or not valid and 1 span of time, 1 h in all, is not proven.",
        "6 findings",
    ] {
        let text = run.stdout.replace('\n', " ");
        assert!(text.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn the_json_form_lists_every_object_with_its_hash() {
    let (folder, _, chains) = copy();
    let altered = chains[0].links[3].files[0].clone();
    fs::write(path_of(folder.path(), &altered), gzip(b"{}")).unwrap();
    let report = json_of(folder.path(), &[]);
    let place = format!("s3://{BUCKET}/{}", altered.1);
    assert_eq!(invalid(&report), [(place.clone(), "altered".to_owned())]);
    assert_eq!(
        (report["digests"].as_object().unwrap().len(), report["logFiles"].as_object().unwrap().len()),
        (48, 96)
    );
    assert_eq!(report["details"].as_object().unwrap().len(), 48 + 96);
    let found = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(report["details"][&place]["foundSha256"], found);
    let digest = format!("s3://{BUCKET}/{}", chains[0].links[3].key);
    assert_eq!(report["details"][&digest]["sha256"], json!(chains[0].links[3].sha256));
    assert_eq!(report["details"][&digest]["signatureFrom"], "metadata");
    assert_eq!(report["starts"].as_array().unwrap().len(), 2);
    assert_eq!(report["holes"][0]["why"], "before-chain");
    assert_eq!(report["keys"][0]["digests"], 24);
    assert_eq!(report["evaluated"], Value::Null);
    // The hash is of the report without it and without the run, and the same in every run.
    let text = verify(folder.path(), &folder.path().join("keys.json"), &["--format", "json"]).stdout;
    let hashed = format!("{}}}", text.split(",\"resultSha256\"").next().unwrap());
    assert_eq!(report["resultSha256"], digests::sha256_hex(hashed.as_bytes()));
    assert_eq!(report["resultSha256"], json_of(folder.path(), &[])["resultSha256"]);
}

#[test]
fn copies_are_understood_with_and_without_the_folders_of_bucket_and_prefix() {
    let (folder, ..) = copy();
    let (root, keys) = (folder.path(), folder.path().join("keys.json"));
    let bucket = root.join(BUCKET);
    for source in [root.to_path_buf(), bucket.clone(), bucket.join("AWSLogs"), bucket.join(".")] {
        assert_eq!(verify(&source, &keys, &[]).code, Some(0), "{}", source.display());
    }
    // Without the bucket's name, and below folders that are not those of a prefix.
    fs::create_dir_all(root.join("x/y")).unwrap();
    fs::rename(&bucket, root.join("x/y/z")).unwrap();
    for source in ["", "x", "x/y/z", "x/y/z/AWSLogs"] {
        let run = verify(&root.join(source), &keys, &["--format", "json"]);
        assert_eq!(run.code, Some(0), "{source}: {}", run.stderr);
        assert!(
            run.json()["digests"]
                .as_object()
                .unwrap()
                .keys()
                .all(|place| place.starts_with("s3://amzn-s3-demo-bucket/AWSLogs/"))
        );
    }
}

#[test]
fn a_prefix_is_part_of_where_a_digest_lies() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 48 * HOUR)]);
    let mut chain = Chain::new(HOME, SigningKey::Home);
    chain.prefix = "audit/2026/".to_owned();
    for hour in 0..25 {
        chain.digest(&mut world, DigestPlan::hour(MIDNIGHT - 600 + hour * HOUR));
    }
    world.write(folder.path()).unwrap();
    assert_eq!(invalid(&json_of(folder.path(), &[])), []);
    // Only the folders from `AWSLogs/` on were copied.
    let keys = folder.path().join("keys.json");
    assert_eq!(verify(&folder.path().join(BUCKET).join("audit/2026/AWSLogs"), &keys, &[]).code, Some(0));
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::rename(folder.path().join(BUCKET).join("audit/2026/AWSLogs"), other.join("AWSLogs")).unwrap();
    assert_eq!(verify(&other, &keys, &[]).code, Some(0));
    // In the bucket, but below another prefix.
    fs::create_dir_all(other.join(BUCKET).join("changed")).unwrap();
    fs::rename(other.join("AWSLogs"), other.join(BUCKET).join("changed/AWSLogs")).unwrap();
    let run = verify(&other, &keys, &["--format", "json"]);
    assert_eq!(
        (run.code, invalid(&run.json()).iter().all(|(_, verdict)| verdict == "moved")),
        (Some(1), true)
    );
}

#[test]
fn metadata_may_be_an_answer_of_head_object_or_lost() {
    let (folder, _, chains) = copy();
    for link in chains.iter().flat_map(|chain| &chain.links) {
        let path = path_of(folder.path(), &(link.bucket.clone(), format!("{}.meta.json", link.key)));
        let metadata: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        fs::write(&path, json!({ "ContentLength": 1, "Metadata": metadata }).to_string()).unwrap();
    }
    assert_eq!(invalid(&json_of(folder.path(), &[])), []);
    for link in chains.iter().flat_map(|chain| &chain.links) {
        fs::remove_file(path_of(folder.path(), &(link.bucket.clone(), format!("{}.meta.json", link.key))))
            .unwrap();
    }
    let report = json_of(folder.path(), &[]);
    let lost: Vec<String> =
        chains.iter().map(|chain| format!("s3://{BUCKET}/{}", chain.links[23].key)).collect();
    let digests: Vec<String> = invalid(&report)
        .into_iter()
        .filter(|(_, verdict)| verdict == "no-signature")
        .map(|(place, _)| place)
        .collect();
    assert_eq!(digests.len(), 2);
    assert!(lost.iter().all(|place| digests.contains(place)));
    let note = report["details"][&lost[0]]["note"].as_str().unwrap();
    assert!(note.contains("are right") && note.contains("the copy has lost its metadata"), "{note}");
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    let (folder, _, chains) = copy();
    let outside = tempfile::tempdir().unwrap();
    let file = chains[0].links[3].files[0].clone();
    let (path, target) = (path_of(folder.path(), &file), outside.path().join("target"));
    fs::rename(&path, &target).unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    let place = format!("s3://{BUCKET}/{}", file.1);
    let report = json_of(folder.path(), &[]);
    assert_eq!(invalid(&report), [(place.clone(), "unreadable".to_owned())]);
    assert!(report["details"][&place]["note"].as_str().unwrap().contains("symbolic link"));
    // A folder that leads outside is not one either.
    fs::remove_file(&path).unwrap();
    fs::rename(&target, &path).unwrap();
    let region = folder.path().join(BUCKET).join(format!("AWSLogs/{ACCOUNT}/CloudTrail/{HOME}/2026/09"));
    fs::rename(&region, outside.path().join("month")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("month"), &region).unwrap();
    let verdicts = invalid(&json_of(folder.path(), &[]));
    assert!(
        verdicts.len() == 48 && verdicts.iter().all(|(_, verdict)| verdict == "unreadable"),
        "{verdicts:?}"
    );
}

#[test]
fn a_folder_in_the_place_of_a_file_is_unreadable() {
    let (folder, _, chains) = copy();
    let file = chains[0].links[3].files[0].clone();
    fs::remove_file(path_of(folder.path(), &file)).unwrap();
    fs::create_dir(path_of(folder.path(), &file)).unwrap();
    assert_eq!(
        invalid(&json_of(folder.path(), &[])),
        [(format!("s3://{BUCKET}/{}", file.1), "unreadable".to_owned())]
    );
}

#[test]
fn a_state_file_spares_what_has_not_changed() {
    let (folder, _, chains) = copy();
    let state = folder.path().join("state.json");
    let state_arguments = ["--state", state.to_str().unwrap()];
    let remembered = |report: &Value| {
        report["details"]
            .as_object()
            .unwrap()
            .values()
            .filter(|details| details["remembered"] == true)
            .count()
    };
    assert_eq!(remembered(&json_of(folder.path(), &state_arguments)), 0);
    let second = json_of(folder.path(), &state_arguments);
    assert_eq!((remembered(&second), invalid(&second)), (96, Vec::new()));
    let file = chains[0].links[3].files[0].clone();
    fs::write(path_of(folder.path(), &file), gzip(b"{}")).unwrap();
    let third = json_of(folder.path(), &state_arguments);
    assert_eq!(invalid(&third), [(format!("s3://{BUCKET}/{}", file.1), "altered".to_owned())]);
    assert_eq!(remembered(&third), 94);
    fs::write(&state, "{}").unwrap();
    let run = verify(folder.path(), &folder.path().join("keys.json"), &state_arguments);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("is not a state file of `trailbell verify`"), "{}", run.stderr);
}

#[test]
fn the_page_is_self_contained_and_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 48 * HOUR)]);
    let mut chain = Chain::new(HOME, SigningKey::Home);
    chain.trail = "<img src=x onerror=alert(1)>\u{202e}\u{1b}[31m".to_owned();
    for hour in 0..24 {
        let file = chain.log_file(&mut world, MIDNIGHT + hour * HOUR + 60, 0);
        chain
            .digest(&mut world, DigestPlan { files: vec![file], ..DigestPlan::hour(MIDNIGHT + hour * HOUR) });
    }
    world.objects.remove(&chain.links[4].files[0]);
    world.write(folder.path()).unwrap();
    let keys = folder.path().join("keys.json");
    let page = verify(folder.path(), &keys, &["--format", "html", "--by", "A. Auditor & <Co>"]);
    assert_eq!(page.code, Some(1));
    for forbidden in ["<img", "<script", "\u{202e}", "\u{1b}", "src=", "href=", "http://", "https://", "<Co>"]
    {
        let harmless = page.stdout.replace("&lt;img src=x", "");
        assert!(!harmless.contains(forbidden), "{forbidden}");
    }
    for part in [
        "There are findings.",
        "&lt;img src=x onerror=alert(1)&gt;",
        "A. Auditor &amp; &lt;Co&gt;",
        "missing",
        "1. Statement",
        "9. Controls",
        SigningKey::Home.fingerprint().as_str(),
        "■",
    ] {
        assert!(page.stdout.contains(part), "{part}");
    }
    let report = verify(folder.path(), &keys, &["--format", "json"]).json();
    assert!(page.stdout.contains(report["resultSha256"].as_str().unwrap()));
    let text = verify(folder.path(), &keys, &[]).stdout;
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn keys_are_needed_and_named_and_can_be_saved() {
    let (folder, mut world, _) = copy();
    let source = folder.path().display().to_string();
    let without = run(["verify", &source]);
    assert_eq!(without.code, Some(2));
    assert!(without.stderr.contains("no public keys are given"), "{}", without.stderr);
    let saved = folder.path().join("saved.json");
    let keys = folder.path().join("keys.json");
    assert_eq!(verify(folder.path(), &keys, &["--save-keys", saved.to_str().unwrap()]).code, Some(0));
    assert_eq!(verify(folder.path(), &saved, &[]).code, Some(0));
    world.keys.remove(HOME);
    fs::write(&keys, world.keys_json()).unwrap();
    let run = verify(folder.path(), &keys, &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no public keys for `us-east-1`"), "{}", run.stderr);
    fs::write(&keys, world.keys_json().replacen("\"Fingerprint\": \"", "\"Fingerprint\": \"0", 1)).unwrap();
    let run = verify(folder.path(), &keys, &["--region", "eu-central-1"]);
    assert!(run.stderr.contains("has another fingerprint than its bytes"), "{}", run.stderr);
    assert_eq!(run.code, Some(1));
}

#[test]
fn accounts_and_regions_narrow_the_work_and_are_missed_when_they_are_not_there() {
    let (folder, ..) = copy();
    let report = json_of(folder.path(), &["--region", "eu-central-1"]);
    assert_eq!(
        (report["digests"].as_object().unwrap().len(), report["findings"].as_bool()),
        (24, Some(false))
    );
    let report = json_of(folder.path(), &["--region", "eu-central-1", "--region", "eu-west-3"]);
    assert_eq!(report["holes"].as_array().unwrap().last().unwrap()["why"], "no-digest");
    let run = verify(folder.path(), &folder.path().join("keys.json"), &["--account", "444455556666"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no digests and no log files"), "{}", run.stderr);
    let run = verify(folder.path(), &folder.path().join("keys.json"), &["--account", "12"]);
    assert!(run.stderr.contains("expected 12 digits"), "{}", run.stderr);
}

/// The cases beside the project, where they are there: each one unpacked, verified by the binary and compared.
#[test]
fn every_case_of_the_corpus_gets_its_verdicts_from_a_folder() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cases = project.parent().unwrap().join("shared/reference/digest-corpus/cases");
    let Ok(entries) = fs::read_dir(cases) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let unreadable = unpack(&case, folder.path());
        let time = |name: &str| case["request"][name].as_str().unwrap().to_owned();
        let (source, keys) =
            (folder.path().display().to_string(), folder.path().join("keys.json").display().to_string());
        let (from, to, now) = (time("from"), time("to"), time("now"));
        let arguments = [
            "verify", &source, "--keys", &keys, "--from", &from, "--to", &to, "--now", &now, "--format",
            "json",
        ];
        let found = run(arguments).json();
        let mut expected = case["expected"].clone();
        if case.get("ledger").is_some() {
            expected["findings"] = json!(false);
        }
        for member in ["digests", "logFiles"] {
            for (place, verdict) in expected[member].as_object_mut().unwrap() {
                if unreadable.contains(place) {
                    *verdict = json!("missing");
                }
            }
        }
        for hole in expected["holes"].as_array_mut().unwrap() {
            if hole["why"] == "digest-invalid"
                && unreadable.iter().any(|place| place.contains("CloudTrail-Digest"))
            {
                hole["why"] = json!("digest-missing");
            }
        }
        for member in ["findings", "digests", "logFiles", "holes", "starts"] {
            assert_eq!(found[member], expected[member], "`{member}` of {}", path.display());
        }
    }
}

/// Writes a case as a folder; gives the places of objects that cannot be files, because they cannot be read.
fn unpack(case: &Value, folder: &Path) -> Vec<String> {
    let mut unreadable = Vec::new();
    for (bucket, objects) in case["objects"].as_object().unwrap() {
        for (key, object) in objects.as_object().unwrap() {
            let Some(body) = object["body"].as_str().filter(|_| !key.ends_with('/')) else { continue };
            if object.get("error").is_some() {
                unreadable.push(format!("s3://{bucket}/{key}"));
                continue;
            }
            let path = folder.join(bucket).join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, data_encoding::BASE64.decode(body.as_bytes()).unwrap()).unwrap();
            if let Some(metadata) = object.get("metadata") {
                fs::write(format!("{}.meta.json", path.display()), metadata.to_string()).unwrap();
            }
        }
    }
    fs::write(folder.join("keys.json"), case["publicKeys"].to_string()).unwrap();
    unreadable
}
