//! Metric filters and alarms as their input writes them, under whichever names its dialect has for the properties.
//!
//! CloudFormation says `MetricName`, the CloudWatch Logs API `metricName` and Terraform `metric_name`: all three are
//! found as `MetricName`. What the properties mean is decided by [`crate::filter`] and [`crate::alarm`].

use crate::{
    node::{Node, Position, Value},
    omission::{Code, Report},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    MetricFilter,
    MetricAlarm,
    CompositeAlarm,
}

impl Kind {
    /// The kind of a CloudFormation resource type or a Terraform resource type.
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

/// A metric filter or alarm of the input.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) kind: Kind,
    /// Its logical id, address or name.
    pub(crate) name: String,
    pub(crate) position: Position,
    pub(crate) properties: Vec<(String, Node)>,
}

/// Why a property cannot be used.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) position: Position,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn report(self, subject: &str, report: &mut Report) {
        report.add(self.code, self.position, subject, self.message);
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

    /// The properties that a structure has.
    pub(crate) fn within(&self, node: &'r Node) -> Option<Self> {
        Some(Self { entries: node.as_map()?, position: self.position_of(node) })
    }

    /// A property under any of its names; `None` also where it is null, an empty list or an empty text.
    pub(crate) fn get(&self, names: &[&str]) -> Option<(&'r str, &'r Node)> {
        let entry = self.entries.iter().find(|(key, _)| names.iter().any(|name| is_same(key, name)))?;
        let (key, node) = entry;
        (!is_empty(node)).then_some((key, node))
    }

    /// Text, or whatever else is written as a scalar.
    pub(crate) fn text(&self, names: &[&str]) -> Result<Option<&'r str>, Fault> {
        let Some((key, node)) = self.get(names) else { return Ok(None) };
        match &node.value {
            Value::Text(text) => Ok(Some(text)),
            Value::Unknown(unknown) => {
                Err(self.fault(Code::UnknownValue, node, format!("`{key}` is not known: {}", unknown.reason)))
            }
            Value::Null | Value::List(_) | Value::Map(_) => {
                Err(self.fault(Code::InvalidValue, node, format!("`{key}` is no text or number")))
            }
        }
    }

    /// Text that has to be there.
    pub(crate) fn required(&self, names: &[&str]) -> Result<&'r str, Fault> {
        self.text(names)?.ok_or_else(|| self.missing(names))
    }

    /// Text that has to be there and may be empty.
    pub(crate) fn required_even_empty(&self, names: &[&str]) -> Result<&'r str, Fault> {
        let is_there =
            |(key, node): &&(String, Node)| !node.is_null() && names.iter().any(|name| is_same(key, name));
        match self.entries.iter().find(is_there) {
            Some((_, node)) if node.as_text() == Some("") => Ok(""),
            Some(_) => self.required(names),
            None => Err(self.missing(names)),
        }
    }

    /// Names with values, written as a mapping or as a list of pairs.
    pub(crate) fn pairs(&self, names: &[&str]) -> Result<Vec<(String, String)>, Fault> {
        let Some((key, node)) = self.get(names) else { return Ok(Vec::new()) };
        if let Some(unknown) = node.find_unknown() {
            let message = format!("`{key}` is not known: {}", unknown.reason);
            return Err(self.fault(Code::UnknownValue, node, message));
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
        pairs.ok_or_else(|| self.fault(Code::InvalidValue, node, message()))
    }

    /// The unknown values among all properties but those named.
    pub(crate) fn unknown_except(&self, exempt: &[&str]) -> Vec<Fault> {
        let needed = self.entries.iter().filter(|(key, _)| !exempt.iter().any(|name| is_same(key, name)));
        needed
            .filter_map(|(key, node)| {
                let unknown = node.find_unknown()?;
                let message = format!("`{key}` is not known: {}", unknown.reason);
                Some(self.fault(Code::UnknownValue, node, message))
            })
            .collect()
    }

    /// The properties that are not among those named, unless they are empty or `false`.
    pub(crate) fn others<'p>(&'p self, known: &'p [&str]) -> impl Iterator<Item = Fault> + 'p {
        self.entries
            .iter()
            .filter(|(_, node)| !is_empty(node) && node.as_text() != Some("false"))
            .filter(|(key, _)| !known.iter().any(|name| is_same(key, name)))
            .map(|(key, node)| {
                let message = format!("a rule has nothing for `{key}`");
                self.fault(Code::NoCounterpart, node, message)
            })
    }

    pub(crate) fn fault(&self, code: Code, node: &Node, message: String) -> Fault {
        Fault { code, position: self.position_of(node), message }
    }

    pub(crate) fn position_of(&self, node: &Node) -> Position {
        node.position.unwrap_or(self.position)
    }

    fn missing(&self, names: &[&str]) -> Fault {
        let name = names.first().copied().unwrap_or_default();
        Fault { code: Code::InvalidValue, position: self.position, message: format!("`{name}` is missing") }
    }
}

/// Whether two spellings name one property.
fn is_same(written: &str, name: &str) -> bool {
    let folded = |text: &str| {
        text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    folded(written) == folded(name)
}

/// Whether a property is as good as not there: Terraform's state holds the empty value of what was never set.
fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::Unknown(_) => false,
    }
}
