//! `trailbell rules list`, `show` and `sets`: what the catalogue holds.

use std::io::Write;

use anyhow::bail;
use rules::{Rule, RuleSet, catalogue};

use crate::arguments::{ListArguments, ShowArguments};
use crate::exit::Exit;
use crate::printable::printable;
use crate::table::table;
use crate::terminal::columns;

/// Lists the rules with the sets that they are in. That all are in the set of all rules is not said.
pub(crate) fn list(arguments: &ListArguments) -> anyhow::Result<Exit> {
    let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
    let is_chosen = |rule: &&Rule| {
        let is_in = |name: &String| sets_of(&rule.id).any(|set| set == name);
        arguments.sets.is_empty() || arguments.sets.iter().any(is_in)
    };
    let rows = all.rules().iter().filter(is_chosen).map(|rule| {
        let sets: Vec<_> = sets_of(&rule.id).filter(|set| *set != catalogue::ALL).collect();
        [rule.id.clone(), rule.severity.to_string(), rule.title.clone(), sets.join(", ")]
    });
    print(&table(columns(), &[], rows))
}

/// Prints the document of a rule, below the sets that it is in.
pub(crate) fn show(arguments: &ShowArguments) -> anyhow::Result<Exit> {
    let id = arguments.id.as_str();
    let Some(text) = catalogue::rule_text(id) else {
        let help = match catalogue::suggest_rule(id) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => "`trailbell rules list` shows the rules".to_owned(),
        };
        bail!("the catalogue has no rule `{}`; {help}", printable(id));
    };
    let sets: Vec<_> = sets_of(id).collect();
    print(&format!("# In the sets: {}\n{}", sets.join(", "), text.trim_end()))
}

/// Lists the sets with how many rules they have.
pub(crate) fn sets() -> anyhow::Result<Exit> {
    let row =
        |set: &catalogue::Set| [set.name.to_owned(), set.rules.len().to_string(), set.description.to_owned()];
    print(&table(columns(), &[1], catalogue::sets().iter().map(row)))
}

/// The names of the sets that a rule is in.
fn sets_of(id: &str) -> impl Iterator<Item = &'static str> {
    catalogue::sets().iter().filter(move |set| set.rules.contains(&id)).map(|set| set.name)
}

fn print(text: &str) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(Exit::Success)
}
