//! `trailbell rules list`, `show`, `sets` and `schema`: the built-in rules and their sets, and the form of a rule file.

use std::io::{IsTerminal, Write};

use rules::{JSON_SCHEMA_LINE, Rule, RuleSet, catalogue, json_schema};
use serde_json::json;

use super::arguments::{ListArguments, SetsArguments, ShowArguments};
use crate::exit::Exit;
use crate::options::Format;
use crate::terminal::{Stdout, columns, complain, printable, table};

/// The key that a rule document lists its rules under. What stands before it is the same in all built-in
/// documents.
const RULES_KEY: &str = "\nrules:\n";

/// Lists the rules and the sets that contain them, except the set of all rules.
pub(super) fn list(arguments: &ListArguments) -> anyhow::Result<Exit> {
    let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
    let is_selected = |rule: &&Rule| {
        let is_in = |name: &String| sets_of(&rule.id).any(|set| set == name);
        arguments.sets.is_empty() || arguments.sets.iter().any(is_in)
    };
    let sets = |rule: &Rule| sets_of(&rule.id).filter(|set| *set != catalogue::ALL).collect::<Vec<_>>();
    let rules = all.rules().iter().filter(is_selected);
    if arguments.format == Format::Json {
        let rule = |rule: &Rule| json!({ "id": rule.id, "severity": rule.severity, "title": rule.title, "sets": sets(rule) });
        return print(&json!({ "rules": rules.map(rule).collect::<Vec<_>>() }).to_string());
    }
    let row =
        |rule: &Rule| [rule.id.clone(), rule.severity.to_string(), rule.title.clone(), sets(rule).join(", ")];
    let head = ["RULE", "SEVERITY", "TITLE", "SETS"].map(str::to_owned);
    print(&table(line_columns(), &[], std::iter::once(head).chain(rules.map(row))))
}

/// The width of a table whose rows other programs read line by line, unless a terminal shows it.
fn line_columns() -> usize {
    if std::io::stdout().is_terminal() { columns() } else { usize::from(u16::MAX) }
}

/// Prints the rules as one rule file, with the sets that contain each rule.
pub(super) fn show(arguments: &ShowArguments) -> anyhow::Result<Exit> {
    let mut ids: Vec<&str> = Vec::new();
    for id in &arguments.ids {
        if !ids.contains(&id.as_str()) {
            ids.push(id);
        }
    }
    let missing: Vec<&str> = ids.iter().copied().filter(|id| catalogue::rule_text(id).is_none()).collect();
    for id in &missing {
        complain(format_args!("error: {}", unknown_rule(id)));
    }
    if !missing.is_empty() {
        return Ok(Exit::Failure);
    }
    if arguments.format == Format::Json {
        let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
        let rules: Vec<_> = ids.iter().filter_map(|id| all.rule(id)).collect();
        return print(&json!({ "rules": rules }).to_string());
    }
    print(&document(&ids))
}

fn unknown_rule(id: &str) -> String {
    let help = match catalogue::suggest_rule(id) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => "`trailbell rules list` lists the rules".to_owned(),
    };
    format!("there is no rule `{}`; {help}", printable(id))
}

/// One rule document with the rules of several.
fn document(ids: &[&str]) -> String {
    let mut document = String::from(JSON_SCHEMA_LINE);
    for id in ids {
        let text = catalogue::rule_text(id).unwrap_or_default().trim_end();
        let sets: Vec<_> = sets_of(id).collect();
        let sets = format!("# In the sets: {}\n", sets.join(", "));
        if document.len() == JSON_SCHEMA_LINE.len() {
            document.push_str(&(sets + text));
        } else {
            let rule = text.split_once(RULES_KEY).map_or(text, |(_, rule)| rule);
            document.push_str(&format!("\n\n  {sets}{rule}"));
        }
    }
    document
}

/// Lists the sets, with the number of rules in each.
pub(super) fn sets(arguments: &SetsArguments) -> anyhow::Result<Exit> {
    if arguments.format == Format::Json {
        let set = |set: &catalogue::Set| json!({ "name": set.name, "rules": set.rules, "description": set.description });
        return print(&json!({ "sets": catalogue::sets().iter().map(set).collect::<Vec<_>>() }).to_string());
    }
    let row =
        |set: &catalogue::Set| [set.name.to_owned(), set.rules.len().to_string(), set.description.to_owned()];
    print(&table(columns(), &[1], catalogue::sets().iter().map(row)))
}

/// Prints the JSON Schema of a rule file.
pub(super) fn schema() -> anyhow::Result<Exit> {
    print(&format!("{:#}", json_schema()))
}

/// The names of the sets that contain a rule.
fn sets_of(id: &str) -> impl Iterator<Item = &'static str> {
    catalogue::sets().iter().filter(move |set| set.rules.contains(&id)).map(|set| set.name)
}

fn print(text: &str) -> anyhow::Result<Exit> {
    let mut out = Stdout::buffered();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rules_together_make_one_document_with_the_same_rules() {
        let ids: Vec<&str> = catalogue::rule_ids().collect();
        let (set, warnings) = RuleSet::parse("rules.yaml", &document(&ids)).unwrap();
        assert!(warnings.is_empty(), "{warnings}");
        let expected = RuleSet::from_set(catalogue::ALL).unwrap();
        assert_eq!(set.rules().len(), expected.rules().len());
        for rule in set.rules() {
            let expected = expected.rule(&rule.id).unwrap();
            assert_eq!((&rule.pattern, &rule.metric), (&expected.pattern, &expected.metric), "{}", rule.id);
        }
    }
}
