//! One composite alarm for each severity, in `ALARM` while any alarm with that severity is. Composite alarms over
//! other groups of rules are not supported.
//!
//! If a severity has more alarms than one composite alarm can watch, there are several: `high`, `high-2` and so on.
//!
//! Source: the CloudWatch API reference, PutCompositeAlarm.

use rules::Severity;

use crate::alarm::{Alarm, CompositeAlarm, Definition};
use crate::settings::AlarmSettings;

/// The part of the name that cannot be a rule id, because ids are lower-case.
const FOLDER: &str = "Severity";
/// The maximum number of alarms that a composite alarm can watch (PutCompositeAlarm).
const CHILDREN: usize = 100;
/// The maximum length of an expression, in characters (PutCompositeAlarm).
const RULE_CHARACTERS: usize = 10_240;
/// The operator between two alarms in an expression.
const OR: &str = " OR ";

/// The composite alarms over the alarms of rules.
pub(crate) fn severity_alarms(of_rules: &[(Severity, Alarm)], settings: &AlarmSettings) -> Vec<Alarm> {
    let mut composites = Vec::new();
    for severity in Severity::ALL.iter().rev() {
        let names = of_rules.iter().filter(|(of, _)| of == severity).map(|(_, alarm)| alarm.name.as_str());
        for (index, rule) in expressions(names).into_iter().enumerate() {
            let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            let description = format!(
                "At least one alarm with severity **{severity}** is in ALARM.\n\nThe child alarms show which."
            );
            composites.push(Alarm {
                name: settings.ownership.prefix.name(&format!("{FOLDER}/{severity}{number}")),
                definition: Definition::Composite(CompositeAlarm {
                    description,
                    rule,
                    actions: settings.actions(true),
                    other: Vec::new(),
                }),
                tags: settings.tags(*severity),
            });
        }
    }
    composites
}

/// As few expressions as possible over all alarms, in order. The names need no escapes: see `push_value` in
/// `desired`.
fn expressions<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut expressions: Vec<String> = Vec::new();
    let mut children = 0;
    for name in names {
        let term = format!("ALARM(\"{name}\")");
        match expressions.last_mut() {
            Some(last) if children < CHILDREN && last.len() + OR.len() + term.len() <= RULE_CHARACTERS => {
                last.push_str(OR);
                last.push_str(&term);
                children += 1;
            }
            Some(_) | None => {
                expressions.push(term);
                children = 1;
            }
        }
    }
    expressions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, length: usize) -> Vec<String> {
        (0..count).map(|index| format!("p/{index:0>length$}")).collect()
    }

    fn packed(names: &[String]) -> Vec<String> {
        expressions(names.iter().map(String::as_str))
    }

    #[test]
    fn no_alarms_need_no_expression() {
        assert_eq!(packed(&[]), Vec::<String>::new());
    }

    #[test]
    fn alarms_are_joined_by_or() {
        assert_eq!(packed(&names(2, 1)), [r#"ALARM("p/0") OR ALARM("p/1")"#]);
    }

    #[test]
    fn a_hundred_alarms_are_one_expression_and_one_more_begins_the_next() {
        assert_eq!(packed(&names(100, 3)).len(), 1);
        let two = packed(&names(101, 3));
        assert_eq!(two.len(), 2);
        assert_eq!(two[1], r#"ALARM("p/100")"#);
    }

    #[test]
    fn long_names_fill_an_expression_before_a_hundred_do() {
        let names = names(100, 250);
        let expressions = packed(&names);
        assert!(expressions.len() > 2);
        assert!(expressions.iter().all(|text| text.len() <= RULE_CHARACTERS));
        for name in &names {
            assert_eq!(expressions.iter().filter(|text| text.contains(name)).count(), 1, "{name}");
        }
    }
}
