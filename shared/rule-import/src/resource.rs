//! Metric filters and alarms with their properties, whatever spelling the input language uses for property names.
//!
//! CloudFormation writes `MetricName`, the CloudWatch Logs API `metricName` and Terraform `metric_name`: all three
//! are found as `MetricName`. The meaning of the properties is decided in [`crate::filter`] and [`crate::alarm`].

use crate::{
    node::{Node, Position, Value},
    omission::{OmissionCode, Omissions},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    MetricFilter,
    MetricAlarm,
    CompositeAlarm,
}

impl ResourceKind {
    /// The kind of a CloudFormation or Terraform resource type.
    pub(crate) fn of_type(name: &str) -> Option<Self> {
        match name {
            "AWS::Logs::MetricFilter" | "aws_cloudwatch_log_metric_filter" => Some(Self::MetricFilter),
            "AWS::CloudWatch::Alarm" | "aws_cloudwatch_metric_alarm" => Some(Self::MetricAlarm),
            "AWS::CloudWatch::CompositeAlarm" | "aws_cloudwatch_composite_alarm" => {
                Some(Self::CompositeAlarm)
            }
            _ => None,
        }
    }
}

/// A metric filter or alarm in the input.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) kind: ResourceKind,
    /// Its logical id, address or name.
    pub(crate) name: String,
    pub(crate) position: Position,
    pub(crate) properties: Vec<(String, Node)>,
    /// Whether it comes from a listing of everything in an account.
    pub(crate) is_listed: bool,
}

/// Why a property cannot be used.
#[derive(Debug)]
pub(crate) struct PropertyFault {
    pub(crate) code: OmissionCode,
    pub(crate) position: Position,
    pub(crate) message: String,
}

impl PropertyFault {
    pub(crate) fn report(self, subject: &str, omissions: &mut Omissions) {
        omissions.add(self.code, self.position, subject, self.message);
    }
}

/// The properties of a resource, or of a structure within it.
#[derive(Clone, Copy)]
pub(crate) struct Properties<'r> {
    entries: &'r [(String, Node)],
    position: Position,
}

impl<'r> Properties<'r> {
    pub(crate) fn of(resource: &'r Resource) -> Self {
        Self { entries: &resource.properties, position: resource.position }
    }

    /// The properties of a structure within these properties.
    pub(crate) fn within(&self, node: &'r Node) -> Option<Self> {
        Some(Self { entries: node.as_map()?, position: self.position_of(node) })
    }

    /// A property by any of its names; `None` also if it is null or empty.
    pub(crate) fn get(&self, names: &[&str]) -> Option<(&'r str, &'r Node)> {
        let entry = self.entries.iter().find(|(key, _)| names.iter().any(|name| is_same(key, name)))?;
        let (key, node) = entry;
        (!is_empty(node)).then_some((key, node))
    }

    /// The text of a scalar property.
    pub(crate) fn text(&self, names: &[&str]) -> Result<Option<&'r str>, PropertyFault> {
        let Some((key, node)) = self.get(names) else { return Ok(None) };
        match &node.value {
            Value::Text(text) => Ok(Some(text)),
            Value::Unknown(unknown) => Err(self.fault(
                OmissionCode::UnknownValue,
                node,
                format!("`{key}` is unknown: {}", unknown.reason),
            )),
            Value::Null | Value::List(_) | Value::Map(_) => Err(self.fault(
                OmissionCode::InvalidValue,
                node,
                format!("`{key}` is neither text nor a number"),
            )),
        }
    }

    /// Text that must exist.
    pub(crate) fn required(&self, names: &[&str]) -> Result<&'r str, PropertyFault> {
        self.text(names)?.ok_or_else(|| self.missing(names))
    }

    /// Text that must exist but may be empty.
    pub(crate) fn required_even_empty(&self, names: &[&str]) -> Result<&'r str, PropertyFault> {
        let is_there =
            |(key, node): &&(String, Node)| !node.is_null() && names.iter().any(|name| is_same(key, name));
        match self.entries.iter().find(is_there) {
            Some((_, node)) if node.as_text() == Some("") => Ok(""),
            Some(_) => self.required(names),
            None => Err(self.missing(names)),
        }
    }

    /// Names and values, written as a mapping or as a list of pairs.
    pub(crate) fn pairs(&self, names: &[&str]) -> Result<Vec<(String, String)>, PropertyFault> {
        let Some((key, node)) = self.get(names) else { return Ok(Vec::new()) };
        if let Some(unknown) = node.find_unknown() {
            let message = format!("`{key}` is unknown: {}", unknown.reason);
            return Err(self.fault(OmissionCode::UnknownValue, node, message));
        }
        let pair = |item: &Node| {
            let name = item.get("Name").or_else(|| item.get("Key"))?.as_text()?;
            Some((name.to_owned(), item.get("Value")?.as_text()?.to_owned()))
        };
        let pairs = match (node.as_map(), node.as_list()) {
            (Some(entries), _) => entries
                .iter()
                .map(|(name, value)| Some((name.clone(), value.as_text()?.to_owned())))
                .collect::<Option<Vec<_>>>(),
            (None, Some(items)) => items.iter().map(pair).collect(),
            (None, None) => None,
        };
        let message = || format!("`{key}` is neither a mapping nor a list of names and values");
        pairs.ok_or_else(|| self.fault(OmissionCode::InvalidValue, node, message()))
    }

    /// The unknown values among all properties except the exempt ones.
    pub(crate) fn unknown_except(&self, exempt: &[&str]) -> Vec<PropertyFault> {
        let needed = self.entries.iter().filter(|(key, _)| !exempt.iter().any(|name| is_same(key, name)));
        needed
            .filter_map(|(key, node)| {
                let unknown = node.find_unknown()?;
                let message = format!("`{key}` is unknown: {}", unknown.reason);
                Some(self.fault(OmissionCode::UnknownValue, node, message))
            })
            .collect()
    }

    /// All properties except the known ones, and except empty and `false` values.
    pub(crate) fn others<'p>(&'p self, known: &'p [&str]) -> impl Iterator<Item = PropertyFault> + 'p {
        self.entries
            .iter()
            .filter(|(_, node)| !is_empty(node) && node.as_text() != Some("false"))
            .filter(|(key, _)| !known.iter().any(|name| is_same(key, name)))
            .map(|(key, node)| {
                let message = format!("rules have no equivalent of `{key}`");
                self.fault(OmissionCode::NoCounterpart, node, message)
            })
    }

    pub(crate) fn fault(&self, code: OmissionCode, node: &Node, message: String) -> PropertyFault {
        PropertyFault { code, position: self.position_of(node), message }
    }

    pub(crate) fn position_of(&self, node: &Node) -> Position {
        node.position.unwrap_or(self.position)
    }

    fn missing(&self, names: &[&str]) -> PropertyFault {
        let name = names.first().copied().unwrap_or_default();
        PropertyFault {
            code: OmissionCode::InvalidValue,
            position: self.position,
            message: format!("`{name}` is missing"),
        }
    }
}

/// Whether two spellings mean the same property.
pub(crate) fn is_same(written: &str, name: &str) -> bool {
    let folded = |text: &str| {
        text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    folded(written) == folded(name)
}

/// Whether a property counts as absent: Terraform's state contains empty values for properties that were never set.
pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Unknown(_) => false,
    }
}
