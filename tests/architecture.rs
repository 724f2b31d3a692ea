//! The shape of the workspace: who may depend on whom, and what every file has to say about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// What each member may use of the others in code that ships.
const ALLOWED: &[(&str, &[&str])] = &[
    ("filter-pattern", &[]),
    ("cloudtrail", &[]),
    ("rules", &["filter-pattern"]),
    ("rule-import", &["filter-pattern", "rules"]),
    ("pipeline", &["cloudtrail", "filter-pattern", "rules"]),
    ("alarms", &["filter-pattern", "pipeline", "rules"]),
    ("aws", &["alarms", "cloudtrail", "pipeline", "rules"]),
    ("function", &["aws", "rules"]),
    ("alarm-reconciler", &["alarms", "aws", "function", "pipeline", "rules"]),
    ("log-processor", &["aws", "cloudtrail", "function", "pipeline", "rules"]),
    ("cli", &["alarms", "aws", "cloudtrail", "filter-pattern", "pipeline", "rule-import", "rules"]),
    ("benchmarks", &["cloudtrail", "filter-pattern", "testkit"]),
    ("fuzz", &["cloudtrail", "filter-pattern", "pipeline", "rule-import", "rules"]),
    ("fault-suite", &["testkit"]),
    ("testkit", &[]),
    ("tests", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(members, allowed.keys().copied().collect(), "the table lists every member");
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            if dependency.kind != DependencyKind::Normal || !members.contains(dependency.name.as_str()) {
                continue;
            }
            assert!(
                allowed[package.name.as_str()].contains(dependency.name.as_str()),
                "`{}` must not depend on `{}`",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn only_the_aws_crate_names_the_sdks_in_code_that_ships() {
    for package in &metadata().packages {
        let names_sdk = package.dependencies.iter().any(|dependency| {
            dependency.kind == DependencyKind::Normal
                && package.name.as_str() != "testkit"
                && (dependency.name.starts_with("aws-sdk-")
                    || dependency.name.starts_with("aws-smithy-")
                    || dependency.name == "aws-types"
                    || dependency.name == "aws-config")
        });
        assert!(!names_sdk || package.name.as_str() == "aws", "`{}` names an AWS SDK", package.name);
    }
}

#[test]
fn the_language_and_the_format_know_no_clock_network_or_runtime() {
    let forbidden = ["tokio", "reqwest", "hyper", "lambda_runtime", "tracing", "rand"];
    for package in &metadata().packages {
        if !matches!(package.name.as_str(), "filter-pattern" | "cloudtrail" | "rules") {
            continue;
        }
        for dependency in &package.dependencies {
            assert!(
                dependency.kind != DependencyKind::Normal || !forbidden.contains(&dependency.name.as_str()),
                "`{}` must not depend on `{}`",
                package.name,
                dependency.name
            );
        }
    }
}

/// Every Rust file of the workspace.
fn rust_files() -> Vec<PathBuf> {
    fn visit(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    visit(&path, files);
                }
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    visit(&root(), &mut files);
    files.sort();
    assert!(files.len() > 40, "found only {} files", files.len());
    files
}

#[test]
fn every_file_begins_with_what_it_is() {
    for file in rust_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//! "), "`{}` does not begin with a `//!` line", file.display());
    }
}

#[test]
fn files_and_texts_stay_readable() {
    for file in rust_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_test = file.components().any(|part| part.as_os_str() == "tests")
            || file.file_name().is_some_and(|name| name == "tests.rs");
        let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        let lines = production.lines().count();
        assert!(is_test || lines <= 500, "`{}` has {lines} lines of production code", file.display());
        for word in ["TODO", "FIXME", "XXX"] {
            let marker = format!("{word}:");
            let own = file.ends_with("tests/architecture.rs");
            assert!(own || !text.contains(&marker), "`{}` contains {word}", file.display());
        }
    }
}

#[test]
fn code_and_readme_name_the_same_environment_variables() {
    let names = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .filter(|word| word.starts_with("TRAILBELL_") && word.len() > "TRAILBELL_".len())
            .map(str::to_owned)
            .collect()
    };
    let shipped = |file: &PathBuf| {
        let part = |name: &str| file.components().any(|part| part.as_os_str() == name);
        part("src") && !part("testkit")
    };
    let code: BTreeSet<String> = rust_files()
        .iter()
        .filter(|file| shipped(file))
        .flat_map(|file| names(&std::fs::read_to_string(file).unwrap()))
        .collect();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(code.len() >= 4, "found only {code:?} in the code");
    assert_eq!(code, names(&readme), "the code and README.md differ");
}

#[test]
fn only_documentation_account_ids_appear() {
    let allowed = ["111122223333", "444455556666", "123456789012", "000000000000", "012345678901"];
    for file in rust_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let is_account = word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit());
            assert!(
                !is_account || allowed.contains(&word),
                "`{}` contains the account id {word}",
                file.display()
            );
        }
    }
}
