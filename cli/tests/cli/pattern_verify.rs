//! `trailbell pattern verify`, against a stand-in for CloudWatch Logs in this process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use filter_pattern::Pattern;
use serde_json::{Value, json};

use crate::support::{Run, command};

/// Serves TestMetricFilter as this tool understands patterns, except that a message with the word `WARN` never matches.
fn serve(has_own_opinion: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    // It ends with the process of the test.
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), has_own_opinion);
        }
    });
    endpoint
}

fn answer(mut stream: TcpStream, has_own_opinion: bool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap() == 0 {
            return;
        }
        if let Some((name, value)) = line.trim().split_once(": ") {
            match name {
                "content-length" => length = value.parse().unwrap(),
                "x-amz-target" => assert_eq!(value, "Logs_20140328.TestMetricFilter"),
                _ => {}
            }
        } else if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let (status, body) = match Pattern::parse_strict(request["filterPattern"].as_str().unwrap()) {
        Err(error) => (400, json!({ "__type": "InvalidParameterException", "message": error.to_string() })),
        Ok(pattern) => {
            let is_match = |message: &str| {
                pattern.matches_message(message) && !(has_own_opinion && message.contains("WARN"))
            };
            let messages = request["logEventMessages"].as_array().unwrap().iter().zip(1..);
            let matches: Vec<Value> = messages
                .filter(|(message, _)| is_match(message.as_str().unwrap()))
                .map(|(message, number)| json!({ "eventNumber": number, "eventMessage": message }))
                .collect();
            (200, json!({ "matches": matches }))
        }
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())));
}

fn verify(endpoint: &str, folder: &Path, arguments: &[&str]) -> Run {
    let output = command()
        .args(["pattern", "verify"])
        .args(arguments)
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn recorded(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn answers_are_compared_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = serve(false);
    let run = verify(&endpoint, folder.path(), &["--case", "optional term"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    let cases = recorded(&folder.path().join("pattern-answers.jsonl"));
    assert!(cases.len() >= 4, "{cases:?}");
    let summary = format!("{0} cases, {0} as expected, 0 answered differently\n", cases.len());
    assert!(run.stdout.starts_with(&summary), "{}", run.stdout);
    for case in &cases {
        assert_eq!((&case["agrees"], &case["refused"]), (&json!(true), &Value::Null), "{case}");
        let answers = case["answers"].as_array().unwrap();
        assert!(!answers.is_empty() && answers.iter().all(|one| one["matches"] == one["expected"]), "{case}");
    }

    let run = verify(
        &endpoint,
        folder.path(),
        &["--case", "two ellipses", "--output", "refused.jsonl", "--format=json"],
    );
    assert_eq!((run.code, &run.json()["different"]), (Some(0), &json!([])), "{run:?}");
    let cases = recorded(&folder.path().join("refused.jsonl"));
    assert_eq!(cases[0]["refused"], "`...` appears twice");
}

#[test]
fn what_the_service_sees_otherwise_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = serve(true);
    let run = verify(&endpoint, folder.path(), &["--case", "delimited: two levels for one column"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let named = "CloudWatch Logs says that it does not match: WARNING 09/25/2014";
    assert!(run.stdout.contains(named) && run.stdout.contains("1 answered differently"), "{}", run.stdout);
    assert_eq!(recorded(&folder.path().join("pattern-answers.jsonl"))[0]["agrees"], false);

    let run = verify(&endpoint, folder.path(), &["--case", "no case is called so"]);
    assert!(run.code == Some(2) && run.stderr.contains("no case has a name"), "{run:?}");
    let run = verify("http://127.0.0.1:9", folder.path(), &["--case", "two ellipses"]);
    assert!(run.code == Some(2) && run.stderr.contains("`logs:TestMetricFilter`"), "{run:?}");
}
