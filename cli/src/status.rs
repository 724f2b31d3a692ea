//! `trailbell status`: looks at every part of a deployed stack, and says what is broken and what to do.
//!
//! One module asks AWS, the checks compare the answers with what delivery needs, and one module prints. A part that the
//! caller may not see is unknown, not broken.

mod arguments;
mod checks;
mod facts;
mod gather;
mod policy;
mod report;

use std::time::Duration;

use anyhow::bail;
use aws::{CallErrorKind, StackReader};
use pipeline::{Clock as _, SystemClock};

pub(crate) use self::arguments::StatusArguments;
use self::gather::gather;
use self::report::{Report, Verdict};
use crate::exit::Exit;
use crate::options::Format;
use crate::runtime::block_on;
use crate::terminal::{Stdout, complain, printable};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(15);

/// Shows the state of the stack; with `--wait`, once nothing is broken and a log file was evaluated.
///
/// # Errors
///
/// When AWS cannot be reached, or there is no such stack.
pub(crate) fn run(arguments: &StatusArguments) -> anyhow::Result<Exit> {
    block_on(async {
        let aws = arguments.aws.connect(None).await?;
        let started = tokio::time::Instant::now();
        let limit = Duration::from_secs(60 * u64::from(arguments.wait_minutes));
        loop {
            let stack = look(&aws.stack_reader(), &arguments.stack).await?;
            let facts = gather(&aws, stack, SystemClock.now()).await;
            let report = Report { lines: checks::all(&facts), stack: facts.stack, now: facts.now };
            if !arguments.wait || report.is_running() || started.elapsed() >= limit {
                print(&report, arguments.format)?;
                let is_fine = report.worst() != Verdict::Broken && (!arguments.wait || report.is_running());
                return Ok(if is_fine { Exit::Success } else { Exit::Findings });
            }
            complain(format_args!("{}", report.waiting()));
            tokio::time::sleep(PAUSE).await;
        }
    })
}

async fn look(reader: &StackReader, name: &str) -> anyhow::Result<aws::Stack> {
    match reader.stack(name).await {
        Ok(stack) => Ok(stack),
        Err(error) if error.kind == CallErrorKind::NotFound => bail!(
            "there is no stack `{}` in this account and region; pass `--stack` and `--region`",
            printable(name)
        ),
        Err(error) => Err(error.into()),
    }
}

fn print(report: &Report, format: Format) -> anyhow::Result<()> {
    let mut out = Stdout::unbuffered();
    match format {
        Format::Text => report.write_text(&mut out)?,
        Format::Json => report.write_json(&mut out)?,
    }
    Ok(())
}
