//! The shape of the workspace: who may depend on whom, and what every file has to say about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::source;

mod circles;
mod measures;

/// What each member may use of the others in code that ships.
const ALLOWED: &[(&str, &[&str])] = &[
    ("filter-pattern", &[]),
    ("activity", &["filter-pattern"]),
    ("cloudtrail", &[]),
    ("digests", &["cloudtrail"]),
    ("pattern-analysis", &["filter-pattern"]),
    ("rules", &["filter-pattern"]),
    ("history", &["cloudtrail", "filter-pattern"]),
    ("rule-import", &["filter-pattern", "rules"]),
    ("pipeline", &["activity", "cloudtrail", "filter-pattern", "rules"]),
    ("alarm-simulation", &["rules"]),
    ("alarms", &["filter-pattern", "pipeline", "rules"]),
    ("aws", &["alarms", "cloudtrail", "pipeline", "rules"]),
    ("function", &["aws", "pipeline", "rules"]),
    ("alarm-reconciler", &["alarms", "aws", "function", "pipeline", "rules"]),
    ("log-processor", &["aws", "cloudtrail", "function", "pipeline", "rules"]),
    (
        "cli",
        &[
            "alarm-simulation",
            "alarms",
            "aws",
            "cloudtrail",
            "digests",
            "filter-pattern",
            "history",
            "pattern-analysis",
            "pipeline",
            "rule-import",
            "rules",
        ],
    ),
    ("benchmarks", &["cloudtrail", "digests", "filter-pattern", "pipeline", "rules", "testkit"]),
    (
        "fuzz",
        &[
            "cloudtrail",
            "digests",
            "filter-pattern",
            "pattern-analysis",
            "pipeline",
            "rule-import",
            "rules",
            "testkit",
        ],
    ),
    ("fault-suite", &["testkit"]),
    ("testkit", &[]),
    ("tests", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

pub(crate) fn metadata() -> Metadata {
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

/// What a member uses of the others in code that ships, directly or through another.
fn reached<'m>(metadata: &'m Metadata, name: &'m str) -> BTreeSet<&'m str> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![name];
    while let Some(next) = pending.pop() {
        let uses = metadata.packages.iter().filter(|package| package.name.as_str() == next);
        for dependency in uses.flat_map(|package| &package.dependencies) {
            if dependency.kind != DependencyKind::Development && reached.insert(dependency.name.as_str()) {
                pending.push(&dependency.name);
            }
        }
    }
    reached
}

#[test]
fn no_function_depends_on_the_analysis_of_patterns() {
    let metadata = metadata();
    for function in ["log-processor", "alarm-reconciler"] {
        let uses = reached(&metadata, function);
        assert!(uses.contains("filter-pattern"), "`{function}` uses {uses:?}");
        assert!(!uses.contains("pattern-analysis"), "`{function}` depends on `pattern-analysis`");
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
        if !matches!(
            package.name.as_str(),
            "activity" | "filter-pattern" | "cloudtrail" | "digests" | "history" | "rules"
        ) {
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
    files_with(&[".rs"])
}

/// The files of the project whose names end in one of these ways.
fn files_with(endings: &[&str]) -> Vec<PathBuf> {
    fn visit(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    visit(&path, endings, files);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    visit(&root(), endings, &mut files);
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
fn code_and_documentation_name_the_same_environment_variables() {
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
    let page = "docs/reference/environment.md";
    let documented = std::fs::read_to_string(root().join(page)).unwrap();
    assert!(code.len() >= 4, "found only {code:?} in the code");
    assert_eq!(code, names(&documented), "the code and {page} differ");
}

#[test]
fn only_documentation_account_ids_appear() {
    let allowed = ["111122223333", "444455556666", "123456789012", "000000000000", "012345678901"];
    for file in files_with(&[".rs", ".yaml", ".yml", ".md", ".toml"]) {
        let text = std::fs::read_to_string(&file).unwrap();
        // Outside of code, the last part of a UUID is no account.
        let is_code = file.extension().is_some_and(|extension| extension == "rs");
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && (is_code || c != '-')) {
            let is_account = word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit());
            assert!(
                !is_account || allowed.contains(&word),
                "`{}` contains the account id {word}",
                file.display()
            );
        }
    }
}

/// Members that nobody ships: they measure, generate and test.
pub(crate) const DEVELOPMENT: &[&str] = &["benchmarks", "fault-suite", "fuzz", "testkit", "tests"];

/// `cargo test -p tests measures -- --nocapture` prints the figures.
#[test]
fn measures_of_what_ships_stay_within_their_limits() {
    let mut measures = measures::Measures::default();
    for package in &metadata().packages {
        if DEVELOPMENT.contains(&package.name.as_str()) {
            continue;
        }
        for root in source::roots(package).values() {
            source::modules(root).iter().for_each(|module| measures.add(module));
        }
    }
    measures.sort();
    let (longest, largest) = (measures.functions.last().unwrap(), measures.files.last().unwrap());
    println!(
        "{} functions: p95 {} lines, longest {} ({})",
        measures.functions.len(),
        measures.function_percentile(95),
        longest.lines,
        longest.place,
    );
    println!("{} files: largest {} lines ({})", measures.files.len(), largest.lines, largest.place);
    println!("{} public items without documentation", measures.undocumented.len());
    println!("{} calls that panic", measures.panicking.len());
    assert!(measures.function_percentile(95) <= 35);
    assert!(longest.lines <= 60, "{longest:?}");
    assert!(largest.lines <= 400, "{largest:?}");
    assert!(measures.undocumented.is_empty(), "{:#?}", measures.undocumented);
    assert!(measures.panicking.is_empty(), "{:#?}", measures.panicking);
}

/// What the circle test says of crates that hold the given files.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    circles::circles("seeded", &source::modules(&folder.path().join("lib.rs")))
}

#[test]
fn no_modules_of_a_crate_need_each_other() {
    let mut found = String::new();
    for package in &metadata().packages {
        for (target, root) in source::roots(package) {
            for circle in circles::circles(package.name.as_str(), &source::modules(&root)) {
                found += &format!("circle in `{target}`:\n{circle}");
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn a_seeded_circle_is_found_however_it_is_tied() {
    let root = "mod a;\nmod b;\npub use b::Second;\n";
    let first = "use crate::b::Second;\npub struct First(Second);\n";
    for second in [
        "use crate::a::First;\npub struct Second(Box<First>);\n",
        "pub struct Second(Box<super::a::First>);\n",
        "use super::a;\npub struct Second(Box<a::First>);\n",
        "pub struct Second;\nfn text() -> String { format!(\"{}\", crate::a::First::NAME) }\n",
        "use crate::a::*;\npub struct Second(Box<First>);\n",
        "pub struct Second;\nmod inner { use super::super::a::First; }\n",
    ] {
        let circles = circles_of(&[("lib.rs", root), ("a.rs", first), ("b.rs", second)]);
        assert_eq!(circles.len(), 1, "{second}");
        assert!(circles[0].contains("a -> b: Second"), "{}", circles[0]);
        assert!(circles[0].contains("b -> a: "), "{}", circles[0]);
    }
}

#[test]
fn what_is_handed_on_or_only_tested_ties_nothing() {
    let root = "mod a;\nmod b;\npub use a::First;\npub use b::Second;\n";
    let first = "pub struct First;\n#[cfg(test)]\nmod tests { use crate::b::Second; }\n";
    let second = "use crate::First;\npub struct Second(First);\n";
    assert_eq!(circles_of(&[("lib.rs", root), ("a.rs", first), ("b.rs", second)]), Vec::<String>::new());
}
