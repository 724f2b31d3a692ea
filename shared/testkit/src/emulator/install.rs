//! Where the emulator's executable and other Python tools are, and how they get there.
//!
//! The environment variable `TRAILBELL_MINISTACK` names an emulator that is installed already. Otherwise a virtual
//! environment in `target/emulator` is made from `tests/requirements.txt`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::StartError;

/// The path of the `ministack` executable. Installs it if need be, which takes half a minute and the network.
pub(super) fn ministack() -> Result<PathBuf, StartError> {
    match from_environment("TRAILBELL_MINISTACK") {
        Some(path) => Ok(path.into()),
        None => Ok(python_tools("emulator", "tests/requirements.txt")?.join("ministack")),
    }
}

/// The folder of the executables of a virtual environment in `target/<name>`, with the packages of a requirements file
/// of the workspace. It is made when it is first needed and when the file changes; test processes that run at the same
/// time wait.
///
/// # Errors
///
/// When `python3` is missing or a package cannot be installed.
pub fn python_tools(name: &str, requirements: &str) -> Result<PathBuf, StartError> {
    let workspace = workspace();
    let folder = workspace.join("target").join(name);
    fs::create_dir_all(&folder).map_err(StartError::io("create a folder for Python packages"))?;
    let lock = File::create(folder.join("install.lock"))
        .map_err(StartError::io("create the lock of a folder for Python packages"))?;
    lock.lock().map_err(StartError::io("lock a folder for Python packages"))?;
    install_unless_current(&folder, &workspace.join(requirements))?;
    Ok(folder.join("venv/bin"))
}

/// The root folder of the workspace.
pub(super) fn workspace() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).expect("the crate is two folders below the root").to_owned()
}

/// Reads a variable that only tests have.
#[expect(
    clippy::disallowed_methods,
    reason = "the ban is for what is shipped; tests have no configuration module"
)]
pub(super) fn from_environment(name: &str) -> Option<OsString> {
    // `var` and not `var_os`: a path that isn't UTF-8 would fail later and less clearly.
    std::env::var(name).ok().map(OsString::from)
}

/// A copy of the requirements is written into the environment last, so that it marks it as complete and as current.
fn install_unless_current(folder: &Path, requirements: &Path) -> Result<(), StartError> {
    let wanted =
        fs::read(requirements).map_err(StartError::io("read the requirements of Python packages"))?;
    let environment = folder.join("venv");
    let mark = environment.join("installed.txt");
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(folder, Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let pip = environment.join("bin/pip");
    run(folder, Command::new(pip).args(["install", "--quiet", "--no-input", "-r"]).arg(requirements))?;
    fs::write(mark, wanted).map_err(StartError::io("mark Python packages as installed"))
}

fn run(folder: &Path, command: &mut Command) -> Result<(), StartError> {
    let output = command.output().map_err(StartError::io("run `python3` to install packages"))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = last_lines(&String::from_utf8_lossy(&output.stderr), 5);
    Err(StartError::Install { folder: folder.to_owned(), reason })
}

/// The last `count` lines, on one line.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join(" | ")
}
