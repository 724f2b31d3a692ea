//! The `bootstrap` of the log processor: reads the configuration and the rules, puts AWS behind the pipeline's
//! ports, and serves invocations until Lambda ends the process.
//!
//! Before the first invocation no request is sent. What survives an invocation is the ledger's memory, rules that were
//! read from S3, and the open connections.

// The future of an invocation holds those of the SDK's requests, which are nested deeply.
#![recursion_limit = "256"]

use std::process::ExitCode;

use aws::Aws;
use function::{environment, logging};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use log_processor::{Configuration, FunctionRules, handle};
use pipeline::{MemoryLedger, Pipeline, SystemClock};

/// Files and event ids that an execution environment remembers at least: at most about 25 MB, so that they fit a
/// function of 128 MB. A redelivery comes within minutes, and so after fewer files than that.
const REMEMBERED: usize = 20_000;

fn main() -> ExitCode {
    let variable = |name| environment::variable(name).ok();
    let (level, directives) = (variable("AWS_LAMBDA_LOG_LEVEL"), variable("RUST_LOG"));
    logging::start(logging::filter(level.as_deref(), directives.as_deref()));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(code = "start.failed", "{}", pipeline::error::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Error> {
    let configuration = Configuration::read(environment::variable)?;
    // Lambda gives a share of one core up to 1.8 GB of memory; files are read on the runtime's blocking threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let aws = Aws::load().await;
        let evaluator = FunctionRules::load(configuration.rules, configuration.rules_check_interval, &aws)?;
        let pipeline = Pipeline {
            store: aws.log_store(),
            ledger: MemoryLedger::with_capacity(REMEMBERED),
            metrics: aws.metric_sink(),
            alerts: aws.alert_sink(configuration.alert_topic),
            clock: SystemClock,
            evaluator,
            settings: configuration.settings,
        };
        let pipeline = &pipeline;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<log_processor::QueueBatch>| async move {
            handle(event.payload, event.context.deadline, pipeline).await
        }))
        .await
    })
}
