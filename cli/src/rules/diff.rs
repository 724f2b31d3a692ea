//! `trailbell rules diff`: the differences between two sets or rule files, rule by rule and key by key.
//!
//! The command compares rules after reading them, so the layout of a file, a default that is written out, and
//! a set that is extended make no difference. If a pattern changed, it shows a record that the rule newly finds,
//! and one that it no longer finds.

mod keys;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use rules::{Diagnostics, Rule, RuleSet, catalogue};
use serde_json::{Map, Value, json};

use super::arguments::DiffArguments;
use super::check::report_faults;
use super::files;
use super::meaning::Meaning;
use crate::exit::Exit;
use crate::options::Format;
use crate::terminal::{Stdout, printable};
use keys::keys;

/// Old and new values of up to this many characters are printed on one line.
const SHORT_CHARACTERS: usize = 40;

/// Compares the two, and prints the differences.
pub(super) fn run(arguments: &DiffArguments) -> anyhow::Result<Exit> {
    let mut out = Stdout::buffered();
    let exit = match (rules_of(&arguments.old)?, rules_of(&arguments.new)?) {
        (Ok(old), Ok(new)) => write_difference(&old, &new, arguments.format, &mut out)?,
        (Err(diagnostics), _) | (_, Err(diagnostics)) => {
            report_faults(&diagnostics, &mut anstream::stderr().lock())?
        }
    };
    out.flush()?;
    Ok(exit)
}

/// The rules of the set with this name, or else of the file.
fn rules_of(name: &Path) -> anyhow::Result<Result<RuleSet, Diagnostics>> {
    if let Some(set) = name.to_str().and_then(RuleSet::from_set) {
        return Ok(Ok(set));
    }
    let file = files::read(name).map_err(|error| match name.to_str().and_then(catalogue::suggest_set) {
        Some(set) => error.context(format!("there is no set with this name (did you mean `{set}`?), and")),
        None => error,
    })?;
    Ok(RuleSet::parse(&file.name, &file.text).map(|(set, _)| set))
}

/// The differences of two rule sets.
struct Difference<'s> {
    added: Vec<&'s Rule>,
    removed: Vec<&'s Rule>,
    changed: Vec<Change<'s>>,
}

/// A rule that differs: its keys with the values before and after, and what a change of its pattern means.
struct Change<'s> {
    id: &'s str,
    keys: BTreeMap<String, [Option<String>; 2]>,
    meaning: Option<Meaning>,
}

impl<'s> Difference<'s> {
    fn of(old: &'s RuleSet, new: &'s RuleSet) -> Self {
        let removed = old.rules().iter().filter(|rule| new.rule(&rule.id).is_none()).collect();
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for rule in new.rules() {
            match old.rule(&rule.id) {
                None => added.push(rule),
                Some(before) => changed.extend(Change::of(before, rule)),
            }
        }
        Self { added, removed, changed }
    }

    fn is_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl<'s> Change<'s> {
    /// `None` if the rules are equal.
    fn of(before: &Rule, after: &'s Rule) -> Option<Self> {
        let mut both: BTreeMap<String, [Option<String>; 2]> = BTreeMap::new();
        for (key, value) in keys(before) {
            both.entry(key).or_default()[0] = Some(value);
        }
        for (key, value) in keys(after) {
            both.entry(key).or_default()[1] = Some(value);
        }
        both.retain(|_, [old, new]| old != new);
        let meaning =
            both.contains_key("filterPattern").then(|| Meaning::of_change(&before.pattern, &after.pattern));
        (!both.is_empty()).then_some(Self { id: &after.id, keys: both, meaning })
    }
}

fn write_difference(
    old: &RuleSet,
    new: &RuleSet,
    format: Format,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let difference = Difference::of(old, new);
    match format {
        Format::Text => write_text(&difference, out)?,
        Format::Json => writeln!(out, "{}", to_json(&difference))?,
    }
    Ok(if difference.is_none() { Exit::Success } else { Exit::Findings })
}

fn write_text(difference: &Difference<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    if difference.is_none() {
        writeln!(out, "no differences")?;
        return Ok(());
    }
    let Difference { added, removed, changed } = difference;
    for (sign, rules) in [("-", removed), ("+", added)] {
        for rule in rules {
            writeln!(out, "{sign} {}  {}", rule.id, printable(&rule.title))?;
        }
    }
    for change in changed {
        write_change(change, out)?;
    }
    writeln!(out, "{} added, {} removed, {} changed", added.len(), removed.len(), changed.len())?;
    Ok(())
}

/// Writes the keys in which two rules differ.
fn write_change(change: &Change<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "~ {}", change.id)?;
    for (key, [old, new]) in &change.keys {
        let (key, old, new) = (printable(key), value(old.as_deref()), value(new.as_deref()));
        if old.chars().count().max(new.chars().count()) <= SHORT_CHARACTERS {
            writeln!(out, "    {key}: {old} -> {new}")?;
        } else {
            writeln!(out, "    {key}:\n      - {old}\n      + {new}")?;
        }
        let Some(meaning) = change.meaning.as_ref().filter(|_| key == "filterPattern") else { continue };
        writeln!(out, "      = {}", meaning.summary())?;
        for (what, witness) in
            [("no longer found", meaning.no_longer_found()), ("newly found", meaning.newly_found())]
        {
            if let Some(witness) = witness {
                writeln!(out, "      = {what}: {}", printable(&witness.to_string()))?;
            }
        }
    }
    Ok(())
}

fn to_json(difference: &Difference<'_>) -> Value {
    let rule = |rule: &&Rule| json!({ "id": rule.id, "title": rule.title });
    let change = |change: &Change<'_>| {
        let keys =
            change.keys.iter().map(|(key, [old, new])| (key.clone(), json!({ "old": old, "new": new })));
        json!({
            "id": change.id,
            "keys": keys.collect::<Map<_, _>>(),
            "pattern": change.meaning.as_ref().map_or(Value::Null, Meaning::to_json),
        })
    };
    json!({
        "added": difference.added.iter().map(rule).collect::<Vec<_>>(),
        "removed": difference.removed.iter().map(rule).collect::<Vec<_>>(),
        "changed": difference.changed.iter().map(change).collect::<Vec<_>>(),
    })
}

fn value(value: Option<&str>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| printable(value).into_owned())
}

#[cfg(test)]
mod tests;
