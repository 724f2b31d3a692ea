//! The command line of `trailbell rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::complete::{rule_ids, sets_and_files};
use super::import::ImportArguments;
use super::report::ReportFormat;
use super::verify::VerifyArguments;
use crate::inputs::SourceOptions;
use crate::options::{Format, RuleOptions, set_names};

const RULES_HELP: &str = "\
Examples:
  trailbell rules list --set recommended
  trailbell rules check rules.yaml
  trailbell rules test rules.yaml
  trailbell rules diff recommended rules.yaml";

const CHECK_HELP: &str = "\
Examples:
  trailbell rules check rules.yaml
  trailbell rules check team-a.yaml team-b.yaml

Exit codes:
  0  the files are valid; warnings are printed and do not fail the command
  1  at least one file has an error
  2  a file could not be read";

const TEST_HELP: &str = "\
Examples:
  trailbell rules test rules.yaml
  trailbell rules test --set all

Exit codes:
  0  all tests pass
  1  a test fails, a file is invalid, or no rule has a test
  2  a file could not be read";

const EXPORT_HELP: &str = "\
Examples:
  trailbell rules export --format metric-filters > companion-filters.yaml
  trailbell rules export --format metric-filters --set security-hub > security-hub.yaml
  trailbell rules export --format athena team-a.yaml team-b.yaml > athena.yaml
  trailbell rules export --format json rules.yaml > rules.json

Exit codes:
  0  the export was written; warnings name what a template cannot express exactly
  1  a file is invalid, or the template cannot hold a rule; nothing was written
  2  a file could not be read, or the export could not be written";

const LIST_HELP: &str = "\
Examples:
  trailbell rules list
  trailbell rules list --set security-hub

Exit codes:
  0  the rules were listed";

const SHOW_HELP: &str = "\
Examples:
  trailbell rules show root-usage
  trailbell rules show root-usage console-login-failures > rules.yaml

Exit codes:
  0  the rules were printed
  2  a rule does not exist; nothing was printed";

const SETS_HELP: &str = "\
Examples:
  trailbell rules sets

Exit codes:
  0  the sets were listed";

const SCHEMA_HELP: &str = "\
Examples:
  trailbell rules schema > rule-file.schema.json

Exit codes:
  0  the schema was printed";

const DIFF_HELP: &str = "\
Examples:
  trailbell rules diff cis-1.4 cis-3.0
  trailbell rules diff recommended rules.yaml

Exit codes:
  0  both have the same rules
  1  they differ, or a file is invalid
  2  a file could not be read";

const LINT_HELP: &str = "\
Examples:
  trailbell rules lint --rules rules.yaml
  trailbell rules lint --set all --format json | jq '.lints[].code'
  trailbell rules lint --rules rules.yaml --records AWSLogs/

Exit codes:
  0  no findings
  1  at least one finding; or records could not be read, or there were none
  2  a rule file could not be read, or is invalid";

/// What `rules` takes.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = RULES_HELP)]
pub(crate) struct RulesArguments {
    #[command(subcommand)]
    pub(super) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Report every error in rule files, with its location and advice
    ///
    /// Several files are checked as one rule set, as `replay` would load them, so an id used in two files is
    /// an error. Each file shows up to 200 errors and 200 warnings; the totals at the end include the rest.
    #[command(after_help = CHECK_HELP)]
    Check(RuleFileArguments),
    /// Run the tests written beside the rules
    #[command(after_help = TEST_HELP)]
    Test(RuleFileArguments),
    /// Point out patterns that may not do what their author intended
    ///
    /// Lint tries each pattern on the test records of the built-in rules, on the rules' own test records, and
    /// on the records you pass, and proves which parts have no effect. A finding is advice; the rules work as
    /// written. A rule accepts a finding with `acceptedLints: { CODE: REASON }`. Findings in built-in rules that
    /// a file inherits do not fail the command.
    #[command(after_help = LINT_HELP)]
    Lint(LintArguments),
    /// List the built-in rules
    #[command(after_help = LIST_HELP)]
    List(ListArguments),
    /// Print built-in rules as a rule file
    #[command(after_help = SHOW_HELP)]
    Show(ShowArguments),
    /// List the sets of built-in rules
    #[command(after_help = SETS_HELP)]
    Sets(SetsArguments),
    /// Print the JSON Schema of a rule file, for editors and other programs
    ///
    /// Rule files that `show` and `import` write name the published schema in their first line, which the YAML
    /// language server of many editors reads.
    #[command(after_help = SCHEMA_HELP)]
    Schema,
    /// Show the differences between two sets or rule files
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArguments),
    /// Export the rules as a CloudFormation template for other AWS services, or as JSON
    ///
    /// The template goes to standard output. Nothing is deployed, and the log processor does not need the
    /// template. JSON is for other programs: it has the rules as the log processor evaluates them.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
    /// Convert existing metric filters and alarms to a rule file
    ///
    /// Reads CloudFormation and SAM templates, the JSON of `aws logs describe-metric-filters` and
    /// `aws cloudwatch describe-alarms`, Terraform files, and `terraform show -json`. All files together make
    /// one rule file. Whatever a rule cannot express is reported on standard error and in a comment at the
    /// top of the file.
    Import(ImportArguments),
    /// Compare the rules with the metric filters that an account has
    ///
    /// Rules and filters are compared by their metrics, for all records: a record is shown for each difference.
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(super) struct RuleFileArguments {
    /// Rule files, or `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "sets", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Set of built-in rules, with or without files; can be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(super) sets: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(super) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(super) struct LintArguments {
    #[command(flatten)]
    pub(super) rules: RuleOptions,
    /// Records to try the patterns on: files, folders or `s3://BUCKET[/PREFIX]`, in any shape that `events` reads
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub(super) records: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) options: SourceOptions,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(super) format: ReportFormat,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// List only the rules of this set; can be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(super) sets: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct SetsArguments {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// Ids of the rules, in the order to print them
    #[arg(value_name = "ID", required = true, add = rule_ids())]
    pub(super) ids: Vec<String>,
    /// Output format; the text is a rule file
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// A set or a rule file; write `./NAME` for a file that has the name of a set
    #[arg(value_name = "OLD", add = sets_and_files())]
    pub(super) old: PathBuf,
    /// The set or rule file to compare it with
    #[arg(value_name = "NEW", add = sets_and_files())]
    pub(super) new: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// What to export the rules as
    #[arg(long, value_enum)]
    pub(super) format: ExportFormat,
    /// Rule files, or `-` for standard input; without a file or a set, the recommended rules
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Set of built-in rules to export; can be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(super) sets: Vec<String>,
}

/// What a rule set is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// CloudWatch Logs metric filters, each with its alarm
    MetricFilters,
    /// An Athena table over the log files, with a saved query for each rule
    Athena,
    /// The rules as JSON on one line, with every inherited and default value
    Json,
}
