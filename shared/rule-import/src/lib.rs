//! Rule files out of metric filters and alarms that exist elsewhere.
//!
//! Read are CloudFormation and SAM templates, the answers to `aws logs describe-metric-filters` and `aws cloudwatch
//! describe-alarms`, and Terraform, as files of a module or as `terraform show -json` prints a plan or state. All sources
//! together make one rule file: an alarm goes to the rule that publishes its metric, whichever source it is from.
//!
//! The rules count and alarm as the filters and alarms did. What they cannot say is an [`Omission`] each, and the file is
//! one that `rules` accepts: what it refuses of a filter or alarm is left out and named. Nothing is deployed, nothing is
//! fetched, and no code of a template or module is run.
//!
//! ```
//! use rule_import::{Options, Source, import};
//!
//! let text = r#"
//! Parameters:
//!   Namespace: { Type: String, Default: CloudTrailMetrics }
//! Resources:
//!   RootUsage:
//!     Type: AWS::Logs::MetricFilter
//!     Properties:
//!       LogGroupName: CloudTrail/logs
//!       FilterPattern: '{ $.userIdentity.type = Root }'
//!       MetricTransformations:
//!         - { MetricNamespace: !Ref Namespace, MetricName: RootUsage, MetricValue: "1" }
//! "#;
//! let import = import(&[Source { name: "template.yaml", text }], &Options::default())?;
//! let (set, _) = rules::RuleSet::parse("rules.yaml", &import.text)?;
//! assert_eq!(set.rules()[0].id, "root-usage");
//! assert_eq!(set.rules()[0].metric.namespace, "CloudTrailMetrics");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alarm;
mod cloudformation;
mod document;
mod error;
mod filter;
mod id;
mod import;
mod join;
mod json;
mod limits;
mod listing;
mod node;
mod number;
mod omission;
mod resource;
mod shared_metric;
mod source;
mod terraform;
mod yaml;

pub use error::{ReadError, SyntaxError};
pub use import::{Import, ImportError, Options, Source, import};
pub use limits::SOURCE_BYTES;
pub use omission::{Code, Grade, Omission, Place};
