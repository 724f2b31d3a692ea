//! `trailbell verify` over buckets, against a stand-in for S3 and CloudTrail: what is asked, what comes of it, and what is
//! said when something is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::digests::{ACCOUNT, BUCKET, Chain, DigestPlan, HOME, SigningKey, World, day, gzip};
use testkit::stand_in::{Seen, ServedObject, Service, StandIn};

use crate::support::{Run, command, run, run_at};
use crate::verify_copy::copy;

/// 2026-09-14T00:00:00Z
pub(crate) const MIDNIGHT: i64 = 1_789_344_000;
const HOUR: i64 = 3600;
pub(crate) const SOURCE: &str = "s3://amzn-s3-demo-bucket";
pub(crate) const SPAN: [&str; 6] =
    ["--from", "2026-09-14", "--to", "2026-09-15T00:00:00Z", "--now", "2026-09-15T06:00:00Z"];

pub(crate) fn service(world: &World) -> Service {
    let objects = world.objects.iter().map(|(place, object)| {
        let served = ServedObject {
            body: object.body.clone(),
            metadata: object.metadata.clone(),
            written_at: object.written_at,
            ..ServedObject::default()
        };
        (place.clone(), served)
    });
    let keys: BTreeMap<String, Value> = serde_json::from_str(&world.keys_json()).unwrap();
    Service { objects: objects.collect(), public_keys: keys, page: 7, ..Service::default() }
}

fn bucket(files: u32) -> (StandIn, Vec<Chain>) {
    let (world, chains) = day(MIDNIGHT, files);
    (StandIn::serve(service(&world)), chains)
}

fn verify(stand_in: &StandIn, more: &[&str]) -> Run {
    run_at(stand_in, &[&["verify", SOURCE], &SPAN[..], more].concat())
}

pub(crate) fn json_of(stand_in: &StandIn, more: &[&str]) -> Value {
    let run = verify(stand_in, &[&["--format", "json"], more].concat());
    assert!(run.code == Some(0) || run.code == Some(1), "{run:?}");
    run.json()
}

/// The objects with a verdict other than `valid`, without their bucket.
pub(crate) fn invalid(report: &Value) -> Vec<(String, String)> {
    let members = ["digests", "logFiles"].into_iter().flat_map(|map| report[map].as_object().unwrap());
    let verdicts = members.map(|(place, verdict)| (place.clone(), verdict.as_str().unwrap().to_owned()));
    verdicts.filter(|(_, verdict)| verdict != "valid").collect()
}

pub(crate) fn place((bucket, key): &(String, String)) -> String {
    format!("s3://{bucket}/{key}")
}

fn count(seen: &[Seen], operation: &str) -> usize {
    seen.iter().filter(|seen| seen.operation == operation).count()
}

#[test]
fn a_sound_bucket_has_no_findings_and_each_region_is_asked_once_for_its_keys() {
    let (stand_in, _) = bucket(96);
    stand_in.change(|service| service.latency = Duration::from_millis(20));
    let run = verify(&stand_in, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    for part in
        ["96 are there and unaltered.", "All 48 digest files of this time are there", "48 of 48 valid"]
    {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let seen = stand_in.seen();
    assert_eq!(count(&seen, "GetObject"), 96 + 48, "every object is read once");
    let mut regions: Vec<&str> = seen
        .iter()
        .filter(|seen| seen.operation == "ListPublicKeys")
        .map(|seen| seen.resource.as_str())
        .collect();
    regions.sort_unstable();
    assert_eq!(regions, ["eu-central-1", "us-east-1"]);
    assert!(stand_in.most_at_once() > 8, "{} requests at once", stand_in.most_at_once());
    assert!(stand_in.most_at_once() <= 64, "{} requests at once", stand_in.most_at_once());
}

#[test]
fn only_the_accounts_regions_and_days_that_are_wanted_are_listed() {
    let (mut world, _) = day(MIDNIGHT, 48);
    for (bucket, key) in world.objects.keys().cloned().collect::<Vec<_>>() {
        let object = world.objects[&(bucket.clone(), key.clone())].clone();
        let other = key.replace(ACCOUNT, "444455556666").replace("2026/09/14", "2026/09/02");
        world.objects.insert((bucket, other), object);
    }
    let stand_in = StandIn::serve(service(&world));
    let report = json_of(&stand_in, &["--account", ACCOUNT, "--region", HOME]);
    assert_eq!((invalid(&report), report["findings"].as_bool()), (Vec::new(), Some(false)));
    let listed: Vec<Seen> =
        stand_in.seen().into_iter().filter(|seen| seen.operation == "ListObjectsV2").collect();
    assert!(!listed.is_empty());
    for Seen { resource, .. } in listed {
        let below = resource.strip_prefix("amzn-s3-demo-bucket/").unwrap();
        let is_wanted = below.matches('/').count() < 4
            || below.starts_with("AWSLogs/111122223333/") && below.contains("/us-east-1/2026/09/1");
        assert!(is_wanted && !below.starts_with("AWSLogs/444455556666/"), "{resource}");
    }
}

#[test]
fn a_refused_an_archived_and_a_vanished_object_are_told_apart_and_nothing_else_suffers() {
    let (mut world, chains) = day(MIDNIGHT, 96);
    let files = &chains[0].links[3].files;
    let (refused, archived) = (files[0].clone(), files[1].clone());
    let gone = chains[1].links[5].files[0].clone();
    world.objects.remove(&gone);
    let digest = &chains[0].links[10];
    let digest = (digest.bucket.clone(), digest.key.clone());
    let mut service = service(&world);
    service.objects.get_mut(&refused).unwrap().refusal = Some("AccessDenied".to_owned());
    service.objects.get_mut(&archived).unwrap().refusal = Some("InvalidObjectState".to_owned());
    service.objects.get_mut(&digest).unwrap().refusal = Some("NoSuchKey".to_owned());
    let report = json_of(&StandIn::serve(service), &[]);
    let mut expected = vec![
        (place(&refused), "unreadable".to_owned()),
        (place(&archived), "unreadable".to_owned()),
        (place(&gone), "missing".to_owned()),
        (place(&digest), "missing".to_owned()),
    ];
    expected.extend(chains[0].links[10].files.iter().map(|file| (place(file), "unproven".to_owned())));
    let mut found = invalid(&report);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let note = |place: String| report["details"][place]["note"].as_str().unwrap_or_default().to_owned();
    assert!(note(place(&refused)).contains("`s3:GetObject` on `s3://amzn-s3-demo-bucket/"), "{report}");
    assert!(note(place(&archived)).contains("it is archived; restore it first"), "{report}");
    let holes = report["holes"].as_array().unwrap();
    let reasons: Vec<&Value> = holes.iter().map(|hole| &hole["why"]).collect();
    assert!(reasons.contains(&&json!("digest-missing")), "{reasons:?}");
    assert!(!reasons.contains(&&json!("digest-invalid")), "{reasons:?}");
}

#[test]
fn a_connection_that_breaks_costs_a_request_and_no_verdict() {
    let (mut world, chains) = day(MIDNIGHT, 48);
    let often = chains[1].links[2].files[0].clone();
    let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    world.objects.get_mut(&often).unwrap().body = gzip(&large);
    let mut service = service(&world);
    service.objects.get_mut(&chains[0].links[3].files[0]).unwrap().breaks = 1;
    let digest = &chains[0].links[4];
    service.objects.get_mut(&(digest.bucket.clone(), digest.key.clone())).unwrap().breaks = 2;
    service.objects.get_mut(&often).unwrap().breaks = 50;
    let stand_in = StandIn::serve(service);
    let report = json_of(&stand_in, &[]);
    assert_eq!(invalid(&report), [(place(&often), "unreadable".to_owned())]);
    let resumed = stand_in.seen().into_iter().filter(|seen| seen.details.starts_with("bytes=")).count();
    assert_eq!(resumed, 1 + 2 + 3, "where the content broke off");
}

#[test]
fn refusals_of_whole_calls_name_the_permission_and_end_with_2() {
    let (world, _) = day(MIDNIGHT, 48);
    for (operation, code, parts) in [
        ("ListObjectsV2", "AccessDenied", ["`s3:ListBucket` on `amzn-s3-demo-bucket`: access denied", ""]),
        (
            "ListPublicKeys eu-central-1",
            "AccessDeniedException",
            ["`cloudtrail:ListPublicKeys` on `eu-central-1`: access denied", "`--keys`"],
        ),
        ("ListPublicKeys", "UnrecognizedClientException", ["has not enabled this region", "`--region`"]),
    ] {
        let mut service = service(&world);
        service.refusals.insert(operation.to_owned(), (code.to_owned(), None));
        let run = verify(&StandIn::serve(service), &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        for part in parts {
            assert!(run.stderr.contains(part), "{part}: {run:?}");
        }
    }
    let mut service = service(&world);
    for object in service.objects.values_mut() {
        object.refusal = Some("ExpiredToken".to_owned());
    }
    let run = verify(&StandIn::serve(service), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "half an answer is none: {run:?}");
    assert!(run.stderr.contains("the credentials are invalid or have expired"), "{run:?}");
}

#[test]
fn without_credentials_it_ends_within_a_second_and_says_what_to_set() {
    let begin = Instant::now();
    let output = command()
        .args(["verify", SOURCE])
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && stderr.contains("`AWS_PROFILE`"), "{stderr}");
    assert!(begin.elapsed() < Duration::from_secs(10), "it does not wait for a service that is not there");
    let run = run(["verify", "s3://Not_A_Bucket"]);
    assert!(run.code == Some(2) && run.stderr.contains("a bucket name has 3 to 63"), "{run:?}");
}

#[test]
fn organizations_control_tower_and_prefixes_are_found() {
    for (prefix, organization, source) in [
        ("", Some("o-example123"), SOURCE.to_owned()),
        ("o-example123/", Some("o-example123"), SOURCE.to_owned()),
        ("audit/trails/", None, SOURCE.to_owned()),
        ("audit/trails/", None, format!("{SOURCE}/audit/trails")),
        ("audit/trails/", None, format!("{SOURCE}/audit/trails/AWSLogs/")),
    ] {
        let mut world = World::default();
        world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 48 * HOUR)]);
        let mut chain = Chain::new(HOME, SigningKey::Home);
        (chain.prefix, chain.organization) = (prefix.to_owned(), organization.map(str::to_owned));
        for hour in 0..24 {
            let start = MIDNIGHT + hour * HOUR;
            let file = chain.log_file(&mut world, start + 60, 0);
            chain.digest(&mut world, DigestPlan { files: vec![file], ..DigestPlan::hour(start) });
        }
        let stand_in = StandIn::serve(service(&world));
        let run = run_at(&stand_in, &[&["verify", &source, "--format", "json"], &SPAN[..]].concat());
        assert_eq!(run.code, Some(0), "{prefix} {source}: {run:?}");
        assert_eq!(run.json()["logFiles"].as_object().unwrap().len(), 24, "{prefix} {source}");
    }
}

#[test]
fn a_region_without_events_is_no_finding() {
    let mut world = World::default();
    world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 48 * HOUR)]);
    let mut chain = Chain::new(HOME, SigningKey::Home);
    for hour in -1..25 {
        chain.digest(&mut world, DigestPlan::hour(MIDNIGHT + hour * HOUR));
    }
    let run = verify(&StandIn::serve(service(&world)), &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("24 of 24 valid") || run.stdout.contains("25 of 25 valid"), "{}", run.stdout);
}

#[test]
fn names_that_digests_prove_reach_no_other_bucket_and_no_other_folder() {
    let mut world = World::default();
    world.keys.insert(HOME.into(), vec![(SigningKey::Home, MIDNIGHT, MIDNIGHT + 48 * HOUR)]);
    let mut chain = Chain::new(HOME, SigningKey::Home);
    let names = [
        ("amzn-s3-demo-secrets", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/x.json.gz"),
        (BUCKET, "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/../../../../../../secrets.json.gz"),
        (BUCKET, "secrets/salaries.json.gz"),
    ];
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for hour in 0..24 {
        let file = |(bucket, key): (&str, &str)| {
            json!({
                "s3Bucket": bucket, "s3Object": key, "hashValue": hash, "hashAlgorithm": "SHA-256",
                "newestEventTime": null, "oldestEventTime": null,
            })
        };
        let files = if hour == 5 { names.map(file).to_vec() } else { Vec::new() };
        let start = MIDNIGHT + hour * HOUR;
        chain.digest(&mut world, DigestPlan { files, ..DigestPlan::hour(start) });
    }
    let mut service = service(&world);
    for (bucket, key) in names {
        let secret = ServedObject { body: gzip(b"{}"), ..ServedObject::default() };
        service.objects.insert((bucket.to_owned(), key.to_owned()), secret);
    }
    let stand_in = StandIn::serve(service);
    let report = json_of(&stand_in, &[]);
    let folder = tempfile::tempdir().unwrap();
    let copied = copy(&stand_in, folder.path(), &[]);
    // One of them is in the listing, too.
    assert_eq!(copied.code, Some(1), "{copied:?}");
    assert!(copied.stderr.contains("its name could leave the folder, so it was not copied"), "{copied:?}");
    assert!(copied.stderr.contains("3 files that digests name lie outside"), "{copied:?}");
    let digests = "amzn-s3-demo-bucket/AWSLogs/111122223333/CloudTrail-Digest/";
    for Seen { operation, resource, .. } in stand_in.seen() {
        let is_harmless = match operation.as_str() {
            "GetObject" => resource.starts_with(digests),
            _ => resource.starts_with("amzn-s3-demo-bucket/") || operation == "ListPublicKeys",
        };
        assert!(is_harmless, "{operation} {resource}");
    }
    let verdicts: Vec<&str> =
        report["logFiles"].as_object().unwrap().values().map(|verdict| verdict.as_str().unwrap()).collect();
    assert_eq!(verdicts, ["unsafe-name", "unreadable", "unreadable"]);
}

#[test]
fn a_second_run_reads_only_what_is_new() {
    let (stand_in, chains) = bucket(96);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json").display().to_string();
    assert_eq!(verify(&stand_in, &["--state", &state]).code, Some(0));
    stand_in.seen();
    assert_eq!(verify(&stand_in, &["--state", &state]).code, Some(0));
    assert_eq!(count(&stand_in.seen(), "GetObject"), 48, "the digests, and no log file");
    let file = chains[0].links[3].files[0].clone();
    stand_in.change(|service| service.objects.get_mut(&file).unwrap().body = gzip(b"{}"));
    let run = verify(&stand_in, &["--state", &state, "--format", "json"]);
    assert_eq!(invalid(&run.json()), [(place(&file), "altered".to_owned())]);
    assert_eq!(count(&stand_in.seen(), "GetObject"), 48 + chains[0].links[3].files.len());
}

#[test]
fn the_keys_that_were_asked_for_can_be_saved_and_used_offline() {
    let (stand_in, _) = bucket(48);
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json").display().to_string();
    assert_eq!(verify(&stand_in, &["--save-keys", &keys]).code, Some(0));
    stand_in.seen();
    let report = json_of(&stand_in, &["--keys", &keys]);
    assert_eq!(count(&stand_in.seen(), "ListPublicKeys"), 0);
    assert_eq!((report["findings"].as_bool(), &report["run"]["keysFile"]), (Some(false), &json!(keys)));
    let page = verify(&stand_in, &["--format", "html"]);
    assert!(page.stdout.contains("CloudTrail itself, which this run asked"), "{}", page.stdout);
}

/// The cases beside the project, where they are there: each one served as a bucket, verified by the binary and compared, and
/// then copied and verified once more.
#[test]
fn every_case_of_the_corpus_gets_its_verdicts_from_a_bucket_and_from_its_copy() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cases = project.parent().unwrap().join("shared/reference/digest-corpus/cases");
    let Ok(entries) = fs::read_dir(cases) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let stand_in = StandIn::serve(served(&case));
        let source = format!("s3://{}", case["objects"].as_object().unwrap().keys().next().unwrap());
        let time = |name: &str| case["request"][name].as_str().unwrap().to_owned();
        let (from, to, now) = (time("from"), time("to"), time("now"));
        let span = ["--from", &from, "--to", &to];
        let how = ["--now", &now, "--format", "json"];
        let mut expected = case["expected"].clone();
        if case.get("ledger").is_some() {
            expected["findings"] = json!(false);
        }
        let found = run_at(&stand_in, &[&["verify", &source][..], &span, &how].concat());
        assert!(found.code != Some(2), "{}: {found:?}", path.display());
        for member in ["findings", "digests", "logFiles", "holes", "starts"] {
            assert_eq!(found.json()[member], expected[member], "`{member}` of {}", path.display());
        }
        if case["objects"].to_string().contains("\"error\"") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let (copied, keys) = (folder.path().display().to_string(), folder.path().join("keys.json"));
        run_at(&stand_in, &[&["verify", "copy", &source, &copied][..], &span].concat());
        fs::write(&keys, case["publicKeys"].to_string()).unwrap();
        let keys = keys.display().to_string();
        let again = run([&["verify", &copied, "--keys", &keys][..], &span, &how].concat());
        for member in ["findings", "digests", "logFiles", "holes", "starts"] {
            assert_eq!(again.json()[member], expected[member], "`{member}` of a copy of {}", path.display());
        }
    }
}

/// A case as a service.
fn served(case: &Value) -> Service {
    let mut service = Service::default();
    for (bucket, objects) in case["objects"].as_object().unwrap() {
        for (key, object) in objects.as_object().unwrap() {
            if object.get("deleted").is_some() {
                continue;
            }
            let metadata = object.get("metadata").map(|metadata| serde_json::from_value(metadata.clone()));
            let written_at = time::OffsetDateTime::parse(
                object["lastModified"].as_str().unwrap(),
                &time::format_description::well_known::Rfc3339,
            );
            let served = ServedObject {
                body: data_encoding::BASE64.decode(object["body"].as_str().unwrap().as_bytes()).unwrap(),
                metadata: metadata.transpose().unwrap().unwrap_or_default(),
                written_at: written_at.unwrap().unix_timestamp(),
                refusal: object.get("error").map(|code| code.as_str().unwrap().to_owned()),
                breaks: 0,
            };
            service.objects.insert((bucket.clone(), key.clone()), served);
        }
    }
    service.public_keys = serde_json::from_value(case["publicKeys"].clone()).unwrap();
    service
}
