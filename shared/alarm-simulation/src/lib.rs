//! CloudWatch's alarm evaluation as a pure function: datapoints and a definition in, changes of state out.
//!
//! [`simulate`] says what a metric alarm does over a [`Series`], [`Definition::decide`] what one evaluation
//! decides, and [`composite::simulate`] what a composite alarm over other alarms does, with its actions and
//! their suppression. The crate reads no files, has no clock and calls no service. The caller says where
//! datapoints come from and when they became visible. It does not decide how often an *alert* is sent.
//!
//! CloudWatch documents most of this behaviour, but not all of it. Each module says which parts come from the
//! documentation and which are inferred: the length of the evaluation range ([`evaluation_range`]), the
//! estimate of a percentile ([`statistic_value`]), and ties between a suppressor and the end of a wait period
//! ([`composite`]).
//!
//! ```
//! use alarm_simulation::{Definition, Sample, Series, Span, State, simulate};
//!
//! let (rules, _) = rules::RuleSet::parse(
//!     "rules.yaml",
//!     "version: 1\nextends: [recommended]\n",
//! )?;
//! let alarm = rules.rule("root-usage").and_then(|rule| rule.alarm.as_ref()).unwrap();
//! let definition = Definition::new(alarm)?;
//! // One match, published at 10:03 and visible a minute later.
//! let series = Series::new(vec![Sample { at: 36_180, visible: 36_240, value: 1.0, count: 1 }])?;
//! let span = Span { created: 0, until: 86_400, before: State::Ok };
//! let timeline = simulate(&definition, &series, span);
//! assert_eq!(timeline.rings(), 1);
//! // The alarm reads two periods more than it evaluates: a match keeps it in ALARM for three periods of 300 seconds.
//! assert_eq!(timeline.seconds_in(State::Alarm), 900);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate is separate from `alarms`: `alarms` decides which alarms exist and creates them, and never
//! looks at the data of a metric. It is called a simulation because CloudWatch does the real evaluation.

pub mod composite;
pub mod reference;

mod datapoint;
mod decision;
mod definition;
mod exact;
mod periods;
mod ring;
mod state;
mod statistic;
mod timeline;
mod window;

pub use datapoint::{Sample, Series, SeriesError};
pub use decision::Point;
pub use definition::{Definition, DefinitionError, evaluation_range};
pub use state::{Change, State, StateError};
pub use statistic::{StatisticError, statistic_value};
pub use timeline::{Span, Timeline, simulate};
