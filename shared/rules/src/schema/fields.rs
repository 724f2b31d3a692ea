//! The keys of one mapping, checked against the keys of the schema. Values are not read here.

use std::collections::HashMap;

use super::{
    Context,
    suggestion::nearest,
    wording::{list, shortened},
};
use crate::yaml::{Node, Span, Value};

/// The YAML merge key, which copies the entries of an alias.
const MERGE_KEY: &str = "<<";

/// The entries of a mapping by key. Unknown and duplicate keys have already been reported.
pub(super) struct Fields<'n, 't> {
    /// The mapping's name in messages, such as "`alarm`" or "a rule".
    name: &'static str,
    headline: Span,
    entries: HashMap<&'n str, &'n Node<'t>>,
    /// Keys that were suggested in place of unknown ones. They are not reported as missing as well.
    suggested: Vec<&'static str>,
    /// Whether the mapping has a refused merge key, which could have supplied any key.
    is_merged: bool,
}

impl<'n, 't> Fields<'n, 't> {
    pub(super) fn read(
        node: &'n Node<'t>,
        name: &'static str,
        known: &[&'static str],
        context: &mut Context<'_, '_>,
    ) -> Option<Self> {
        Self::read_with_synonyms(node, name, known, &[], context)
    }

    /// Like [`read`](Self::read), with further keys that are accepted but never suggested.
    pub(super) fn read_with_synonyms(
        node: &'n Node<'t>,
        name: &'static str,
        known: &[&'static str],
        synonyms: &[&str],
        context: &mut Context<'_, '_>,
    ) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else {
            let help = format!("allowed keys: {}", list(known));
            let message = format!("expected {name} to be a mapping, found {}", node.describe());
            context.error_with_help(node.headline(), message, help);
            return None;
        };
        let mut fields = Self {
            name,
            headline: node.headline(),
            entries: HashMap::new(),
            suggested: Vec::new(),
            is_merged: false,
        };
        for_each_entry(entries, context, |key, key_span, value, context| {
            if known.contains(&key) || synonyms.contains(&key) {
                fields.entries.insert(key, value);
            } else if key == MERGE_KEY && context.is_refused(value.span) {
                fields.is_merged = true;
            } else {
                let help = match nearest(key, known.iter().copied()) {
                    Some(suggestion) => {
                        fields.suggested.push(suggestion);
                        format!("did you mean `{suggestion}`?")
                    }
                    None => format!("allowed keys: {}", list(known)),
                };
                let message = format!("unknown key `{}` in {name}", shortened(key));
                context.error_with_help(key_span, message, help);
            }
        });
        Some(fields)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'t>> {
        self.entries.get(key).copied()
    }

    pub(super) fn required(&self, key: &str, context: &mut Context<'_, '_>) -> Option<&'n Node<'t>> {
        let node = self.get(key);
        if node.is_none() && !self.is_merged && !self.suggested.contains(&key) {
            context.error(self.headline, format!("missing key `{key}` in {}", self.name));
        }
        node
    }
}

/// Visits the entries of a mapping in order. Duplicate keys and keys that are not text are reported instead.
pub(super) fn for_each_entry<'n, 't, 's, 'u>(
    entries: &'n [(Node<'t>, Node<'t>)],
    context: &mut Context<'s, 'u>,
    mut visit: impl FnMut(&'n str, Span, &'n Node<'t>, &mut Context<'s, 'u>),
) {
    let mut lines: HashMap<&str, u32> = HashMap::with_capacity(entries.len());
    for (key, value) in entries {
        let Some(scalar) = key.scalar() else {
            context.error(key.headline(), format!("expected a key, found {}", key.describe()));
            continue;
        };
        let text = &*scalar.text;
        match lines.insert(text, key.span.start.line) {
            None => visit(text, key.span, value, context),
            Some(line) => {
                lines.insert(text, line);
                let key_text = shortened(text);
                context.error(key.span, format!("duplicate key `{key_text}`, first used on line {line}"));
            }
        }
    }
}
