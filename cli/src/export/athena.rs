//! The rules as saved queries of Athena, in a template with the table over the log files.
//!
//! Table, workgroup and the common investigations are fixed text; columns and rule queries are filled in.
//!
//! Source: `AWS::Athena::NamedQuery` and `AWS::Glue::Table` of CloudFormation.

use std::fmt::Write as _;

use rules::Rule;

use super::sql::{Translation, columns, translate};
use super::yaml::{block, quoted};
use super::{Export, LogicalIds};

/// Everything but what is filled in at the marks.
const TEMPLATE: &str = include_str!("athena.yaml");
/// Where the columns of the table go.
const COLUMNS_MARK: &str = "            # COLUMNS\n";
/// Resources of a template (CloudFormation quota).
const RESOURCES: usize = 500;
/// The longest name and description of a saved query, in characters (`CreateNamedQuery`).
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
            "{resources} resources, and a template holds {RESOURCES}: divide the rules into several files"
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
