//! Converts existing metric filters and alarms into a rule file. The entry point is [`import`].
//!
//! Supported inputs are CloudFormation and SAM templates, as files or within other tools' files; the output of `aws logs
//! describe-metric-filters` and `aws cloudwatch describe-alarms`; the metric sets of the Landing Zone Accelerator; and
//! Terraform: the files of modules, a state, or a plan or state printed by `terraform show -json`. All sources together make one rule file: an alarm goes to the rule that publishes its metric, even if the
//! two come from different sources.
//!
//! The rules count and alarm like the filters and alarms. Everything that they cannot express is reported as an
//! [`Omission`]. `rules` always accepts the resulting file: filters and alarms that it would reject are left out and
//! reported. Nothing is deployed or fetched, and no code of a template or module is run.
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
mod contents;
mod document;
mod error;
mod filter;
mod id;
mod import;
mod join;
mod joined;
mod json;
mod language;
mod limits;
mod listing;
mod metric_sets;
mod node;
mod number;
mod omission;
mod resource;
mod shared_metric;
mod source;
mod terraform;
mod yaml;

pub use error::{ReadError, SyntaxError};
pub use import::{Import, Options, Unreadable, called_folders, import};
pub use limits::SOURCE_BYTES;
pub use omission::{Grade, Omission, OmissionCode, SourceLocation};
pub use source::Source;
