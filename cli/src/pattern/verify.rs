//! `trailbell pattern verify`: the conformance cases, answered by CloudWatch Logs itself.
//!
//! The answers are recorded as lines of JSON, whether or not they are as expected, so that they are evidence for others.
//! A case is written as soon as it is answered; what is there counts if the command is interrupted.

mod cases;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use aws::{PatternAnswer, PatternTests};
use clap::{Args, ValueHint};
use serde_json::{Value, json};
use tokio::time::interval;

use self::cases::Case;
use crate::cloud::AwsOptions;
use crate::exit::Exit;
use crate::options::Format;
use crate::runtime::block_on;
use crate::terminal::{Stdout, complain, path_text, printable};

/// The time between two requests: TestMetricFilter takes five a second in an account and region (CloudWatch Logs quotas).
const PACE: Duration = Duration::from_millis(250);
/// What a case is tried on if it has no messages, because its pattern is expected to be refused.
const ANY_MESSAGE: &str = "{}";

const HELP: &str = "\
Examples:
  trailbell pattern verify --region us-east-1
  trailbell pattern verify --case terms --output answers.jsonl

Exit codes:
  0  CloudWatch Logs answers every case as expected
  1  it answers a case differently; standard output names it
  2  there are no credentials, a request failed, or the file could not be written";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct VerifyArguments {
    /// Ask only the cases whose names contain this text
    #[arg(long = "case", value_name = "TEXT", default_value = "")]
    case: String,
    /// File to write the answers to, one JSON object on each line
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "pattern-answers.jsonl")]
    output: PathBuf,
    /// Output format of the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    aws: AwsOptions,
}

/// Asks the cases, and sums up the answers.
pub(super) fn run(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let cases = cases::cases(&arguments.case)?;
    if cases.is_empty() {
        complain("error: no case has a name with this text");
        return Ok(Exit::Failure);
    }
    let answered = block_on(async {
        let tests = arguments.aws.connect(None).await?.pattern_tests();
        let mut file = create(&arguments.output)?;
        ask_all(&tests, &cases, &mut file).await
    })?;
    let differing: Vec<&Answered<'_>> = answered.iter().filter(|answered| !answered.agrees()).collect();
    let path = path_text(&arguments.output);
    let mut out = Stdout::buffered();
    match arguments.format {
        Format::Text => {
            for answered in &differing {
                writeln!(out, "{}\n  {}", answered.case.name, printable(&answered.case.pattern))?;
                for line in answered.differences() {
                    writeln!(out, "  {}", printable(&line))?;
                }
            }
            let (asked, differing) = (answered.len(), differing.len());
            writeln!(
                out,
                "{asked} cases, {} as expected, {differing} answered differently",
                asked - differing
            )?;
            writeln!(out, "the answers are in `{}`", printable(&path))?;
        }
        Format::Json => {
            let report = json!({
                "cases": answered.len(),
                "different": differing.iter().map(|answered| answered.to_json()).collect::<Vec<_>>(),
                "answers": path,
            });
            writeln!(out, "{report}")?;
        }
    }
    out.flush()?;
    Ok(if differing.is_empty() { Exit::Success } else { Exit::Findings })
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write `{}`", printable(&path_text(path))))
}

async fn ask_all<'c>(
    tests: &PatternTests,
    cases: &'c [Case],
    file: &mut impl Write,
) -> anyhow::Result<Vec<Answered<'c>>> {
    let mut pace = interval(PACE);
    let mut all = Vec::with_capacity(cases.len());
    for case in cases {
        pace.tick().await;
        let messages = case.messages();
        let mut texts: Vec<&str> = messages.iter().map(|(message, _)| *message).collect();
        if texts.is_empty() {
            texts.push(ANY_MESSAGE);
        }
        let answer = tests.test(&case.pattern, &texts).await?;
        let answered = Answered { case, messages, answer };
        writeln!(file, "{}", answered.to_json()).context("cannot write the answers")?;
        all.push(answered);
    }
    Ok(all)
}

/// A case with the answer of CloudWatch Logs.
struct Answered<'c> {
    case: &'c Case,
    messages: Vec<(&'c str, Option<bool>)>,
    answer: PatternAnswer,
}

impl Answered<'_> {
    /// Each message with the expected answer and the given one.
    fn answers(&self) -> Vec<(&str, Option<bool>, bool)> {
        let PatternAnswer::Matches(places) = &self.answer else { return Vec::new() };
        let messages = self.messages.iter().enumerate();
        messages.map(|(place, (message, expected))| (*message, *expected, places.contains(&place))).collect()
    }

    fn differences(&self) -> Vec<String> {
        match &self.answer {
            PatternAnswer::Refused(_) if self.case.is_refused() => Vec::new(),
            PatternAnswer::Refused(message) => {
                vec![format!("CloudWatch Logs refuses the pattern: {message}")]
            }
            PatternAnswer::Matches(_) if self.case.is_refused() => {
                vec!["CloudWatch Logs accepts the pattern, which this tool refuses".to_owned()]
            }
            PatternAnswer::Matches(_) => {
                let answers = self.answers().into_iter();
                let different = answers
                    .filter(|(_, expected, given)| expected.is_some_and(|expected| expected != *given));
                let word = |given| if given { "matches" } else { "does not match" };
                different
                    .map(|(message, _, given)| {
                        format!("CloudWatch Logs says that it {}: {message}", word(given))
                    })
                    .collect()
            }
        }
    }

    fn agrees(&self) -> bool {
        self.differences().is_empty()
    }

    fn to_json(&self) -> Value {
        let refused = match &self.answer {
            PatternAnswer::Refused(message) => Some(message),
            PatternAnswer::Matches(_) => None,
        };
        let answer = |(message, expected, given): (&str, Option<bool>, bool)| json!({ "message": message, "expected": expected, "matches": given });
        json!({
            "case": self.case.name,
            "pattern": self.case.pattern,
            "agrees": self.agrees(),
            "refused": refused,
            "answers": self.answers().into_iter().map(answer).collect::<Vec<_>>(),
        })
    }
}
