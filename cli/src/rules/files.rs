//! The rules that a command is given: rule files, sets of built-in rules, or both.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use rules::{Diagnostics, RuleSet, catalogue};

use crate::options::RuleOptions;
use crate::terminal::{complain, path_text, printable};

/// The most bytes to read from a rule file; far more than the limit of the rule document allows.
const READ_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// A rule file.
#[derive(Debug)]
pub(super) struct RuleFile {
    /// Its path, for diagnostics.
    pub(super) name: String,
    /// Its contents.
    pub(super) text: String,
}

/// The rules of the files and sets, or the recommended rules if neither is given, for commands that need no
/// rule's tests. Returns `None` if they are invalid or cannot be read; the errors have been printed.
pub(crate) fn load_rules(options: &RuleOptions) -> Option<RuleSet> {
    load(options, |files| RuleSet::parse_all_without_tests(documents(files)))
}

/// Like [`load_rules`], with the tests.
pub(crate) fn load_rules_with_tests(options: &RuleOptions) -> Option<RuleSet> {
    load(options, |files| RuleSet::parse_all(documents(files)))
}

fn load(
    options: &RuleOptions,
    parse: impl FnOnce(&[RuleFile]) -> Result<(RuleSet, Diagnostics), Diagnostics>,
) -> Option<RuleSet> {
    let default = [catalogue::recommended().name.to_owned()];
    let is_default = options.files.is_empty() && options.sets.is_empty();
    let sets = if is_default { &default } else { options.sets.as_slice() };
    let (files, errors) = read_all(&options.files, sets);
    for error in &errors {
        complain(format_args!("error: {error:#}"));
    }
    match parse(&files) {
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

/// Reads rule files, and puts a document for the sets before them. Errors are returned separately, in the
/// order of the files.
pub(super) fn read_all(paths: &[PathBuf], sets: &[String]) -> (Vec<RuleFile>, Vec<anyhow::Error>) {
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

/// The document with the rules of some sets. The command line accepts only names of sets.
fn document_of(sets: &[String]) -> RuleFile {
    RuleFile { name: "--set".to_owned(), text: format!("version: 1\nextends: [{}]\n", sets.join(", ")) }
}

/// Reads one rule file.
///
/// # Errors
///
/// When the file cannot be read, is too large, or is not UTF-8.
pub(super) fn read(path: &Path) -> anyhow::Result<RuleFile> {
    if path == Path::new("-") {
        return read_text(io::stdin().lock(), "standard input");
    }
    let name = path_text(path);
    let name = printable(&name);
    let file = File::open(path).with_context(|| format!("cannot open rule file `{name}`"))?;
    read_text(file, &name)
}

fn read_text(reader: impl Read, name: &str) -> anyhow::Result<RuleFile> {
    let mut bytes = Vec::new();
    reader
        .take(READ_LIMIT_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read rule file `{name}`"))?;
    ensure!(
        bytes.len() as u64 <= READ_LIMIT_BYTES,
        "rule file `{name}` is larger than {READ_LIMIT_BYTES} bytes"
    );
    let text = String::from_utf8(bytes).with_context(|| format!("rule file `{name}` is not UTF-8"))?;
    Ok(RuleFile { name: name.to_owned(), text })
}

/// The files in the form that `RuleSet::parse_all` takes.
pub(super) fn documents(files: &[RuleFile]) -> impl Iterator<Item = (&str, &str)> {
    files.iter().map(|file| (file.name.as_str(), file.text.as_str()))
}
