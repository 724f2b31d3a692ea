//! `sam build` as `docs/deploy.md` says it, with a `cargo` that stands in for `cargo lambda build`.
//!
//! It shows that the profiles, the template's paths and its build properties lead to the functions' packages in the
//! workspace, and what arrives. What `cargo lambda build` itself makes is shown by the tests of the artifacts.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use cargo_metadata::MetadataCommand;
use tempfile::TempDir;

use super::tools::{command, root};

/// Writes down what it is asked, and leaves an executable where `cargo lambda build` does. All else is Cargo's.
const CARGO: &str = r#"#!/bin/sh
if [ "$1" != lambda ]; then exec "$TEST_CARGO" "$@"; fi
pwd -P > "$TEST_FOLDER/folder.txt"
echo "$*" >> "$TEST_FOLDER/arguments.txt"
while [ "$#" -gt 0 ]; do
  if [ "$1" = --bin ]; then binary=$2; fi
  shift
done
mkdir -p "$CARGO_TARGET_DIR/lambda/$binary"
echo "the executable $binary" > "$CARGO_TARGET_DIR/lambda/$binary/bootstrap"
"#;

/// What `sam build` did: its arguments for Cargo, a line a function, and the folder with what it built.
struct Build {
    arguments: Vec<String>,
    folder: TempDir,
}

impl Build {
    fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for tool in ["cargo", "cargo-lambda"] {
            write_executable(&at(tool));
        }
        let path = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
        let output = command("sam", "sam")
            .arg("build")
            .args(arguments)
            .arg("--build-dir")
            .arg(at("build"))
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", at("target"))
            .env("TEST_CARGO", env!("CARGO"))
            .env("TEST_FOLDER", folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let built_in = fs::read_to_string(at("folder.txt")).unwrap();
        assert_eq!(Path::new(built_in.trim()), root().canonicalize().unwrap(), "the workspace is built");
        let arguments = fs::read_to_string(at("arguments.txt")).unwrap();
        let mut arguments: Vec<String> = arguments.lines().map(str::to_owned).collect();
        arguments.sort();
        Self { arguments, folder }
    }

    fn read(&self, file: &str) -> String {
        let path = self.folder.path().join("build").join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn write_executable(path: &Path) {
    fs::write(path, CARGO).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The resources of the functions, and their binaries.
const FUNCTIONS: [(&str, &str); 2] =
    [("AlarmReconciler", "alarm-reconciler"), ("LogProcessor", "log-processor")];

#[test]
fn sam_build_puts_the_binary_of_each_function_where_the_built_template_looks_for_it() {
    let x86: &[_] = &["--config-env", "account", "--parameter-overrides", "Architecture=x86_64"];
    for (given, flags) in [
        (&[] as &[_], "--release --arm64"),
        (&["--config-env", "organization"], "--release --arm64"),
        (x86, "--release"),
    ] {
        let build = Build::with(given);
        let expected = FUNCTIONS.map(|(_, binary)| format!("lambda build {flags} --bin {binary}"));
        assert_eq!(build.arguments, expected, "{given:?}");
        let template = build.read("template.yaml");
        for (resource, binary) in FUNCTIONS {
            let executable = build.read(&format!("{resource}/bootstrap"));
            assert_eq!(executable, format!("the executable {binary}\n"), "{given:?}");
            assert!(template.contains(&format!("CodeUri: {resource}\n")), "{template}");
        }
    }
}

#[test]
fn the_workspace_has_the_binaries_that_are_built() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .unwrap();
    for (_, binary) in FUNCTIONS {
        let mut targets = metadata.packages.iter().flat_map(|package| &package.targets);
        assert!(targets.any(|target| target.is_bin() && target.name == binary), "{binary}");
    }
}
