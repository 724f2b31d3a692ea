//! The rule document: filter pattern, metric, alarm and alert in one place.
//!
//! A rule set is read from YAML with the key names of the CloudWatch APIs, checked as a whole, and reported on as a
//! whole: every fault with file, line, column and advice. The crate evaluates nothing beyond a rule's own tests,
//! creates no alarms and reads no files.
//!
//! ```
//! use rules::{RuleSet, run_tests};
//!
//! let text = r#"
//! version: 1
//! rules:
//!   - id: console-login-failures
//!     filterPattern: '{ $.eventName = ConsoleLogin && $.errorMessage = "Failed authentication" }'
//!     metricTransformation: { metricName: ConsoleSignInFailureCount }
//!     alarm: { threshold: 3 }
//!     tests:
//!       - name: a failed sign-in matches
//!         record: { eventName: ConsoleLogin, errorMessage: Failed authentication }
//!         match: true
//! "#;
//! let (set, warnings) = RuleSet::parse("rules.yaml", text)?;
//! assert!(warnings.is_empty());
//! assert_eq!(set.rules()[0].metric.namespace, "CloudTrailMetrics");
//! assert!(run_tests(&set).iter().all(|outcome| outcome.passed()));
//! # Ok::<(), rules::Diagnostics>(())
//! ```
//!
//! `version`, `rules` and, of each rule, `id`, `filterPattern` and `metricTransformation.metricName` are required.
//! The rest has the defaults that [`defaults`] lists.

mod alarm;
mod baseline;
pub mod defaults;
mod diagnostic;
mod limits;
mod metric;
mod named;
mod rule;
mod schema;
mod set;
mod testing;
mod yaml;

pub use alarm::{Alarm, ComparisonOperator, Statistic, TreatMissingData};
pub use baseline::BASELINE_YAML;
pub use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics};
pub use metric::{Dimension, MetricTransformation, MetricValue, TimestampSource, Unit};
pub use rule::{Alert, Rule, RuleTest, Severity};
pub use set::RuleSet;
pub use testing::{TestOutcome, run_tests};
