//! `trailbell rules import`: metric filters and alarms of templates, of an account or of Terraform as a rule file.
//!
//! The rule file goes to standard output or to a file, and what it does not say to standard error. This file reads and
//! writes; what becomes of the filters is decided by the `rule-import` crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Args, ValueHint};
use rule_import::{Grade, Import, ImportError, Options, SOURCE_BYTES, Source};

use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::{path_text, printable};

const HELP: &str = "\
Examples:
  trailbell rules import template.yaml > rules.yaml
  trailbell rules import --parameter Prefix=CIS template.yaml alarms.yaml --output rules.yaml
  aws logs describe-metric-filters > filters.json
  aws cloudwatch describe-alarms > alarms.json
  trailbell rules import --log-group CloudTrail/logs filters.json alarms.json > rules.yaml
  trailbell rules import --var region=us-east-1 *.tf > rules.yaml
  terraform show -json plan | trailbell rules import - > rules.yaml

Exit codes:
  0  the rule file counts and alarms as the filters and alarms did; notes say what the deployment decides
  1  the rule file is written without what is named as an error; nothing is written if there is no rule
  2  a file could not be read, or the rule file could not be written";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ImportArguments {
    /// Files to import, or `-` for standard input; what they are is told by their contents
    ///
    /// Terraform files of one folder are a module. Name its `.tfvars` files too, or give its variables with `--var`.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Value of a CloudFormation parameter, or of one such as `AWS::Region`; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, String)>,
    /// Value of a Terraform variable; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    variables: Vec<(String, String)>,
    /// Import the filters of this log group only; may be repeated
    #[arg(long = "log-group", value_name = "NAME")]
    log_groups: Vec<String>,
    /// Let each rule send an alert for what it finds, besides its alarm
    #[arg(long)]
    alerts: bool,
    /// Write the rule file there in place of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Writes the rule file.
pub(crate) fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let mut files = Vec::new();
    for path in &arguments.files {
        files.extend(read(path).inspect_err(|error| complain(format_args!("error: {error:#}"))));
    }
    if files.len() < arguments.files.len() {
        return Ok(Exit::Failure);
    }
    let sources: Vec<_> = files.iter().map(|(name, text)| Source { name, text }).collect();
    let options = Options {
        parameters: arguments.parameters.iter().cloned().collect::<BTreeMap<_, _>>(),
        variables: arguments.variables.iter().cloned().collect::<BTreeMap<_, _>>(),
        log_groups: arguments.log_groups.iter().cloned().collect::<BTreeSet<_>>(),
        alerts: arguments.alerts,
    };
    match rule_import::import(&sources, &options) {
        Ok(import) => finish(&import, arguments.output.as_deref()),
        Err(ImportError::Unreadable(errors)) => {
            for error in errors {
                complain(format_args!("error: {:#}", anyhow::Error::new(error)));
            }
            Ok(Exit::Failure)
        }
        Err(error @ ImportError::Refused(_)) => Err(error.into()),
    }
}

fn finish(import: &Import, output: Option<&Path>) -> anyhow::Result<Exit> {
    for omission in &import.omissions {
        let word = match omission.grade() {
            Grade::Lost => "error",
            Grade::Note => "note",
        };
        complain(format_args!("{word}: {omission}"));
    }
    if import.rules == 0 {
        complain("error: no metric filter of the input became a rule, and nothing is written");
        return Ok(Exit::Findings);
    }
    match output {
        Some(path) => std::fs::write(path, &import.text)
            .with_context(|| format!("`{}` cannot be written", printable(&path_text(path))))?,
        None => {
            let mut out = anstream::stdout().lock();
            out.write_all(import.text.as_bytes())?;
            out.flush()?;
        }
    }
    let is_whole = import.omissions.iter().all(|omission| omission.grade() == Grade::Note);
    Ok(if is_whole { Exit::Success } else { Exit::Findings })
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    if path == Path::new("-") {
        let name = "standard input".to_owned();
        return read_text(io::stdin().lock(), &name).map(|text| (name, text));
    }
    let name = printable(&path_text(path)).into_owned();
    let file = File::open(path).with_context(|| format!("`{name}` cannot be opened"))?;
    read_text(file, &name).map(|text| (name, text))
}

fn read_text(reader: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    reader
        .take(SOURCE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("`{name}` cannot be read"))?;
    ensure!(bytes.len() <= SOURCE_BYTES, "`{name}` is larger than the {SOURCE_BYTES} bytes that are read");
    String::from_utf8(bytes).with_context(|| format!("`{name}` is not UTF-8"))
}
