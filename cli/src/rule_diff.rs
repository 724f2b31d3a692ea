//! `trailbell rules diff`: what two sets or rule files have different, rule by rule and key by key.
//!
//! Rules are compared as they are read, so that a default that is written out, a set that is extended and another layout make
//! no difference.

mod keys;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use rules::{Diagnostics, Rule, RuleSet, catalogue};

use crate::arguments::DiffArguments;
use crate::exit::Exit;
use crate::printable::printable;
use crate::rule_commands::report_faults;
use crate::rule_files;
use keys::keys;

/// Values up to this many characters stand on one line, the old one before the new one.
const SHORT_CHARACTERS: usize = 40;

/// Compares and prints.
pub(crate) fn run(arguments: &DiffArguments) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    let exit = match (rules_of(&arguments.old)?, rules_of(&arguments.new)?) {
        (Ok(old), Ok(new)) => write_difference(&old, &new, &mut out)?,
        (Err(diagnostics), _) | (_, Err(diagnostics)) => {
            report_faults(&diagnostics, &mut anstream::stderr().lock())?
        }
    };
    out.flush()?;
    Ok(exit)
}

/// The rules of a set, or else of a file.
fn rules_of(name: &Path) -> anyhow::Result<Result<RuleSet, Diagnostics>> {
    if let Some(set) = name.to_str().and_then(RuleSet::from_set) {
        return Ok(Ok(set));
    }
    let file =
        rule_files::read(name).map_err(|error| match name.to_str().and_then(catalogue::suggest_set) {
            Some(set) => error.context(format!("there is no set of this name (did you mean `{set}`?), and")),
            None => error,
        })?;
    Ok(RuleSet::parse(&file.name, &file.text).map(|(set, _)| set))
}

fn write_difference(old: &RuleSet, new: &RuleSet, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let (mut added, mut removed, mut changed) = (0, 0, 0);
    for rule in old.rules().iter().filter(|rule| new.rule(&rule.id).is_none()) {
        removed += 1;
        writeln!(out, "- {}  {}", rule.id, printable(&rule.title))?;
    }
    for rule in new.rules() {
        match old.rule(&rule.id) {
            None => {
                added += 1;
                writeln!(out, "+ {}  {}", rule.id, printable(&rule.title))?;
            }
            Some(before) => changed += usize::from(write_changes(before, rule, out)?),
        }
    }
    if added + removed + changed == 0 {
        writeln!(out, "no differences")?;
        return Ok(Exit::Success);
    }
    writeln!(out, "{added} added, {removed} removed, {changed} changed")?;
    Ok(Exit::Findings)
}

/// Writes the keys in which two rules differ, and tells whether there are any.
fn write_changes(before: &Rule, after: &Rule, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (before, id, after) = (keys(before), &after.id, keys(after));
    let mut both: BTreeMap<_, [Option<&str>; 2]> = BTreeMap::new();
    for (key, value) in &before {
        both.entry(key).or_default()[0] = Some(value);
    }
    for (key, value) in &after {
        both.entry(key).or_default()[1] = Some(value);
    }
    both.retain(|_, [old, new]| old != new);
    if !both.is_empty() {
        writeln!(out, "~ {id}")?;
    }
    for (key, [old, new]) in &both {
        let (key, old, new) = (printable(key), value(*old), value(*new));
        if old.chars().count().max(new.chars().count()) <= SHORT_CHARACTERS {
            writeln!(out, "    {key}: {old} -> {new}")?;
        } else {
            writeln!(out, "    {key}:\n      - {old}\n      + {new}")?;
        }
    }
    Ok(!both.is_empty())
}

fn value(value: Option<&str>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| printable(value).into_owned())
}

#[cfg(test)]
mod tests;
