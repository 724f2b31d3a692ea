//! Where the emulator's executable and other Python tools are, and how they get there.
//!
//! The environment variable `TRAILBELL_MINISTACK` names an emulator that is installed already. Otherwise a virtual
//! environment in `target/emulator` is made from `tests/requirements.txt`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::StartError;

/// The path of the `ministack` executable. Installs it if need be, which takes half a minute and the network.
pub(super) fn ministack() -> Result<PathBuf, StartError> {
    match from_environment("TRAILBELL_MINISTACK") {
        Some(path) => Ok(path.into()),
        None => Ok(python_tools("emulator", "tests/requirements.txt")?.join("ministack")),
    }
}

/// The folder of the executables of Python packages, as [`crate::python::tools`] installs them.
///
/// # Errors
///
/// When `python3` is missing or a package cannot be installed.
pub fn python_tools(name: &str, requirements: &str) -> Result<PathBuf, StartError> {
    crate::python::tools(name, requirements).map_err(|error| StartError::Install {
        folder: workspace().join("target").join(name),
        reason: format!("{error:#}"),
    })
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

/// The last `count` lines, on one line.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join(" | ")
}
