//! What people install and run in their own repositories: the archive that `.ci/package` makes, and the steps of `action.yml`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::write;

const RULES: &str = "\
version: 1
rules:
  - id: a
    filterPattern: '{ $.eventName = StopLogging }'
    metricTransformation: { metricName: A }
    tests:
      - { name: one matches, record: { eventName: StopLogging }, match: true }
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Runs `.ci/package`, and answers with what it prints.
fn package(arguments: &[&str]) -> String {
    let output = Command::new("python3").arg(root().join(".ci/package")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_archive_is_the_same_each_time_and_its_program_answers() {
    let make = || {
        let text = package(&["cli", "--built", env!("CARGO_BIN_EXE_trailbell")]);
        let name = text.lines().find_map(|line| line.split_once(".tar.gz:")).unwrap().0.to_owned();
        (fs::read(root().join(format!("{name}.tar.gz"))).unwrap(), name)
    };
    let (first, name) = make();
    assert!(first == make().0, "two archives of one program differ");
    let folder = tempfile::tempdir().unwrap();
    let archive = root().join(format!("{name}.tar.gz"));
    let unpacked = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    let inside = folder.path().join(Path::new(&name).file_name().unwrap());
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "completions/trailbell.bash"] {
        assert!(inside.join(file).metadata().unwrap().len() > 0, "{file}");
    }
    let output =
        Command::new(inside.join("trailbell")).arg("replay").arg(root().join("samples")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("console-login-failures"), "{text}");
}

#[test]
fn the_version_is_that_of_the_workspace_and_another_tag_is_refused() {
    assert_eq!(package(&["version"]).trim(), env!("CARGO_PKG_VERSION"));
    let script = root().join(".ci/package");
    let output = Command::new("python3").arg(script).args(["version", "v99.0.0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

/// Runs the commands of `action.yml`, in order, as GitHub's shell does; answers with whether all succeeded.
fn act(rules: &Path) -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_trailbell")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", program.display());
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let commands: Vec<_> = action.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    commands.iter().all(|command| {
        Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", command])
            .env("PATH", &path)
            .env("RULES", rules)
            .env("BASE", "recommended")
            .env("RECORDS", root().join("samples"))
            .env("MOST", "10")
            .status()
            .unwrap()
            .success()
    })
}

#[test]
fn the_action_passes_good_rules_and_fails_on_a_failing_test() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.yaml", RULES);
    write(folder.path(), "bad.yaml", RULES.replace("match: true", "match: false"));
    assert!(act(&folder.path().join("good.yaml")));
    assert!(!act(&folder.path().join("bad.yaml")));
}

#[test]
fn every_action_in_a_workflow_is_pinned_by_its_hash_and_the_release_only_packages() {
    let folder = root().join(".github/workflows");
    let mut pinned = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for used in text.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")) {
            let hash = used.split_once('@').unwrap().1.split(' ').next().unwrap();
            assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{used}");
            pinned += 1;
        }
    }
    assert!(pinned > 8, "{pinned}");
    let release = fs::read_to_string(folder.join("release.yml")).unwrap();
    assert!(!release.contains("actions/cache"));
    for command in release.lines().filter_map(|line| line.trim().strip_prefix("- run: ")) {
        assert!(
            command.starts_with(".ci/package ") || command.starts_with("gh release create "),
            "{command}"
        );
    }
}
