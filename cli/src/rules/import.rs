//! `trailbell rules import`: converts metric filters and alarms from templates, an account or Terraform to a
//! rule file.
//!
//! The rule file goes to standard output or to a file; what it cannot express is reported on standard error.
//! This file reads and writes; the crate `rule-import` does the conversion.

mod known;
mod report;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueHint};
use rule_import::{Grade, Import, Options, ReadError, Source, Unreadable};
use rules::{RuleSet, catalogue};

use self::known::Known;
use crate::exit::Exit;
use crate::options::Format;
use crate::terminal::{Stdout, complain, path_text, printable};

const HELP: &str = "\
Examples:
  trailbell rules import template.yaml > rules.yaml
  trailbell rules import --parameter Prefix=CIS template.yaml alarms.yaml --output rules.yaml
  aws logs describe-metric-filters > filters.json
  aws cloudwatch describe-alarms > alarms.json
  trailbell rules import --log-group CloudTrail/logs filters.json alarms.json > rules.yaml
  trailbell rules import --var region=us-east-1 --workspace prod infra/ > rules.yaml
  trailbell rules import --adopt-built-in template.yaml > rules.yaml
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
    /// Give each rule that is provably a built-in rule the severity, response and tests of that rule
    ///
    /// Two rules are the same if their patterns match the same records, for all possible records. Id, pattern,
    /// metric and alarm remain those of the imported rule.
    #[arg(long)]
    adopt_built_in: bool,
    /// Output format; JSON contains the rule file, what it does not express, and the built-in rules
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// File to write the rule file to, instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// The keys that an imported rule takes from a built-in rule.
const ADOPTED: [&str; 4] = ["severity", "severityIfAllFailed", "response", "tests"];

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Converts the files, and writes the rule file.
pub(super) fn run(arguments: &ImportArguments) -> anyhow::Result<Exit> {
    let (files, errors) = sources::read_all(&arguments.files);
    let mut errors: Vec<String> = errors.iter().map(|error| format!("{error:#}")).collect();
    let sources: Vec<_> = files.iter().map(|(name, text)| Source { name, text }).collect();
    let options = Options {
        parameters: arguments.parameters.iter().cloned().collect::<BTreeMap<_, _>>(),
        variables: arguments.variables.iter().cloned().collect::<BTreeMap<_, _>>(),
        workspace: arguments.workspace.clone(),
        log_groups: arguments.log_groups.iter().cloned().collect::<BTreeSet<_>>(),
        alerts: arguments.alerts,
    };
    let import = match rule_import::import(&sources, &options) {
        Ok(mut import) => {
            errors.extend(texts(std::mem::take(&mut import.unreadable)));
            Some(import).filter(|_| !files.is_empty())
        }
        Err(Unreadable(unreadable)) => {
            errors.extend(texts(unreadable));
            None
        }
    };
    let result = import.as_ref().map(|import| Converted::of(import, arguments.adopt_built_in));
    let exit = match arguments.format {
        Format::Text => write_text(result.as_ref(), &errors, arguments.output.as_deref())?,
        Format::Json => report::write(result.as_ref(), &errors, arguments.output.as_deref())?,
    };
    Ok(if errors.is_empty() { exit } else { Exit::Failure })
}

fn texts(errors: Vec<ReadError>) -> impl Iterator<Item = String> {
    errors.into_iter().map(|error| format!("{:#}", anyhow::Error::new(error)))
}

/// The rule file that was made.
struct Converted<'i> {
    import: &'i Import,
    /// The text of the rule file, with what was adopted.
    text: String,
    /// The rules that are built-in rules.
    known: Vec<Known>,
    has_adopted: bool,
}

impl<'i> Converted<'i> {
    fn of(import: &'i Import, adopts: bool) -> Self {
        let set = RuleSet::parse("the imported rules", &import.text).map(|(set, _)| set).unwrap_or_default();
        let known = known::known_rules(&set);
        let adopted = |number: usize| {
            let known = known.iter().find(|known| known.number == number)?;
            catalogue::rule_keys(&known.built_in, &ADOPTED)
        };
        let text = Some(import.text_with(adopted))
            .filter(|text| adopts && RuleSet::parse("the imported rules", text).is_ok());
        let has_adopted = text.is_some() && !known.is_empty();
        Self { import, text: text.unwrap_or_else(|| import.text.clone()), known, has_adopted }
    }

    fn exit(&self) -> Exit {
        let is_whole = self.import.omissions.iter().all(|omission| omission.grade() == Grade::Note);
        if is_whole && self.import.rules > 0 { Exit::Success } else { Exit::Findings }
    }

    fn write_to(&self, path: &Path) -> anyhow::Result<()> {
        std::fs::write(path, &self.text)
            .with_context(|| format!("cannot write rule file `{}`", printable(&path_text(path))))
    }
}

fn write_text(
    converted: Option<&Converted<'_>>,
    errors: &[String],
    output: Option<&Path>,
) -> anyhow::Result<Exit> {
    for error in errors {
        complain(format_args!("error: {error}"));
    }
    let Some(converted) = converted else { return Ok(Exit::Failure) };
    for omission in &converted.import.omissions {
        complain(format_args!("{}: {omission}", report::word(omission.grade())));
    }
    if converted.import.rules == 0 {
        complain("error: no metric filter in the input could be converted to a rule; nothing was written");
        return Ok(Exit::Findings);
    }
    for Known { id, built_in, .. } in &converted.known {
        let same = format!("note: rule `{id}` matches exactly the records of the built-in rule `{built_in}`");
        if converted.has_adopted {
            complain(format_args!("{same}, and has its severity, response and tests"));
        } else {
            complain(format_args!("{same}: for its severity, response and tests, use `--adopt-built-in`"));
        }
    }
    match output {
        Some(path) => converted.write_to(path)?,
        None => {
            let mut out = Stdout::buffered();
            out.write_all(converted.text.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(converted.exit())
}
