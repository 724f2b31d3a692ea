//! What `docs/security.md` promises is there: the tests that it names, and a gate that checks the dependencies.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/security.md")).unwrap()
}

/// The tests that a text names, as `FILE::FUNCTION`.
fn named(text: &str) -> BTreeSet<(&str, &str)> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter_map(|span| span.split_once(".rs::")).collect()
}

/// Whether a file has a test of that name, or a fuzz target that is run.
fn is_test(file: &str, name: &str) -> bool {
    let path = root().join(format!("{file}.rs"));
    let Ok(source) = fs::read_to_string(&path) else { return false };
    if file.starts_with("fuzz/") {
        let run = fs::read_to_string(root().join("fuzz/run.sh")).unwrap();
        let targets = run.lines().find_map(|line| line.strip_prefix("for target in ")).unwrap();
        let is_run = targets.split([' ', ';']).any(|target| target == name);
        return is_run && source.contains(&format!("pub fn {name}("));
    }
    let function = format!("fn {name}(");
    let before = source.split(&function).next().filter(|before| before.len() < source.len());
    // The attribute is above the function, with nothing but its other attributes between.
    let above = before.map(|before| before.rsplit('\n').skip(1).take(3).collect::<Vec<_>>().join("\n"));
    above.is_some_and(|above| above.contains("#[test]") || above.contains("#[tokio::test"))
}

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let page = page();
    let missing: Vec<_> = named(&page).into_iter().filter(|(file, name)| !is_test(file, name)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that do not exist: {missing:#?}");
}

#[test]
fn every_threat_says_what_stops_it_what_remains_and_which_tests_hold_it() {
    let page = page();
    let threats = page.split("\n## Threats\n").nth(1).unwrap();
    let threats: Vec<&str> = threats.split("\n### ").skip(1).collect();
    assert!(threats.len() >= 10, "{} threats", threats.len());
    for threat in threats {
        let title = threat.lines().next().unwrap();
        let labels = threat.lines().filter(|line| line.starts_with("**"));
        let labels: Vec<&str> = labels.collect();
        assert_eq!(labels, ["**Attack.**", "**Defence.**", "**Remains.**", "**Tests.**"], "{title}");
        let tests = threat.split("**Tests.**").nth(1).unwrap();
        assert!(named(tests).len() >= 3, "{title} names {} tests", named(tests).len());
    }
}

#[test]
fn a_test_that_is_renamed_or_no_longer_a_test_is_missed() {
    for (file, name, expected) in [
        ("tests/security", "a_test_that_is_renamed_or_no_longer_a_test_is_missed", true),
        ("tests/security", "a_test_of_another_name", false),
        ("tests/security", "is_test", false),
        ("tests/nowhere", "is_test", false),
        ("fuzz/src/alert", "alert", true),
        ("fuzz/src/alert", "of", false),
        ("shared/pipeline/tests/pipeline/alerts", "principals_get_an_alert_each", true),
        ("shared/rules/tests/robustness", "arbitrary_text_never_panics", true),
    ] {
        assert_eq!(is_test(file, name), expected, "{file}::{name}");
    }
}

/// The sources that ship, by path below the root.
fn sources() -> Vec<(String, String)> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["shared", "functions", "cli"] {
        visit(&root().join(folder), &mut found);
    }
    let below_root = |path: &PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    found.iter().map(|path| (below_root(path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn only_the_record_scan_has_unsafe_code() {
    let scan = "shared/filter-pattern/src/set/scan/lanes.rs";
    assert!(page().contains(&format!("The only `unsafe` blocks are in the record scan, `{scan}`.")));
    let is_unsafe =
        |text: &str| ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|word| text.contains(word));
    let sources = sources();
    let found: Vec<&str> =
        sources.iter().filter(|(_, text)| is_unsafe(text)).map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, [scan]);
    let (_, text) = sources.iter().find(|(path, _)| path == scan).unwrap();
    let blocks = text.lines().filter(|line| line.contains("unsafe {")).count();
    let reasons = text.lines().filter(|line| line.trim_start().starts_with("// SAFETY:")).count();
    assert!(blocks >= 1 && blocks == reasons, "{blocks} blocks, {reasons} reasons");
}

#[cfg(unix)]
mod gate {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::Command;

    use super::root;

    fn write_executable(path: &Path, script: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The exit code and the output of `.ci/deny` where cargo-deny fails at the calls that contain one of some words.
    fn deny(failing: &str, has_copy: bool) -> (Option<i32>, String) {
        let script = fs::read_to_string(root().join(".ci/deny")).unwrap();
        let version = script.lines().find_map(|line| line.strip_prefix("version=")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        write_executable(
            &at(&format!("target/cargo-deny-{version}/bin/cargo-deny")),
            &format!("for word in $*; do case \" {failing} \" in *\" $word \"*) exit 1;; esac; done"),
        );
        write_executable(&at("bin/git"), "echo 2026-01-02");
        if has_copy {
            fs::create_dir_all(at("cargo/advisory-dbs/copy/.git")).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .arg(root().join(".ci/deny"))
            .env("CARGO_TARGET_DIR", at("target"))
            .env("CARGO_HOME", at("cargo"))
            .env("PATH", format!("{}:{path}", at("bin").display()))
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn the_gate_checks_the_dependencies_and_says_what_it_could_not_check() {
        let gate = fs::read_to_string(root().join(".ci/run")).unwrap();
        assert!(gate.contains("\nstep .ci/deny"));
        let not_there = "NOT CHECKED: their database could not be downloaded";
        for (failing, has_copy, code, said) in [
            ("", false, 0, ""),
            ("licenses", false, 1, ""),
            ("advisories", false, 1, ""),
            ("fetch", false, 3, &*format!("advisories and withdrawn versions {not_there}")),
            ("fetch", true, 3, &*format!("advisories since 2026-01-02 {not_there}")),
            ("fetch advisories", true, 1, ""),
            ("fetch licenses", true, 1, ""),
        ] {
            let (found, output) = deny(failing, has_copy);
            assert_eq!(found, Some(code), "`{failing}` fails: {output}");
            assert!(
                output.contains(said) && output.is_empty() == said.is_empty(),
                "`{failing}` fails: {output}"
            );
        }
    }
}
