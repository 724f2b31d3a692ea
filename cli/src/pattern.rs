//! `trailbell pattern`: what filter patterns match. `pattern match` is here: a pattern on the records of a file, or
//! on lines.

mod compare;
mod explain;
mod line_mode;
mod record_mode;
#[cfg(feature = "aws")]
mod verify;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueHint};
use filter_pattern::Pattern;

#[cfg(feature = "aws")]
use self::verify::VerifyArguments;
use crate::exit::Exit;
use crate::inputs::{self, Input, SourceOptions, Span, is_foreign_format};
use crate::terminal::{Stdout, complain, path_text, printable};
#[cfg(not(feature = "aws"))]
use crate::unavailable::UnavailableArguments as VerifyArguments;

const PATTERN_HELP: &str = "\
Examples:
  trailbell pattern match '{ $.eventName = ConsoleLogin }' log.json.gz
  trailbell pattern explain '{ $.eventName = ConsoleLogin }' record.json
  trailbell pattern compare '{ $.eventName = \"Delete*\" }' '{ $.eventName = DeleteTrail }'
  trailbell pattern verify --region us-east-1";

const MATCH_HELP: &str = "\
Examples:
  trailbell pattern match '{ $.eventName = \"ConsoleLogin\" }' log.json.gz
  trailbell pattern match --count '{ $.errorCode = \"AccessDenied*\" }' events.json
  trailbell pattern match StopLogging s3://amzn-s3-demo-bucket/AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/
  jq -c '.Records[]' log.json | trailbell pattern match '{ $.errorCode = \"AccessDenied*\" }'
  trailbell pattern match --lines -- '-DEBUG' messages.log

Exit codes for the records of a FILE, and with `--count`:
  0  at least one record or line matches
  1  none matches, or nothing could be evaluated
  2  the pattern is invalid, or the input could not be read to its end

Exit codes for lines:
  0  every line was evaluated, and answered with `true` or `false`
  1  a line could not be evaluated; standard error names it
  2  the pattern is invalid, or the input could not be read";

/// What `pattern` takes.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = PATTERN_HELP)]
pub(crate) struct PatternArguments {
    #[command(subcommand)]
    command: PatternCommand,
}

#[derive(Debug, Subcommand)]
enum PatternCommand {
    /// Print the records that a filter pattern matches, or answer each line with `true` or `false`
    ///
    /// The matching records of FILE are printed, one on each line. FILE may be a log file, records, or what the AWS CLI,
    /// EventBridge or CloudWatch Logs made of them, plain or gzip. A value from which no record can be read is named on
    /// standard error.
    ///
    /// Standard input, and a FILE with `--lines`, is answered line by line, in order, as soon as the input pauses. For
    /// a JSON pattern, a line is a JSON record, or text that ends with one. Text before the record must not start with
    /// `{`, `[` or `"`. For a term or space-delimited pattern, a line is a log message. A line that cannot be evaluated
    /// is answered with `false`; standard error names the first line of each kind. Such lines are no record, longer
    /// than 8 MiB, or nested deeper than 127 levels. Empty lines are answered with `false`
    /// for a JSON pattern. A UTF-8 byte order mark at the start of the input is ignored.
    Match(MatchArguments),
    /// Say why a filter pattern matches a record, or which of its conditions fail
    ///
    /// Prints every condition of a JSON pattern, whether it holds, and the values that its selector finds in the record.
    /// The conditions that decide the answer are marked with `>`.
    Explain(explain::ExplainArguments),
    /// Say how two filter patterns relate, and show a record for each difference
    ///
    /// The answer is about all records, not about samples. It is the first of these that holds: `equivalent`, if both
    /// match the same records; `implies`, if whatever the first matches, the second matches too; `implied`, the other
    /// way round; `disjoint`, if no record matches both; and `overlap`. Every record that is shown has been evaluated.
    ///
    /// It is `unknown` for term and space-delimited patterns, and for conditions too complex to decide; the reason is
    /// given.
    Compare(compare::CompareArguments),
    /// Ask CloudWatch Logs whether it answers the conformance cases as this tool does
    ///
    /// Sends each case, a pattern with messages, to the API TestMetricFilter in your account, which needs the permission
    /// `logs:TestMetricFilter`, creates nothing and costs nothing. The answers are written to a file that you can
    /// contribute; it names neither your account nor your region. The cases contain only made-up messages.
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
#[command(after_help = MATCH_HELP)]
struct MatchArguments {
    /// Treat a pattern over a CloudWatch Logs quota as an error instead of a warning
    #[arg(long)]
    strict: bool,
    /// Print only the number of matching records or lines
    #[arg(long)]
    count: bool,
    /// Answer each line of FILE with `true` or `false`, as for standard input
    #[arg(long)]
    lines: bool,
    /// The filter pattern; put `--` before a pattern that looks like an option
    #[arg(value_name = "PATTERN", allow_hyphen_values = true)]
    pattern: String,
    /// File, folder or `s3://BUCKET[/PREFIX]` to read; without it, or for `-`, the lines of standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: SourceOptions,
}

/// Runs one of the commands.
///
/// # Errors
///
/// When the input cannot be read or the answers cannot be written.
pub(crate) fn run(arguments: &PatternArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        PatternCommand::Match(arguments) => run_match(arguments),
        PatternCommand::Explain(arguments) => explain::run(arguments),
        PatternCommand::Compare(arguments) => compare::run(arguments),
        #[cfg(feature = "aws")]
        PatternCommand::Verify(arguments) => verify::run(arguments),
        #[cfg(not(feature = "aws"))]
        PatternCommand::Verify(arguments) => crate::unavailable::run(arguments),
    }
}

fn run_match(arguments: &MatchArguments) -> anyhow::Result<Exit> {
    let parse = if arguments.strict { Pattern::parse_strict } else { Pattern::parse };
    let pattern = match parse(&arguments.pattern) {
        Ok(pattern) => pattern,
        Err(error) => {
            complain(error.diagnostic(&arguments.pattern));
            return Ok(Exit::Failure);
        }
    };
    for violation in pattern.quota_violations() {
        complain(violation.diagnostic(&arguments.pattern));
    }
    let file = arguments.file.as_deref().filter(|path| *path != Path::new("-"));
    match file {
        None => match_lines(&pattern, io::stdin().lock(), arguments.count),
        Some(path) if arguments.lines => match_lines(&pattern, open(path)?, arguments.count),
        Some(path) => match_records(&pattern, path, arguments),
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot open `{}`", printable(&path_text(path))))
}

/// Answers every line, or counts the lines that match.
fn match_lines(pattern: &Pattern, input: impl io::Read, is_count: bool) -> anyhow::Result<Exit> {
    let mut out = Stdout::unbuffered();
    if !is_count {
        let counts = line_mode::answer_lines(pattern, input, out, complain)?;
        return Ok(if counts.unevaluated == 0 { Exit::Success } else { Exit::Findings });
    }
    let counts = line_mode::answer_lines(pattern, input, io::sink(), complain)?;
    writeln!(out, "{}", counts.matching)?;
    Ok(if counts.unevaluated == 0 && counts.matching > 0 { Exit::Success } else { Exit::Findings })
}

/// Prints or counts the matching records of a file, or of all files of a folder.
fn match_records(pattern: &Pattern, path: &Path, arguments: &MatchArguments) -> anyhow::Result<Exit> {
    let inputs = inputs::list(&[path.to_path_buf()], true, &Span::RECORDS, &arguments.options)?;
    if let Some(error) = inputs.unreachable.first() {
        bail!("cannot open {}", printable(error));
    }
    for text in &inputs.skipped {
        complain(format_args!("note: skipped {}", printable(text)));
    }
    let mut out = Stdout::json();
    let print = if arguments.count {
        record_mode::Print::Nothing
    } else {
        record_mode::Print::Lines { is_for_terminal: io::stdout().is_terminal() }
    };
    let (mut matching, mut is_evaluated) = (0, inputs.inputs.is_empty());
    inputs.read_ahead(inputs.inputs.iter());
    for input in &inputs.inputs {
        let found = match_input(pattern, input, print, &mut out)?;
        matching += found.matching;
        is_evaluated |= found.end.is_err() || found.evaluated > 0;
    }
    if arguments.count {
        writeln!(out, "{matching}")?;
    }
    out.flush()?;
    if !is_evaluated {
        complain(format_args!(
            "note: `{}` contains no CloudTrail record, so nothing was evaluated; `--lines` evaluates each line of a \
             file as it is",
            printable(&path_text(path))
        ));
    }
    Ok(if matching > 0 { Exit::Success } else { Exit::Findings })
}

/// Prints the matching records of one input. An input in another format is named.
fn match_input(
    pattern: &Pattern,
    input: &Input,
    print: record_mode::Print,
    out: &mut impl io::Write,
) -> anyhow::Result<record_mode::Found> {
    let name = printable(&input.name);
    let source = input.open().with_context(|| format!("cannot open `{name}`"))?;
    let found = record_mode::match_records(pattern.clone(), source, print, out, |note| {
        complain(format_args!("note: `{name}`: {}", printable(&note)));
    })?;
    match found.end {
        Err(error) if is_foreign_format(&error) => {
            complain(format_args!("note: `{name}`: {}; nothing was evaluated", pipeline::chain(&error)));
            Ok(record_mode::Found { end: Err(error), ..found })
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{name}` to its end")),
        Ok(()) => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    /// A command line of this command alone.
    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(flatten)]
        arguments: PatternArguments,
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
            let line = ["pattern", "match"].iter().chain(arguments);
            let line =
                CommandLine::try_parse_from(line).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
            let PatternCommand::Match(parsed) = line.arguments.command else { panic!("{arguments:?}") };
            assert!(arguments.contains(&parsed.pattern.as_str()), "{arguments:?} gave {:?}", parsed.pattern);
            assert_eq!(parsed.strict, arguments.contains(&"--strict"));
        }
    }
}
