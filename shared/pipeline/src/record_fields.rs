//! The fields that rules and alerts need of a matched record.
//!
//! Nothing is cleaned here: `text` must clean what people read.

use std::ops::Range;

use activity::Member;
use filter_pattern::{ProjectedRecord, Projection, ProjectionBuffer, RecordError, Scalar, Selector};
use rules::{GroupBy, MetricValue, Rule};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::datapoint::LARGEST_VALUE;

/// The longest accepted event id, in bytes; CloudTrail's have 36.
const EVENT_ID_BYTES: usize = 256;

/// The fields that some rules need, read together.
#[derive(Debug)]
pub(crate) struct RecordFields {
    /// Begins with [`Member::ALL`].
    projection: Projection,
    rules: Vec<RuleFields>,
}

/// Where a projection holds what one rule needs.
#[derive(Debug)]
pub(crate) struct RuleFields {
    /// The number that a match adds, if the record holds it.
    value: Option<usize>,
    /// The values of the metric's dimensions, in the rule's order.
    pub(crate) dimensions: Range<usize>,
    /// The properties of the alert's `groupBy`, in the rule's order.
    pub(crate) group_by: Vec<GroupField>,
}

/// What one property of `groupBy` is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupField {
    /// The key of the identity, which is made of several fields.
    Identity,
    /// The field at an index of the projection.
    Field(usize),
}

impl RecordFields {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut selectors: Vec<Selector> = Member::ALL.into_iter().map(Member::selector).collect();
        let rules = rules.iter().map(|rule| RuleFields::new(rule, &mut selectors)).collect();
        Self { projection: Projection::new(&selectors), rules }
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// If the record is not a JSON object that can be read.
    pub(crate) fn read<'r>(
        &'r self,
        record: &'r [u8],
        buffer: &'r mut ProjectionBuffer,
    ) -> Result<ProjectedRecord<'r>, RecordError> {
        self.projection.read(record, buffer)
    }

    /// The fields of the rule at `index`.
    pub(crate) fn of_rule(&self, index: usize) -> Option<&RuleFields> {
        self.rules.get(index)
    }
}

impl RuleFields {
    fn new(rule: &Rule, selectors: &mut Vec<Selector>) -> Self {
        let value = match &rule.metric.value {
            MetricValue::Constant(_) => None,
            MetricValue::Field(selector) => Some(add([selector], selectors).start),
        };
        let dimensions = rule.metric.dimensions.iter().map(|dimension| &dimension.selector);
        let dimensions = add(dimensions, selectors);
        let group_by = rule.alert.iter().flat_map(|alert| &alert.group_by);
        let group_by = group_by.map(|by| GroupField::new(by, selectors)).collect();
        Self { value, dimensions, group_by }
    }

    /// The number that a match adds: the constant, or the selected number or numeric string.
    pub(crate) fn metric_value(&self, value: &MetricValue, record: &ProjectedRecord<'_>) -> Option<f64> {
        let number = match value {
            MetricValue::Constant(number) => *number,
            MetricValue::Field(_) => match record.value(self.value?)? {
                Scalar::Number(number) => number.as_f64()?,
                Scalar::Text(text) => text.parse().ok()?,
                Scalar::Bool(_) => return None,
            },
        };
        (number.is_finite() && number.abs() <= LARGEST_VALUE).then_some(number)
    }
}

impl GroupField {
    fn new(by: &GroupBy, selectors: &mut Vec<Selector>) -> Self {
        match by {
            GroupBy::Identity => Self::Identity,
            GroupBy::Account => Self::Field(Member::Account as usize),
            GroupBy::Region => Self::Field(Member::Region as usize),
            GroupBy::Field(selector) => Self::Field(add([selector], selectors).start),
        }
    }
}

/// Adds selectors to a list, and returns their indices in it.
fn add<'s>(more: impl IntoIterator<Item = &'s Selector>, selectors: &mut Vec<Selector>) -> Range<usize> {
    let start = selectors.len();
    selectors.extend(more.into_iter().cloned());
    start..selectors.len()
}

/// `eventID`, unless it is blank, since a sanitised log must not look like one event, or longer than any that CloudTrail
/// writes, since a ledger has to take it.
pub(crate) fn event_id<'r>(record: &ProjectedRecord<'r>) -> Option<Scalar<'r>> {
    let id = record.value(Member::EventId as usize)?;
    let text = id.as_str()?;
    (!text.trim().is_empty() && text.len() <= EVENT_ID_BYTES).then_some(id)
}

/// `eventTime` in Unix seconds.
pub(crate) fn event_time(record: &ProjectedRecord<'_>) -> Option<i64> {
    let time = record.value(Member::EventTime as usize)?;
    Some(OffsetDateTime::parse(time.as_str()?, &Rfc3339).ok()?.unix_timestamp())
}
