//! `trailbell verify` and `aws cloudtrail validate-logs` over the same bucket: where AWS's own validator gives a verdict, ours
//! agrees.
//!
//! Where they are meant to differ is in `docs/verify.md`; none of those cases is here.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;
use testkit::digests::{BUCKET, Chain, HOME, World, day, gzip};
use testkit::emulator::{executable, python_tools};
use testkit::stand_in::{ServedObject, Service, StandIn};

/// 2026-09-14T00:00:00Z
const MIDNIGHT: i64 = 1_789_344_000;

fn serve(world: World) -> StandIn {
    let public_keys = serde_json::from_str(&world.keys_json()).unwrap();
    let objects = world.objects.into_iter().map(|(place, object)| {
        let served = ServedObject {
            body: object.body,
            metadata: object.metadata,
            written_at: object.written_at,
            ..ServedObject::default()
        };
        (place, served)
    });
    StandIn::serve(Service { objects: objects.collect(), public_keys, ..Service::default() })
}

fn output(command: &mut Command, stand_in: &StandIn) -> Output {
    command.envs(stand_in.environment()).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap()
}

/// What the AWS CLI calls invalid.
fn theirs(stand_in: &StandIn) -> BTreeSet<String> {
    let tools = python_tools("validator", "tests/validator/requirements.txt").unwrap();
    let mut command = Command::new(tools.join("aws"));
    command.args(["cloudtrail", "validate-logs", "--verbose", "--region", HOME, "--s3-bucket", BUCKET]);
    command.args(["--trail-arn", "arn:aws:cloudtrail:us-east-1:111122223333:trail/management_events"]);
    command.args(["--start-time", "2026-09-14T00:00:00Z", "--end-time", "2026-09-15T00:00:00Z"]);
    let Output { status, stdout, stderr } = output(&mut command, stand_in);
    let lines = format!("{}\n{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(lines.contains("Results requested for"), "{lines}");
    let invalid: BTreeSet<String> = lines
        .lines()
        .filter(|line| line.contains("\tINVALID"))
        .map(|line| line.split('\t').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(status.code(), Some(i32::from(!invalid.is_empty())), "{lines}");
    invalid
}

/// What we call invalid, apart from what nothing is known of.
fn ours(stand_in: &StandIn) -> BTreeSet<String> {
    let mut command = Command::new(executable("trailbell"));
    command.args(["verify", &format!("s3://{BUCKET}"), "--region", HOME, "--format", "json"]);
    command.args(["--from", "2026-09-14", "--to", "2026-09-15T00:00Z", "--now", "2026-09-15T06:00Z"]);
    let Output { stdout, stderr, .. } = output(&mut command, stand_in);
    let report: Value = serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    let objects = ["digests", "logFiles"].into_iter().flat_map(|map| report[map].as_object().unwrap());
    objects
        .filter(|(_, verdict)| !["valid", "unproven"].contains(&verdict.as_str().unwrap()))
        .map(|(place, _)| place.clone())
        .collect()
}

type Fault = fn(&mut World, &Chain) -> (String, String);

#[test]
fn where_the_validator_of_aws_gives_a_verdict_ours_agrees() {
    let faults: [(&str, Option<Fault>); 7] = [
        ("nothing", None),
        (
            "log file altered",
            Some(|world, chain| edit(world, chain.links[3].files[0].clone(), |_| gzip(b"{}"))),
        ),
        (
            "log file appended to",
            Some(|world, chain| {
                edit(world, chain.links[3].files[0].clone(), |body| [body, gzip(b"{}")].concat())
            }),
        ),
        ("log file removed", Some(|world, chain| remove(world, chain.links[5].files[0].clone()))),
        (
            "log file not gzip any more",
            Some(|world, chain| {
                edit(world, chain.links[6].files[0].clone(), |body| body.into_iter().skip(4).collect())
            }),
        ),
        (
            "digest altered",
            Some(|world, chain| {
                let link = &chain.links[8];
                let content = String::from_utf8(link.content.clone()).unwrap().replace("SHA-256", "SHA-257");
                edit(world, (link.bucket.clone(), link.key.clone()), |_| gzip(content.as_bytes()))
            }),
        ),
        (
            "digest removed",
            Some(|world, chain| {
                let link = &chain.links[10];
                remove(world, (link.bucket.clone(), link.key.clone()))
            }),
        ),
    ];
    for (name, fault) in faults {
        let (mut world, chains) = day(MIDNIGHT, 96);
        let expected: BTreeSet<String> = fault
            .map(|fault| fault(&mut world, &chains[0]))
            .map(|(bucket, key)| format!("s3://{bucket}/{key}"))
            .into_iter()
            .collect();
        let stand_in = serve(world);
        assert_eq!(theirs(&stand_in), expected, "the AWS CLI: {name}");
        assert_eq!(ours(&stand_in), expected, "trailbell: {name}");
    }
}

fn edit(
    world: &mut World,
    place: (String, String),
    change: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> (String, String) {
    let object = world.objects.get_mut(&place).unwrap();
    object.body = change(std::mem::take(&mut object.body));
    place
}

fn remove(world: &mut World, place: (String, String)) -> (String, String) {
    world.objects.remove(&place).unwrap();
    place
}
