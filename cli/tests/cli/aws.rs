//! Commands that need AWS, without any: what is missing is said at once.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Run, command, write};

const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/deliveries";
/// Without a region in its host.
const LOCAL_QUEUE: &str = "http://127.0.0.1:9/111122223333/deliveries";
/// Each command takes a fraction of a second; the limit leaves room for a busy machine. The SDK's own wait for a metadata
/// service that never answers is several seconds for the region, and again for the credentials.
const LIMIT: Duration = Duration::from_secs(4);

/// The program in an empty environment, whose home is this folder. A test on an EC2 instance must not use the instance's
/// role, so the metadata service is elsewhere; here, at a port that nobody listens on.
fn without_aws(home: &Path) -> Command {
    let mut command = command();
    command
        .env_clear()
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
        .env("HOME", home)
        .current_dir(home);
    command
}

fn finish(mut command: Command, arguments: &[&str]) -> (Run, Duration) {
    let start = Instant::now();
    let output = command.args(arguments).output().unwrap();
    let taken = start.elapsed();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    (run, taken)
}

/// Every command that needs AWS; `{queue}` is a queue's URL.
fn commands(queue: &'static str) -> Vec<Vec<&'static str>> {
    vec![
        vec!["alarms", "plan"],
        vec!["alarms", "apply"],
        vec!["pattern", "verify"],
        vec!["dlq", "list", "--queue-url", queue],
        vec!["dlq", "show", "id", "--queue-url", queue],
        vec![
            "dlq",
            "redrive",
            "--queue-url",
            queue,
            "--to",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/q",
            "--all",
        ],
        vec!["backfill", "s3://amzn-s3-demo-bucket", "--queue-url", queue, "--from", "6h"],
    ]
}

/// A service, and its address. It takes connections; whether it answers is up to the caller.
fn service() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

/// Refuses one request, and returns it.
fn refuse(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "the request ends early");
        request.extend(&chunk[..count]);
    }
    let answer = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).unwrap();
    String::from_utf8_lossy(&request).into_owned()
}

#[test]
fn without_credentials_and_region_every_command_fails_at_once_and_says_what_to_set() {
    let home = tempfile::tempdir().unwrap();
    let (_silent, silent) = service();
    let (forbidding, forbidden) = service();
    // It ends with the process of the test.
    thread::spawn(move || {
        loop {
            refuse(&forbidding);
        }
    });
    for arguments in commands(LOCAL_QUEUE) {
        for metadata in ["http://127.0.0.1:9", silent.as_str(), forbidden.as_str()] {
            let mut command = without_aws(home.path());
            command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata);
            let (run, taken) = finish(command, &arguments);
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
            assert!(run.stderr.contains("error: no AWS credentials and no region were found"), "{run:?}");
            for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
                assert!(run.stderr.contains(name), "{name}: {run:?}");
            }
            assert!(taken < LIMIT, "{arguments:?} took {taken:?} with {metadata}");
        }
    }
}

#[test]
fn without_credentials_a_queue_that_names_its_region_needs_no_other() {
    let home = tempfile::tempdir().unwrap();
    for arguments in commands(QUEUE).into_iter().skip(3) {
        let (run, taken) = finish(without_aws(home.path()), &arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("error: no AWS credentials were found; pass `--profile`"), "{run:?}");
        assert!(taken < LIMIT, "{arguments:?} took {taken:?}");
    }
}

#[test]
fn without_a_region_the_error_names_the_option_and_the_variable() {
    let home = tempfile::tempdir().unwrap();
    for arguments in commands(LOCAL_QUEUE) {
        let mut command = without_aws(home.path());
        command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        let (run, taken) = finish(command, &arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("error: no AWS region is set; "), "{run:?}");
        assert!(run.stderr.contains("`AWS_REGION`"), "{run:?}");
        assert!(!run.stderr.contains("secret"), "{run:?}");
        assert!(taken < LIMIT, "{arguments:?} took {taken:?}");
    }
}

#[test]
fn a_profile_that_does_not_exist_and_a_region_that_is_none_are_named() {
    let home = tempfile::tempdir().unwrap();
    for arguments in commands(QUEUE) {
        let arguments = [&arguments[..], &["--profile", "no-such\u{1b}profile"]].concat();
        let (run, taken) = finish(without_aws(home.path()), &arguments);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.stderr.contains("error: profile `no-such\\u{1b}profile` has no usable credentials"),
            "{run:?}"
        );
        assert!(taken < LIMIT, "{arguments:?} took {taken:?}");
    }
    for arguments in commands(QUEUE).into_iter().take(5) {
        let arguments = [&arguments[..], &["--region", "eu-west-1.example.com"]].concat();
        let (run, _) = finish(without_aws(home.path()), &arguments);
        assert!(run.stderr.contains("error: `eu-west-1.example.com` is not an AWS region"), "{run:?}");
    }
}

#[test]
fn the_options_choose_the_credentials_and_the_region_over_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let profile = |name: &str, key: &str| {
        format!(
            "[profile {name}]\nregion = ap-south-1\naws_access_key_id = {key}\naws_secret_access_key = s\n"
        )
    };
    let profiles = profile("mine", "AKIAMINE") + &profile("other", "AKIAOTHER");
    write(home.path(), ".aws/config", profiles);
    for (options, scope) in [
        (&[][..], "AKIAENVIRONMENT/DATE/us-west-2/"),
        (&["--region", "eu-west-1"], "AKIAENVIRONMENT/DATE/eu-west-1/"),
        (&["--profile", "mine"], "AKIAMINE/DATE/us-west-2/"),
        (&["--profile", "other", "--region", "eu-west-1"], "AKIAOTHER/DATE/eu-west-1/"),
    ] {
        for start in [&["alarms", "plan"][..], &["dlq", "list", "--queue-url", LOCAL_QUEUE]] {
            let (listener, endpoint) = service();
            let request = thread::spawn(move || refuse(&listener));
            let mut command = without_aws(home.path());
            command
                .env("AWS_ENDPOINT_URL", endpoint)
                .env("AWS_REGION", "us-west-2")
                .env("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
                .env("AWS_SECRET_ACCESS_KEY", "s");
            let (run, _) = finish(command, &[start, options].concat());
            assert_eq!(run.code, Some(2), "{run:?}");
            let request = request.join().unwrap();
            let (_, credential) = request.split_once("Credential=").unwrap();
            let (key, rest) = credential.split_once('/').unwrap();
            let (_, rest) = rest.split_once('/').unwrap();
            let found = format!("{key}/DATE/{rest}");
            assert!(found.starts_with(scope), "{start:?} {options:?}: {found}");
        }
    }
}
