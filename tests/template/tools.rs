//! The Python tools of the template's tests, each set in a virtual environment below `target/lint`, made when first needed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

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

/// Runs a tool of the set `sam` or `checkov` in the workspace's root, without network, account or telemetry.
pub(super) fn run(set: &str, tool: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(environment(set).join("bin").join(tool));
    command.args(arguments).current_dir(root());
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("SAM_CLI_TELEMETRY", "0").env("LOG_LEVEL", "ERROR");
    command.output().unwrap_or_else(|error| panic!("cannot run `{tool}`: {error}"))
}

/// `infra/template.yaml` as AWS transforms it.
pub(super) fn transformed() -> &'static Value {
    static TRANSFORMED: OnceLock<Value> = OnceLock::new();
    TRANSFORMED.get_or_init(|| {
        let output = run("sam", "python", &["tests/template/transform.py", "infra/template.yaml"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// The virtual environment of a set. A copy of its requirements is written last, and marks it as complete.
fn environment(set: &str) -> PathBuf {
    let requirements = root().join(format!("tests/template/requirements-{set}.txt"));
    let folder = root().join("target/lint");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(format!("{set}.lock"))).unwrap();
    lock.lock().unwrap();
    let environment = folder.join(set);
    let mark = environment.join("installed.txt");
    let wanted = fs::read(&requirements).unwrap();
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return environment;
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    let pip = environment.join("bin/pip");
    succeed(Command::new(pip).args(["install", "--quiet", "--no-input", "-r"]).arg(&requirements));
    fs::write(mark, wanted).unwrap();
    environment
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("run `python3` to install the template's tools");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
