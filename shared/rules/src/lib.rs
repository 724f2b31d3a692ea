//! The rule document: filter pattern, metric, alarm and alert in one place.
//!
//! The entry point is [`RuleSet`], which parses YAML that uses the key names of the CloudWatch APIs. It checks the
//! whole document and reports every fault with its file, line, column and help. The crate evaluates only a rule's own
//! tests, creates no alarms and reads no files.
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
//! A document can inherit rules from the [`catalogue`] and change them key by key:
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
//! An entry with the id of an inherited rule replaces only the keys that it contains. Within `metricTransformation`,
//! `alarm` and `alert`, it replaces single keys; `alarm: false` and `alert: false` switch the whole part off. The
//! entry's tests are added to the inherited ones; if the entry has its own `filterPattern`, the inherited tests are
//! dropped. `defaults` apply to inherited rules as well.
//!
//! `summary` speaks to the person on call and is part of every alert; `rationale` speaks to people who edit rules. The
//! key `description` stands for both where they are missing.
//!
//! A rule that lists others in `supersedes` reports a record in their place: the narrow rule sends the alert, and the
//! broad rule only counts. With `alert.threshold`, a group of findings has an alert only if that many findings are
//! published together; the metric counts all of them.
//!
//! Required keys are `version`, `rules` unless rules are inherited, and for each rule that is not inherited `id`,
//! `filterPattern` and `metricTransformation.metricName`. [`defaults`] lists the defaults of all other keys.

mod alarm;
pub mod catalogue;
pub mod defaults;
mod diagnostic;
mod json_schema;
mod limits;
mod lint;
mod lint_code;
mod metric;
mod named;
pub mod reference;
mod rule;
mod schema;
mod set;
mod supersession;
mod testing;
mod yaml;

pub use alarm::{ComparisonOperator, NamedAlarm, RuleAlarm, Statistic, TreatMissingData};
pub use diagnostic::{Diagnostic, DiagnosticSeverity, Diagnostics};
pub use json_schema::{JSON_SCHEMA_LINE, JSON_SCHEMA_URL, json_schema};
pub use limits::RULES as RULE_LIMIT;
pub use lint::{Lint, Linter};
pub use lint_code::LintCode;
pub use metric::{Dimension, MetricTransformation, MetricValue, TimestampSource, Unit};
pub use rule::{GroupBy, Rule, RuleAlert, RuleTest, Severity};
pub use set::RuleSet;
pub use testing::{TestOutcome, run_tests};
