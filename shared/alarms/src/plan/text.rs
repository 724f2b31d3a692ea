//! A plan as text: `+` for alarms to create, `~` to update, `-` to delete, `!` for conflicts.
//!
//! Names and values may come from anyone who can create alarms, so control characters are escaped. Colors are up to
//! the caller.

use std::fmt;

use filter_pattern::printable;

use super::{Change, Plan};
use crate::alarm::{Alarm, Definition};

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for alarm in &self.create {
            write_created(alarm, formatter)?;
        }
        for update in &self.update {
            writeln!(formatter, "~ {}", printable(&update.alarm.name))?;
            for change in &update.changes {
                write_change(&change.name, change, formatter)?;
            }
            for change in &update.tag_changes {
                write_change(&format!("tag {}", change.name), change, formatter)?;
            }
        }
        for deletion in &self.delete {
            writeln!(formatter, "- {}", printable(&deletion.name))?;
        }
        for conflict in &self.conflicts {
            let owner = match &conflict.owner {
                Some(owner) => format!("belongs to `{}`", printable(owner)),
                None => "has no owner tag".to_owned(),
            };
            let name = printable(&conflict.name);
            writeln!(
                formatter,
                "! {name}\n    an alarm with this name already exists and {owner}; it stays unchanged"
            )?;
        }
        write!(
            formatter,
            "{} to create, {} to update, {} to delete, {} unchanged, {} in conflict",
            self.create.len(),
            self.update.len(),
            self.delete.len(),
            self.unchanged.len(),
            self.conflicts.len()
        )
    }
}

/// A new alarm and what it watches; its other properties follow from its rule.
fn write_created(alarm: &Alarm, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(formatter, "+ {}", printable(&alarm.name))?;
    match &alarm.definition {
        Definition::Metric(alarm) => {
            let dimensions: String =
                alarm.dimensions.iter().map(|(name, value)| format!(", {name}={value}")).collect();
            let (namespace, metric) = (printable(&alarm.namespace), printable(&alarm.metric_name));
            writeln!(formatter, "    {namespace} / {metric}{}", printable(&dimensions))
        }
        Definition::Composite(alarm) => writeln!(formatter, "    {}", printable(&alarm.rule)),
    }
}

fn write_change(name: &str, change: &Change, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = printable(name);
    let is_line = |text: &str| !text.contains('\n');
    if is_line(&change.old) && is_line(&change.new) {
        return writeln!(formatter, "    {name}: {} → {}", shown(&change.old), shown(&change.new));
    }
    writeln!(formatter, "    {name}:")?;
    let (old, new): (Vec<&str>, Vec<&str>) = (change.old.lines().collect(), change.new.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let most_tail = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most_tail).take_while(same).count();
    for (mark, lines) in [('-', &old), ('+', &new)] {
        for line in lines.iter().take(lines.len() - tail).skip(head) {
            writeln!(formatter, "      {mark} {}", printable(line))?;
        }
    }
    Ok(())
}

fn shown(value: &str) -> String {
    if value.is_empty() { "none".to_owned() } else { printable(value).into_owned() }
}
