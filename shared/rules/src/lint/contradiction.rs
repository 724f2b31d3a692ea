//! Conditions that can never be true together, such as `$.x = a && $.x = b`.
//!
//! The check compares only conditions that a record must satisfy at the same time, and only on selectors without
//! wildcards, which select a single value. It reports only what is certain: it tries a list of values that is known
//! to be complete, and otherwise stays silent. It does not find every contradiction.

use filter_pattern::{
    Pattern, Selector,
    ast::{Ast, Comparison, Condition, Expression, Operand, State, Test},
};
use serde_json::{Value, json};

use super::{
    conditions::{direct, is_prefix},
    rule_lints::RuleLints,
};
use crate::LintCode;

const NEVER_HOLDS: &str = "these conditions can never be true together";
/// How many conditions on one selector are compared with each other; hand-written patterns have a handful.
const MOST_CONDITIONS: usize = 32;

pub(super) fn check(expression: &Expression<Condition>, lints: &mut RuleLints<'_, '_>) {
    walk(expression, &[], lints);
}

/// Checks an expression that must be true together with all conditions in `around`.
fn walk<'e>(expression: &'e Expression<Condition>, around: &[&'e Condition], lints: &mut RuleLints<'_, '_>) {
    let parts = match expression {
        Expression::Any(parts) => {
            parts.iter().for_each(|part| walk(part, around, lints));
            return;
        }
        Expression::Condition(_) => std::slice::from_ref(expression),
        Expression::All(parts) => parts.as_slice(),
    };
    let mut all = around.to_vec();
    for condition in direct(expression).filter(|condition| condition.selector.wildcards() == 0) {
        if let Some(other) = all.iter().find(|other| exclude_each_other(other, condition)) {
            let part = format!("{other} && {condition}");
            let advice = "join them with `||` if either one suffices, or remove one";
            lints.add(LintCode::NeverHolds, part, NEVER_HOLDS, advice);
            return;
        }
        all.push(condition);
        let same: Vec<_> = all.iter().copied().filter(|other| other.selector == condition.selector).collect();
        if (3..=MOST_CONDITIONS).contains(&same.len()) && cannot_hold(&same) {
            let part: Vec<_> = same.iter().map(ToString::to_string).collect();
            let advice = "no value satisfies all of them; remove at least one";
            lints.add(LintCode::NeverHolds, part.join(" && "), NEVER_HOLDS, advice);
            return;
        }
    }
    for part in parts.iter().filter(|part| matches!(part, Expression::Any(_))) {
        walk(part, &all, lints);
    }
}

fn exclude_each_other(one: &Condition, other: &Condition) -> bool {
    if one.selector == other.selector {
        return cannot_hold(&[one, other]);
    }
    // A value that satisfies a condition is a scalar or absent, so it has no fields.
    let (outer, inner) = if is_prefix(&one.selector, &other.selector) {
        (one, other)
    } else if is_prefix(&other.selector, &one.selector) {
        (other, one)
    } else {
        return false;
    };
    outer.selector != inner.selector && inner.test != Test::NotExists
}

/// Whether no value satisfies all of the conditions, which share a selector.
fn cannot_hold(conditions: &[&Condition]) -> bool {
    let is_finite = conditions.iter().any(|condition| is_finite(&condition.test));
    if is_finite && !values_to_try(conditions).iter().any(|record| hold(conditions, record)) {
        return true;
    }
    let orders: Vec<_> = conditions.iter().copied().filter(|condition| limit(condition).is_some()).collect();
    if orders.len() > 1
        && !numbers_to_try(&orders).into_iter().any(|number| hold(&orders, &record(json!(number))))
    {
        return true;
    }
    let globs: Vec<_> = conditions.iter().filter_map(|condition| wildcard_text(condition)).collect();
    globs
        .iter()
        .enumerate()
        .any(|(index, one)| globs.iter().skip(index + 1).any(|other| are_disjoint(one, other)))
}

/// Whether only a few values can satisfy the test; [`values_to_try`] then lists all of them.
fn is_finite(test: &Test) -> bool {
    match test {
        Test::Compare(Comparison::Equal(Operand::Text(glob))) => !glob.has_wildcard(),
        Test::Compare(Comparison::Equal(Operand::Number(_))) | Test::Is(_) | Test::NotExists => true,
        Test::Compare(
            Comparison::Equal(Operand::Regex(_)) | Comparison::NotEqual(_) | Comparison::Order(..),
        ) => false,
    }
}

/// The field that stands for the selector in the records to try.
const FIELD: &str = "v";

fn record(value: Value) -> Value {
    json!({ FIELD: value })
}

/// One record for each value that could satisfy one of the finite conditions.
fn values_to_try(conditions: &[&Condition]) -> Vec<Value> {
    let mut records = Vec::new();
    for condition in conditions {
        match &condition.test {
            Test::NotExists => records.push(json!({})),
            Test::Is(State::Null) => records.push(record(Value::Null)),
            Test::Is(State::True) => records.push(record(json!(true))),
            Test::Is(State::False) => records.push(record(json!(false))),
            Test::Compare(Comparison::Equal(Operand::Text(glob))) => literal(glob.as_str(), &mut records),
            Test::Compare(Comparison::Equal(Operand::Number(number))) => {
                literal(number.as_str(), &mut records)
            }
            Test::Compare(
                Comparison::Equal(Operand::Regex(_)) | Comparison::NotEqual(_) | Comparison::Order(..),
            ) => {}
        }
    }
    records
}

/// The text itself, and every number that is written like it or equal to it.
fn literal(text: &str, records: &mut Vec<Value>) {
    records.push(record(json!(text)));
    if let Ok(integer) = text.parse::<i64>() {
        records.push(record(json!(integer)));
    }
    if let Ok(float) = text.parse::<f64>() {
        records.push(record(json!(float)));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a truncated number is one more to try, which does no harm"
        )]
        records.push(record(json!(float as i64)));
    }
}

/// The number on the right of `<`, `<=`, `>` or `>=`.
fn limit(condition: &Condition) -> Option<f64> {
    match &condition.test {
        Test::Compare(Comparison::Order(_, number)) => number.as_str().parse().ok(),
        Test::Compare(Comparison::Equal(_) | Comparison::NotEqual(_)) | Test::Is(_) | Test::NotExists => None,
    }
}

/// The limits, a number between each pair of neighbors, and a number beyond each end.
fn numbers_to_try(orders: &[&Condition]) -> Vec<f64> {
    let mut limits: Vec<f64> = orders.iter().filter_map(|condition| limit(condition)).collect();
    limits.sort_by(f64::total_cmp);
    let between = limits.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0);
    let beyond = [limits.first().map(|least| least - 1.0), limits.last().map(|greatest| greatest + 1.0)];
    between.chain(beyond.into_iter().flatten()).chain(limits.iter().copied()).collect()
}

/// Whether a record satisfies all conditions when each of them is applied to [`FIELD`].
fn hold(conditions: &[&Condition], record: &Value) -> bool {
    // The evaluator accepts patterns rather than trees, so the tree is printed as a pattern.
    let Ok(selector) = Selector::parse("$.v") else { return true };
    conditions.iter().all(|condition| {
        let moved = Condition { selector: selector.clone(), test: condition.test.clone() };
        let text = Ast::Json(Expression::Condition(moved)).to_string();
        Pattern::parse(&text).map_or(true, |pattern| pattern.matches_record(record))
    })
}

/// The text of `= "..."`, which may contain wildcards.
fn wildcard_text<'c>(condition: &&'c Condition) -> Option<&'c str> {
    match &condition.test {
        Test::Compare(Comparison::Equal(Operand::Text(glob))) => Some(glob.as_str()),
        Test::Compare(_) | Test::Is(_) | Test::NotExists => None,
    }
}

/// Whether no value can match both texts, because their beginnings or their ends differ.
fn are_disjoint(one: &str, other: &str) -> bool {
    let start = |text: &str| text.split('*').next().unwrap_or_default().to_owned();
    let end = |text: &str| text.rsplit('*').next().unwrap_or_default().to_owned();
    let (start_of_one, start_of_other) = (start(one), start(other));
    let (end_of_one, end_of_other) = (end(one), end(other));
    let starts_fit = start_of_one.starts_with(&start_of_other) || start_of_other.starts_with(&start_of_one);
    let ends_fit = end_of_one.ends_with(&end_of_other) || end_of_other.ends_with(&end_of_one);
    let has_star = one.contains('*') && other.contains('*');
    has_star && !(starts_fit && ends_fit)
}
