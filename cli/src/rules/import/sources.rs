//! The files that `rules import` reads: the given ones, the Terraform files of given folders, and the modules that
//! these call by a local path. What the files contain is not looked at, except for such calls.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use rule_import::{SOURCE_BYTES, Source, called_folders};

use crate::terminal::{path_text, printable};

/// The most folders of called modules that are read.
const CALLED_FOLDERS: usize = 200;
/// How the plan that `terraform plan -out` writes begins: it is a ZIP archive.
const PLAN: &[u8] = b"PK\x03\x04";

/// Files by name, and the errors of those that cannot be read.
pub(super) type Files = (Vec<(String, String)>, Vec<anyhow::Error>);

/// Reads the given files and folders, and the modules that they call.
pub(super) fn read_all(paths: &[PathBuf]) -> Files {
    let mut reading = Reading::default();
    for path in paths {
        if path.is_dir() {
            reading.take_folder(path);
        } else {
            reading.take(path);
        }
    }
    reading.take_called_modules();
    (reading.files, reading.errors)
}

#[derive(Default)]
struct Reading {
    files: Vec<(String, String)>,
    errors: Vec<anyhow::Error>,
    seen: HashSet<PathBuf>,
}

impl Reading {
    fn take(&mut self, path: &Path) {
        // A file that was read as part of a module is not read again.
        if path.canonicalize().is_ok_and(|path| !self.seen.insert(path)) {
            return;
        }
        match read(path) {
            Ok(file) => self.files.push(file),
            Err(error) => self.errors.push(error),
        }
    }

    fn take_folder(&mut self, folder: &Path) {
        match files_of(folder, is_module_or_values) {
            Ok(paths) if paths.is_empty() => {
                let name = path_text(folder);
                let error = "the folder has no Terraform files; pass other files by their names";
                self.errors.push(anyhow::anyhow!("cannot read `{}`: {error}", printable(&name)));
            }
            Ok(paths) => paths.iter().for_each(|path| self.take(path)),
            Err(error) => self.errors.push(error),
        }
    }

    /// Reads the modules that the files call by a local path, and those that these call. A folder that does not
    /// exist is reported by the import, with the call.
    fn take_called_modules(&mut self) {
        let mut taken = BTreeSet::new();
        let mut from = 0;
        while from < self.files.len() {
            let sources: Vec<_> =
                self.files.iter().skip(from).map(|(name, text)| Source { name, text }).collect();
            let folders = called_folders(&sources);
            from = self.files.len();
            for folder in folders {
                if taken.len() < CALLED_FOLDERS && taken.insert(folder.clone()) {
                    let folder = if folder.is_empty() { "." } else { folder.as_str() };
                    for path in files_of(Path::new(folder), is_module).unwrap_or_default() {
                        self.take(&path);
                    }
                }
            }
        }
    }
}

fn is_module(name: &str) -> bool {
    name.ends_with(".tf") || name.ends_with(".tf.json")
}

/// Whether Terraform reads a file of a root module without being told to.
fn is_module_or_values(name: &str) -> bool {
    let is_automatic = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
    is_module(name) || is_automatic || matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
}

fn files_of(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read the folder `{}`", printable(&path_text(folder)));
    let mut paths = Vec::new();
    for entry in folder.read_dir().with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&is_wanted) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    if path == Path::new("-") {
        let name = "standard input".to_owned();
        return read_text(io::stdin().lock(), &name).map(|text| (name, text));
    }
    let name = printable(&path_text(path)).into_owned();
    let file = File::open(path).with_context(|| format!("cannot open `{name}`"))?;
    read_text(file, &name).map(|text| (name, text))
}

fn read_text(reader: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    reader
        .take(SOURCE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{name}`"))?;
    ensure!(
        bytes.len() <= SOURCE_BYTES,
        "`{name}` is larger than {SOURCE_BYTES} bytes, the most that `import` reads"
    );
    if bytes.starts_with(PLAN) {
        bail!(
            "`{name}` is a plan in Terraform's own format: import the output of `terraform show -json {name}`"
        );
    }
    String::from_utf8(bytes).with_context(|| format!("`{name}` is not UTF-8"))
}
