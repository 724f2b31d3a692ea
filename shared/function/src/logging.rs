//! Logs: one JSON object per line on standard output, in Lambda's JSON log format.
//!
//! Deployed binaries contain no log lines below `INFO` (see their `Cargo.toml`); debug builds contain all of them.
//!
//! Every line has `timestamp` (RFC 3339) and `level`, by which Lambda filters, and during an invocation a `span` with the
//! `requestId`. No line contains the contents of a record.
//!
//! Source: the AWS Lambda developer guide, "Using advanced logging controls".

use pipeline::{OperationalEvent, log_event};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates whose log lines follow `AWS_LAMBDA_LOG_LEVEL`. Targets are compared as prefixes; the SDK's targets start
/// with `aws_`.
const OURS: [&str; 9] = [
    "alarm_reconciler",
    "alarms",
    "aws::",
    "cloudtrail",
    "filter_pattern",
    "function",
    "log_processor",
    "pipeline",
    "rules",
];
/// The runtime's crate: its span around an invocation has the request id.
const RUNTIME: &str = "lambda_runtime";

/// Which lines are written.
///
/// `lambda_level` (`AWS_LAMBDA_LOG_LEVEL`) applies to Trailbell's own crates. Libraries log warnings and errors only: below
/// that, the SDK logs whole requests, which contain text from records. Without a usable `lambda_level`, `directives`
/// (`RUST_LOG`) apply as written. Without either, the level is `INFO`.
pub fn filter(lambda_level: Option<&str>, directives: Option<&str>) -> Targets {
    if let Some(level) = lambda_level.and_then(level) {
        return at(level);
    }
    let directives = directives.filter(|text| !text.trim().is_empty());
    directives.and_then(|text| text.parse().ok()).unwrap_or_else(|| at(LevelFilter::INFO))
}

fn at(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(OURS.map(|target| (target, level)))
        .with_target(RUNTIME, level.min(LevelFilter::INFO))
}

fn level(text: &str) -> Option<LevelFilter> {
    match text.to_ascii_uppercase().as_str() {
        "TRACE" => Some(LevelFilter::TRACE),
        "DEBUG" => Some(LevelFilter::DEBUG),
        "INFO" => Some(LevelFilter::INFO),
        "WARN" => Some(LevelFilter::WARN),
        // Trailbell has no level above an error.
        "ERROR" | "FATAL" => Some(LevelFilter::ERROR),
        _ => None,
    }
}

/// Starts logging for the whole process. Does nothing but log a warning if logging was already started.
pub fn start(filter: Targets) {
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    if let Err(error) = tracing_subscriber::registry().with(filter).with(lines).try_init() {
        log_event!(OperationalEvent::StartLoggingTwice, "logging was already started: {error}");
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_level_of_lambda_is_ours_and_libraries_stay_at_warnings() {
        let filter = filter(Some("debug"), Some("off"));
        assert!(filter.would_enable("pipeline::batch", &Level::DEBUG));
        assert!(!filter.would_enable("pipeline::batch", &Level::TRACE));
        assert!(filter.would_enable("lambda_runtime::layers::trace", &Level::INFO));
        assert!(filter.would_enable("aws_smithy_runtime::client", &Level::WARN));
        assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::INFO));
    }

    #[test]
    fn without_a_level_it_is_info() {
        for filter in
            [filter(None, None), filter(Some("loud"), Some("")), filter(Some(""), Some("pipeline=loud"))]
        {
            assert!(filter.would_enable("log_processor", &Level::INFO));
            assert!(!filter.would_enable("log_processor", &Level::DEBUG));
            assert!(!filter.would_enable("aws_config", &Level::INFO));
        }
    }

    #[test]
    fn directives_apply_as_written() {
        let filter = filter(None, Some("warn,aws_config=trace"));
        assert!(filter.would_enable("aws_config::meta", &Level::TRACE));
        assert!(!filter.would_enable("pipeline", &Level::INFO));
    }

    #[test]
    fn errors_are_always_written() {
        for level in ["ERROR", "FATAL", "WARN"] {
            assert!(filter(Some(level), None).would_enable("pipeline", &Level::ERROR), "{level}");
        }
    }
}
