//! The rules as saved Athena queries, in a template that also has the table over the log files.
//!
//! The table, the workgroup and the common investigations are fixed text; columns and rule queries are
//! inserted.
//!
//! Source: `AWS::Athena::NamedQuery` and `AWS::Glue::Table` of CloudFormation.

use std::fmt::Write as _;

use rules::Rule;

use super::sql::{Translation, columns, translate};
use super::template::{Export, LogicalIds};
use super::yaml::{block, quoted};

/// The fixed text, with marks where text is inserted.
const TEMPLATE: &str = include_str!("athena.yaml");
/// The mark for the columns of the table.
const COLUMNS_MARK: &str = "            # COLUMNS\n";
/// Most resources in a template (CloudFormation quota).
const RESOURCES: usize = 500;
/// Longest name and description of a saved query, in characters (`CreateNamedQuery`).
const NAME_CHARACTERS: usize = 128;
const DESCRIPTION_CHARACTERS: usize = 1024;

/// Writes the template.
pub(super) fn export(rules: &[Rule]) -> Export {
    let columns: String = columns()
        .map(|(name, glue_type)| format!("            - Name: {name}\n              Type: {glue_type}\n"))
        .collect();
    let mut export = Export { text: TEMPLATE.replace(COLUMNS_MARK, &columns), ..Export::default() };
    let mut ids = LogicalIds::default();
    for rule in rules {
        match translate(&rule.pattern) {
            Ok(translation) => {
                let warnings = translation.remarks.iter().map(|remark| format!("{}: {remark}", rule.id));
                export.warnings.extend(warnings);
                push_query(&mut export.text, rule, &ids.of(&rule.id), &translation);
            }
            Err(error) => export.warnings.push(format!("{}: no query: {error}", rule.id)),
        }
    }
    let resources = export.text.matches("\n    Type: AWS::").count();
    if resources > RESOURCES {
        export.faults.push(format!(
            "the template needs {resources} resources but can hold only {RESOURCES}: split the rules into several files"
        ));
    }
    export
}

fn push_query(out: &mut String, rule: &Rule, id: &str, translation: &Translation) {
    let name: String = format!("rule/{}", rule.id).chars().take(NAME_CHARACTERS).collect();
    let description: String = rule.title.chars().take(DESCRIPTION_CHARACTERS).collect();
    // Writing to a `String` does not fail.
    let _ = write!(
        out,
        "
  {id}Query:
    Type: AWS::Athena::NamedQuery
    Properties:
      Database: !Ref Database
      WorkGroup: !Ref WorkGroup
      Name: {name}
      Description: {description}
      QueryString: {query}
",
        name = quoted(&name),
        description = quoted(&description),
        query = block(&query(rule, translation), 6),
    );
}

fn query(rule: &Rule, translation: &Translation) -> String {
    let mut text = format!("-- {}\n", filter_pattern::printable(&rule.title));
    for remark in &translation.remarks {
        let _ = writeln!(text, "-- Note: {}.", filter_pattern::printable(remark));
    }
    text.push_str(
        "\
SELECT eventtime, account, region, eventsource, eventname, useridentity.arn AS principal,
  sourceipaddress, useragent, errorcode, errormessage, requestparameters, eventid, \"$path\" AS logfile
FROM cloudtrail_logs
WHERE day >= date_format(current_date - INTERVAL '1' DAY, '%Y/%m/%d')
AND
",
    );
    text.push_str(&translation.clause);
    text.push_str("\nORDER BY eventtime DESC\nLIMIT 1000\n");
    text
}
