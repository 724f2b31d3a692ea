//! The command line: its grammar and its help.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use cloudtrail::Limits;
use rules::catalogue;

use crate::alarms::arguments::{ALARMS_HELP, AlarmsCommand};
use crate::backfill::arguments::BackfillArguments;
use crate::dead_letters::arguments::{DLQ_HELP, DlqCommand};
use crate::import::ImportArguments;

const HELP: &str = "\
Examples:
  trailbell replay AWSLogs/
  trailbell pattern match '{ $.eventName = ConsoleLogin }' records.jsonl
  trailbell rules test rules.yaml

Exit codes:
  0  everything went well
  1  the command ran and found faults in what it was given
  2  the command could not do its work";

const PATTERN_HELP: &str = "\
Examples:
  trailbell pattern match '{ $.eventName = ConsoleLogin }' records.jsonl";

const RULES_HELP: &str = "\
Examples:
  trailbell rules list --set recommended
  trailbell rules check rules.yaml
  trailbell rules test rules.yaml
  trailbell rules diff recommended rules.yaml";

const REPLAY_HELP: &str = "\
Examples:
  trailbell replay AWSLogs/
  trailbell replay --rules rules.yaml --format json AWSLogs/ | jq .rules
  trailbell replay --set cis-3.0 --set aws-guide AWSLogs/
  aws s3 cp s3://bucket/key.json.gz - | trailbell replay -

Exit codes:
  0  every file was processed, known or no log file
  1  a file or a record could not be read; it is listed, and the rest was processed
  2  the replay could not begin, for instance because of an invalid rule file";

const MATCH_HELP: &str = "\
Examples:
  trailbell pattern match '{ $.eventName = \"ConsoleLogin\" }' records.jsonl
  jq -c '.Records[]' log.json | trailbell pattern match '{ $.errorCode = \"AccessDenied*\" }'
  trailbell pattern match -- '-DEBUG' messages.log

Exit codes:
  0  every line was answered, whatever the answers
  2  the pattern is invalid, or the input could not be read";

const CHECK_HELP: &str = "\
Examples:
  trailbell rules check rules.yaml
  trailbell rules check team-a.yaml team-b.yaml

Exit codes:
  0  the files are valid; warnings are printed and do not fail
  1  at least one file has an error
  2  a file could not be read";

const TEST_HELP: &str = "\
Examples:
  trailbell rules test rules.yaml
  trailbell rules test --set all

Exit codes:
  0  all tests pass
  1  a test fails, or a file is invalid
  2  a file could not be read";

const EXPLAIN_HELP: &str = "\
Examples:
  trailbell explain
  trailbell explain --rules rules.yaml
  trailbell explain --format json | jq '.rules[] | select(.evaluatedFor == \"every record\") | .id'

Exit codes:
  0  the rules were explained
  2  a rule file could not be read or is invalid";

const EXPORT_HELP: &str = "\
Examples:
  trailbell rules export --format metric-filters > companion-filters.yaml
  trailbell rules export --format metric-filters --set security-hub > security-hub.yaml
  trailbell rules export --format athena team-a.yaml team-b.yaml > athena.yaml

Exit codes:
  0  the template is written; warnings say what it cannot say exactly
  1  a file is invalid, or a rule has no place in the template; nothing is written
  2  a file could not be read, or the template could not be written";

const LIST_HELP: &str = "\
Examples:
  trailbell rules list
  trailbell rules list --set security-hub

Exit codes:
  0  the rules were listed";

const SHOW_HELP: &str = "\
Examples:
  trailbell rules show root-usage
  trailbell rules show console-login-failures > rules.yaml

Exit codes:
  0  the rule was shown
  2  there is no such rule";

const SETS_HELP: &str = "\
Examples:
  trailbell rules sets

Exit codes:
  0  the sets were listed";

const DIFF_HELP: &str = "\
Examples:
  trailbell rules diff cis-1.4 cis-3.0
  trailbell rules diff recommended rules.yaml

Exit codes:
  0  both are the same
  1  they differ, or a file is invalid
  2  a file could not be read";

const LINT_HELP: &str = "\
Examples:
  trailbell rules lint --rules rules.yaml
  trailbell rules lint --set all --format json | jq '.lints[].code'
  trailbell rules lint --rules rules.yaml --records AWSLogs/

Exit codes:
  0  nothing was found
  1  something was found
  2  a file could not be read, or a rule file is invalid";

const COMPLETIONS_HELP: &str = "\
Examples:
  trailbell completions bash > ~/.local/share/bash-completion/completions/trailbell
  trailbell completions zsh > ~/.zfunc/_trailbell";

/// Turns CloudTrail log files into metrics and alerts: the operator's tool.
#[derive(Debug, Parser)]
#[command(name = "trailbell", version, after_help = HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run log files through the pipeline and show what it would publish
    ///
    /// The files go through the same code as on Lambda; nothing is published. A file that cannot be read is listed
    /// among the errors, and the others are processed all the same.
    Replay(ReplayArguments),
    /// Try out filter patterns
    #[command(arg_required_else_help = true, after_help = PATTERN_HELP)]
    Pattern {
        #[command(subcommand)]
        command: PatternCommand,
    },
    /// Look at rules, check them and test them
    #[command(arg_required_else_help = true, after_help = RULES_HELP)]
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Compare, make and export the CloudWatch alarms of the rules
    #[command(arg_required_else_help = true, after_help = ALARMS_HELP)]
    Alarms {
        #[command(subcommand)]
        command: AlarmsCommand,
    },
    /// Say why messages are in the dead-letter queue, and send them back
    #[command(arg_required_else_help = true, after_help = DLQ_HELP)]
    Dlq {
        #[command(subcommand)]
        command: DlqCommand,
    },
    /// Announce log files that the ledger does not know to the queue of the log processor
    ///
    /// The bucket is walked below `AWSLogs/`, over all accounts, of organizations too, and all regions. What counts is when CloudTrail
    /// delivered a file, which is the minute in its name; its records are of the minutes before. Each file is one message in
    /// CloudTrail's own shape. A file that is announced twice is processed once, as far back as the ledger remembers (30 days).
    Backfill(BackfillArguments),
    /// Show how rules compiled: what is looked for in a record, and for which records each rule is evaluated
    #[command(after_help = EXPLAIN_HELP)]
    Explain(ExplainArguments),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
#[command(after_help = REPLAY_HELP, override_usage = "trailbell replay [OPTIONS] <PATH>...")]
pub(crate) struct ReplayArguments {
    /// Log files, folders, or `-` for one log file on standard input
    ///
    /// Of a folder and all folders below it every `.json.gz` and `.json` is read; a file that is named itself is
    /// read whatever its ending. Files whose name or folder says that they are digests or another service's logs
    /// are ignored and counted. What cannot be reached is an error, and counts as a failed file if it has one of
    /// these endings or is named itself; what a folder that cannot be read holds is unknown and not counted.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleOptions,
    /// Decompressed size beyond which a log file is an error, in bytes
    #[arg(
        long,
        value_name = "N",
        default_value_t = Limits::default().decompressed_bytes,
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(crate) max_file_bytes: u64,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) rules: RuleOptions,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// The rules that a command works with, as options. Without any they are the recommended ones.
#[derive(Debug, Args)]
pub(crate) struct RuleOptions {
    /// Rule file to use in place of the recommended rules; may be repeated
    #[arg(long = "rules", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Set of the catalogue to use in place of the recommended rules; may be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(crate) sets: Vec<String>,
}

fn set_names() -> PossibleValuesParser {
    PossibleValuesParser::new(catalogue::sets().iter().map(|set| set.name))
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: one JSON object on one line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PatternCommand {
    /// Say for each line whether a filter pattern matches it
    ///
    /// For a JSON pattern a line is one JSON record, or text that ends with one and does not itself begin like JSON,
    /// with `{`, `[` or `"`; for a term or space-delimited pattern it is one message. The answers `true` and `false`
    /// come one a line, in order, and as soon as the input pauses.
    ///
    /// A line that is not evaluated is answered `false` and named on standard error: one longer than 8 MiB, and of
    /// the records nested deeper than 127 levels, or with a number out of range, the first of each kind. A UTF-8
    /// byte order mark at the very start of the input is left out.
    Match(MatchArguments),
}

#[derive(Debug, Args)]
#[command(after_help = MATCH_HELP)]
pub(crate) struct MatchArguments {
    /// Hold the pattern to the quotas of CloudWatch Logs, which otherwise only draw a warning
    #[arg(long)]
    pub(crate) strict: bool,
    /// The filter pattern; put `--` before one that could be an option
    #[arg(value_name = "PATTERN", allow_hyphen_values = true)]
    pub(crate) pattern: String,
    /// File to read; standard input without it, and for `-`
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Report every fault of rule files, with place and advice
    ///
    /// Several files are checked as one rule set, as `replay` would load them, so that an id that two of them use is
    /// found. Of each file 200 errors and 200 warnings are shown; the numbers at the end are those of all.
    #[command(after_help = CHECK_HELP)]
    Check(RuleFileArguments),
    /// Run the tests that stand beside the rules
    #[command(after_help = TEST_HELP)]
    Test(RuleFileArguments),
    /// Point out patterns that may not mean what was meant
    ///
    /// What a pattern does is judged by the records of the catalogue's tests, of the rules' own tests, and of the files
    /// given. A finding is advice; the rules work as they are written.
    #[command(after_help = LINT_HELP)]
    Lint(LintArguments),
    /// List the rules of the catalogue
    #[command(after_help = LIST_HELP)]
    List(ListArguments),
    /// Print a rule of the catalogue, as a rule file
    #[command(after_help = SHOW_HELP)]
    Show(ShowArguments),
    /// List the sets of the catalogue
    #[command(after_help = SETS_HELP)]
    Sets,
    /// Show what two sets or rule files have different
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArguments),
    /// Write the rules as a CloudFormation template for other services
    ///
    /// The template goes to standard output. Nothing is deployed, and the log processor needs none of it.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
    /// Make a rule file out of metric filters and alarms that exist elsewhere
    ///
    /// Read are CloudFormation and SAM templates, the JSON of `aws logs describe-metric-filters` and `aws cloudwatch
    /// describe-alarms`, Terraform files, and `terraform show -json`; all files together make one rule file. What it cannot
    /// say is named on standard error, and in a comment at its top.
    Import(ImportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// What to make of the rules
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// Rule files, or `-` for standard input; without one and without a set, the recommended rules
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Set of the catalogue to export; may be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(crate) sets: Vec<String>,
}

/// What a rule set is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// CloudWatch Logs metric filters, each with its alarm
    MetricFilters,
    /// An Athena table over the log files, with a saved query for each rule
    Athena,
}

#[derive(Debug, Args)]
pub(crate) struct RuleFileArguments {
    /// Rule files, or `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "sets", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Set of the catalogue, beside the files or without any; may be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(crate) sets: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    #[command(flatten)]
    pub(crate) rules: RuleOptions,
    /// Log files, files ending in `.jsonl` with one record a line, or folders of both, to judge the patterns by
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub(crate) records: Vec<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only the rules of this set; may be repeated
    #[arg(long = "set", value_name = "NAME", value_parser = set_names())]
    pub(crate) sets: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The rule
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// A set, or a rule file; write `./NAME` for a file that is called like a set
    #[arg(value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(crate) old: PathBuf,
    /// What to compare it with
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    pub(crate) new: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn patterns_may_begin_with_a_hyphen() {
        for arguments in [
            &["-ERROR"][..],
            &["-hello"],
            &["--strict", "-ERROR", "file"],
            &["-ERROR", "--strict"],
            &["--", "-h"],
            &["-"],
        ] {
            let line = ["trailbell", "pattern", "match"].iter().chain(arguments);
            let cli = Cli::try_parse_from(line).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
            let Command::Pattern { command: PatternCommand::Match(parsed) } = cli.command else {
                panic!("{arguments:?}")
            };
            assert!(arguments.contains(&parsed.pattern.as_str()), "{arguments:?} gave {:?}", parsed.pattern);
            assert_eq!(parsed.strict, arguments.contains(&"--strict"));
        }
    }
}
