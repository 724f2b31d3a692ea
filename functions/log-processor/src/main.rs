//! The `bootstrap` of the log processor: reads the configuration and the rules, puts AWS behind the pipeline's
//! ports, and serves invocations until Lambda ends the process.
//!
//! Before the first invocation no request is sent. What survives an invocation is the memory of a ledger without a table,
//! rules that were read from S3, and the open connections.

// The future of an invocation holds those of the SDK's requests, which are nested deeply.
#![recursion_limit = "256"]

use std::process::ExitCode;

use aws::Aws;
use function::{environment, logging};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use log_processor::batch::MissingMessageId;
use log_processor::{Configuration, FunctionLedger, FunctionRules, handle};
use pipeline::{Pipeline, SystemClock};

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
            ledger: FunctionLedger::open(configuration.ledger_table, &aws),
            metrics: aws.metric_sink(),
            alerts: aws.alert_sink(configuration.alert_topic),
            clock: SystemClock,
            evaluator,
            settings: configuration.settings,
        };
        let queue = configuration.queue_url.map(|url| aws.redelivery(url));
        let (pipeline, queue) = (&pipeline, queue.as_ref());
        lambda_runtime::run(service_fn(move |event: LambdaEvent<log_processor::QueueBatch>| async move {
            let handled = handle(event.payload, event.context.deadline, pipeline).await?;
            if let Some(queue) = queue {
                let delay = queue.delay(&handled.delays);
                match handled.time_left {
                    // What is not told in time comes back after the queue's visibility timeout.
                    Some(left) => tokio::time::timeout(left, delay).await.unwrap_or_default(),
                    None => delay.await,
                }
            }
            Ok::<_, MissingMessageId>(handled.response)
        }))
        .await
    })
}
