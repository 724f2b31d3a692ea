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
//! A document may take rules from the [`catalogue`] and change them key by key:
//!
//! ```
//! # use rules::RuleSet;
//! let text = "
//! version: 1
//! extends: [recommended]                    # every rule of these sets
//! include: [security-group-open-to-world]   # and single rules
//! exclude: [security-group-changes-cis5]    # but not these
//! rules:
//!   - id: console-login-failures            # inherited, and changed
//!     alarm: { threshold: 10 }
//! ";
//! let (set, _) = RuleSet::parse("rules.yaml", text)?;
//! let rule = set.rule("console-login-failures").unwrap();
//! assert_eq!(rule.alarm.as_ref().unwrap().threshold, 10.0);
//! assert_eq!(rule.metric.name, "ConsoleSignInFailureCount");
//! # Ok::<(), rules::Diagnostics>(())
//! ```
//!
//! An entry whose id is inherited changes the keys that it has. Of `metricTransformation`, `alarm` and `alert` it changes single
//! keys too, and `alarm: false` or `alert: false` switches them off. A `filterPattern` takes the inherited tests away; the
//! entry's own tests are added. `defaults` apply to inherited rules as well. A document without these keys stands alone.
//!
//! `version` is required, `rules` unless rules are inherited, and of each rule that is not inherited `id`, `filterPattern` and
//! `metricTransformation.metricName`.
//! The rest has the defaults that [`defaults`] lists.

mod alarm;
pub mod catalogue;
pub mod defaults;
mod diagnostic;
mod limits;
mod lint;
mod metric;
mod named;
mod rule;
mod schema;
mod set;
mod testing;
mod yaml;

pub use alarm::{Alarm, ComparisonOperator, Statistic, TreatMissingData};
pub use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics};
pub use lint::{Lint, LintCode, Linter};
pub use metric::{Dimension, MetricTransformation, MetricValue, TimestampSource, Unit};
pub use rule::{Alert, Rule, RuleTest, Severity};
pub use set::RuleSet;
pub use testing::{TestOutcome, run_tests};
