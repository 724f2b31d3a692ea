//! The fault suite: the real function against an emulated cloud that breaks, and a table of what was lost and doubled.
//!
//! `cargo run --release -p fault-suite` runs every row and ends with 1 when one of them breaks its promise. Each row has a
//! cloud of its own; log files with known findings are announced on the trail's topic, and what arrives as metrics and as
//! alerts is compared with them, file by file, so that a loss cannot hide a double.
//!
//! It does not know how the function works: it sees the queue, the wire and what is published. A seed fixes the log files
//! and what is decided by chance; what happens at the same time is in no fixed order.

mod expected;
mod load;
mod report;
mod row;
mod rows;
mod stage;
mod steady;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use futures::StreamExt as _;

use row::{Row, RowResult};
use stage::Suite;
use steady::Latencies;

/// What the function loses and counts twice under every fault.
#[derive(Debug, Parser)]
#[command(name = "fault-suite", version)]
struct Arguments {
    /// The small version: every row with a small load, in three minutes.
    #[arg(long)]
    quick: bool,
    /// Runs this row only; may be given several times.
    #[arg(long = "row", value_name = "NAME")]
    rows: Vec<String>,
    /// Fixes the log files and what is decided by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The executable of the log processor; built in the profile of this command where it is not given.
    #[arg(long, value_name = "PATH")]
    function: Option<PathBuf>,
    /// Rows at the same time; most of a row's time is waiting. Speed is always measured alone.
    #[arg(long, default_value_t = 4)]
    jobs: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(run(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fault-suite: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs what is asked for and prints the tables; answers whether every promise was kept.
async fn run(arguments: &Arguments) -> Result<bool> {
    let (rows, is_speed_wanted) = chosen(arguments)?;
    let suite = Suite::prepare(arguments.seed, arguments.quick, arguments.function.clone());
    println!("seed {}, {}\n", suite.seed, if suite.quick { "small loads" } else { "full loads" });
    let mut results = run_all(rows, arguments.jobs, &suite).await;
    let mut speed = Vec::new();
    if is_speed_wanted {
        let queues = run_all(rows::queues(suite.quick), 1, &suite).await;
        let fastest = queues.last().map_or(1.0, |queue| queue.files as f64 / queue.seconds);
        let latencies =
            Latencies::measure(&suite, if suite.quick { 100 } else { 1_000 }, fastest / 2.0).await;
        speed = vec![report::speed(&queues), report::latencies(&latencies)];
        results.extend(queues);
    }
    println!("{}", report::rows(&results));
    for text in speed {
        println!("\n{text}");
    }
    Ok(results.iter().all(|result| result.broken.is_empty()))
}

/// Runs rows, some at the same time, and tells of each when it is done.
async fn run_all(rows: Vec<Row>, jobs: usize, suite: &Suite) -> Vec<RowResult> {
    let mut results = Vec::with_capacity(rows.len());
    let mut running = futures::stream::iter(rows).map(|row| row.run(suite)).buffered(jobs.max(1));
    while let Some(result) = running.next().await {
        eprintln!("{}: {}", result.name, result.verdict());
        results.push(result);
    }
    results
}

/// The rows to run, in the order of the table, and whether the speed is to be measured.
fn chosen(arguments: &Arguments) -> Result<(Vec<Row>, bool)> {
    let mut rows = rows::all(arguments.quick);
    let wanted: &[String] = &arguments.rows;
    let names: Vec<&str> = rows.iter().map(|row| row.name).chain([steady::NAME]).collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no row `{unknown}`; there are {}", names.join(", "));
    }
    if wanted.is_empty() {
        return Ok((rows, true));
    }
    rows.retain(|row| wanted.iter().any(|name| name == row.name));
    Ok((rows, wanted.iter().any(|name| name == steady::NAME)))
}
