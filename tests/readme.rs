//! The README's commands do what it says.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The indented command lines of a Markdown file.
fn commands(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| line.trim().to_owned()).collect()
}

/// Runs a command of the README as written, but in the profile that the tests have built.
fn run(command: &str) -> std::process::Output {
    let mut words = command.split_whitespace().filter(|word| *word != "--release");
    assert_eq!(words.next(), Some("cargo"));
    Command::new(env!("CARGO"))
        .args(words)
        .current_dir(root())
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap()
}

#[test]
fn the_first_command_replays_the_samples() {
    let command = commands("README.md").into_iter().find(|line| line.contains(" replay ")).unwrap();
    let output = run(&command);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["console-login-failures", "cloudtrail-changes", "Who ", "Where ", "Log file "] {
        assert!(text.contains(expected), "`{expected}` is missing in:\n{text}");
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
    for command in ["check", "test"] {
        let output = run(&format!("cargo run -- rules {command} {}", file.display()));
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
