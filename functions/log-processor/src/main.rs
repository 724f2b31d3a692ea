//! The `bootstrap` of the log processor: reads the configuration and the rules, puts AWS behind the pipeline's
//! ports, and serves invocations until Lambda ends the process.
//!
//! No request is sent before the first invocation. Open connections, rules from S3 and the memory of a ledger without a
//! table survive from one invocation to the next.

// The future of an invocation contains the deeply nested futures of the SDK's requests.
#![recursion_limit = "256"]

use std::process::ExitCode;

use aws::{Aws, CloudWatchMetricSink, S3LogStore, SnsAlertSink};
use function::{environment, logging};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use log_processor::batch::MissingMessageId;
use log_processor::{Configuration, FunctionLedger, FunctionRules, handle};
use pipeline::{OperationalEvent, Pipeline, Ports, SystemClock, chain, log_event};

/// AWS behind the pipeline's ports.
enum AwsPorts {}

impl Ports for AwsPorts {
    type Store = S3LogStore;
    type Ledger = FunctionLedger;
    type Metrics = CloudWatchMetricSink;
    type Alerts = SnsAlertSink;
    type Clock = SystemClock;
    type Rules = FunctionRules;
}

fn main() -> ExitCode {
    let variable = |name| environment::variable(name).ok();
    let (level, directives) = (variable("AWS_LAMBDA_LOG_LEVEL"), variable("RUST_LOG"));
    logging::start(logging::filter(level.as_deref(), directives.as_deref()));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log_event!(OperationalEvent::StartFailed, "{}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Error> {
    let configuration = Configuration::read(environment::variable)?;
    // Up to 1.8 GB of memory, Lambda provides less than one core; files are read on the runtime's blocking threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let aws = Aws::load().await;
        let rules = FunctionRules::load(configuration.rules, configuration.rules_check_interval, &aws)?;
        let pipeline = Pipeline::<AwsPorts> {
            store: aws.log_store(),
            ledger: FunctionLedger::open(configuration.ledger_table, &aws),
            metrics: aws.metric_sink(),
            alerts: aws.alert_sink(configuration.alert_topic),
            clock: SystemClock,
            rules,
            settings: configuration.settings,
        };
        let queue = configuration.queue_url.map(|url| aws.redelivery(url));
        let (pipeline, queue) = (&pipeline, queue.as_ref());
        lambda_runtime::run(service_fn(move |event: LambdaEvent<log_processor::QueueBatch>| async move {
            let handled = handle(event.payload, event.context.deadline, pipeline).await?;
            if let Some(queue) = queue {
                let delay = queue.delay(&handled.delays);
                match handled.time_left {
                    // A message whose delay is not set in time returns after the queue's visibility timeout.
                    Some(left) => tokio::time::timeout(left, delay).await.unwrap_or_default(),
                    None => delay.await,
                }
            }
            Ok::<_, MissingMessageId>(handled.response)
        }))
        .await
    })
}
