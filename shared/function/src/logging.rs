//! Logs: one JSON object a line on standard output, as Lambda's JSON log format wants them.
//!
//! The deployed binaries hold no line finer than `INFO` (see their `Cargo.toml`); a debug build has them all.
//!
//! Every line has `timestamp` (RFC 3339) and `level`, which Lambda filters by, and inside an invocation a `span` with
//! its `requestId`. No line holds contents of records.
//!
//! Source: the AWS Lambda developer guide, "Using advanced logging controls".

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates whose lines follow `AWS_LAMBDA_LOG_LEVEL`. Targets are compared as prefixes, and the SDK's begin with
/// `aws_`.
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
/// The runtime's crate: its span around an invocation carries the request id.
const RUNTIME: &str = "lambda_runtime";

/// Which lines are written.
///
/// `lambda_level` (`AWS_LAMBDA_LOG_LEVEL`) is for our own crates, and libraries write warnings at most: at finer
/// levels the SDK's lines hold whole requests, and with them contents of records. `directives` (`RUST_LOG`) apply
/// when there is no usable `lambda_level`, and then as they are written. Without either it is `INFO`.
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
        // Nothing here is worse than an error.
        "ERROR" | "FATAL" => Some(LevelFilter::ERROR),
        _ => None,
    }
}

/// Starts logging for the whole process. Does nothing when somebody else has started it.
pub fn start(filter: Targets) {
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    if let Err(error) = tracing_subscriber::registry().with(filter).with(lines).try_init() {
        tracing::warn!("logging was started before: {error}");
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
