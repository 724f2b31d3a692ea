//! Python packages in a virtual environment below `target/`, for tools that exist only there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The folder of the executables of a virtual environment in `target/<name>`, with the packages of a requirements file
/// of the workspace. It is made when it is first needed and when the file changes; test processes that run at the same
/// time wait.
///
/// # Errors
///
/// When `python3` is missing or a package cannot be installed.
pub fn tools(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = crate_folder.ancestors().nth(2).context("the crate is two folders below the root")?;
    let folder = workspace.join("target").join(name);
    fs::create_dir_all(&folder).context("create a folder for Python packages")?;
    let lock = File::create(folder.join("install.lock"))
        .context("create the lock of a folder for Python packages")?;
    lock.lock().context("lock a folder for Python packages")?;
    install_unless_current(&folder, &workspace.join(requirements))?;
    Ok(folder.join("venv/bin"))
}

/// A copy of the requirements is written into the environment last, so that it marks it as complete and as current.
fn install_unless_current(folder: &Path, requirements: &Path) -> anyhow::Result<()> {
    let wanted = fs::read(requirements).context("read the requirements of Python packages")?;
    let environment = folder.join("venv");
    let mark = environment.join("installed.txt");
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let pip = environment.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet", "--no-input", "-r"]).arg(requirements))?;
    fs::write(mark, wanted).context("mark Python packages as installed")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().context("run `python3` to install packages")?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    bail!("{}", lines[lines.len().saturating_sub(5)..].join(" | "))
}
