//! `trailbell rules import`: converts metric filters and alarms from templates, an account or Terraform to a
//! rule file.
//!
//! The rule file goes to standard output or to a file; what it cannot express is reported on standard error.
//! This file reads and writes; the crate `rule-import` does the conversion.

mod known;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueHint};
use rule_import::{Grade, Import, ImportError, Options, ReadError, Source};
use rules::RuleSet;

use crate::exit::Exit;
use crate::terminal::{Stdout, complain, path_text, printable};

const HELP: &str = "\
Examples:
  trailbell rules import template.yaml > rules.yaml
  trailbell rules import --parameter Prefix=CIS template.yaml alarms.yaml --output rules.yaml
  aws logs describe-metric-filters > filters.json
  aws cloudwatch describe-alarms > alarms.json
  trailbell rules import --log-group CloudTrail/logs filters.json alarms.json > rules.yaml
  trailbell rules import --var region=us-east-1 --workspace prod infra/ > rules.yaml
  terraform show -json plan | trailbell rules import - > rules.yaml

Exit codes:
  0  the rule file counts and raises alarms as the originals do; notes say what depends on the deployment
  1  the rule file was written without the parts reported as errors; if no rule is left, nothing was written
  2  a file could not be read, so the rule file was written without it; or the rule file could not be written";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct ImportArguments {
    /// Files to import, folders with Terraform files, or `-` for standard input
    ///
    /// The contents decide how a file is read. Terraform files in one folder are one module; the modules that
    /// it calls by a local path are read as well. Pass its `.tfvars` files too, or set variables with `--var`.
    /// Of a folder, the Terraform files and the files of values that Terraform reads by itself are imported.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Value of a CloudFormation parameter or pseudo parameter such as `AWS::Region`; can be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, String)>,
    /// Value of a Terraform variable; can be repeated
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    variables: Vec<(String, String)>,
    /// Name of the Terraform workspace
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// Import only the filters of this log group; can be repeated
    ///
    /// If a listing has the filters of several log groups, one must be chosen.
    #[arg(long = "log-group", value_name = "NAME")]
    log_groups: Vec<String>,
    /// Make each rule send alerts for its findings, in addition to its alarm
    #[arg(long)]
    alerts: bool,
    /// File to write the rule file to, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Converts the files, and writes the rule file.
pub(super) fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let (files, errors) = sources::read_all(&arguments.files);
    for error in &errors {
        complain(format_args!("error: {error:#}"));
    }
    if files.is_empty() {
        return Ok(Exit::Failure);
    }
    let sources: Vec<_> = files.iter().map(|(name, text)| Source { name, text }).collect();
    let options = Options {
        parameters: arguments.parameters.iter().cloned().collect::<BTreeMap<_, _>>(),
        variables: arguments.variables.iter().cloned().collect::<BTreeMap<_, _>>(),
        workspace: arguments.workspace.clone(),
        log_groups: arguments.log_groups.iter().cloned().collect::<BTreeSet<_>>(),
        alerts: arguments.alerts,
    };
    match rule_import::import(&sources, &options) {
        Ok(mut import) => {
            let is_read = errors.is_empty() && import.unreadable.is_empty();
            complain_of(std::mem::take(&mut import.unreadable));
            let exit = finish(&import, arguments.output.as_deref())?;
            Ok(if is_read { exit } else { Exit::Failure })
        }
        Err(ImportError::Unreadable(errors)) => {
            complain_of(errors);
            Ok(Exit::Failure)
        }
        Err(error @ ImportError::Refused(_)) => Err(error.into()),
    }
}

fn complain_of(errors: Vec<ReadError>) {
    for error in errors {
        complain(format_args!("error: {:#}", anyhow::Error::new(error)));
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
        complain("error: no metric filter in the input could be converted to a rule; nothing was written");
        return Ok(Exit::Findings);
    }
    for (id, known) in RuleSet::parse("the imported rules", &import.text)
        .map(|(set, _)| known::known_rules(&set))
        .unwrap_or_default()
    {
        complain(format_args!(
            "note: rule `{id}` matches exactly the records of the built-in rule `{known}`: for its tests, response and \
             severity, see `trailbell rules show {known}`"
        ));
    }
    match output {
        Some(path) => std::fs::write(path, &import.text)
            .with_context(|| format!("cannot write rule file `{}`", printable(&path_text(path))))?,
        None => {
            let mut out = Stdout::buffered();
            out.write_all(import.text.as_bytes())?;
            out.flush()?;
        }
    }
    let is_whole = import.omissions.iter().all(|omission| omission.grade() == Grade::Note);
    Ok(if is_whole { Exit::Success } else { Exit::Findings })
}
