//! The obvious implementations with popular crates. Both decompress the whole file into memory.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use filter_pattern::ast::Ast;
use filter_pattern::{Pattern, Step};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::Outcome;

/// Uses `GzDecoder`, a tree of the whole file, and the reference evaluator on each record.
///
/// # Errors
///
/// If the log file is not intact.
pub fn value_tree(body: &[u8], patterns: &[Pattern]) -> anyhow::Result<Outcome> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct File {
        records: Vec<Value>,
    }
    let file: File = serde_json::from_slice(&decompressed(body)?)?;
    let mut outcome = Outcome::default();
    for record in &file.records {
        let findings = patterns.iter().filter(|pattern| pattern.matches_record(record)).count();
        outcome += Outcome { records: 1, findings: findings as u64 };
    }
    Ok(outcome)
}

/// Uses `GzDecoder`, records as [`RawValue`]s, a tree of only the selected fields of each record, and the reference
/// evaluator.
///
/// # Errors
///
/// If the log file is not intact.
pub fn projection(body: &[u8], patterns: &[Pattern], projection: &Projection) -> anyhow::Result<Outcome> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct File<'f> {
        #[serde(borrow)]
        records: Vec<&'f RawValue>,
    }
    let text = decompressed(body)?;
    let file: File<'_> = serde_json::from_slice(&text)?;
    let mut outcome = Outcome::default();
    for record in file.records {
        let record = projection.deserialize(&mut serde_json::Deserializer::from_str(record.get()))?;
        let findings = patterns.iter().filter(|pattern| pattern.matches_record(&record)).count();
        outcome += Outcome { records: 1, findings: findings as u64 };
    }
    Ok(outcome)
}

#[expect(clippy::disallowed_types, reason = "the usual way is what is measured")]
fn decompressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut text)?;
    Ok(text)
}

/// The keys of all selectors, up to their first index or wildcard.
#[derive(Debug, Default)]
pub struct Projection(BTreeMap<String, Projection>);

impl Projection {
    /// The keys that the patterns select.
    pub fn of(patterns: &[Pattern]) -> Projection {
        let mut root = Projection::default();
        for pattern in patterns {
            let Ast::Json(conditions) = pattern.ast() else { continue };
            for condition in conditions.conditions() {
                let mut node = &mut root;
                for step in condition.selector.steps() {
                    let Step::Key(key) = step else { break };
                    node = node.0.entry(key.clone()).or_default();
                }
            }
        }
        root
    }
}

impl<'de> DeserializeSeed<'de> for &Projection {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0.is_empty() {
            return Value::deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Projection {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0.get(&*key) {
                Some(inner) => {
                    found.insert(key.into_owned(), fields.next_value_seed(inner)?);
                }
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(Vec::new()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
}
