//! The `bootstrap` of the alarm reconciler: reads the configuration, puts AWS behind the ports, and serves invocations until
//! Lambda ends the process.
//!
//! An unusable configuration does not end the process: CloudFormation must get a response, or its stack waits for an hour.
//! No request is sent before the first invocation.

// The future of an invocation contains the deeply nested futures of the SDK's requests.
#![recursion_limit = "256"]

use std::process::ExitCode;
use std::sync::Arc;

use alarm_reconciler::handler::{StartError, Started};
use alarm_reconciler::rules::FunctionRules;
use alarm_reconciler::{Configuration, Function, handle};
use alarms::Reconciler;
use aws::{Aws, CloudWatchAlarmStore, CloudWatchMetricSink};
use function::{RuleLocation, environment, logging};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use pipeline::{OperationalEvent, SystemClock, chain, log_event};
use serde_json::Value;

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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let aws = Aws::load().await;
        let started: Started<_, _, _> = start(&aws).map_err(Arc::new);
        if let Err(error) = &started {
            log_event!(OperationalEvent::StartFailed, "{}", chain(&**error));
        }
        let started = &started;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
            let answer = handle(event.payload, event.context.deadline, &SystemClock, started).await;
            // The runtime logs the `Debug` form of an error, which would include every error in a rule file.
            answer.map_err(Diagnostic::from)
        }))
        .await
    })
}

fn start(
    aws: &Aws,
) -> Result<Function<FunctionRules, CloudWatchAlarmStore, CloudWatchMetricSink>, StartError> {
    let configuration = Configuration::read(environment::variable)?;
    let rules_object = match &configuration.rules {
        RuleLocation::Object(uri) => Some(uri.clone().into_parts()),
        RuleLocation::Set(_) | RuleLocation::File(_) => None,
    };
    Ok(Function {
        reconciler: Reconciler {
            rules: FunctionRules::load(configuration.rules, aws)?,
            store: aws.alarm_store(),
            settings: configuration.settings,
        },
        rules_object,
        metrics: aws.metric_sink(),
        metric_namespace: configuration.metric_namespace,
        look_minutes: configuration.look_minutes,
    })
}
