//! The rules that a command is given: files, sets of the catalogue, or both.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use rules::RuleSet;

use crate::arguments::RuleOptions;
use crate::complaint::complain;
use crate::printable::{path_text, printable};

/// Bytes of a rule file that are read at most; far beyond what the rule document's own limit lets pass.
const READ_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// A rule file.
#[derive(Debug)]
pub(crate) struct RuleFile {
    /// Its path for diagnostics.
    pub(crate) name: String,
    /// Its contents.
    pub(crate) text: String,
}

/// The rules of the files and sets, or the recommended ones if there are none; `None` if they are at fault, which has been
/// reported.
pub(crate) fn load(options: &RuleOptions) -> Option<RuleSet> {
    if options.files.is_empty() && options.sets.is_empty() {
        return Some(RuleSet::recommended());
    }
    let (files, errors) = read_all(&options.files, &options.sets);
    for error in &errors {
        complain(format_args!("error: {error:#}"));
    }
    match RuleSet::parse_all(documents(&files)) {
        Ok((rules, warnings)) => {
            for warning in warnings {
                complain(warning);
            }
            errors.is_empty().then_some(rules)
        }
        Err(diagnostics) => {
            complain(diagnostics);
            None
        }
    }
}

/// Reads rule files, behind a document for the sets; files that cannot be read are told apart, in the same order.
pub(crate) fn read_all(paths: &[PathBuf], sets: &[String]) -> (Vec<RuleFile>, Vec<anyhow::Error>) {
    let mut files: Vec<_> = (!sets.is_empty()).then(|| document_of(sets)).into_iter().collect();
    let mut errors = Vec::new();
    for path in paths {
        match read(path) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    (files, errors)
}

/// The document that has the rules of some sets. The command line lets the names of sets pass only.
fn document_of(sets: &[String]) -> RuleFile {
    RuleFile { name: "--set".to_owned(), text: format!("version: 1\nextends: [{}]\n", sets.join(", ")) }
}

/// Reads one rule file.
pub(crate) fn read(path: &Path) -> anyhow::Result<RuleFile> {
    if path == Path::new("-") {
        return read_text(io::stdin().lock(), "standard input");
    }
    let name = path_text(path);
    let name = printable(&name);
    let file = File::open(path).with_context(|| format!("rule file `{name}` cannot be opened"))?;
    read_text(file, &name)
}

fn read_text(reader: impl Read, name: &str) -> anyhow::Result<RuleFile> {
    let mut bytes = Vec::new();
    reader
        .take(READ_LIMIT_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("rule file `{name}` cannot be read"))?;
    ensure!(
        bytes.len() as u64 <= READ_LIMIT_BYTES,
        "rule file `{name}` is larger than {READ_LIMIT_BYTES} bytes"
    );
    let text = String::from_utf8(bytes).with_context(|| format!("rule file `{name}` is not UTF-8"))?;
    Ok(RuleFile { name: name.to_owned(), text })
}

/// The files in the form that `RuleSet::parse_all` takes.
pub(crate) fn documents(files: &[RuleFile]) -> impl Iterator<Item = (&str, &str)> {
    files.iter().map(|file| (file.name.as_str(), file.text.as_str()))
}
