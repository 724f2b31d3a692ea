//! The README's commands do what it says, and its first command builds no AWS client.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cargo_metadata::Message;
use testkit::emulator::target_folder;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The indented command lines of a Markdown file.
fn commands(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| line.trim().to_owned()).collect()
}

/// A command of the README, as written.
fn command(line: &str) -> Command {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("cargo"));
    let mut command = Command::new(env!("CARGO"));
    command.args(words).current_dir(root()).env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Runs a command in a target folder of its own: its features differ from the tests', and the two would overwrite each
/// other.
fn run_apart(line: &str) -> Output {
    command(line).env("CARGO_TARGET_DIR", target_folder().join("first-command")).output().unwrap()
}

/// The names of the crates that a `cargo run` builds or has built.
fn built_crates(line: &str) -> Vec<String> {
    let line = line.replacen("cargo run ", "cargo run --message-format json ", 1);
    let (line, _) = line.split_once(" -- ").unwrap();
    let output = run_apart(&format!("{line} -- --version"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Message::parse_stream(output.stdout.as_slice())
        .filter_map(|message| {
            let Message::CompilerArtifact(artifact) = message.unwrap() else { return None };
            Some(artifact.target.name.replace('_', "-"))
        })
        .collect()
}

#[test]
fn the_first_command_replays_the_samples_and_builds_no_aws_client() {
    let line = commands("README.md").into_iter().find(|line| line.starts_with("cargo ")).unwrap();
    assert_eq!(line, "cargo run --no-default-features -- replay samples");
    let output = run_apart(&line);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["console-login-failures", "by IAM user ", "  refused (", "Alerts: 27 ("] {
        assert!(text.contains(expected), "`{expected}` is missing in:\n{text}");
    }
    let crates = built_crates(&line);
    assert!(crates.len() > 50 && crates.contains(&"pipeline".to_owned()), "{crates:?}");
    let aws: Vec<_> = crates.iter().filter(|name| is_aws_client(name)).collect();
    assert!(aws.is_empty(), "the first command builds {aws:?}");
}

/// Whether a crate is part of the AWS client: ours, the SDK's, or the HTTP and TLS that only the SDK needs. The signatures of
/// digests are verified with `ring` in every build.
fn is_aws_client(name: &str) -> bool {
    let prefixes = ["aws-", "hyper-", "rustls-", "tokio-rustls"];
    matches!(name, "aws" | "hyper" | "h2" | "rustls")
        || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// The names of the crates that the package `cli` depends on with these arguments.
fn tree(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "cli", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--locked", "--offline"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn without_default_features_the_cli_depends_on_no_aws_client() {
    let crates = tree(&["--no-default-features"]);
    assert!(crates.contains(&"pipeline".to_owned()), "{crates:?}");
    let aws: Vec<_> = crates.iter().filter(|name| is_aws_client(name)).collect();
    assert!(aws.is_empty(), "{aws:?}");
    // Otherwise the names that are looked for are wrong.
    let crates = tree(&[]);
    for name in ["aws", "aws-config", "aws-sdk-s3", "hyper", "rustls", "tokio-rustls"] {
        assert!(is_aws_client(name) && crates.contains(&name.to_owned()), "`{name}` is not in {crates:?}");
    }
}

#[test]
fn the_test_command_of_the_readme_is_that_of_the_gate() {
    let test = commands("README.md").into_iter().find(|line| line.starts_with("cargo test")).unwrap();
    let gate = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(gate.contains(&test), "`{test}` is not in .ci/run");
    assert!(commands("CONTRIBUTING.md").contains(&test), "`{test}` is not in CONTRIBUTING.md");
}

#[test]
fn the_rule_in_the_readme_is_valid_and_its_test_passes() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let rule = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, rule).unwrap();
    for verb in ["check", "test"] {
        let output = command(&format!("cargo run -- rules {verb} {}", file.display())).output().unwrap();
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
