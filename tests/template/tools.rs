//! The Python tools of the template's tests, each set in a virtual environment below `target/lint`, made when first needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use testkit::emulator::python_tools;

/// The root of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The templates, sorted by name.
pub(super) fn templates() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("infra")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    files.sort();
    files
}

/// A tool of the set `sam` or `checkov`, to be run in the workspace's root without network, account or telemetry.
pub(super) fn command(set: &str, tool: &str) -> Command {
    let requirements = format!("tests/template/requirements-{set}.txt");
    let tools = python_tools(&format!("lint/{set}"), &requirements).unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(tools.join(tool));
    command.current_dir(root());
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("SAM_CLI_TELEMETRY", "0").env("LOG_LEVEL", "ERROR");
    command
}

/// What a tool says to these arguments.
pub(super) fn run(set: &str, tool: &str, arguments: &[&str]) -> Output {
    let output = command(set, tool).args(arguments).output();
    output.unwrap_or_else(|error| panic!("cannot run `{tool}`: {error}"))
}

/// `infra/template.yaml` as AWS transforms it.
pub(super) fn transformed() -> &'static Value {
    static TRANSFORMED: OnceLock<Value> = OnceLock::new();
    TRANSFORMED.get_or_init(|| transform("infra/template.yaml"))
}

/// `infra/member-account.yaml` in JSON.
pub(super) fn member_account() -> &'static Value {
    static MEMBER_ACCOUNT: OnceLock<Value> = OnceLock::new();
    MEMBER_ACCOUNT.get_or_init(|| transform("infra/member-account.yaml"))
}

/// `infra/athena.yaml` in JSON.
pub(super) fn athena() -> &'static Value {
    static ATHENA: OnceLock<Value> = OnceLock::new();
    ATHENA.get_or_init(|| transform("infra/athena.yaml"))
}

fn transform(template: &str) -> Value {
    let output = run("sam", "python", &["tests/template/transform.py", template]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
