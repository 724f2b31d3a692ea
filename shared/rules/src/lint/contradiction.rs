//! Conditions that cannot hold together, such as `$.x = a && $.x = b`.
//!
//! Only conditions that a record has to satisfy at once are compared, and only on selectors without wildcards, which select one
//! value. What is reported is certain: a list of values is tried that is known to be complete, or it says nothing. Not
//! everything that cannot hold is found.

use filter_pattern::{
    Pattern, Selector,
    ast::{Ast, Comparison, Condition, Expression, Operand, State, Test},
};
use serde_json::{Value, json};

use super::{LintCode, Report, absent::is_prefix};

/// How many conditions on one selector are compared with each other. Hand-written patterns have a handful.
const MOST_CONDITIONS: usize = 32;

pub(super) fn check(expression: &Expression<Condition>, report: &mut Report<'_, '_>) {
    walk(expression, &[], report);
}

/// Looks at an expression of which also all conditions in `around` have to hold.
fn walk<'e>(expression: &'e Expression<Condition>, around: &[&'e Condition], report: &mut Report<'_, '_>) {
    let parts = match expression {
        Expression::Any(parts) => {
            parts.iter().for_each(|part| walk(part, around, report));
            return;
        }
        Expression::Condition(_) => std::slice::from_ref(expression),
        Expression::All(parts) => parts.as_slice(),
    };
    let mut all = around.to_vec();
    for condition in super::direct(expression).filter(|condition| condition.selector.wildcards() == 0) {
        if let Some(other) = all.iter().find(|other| exclude_each_other(other, condition)) {
            let part = format!("{other} && {condition}");
            let advice = "join them by `||` if either is meant, or remove one";
            report.add(LintCode::NeverHolds, part, "these conditions cannot hold together", advice);
            return;
        }
        all.push(condition);
        let same: Vec<_> = all.iter().copied().filter(|other| other.selector == condition.selector).collect();
        if (3..=MOST_CONDITIONS).contains(&same.len()) && cannot_hold(&same) {
            let part: Vec<_> = same.iter().map(ToString::to_string).collect();
            let advice = "no value satisfies all of them; remove one";
            report.add(
                LintCode::NeverHolds,
                part.join(" && "),
                "these conditions cannot hold together",
                advice,
            );
            return;
        }
    }
    for part in parts.iter().filter(|part| matches!(part, Expression::Any(_))) {
        walk(part, &all, report);
    }
}

fn exclude_each_other(one: &Condition, other: &Condition) -> bool {
    if one.selector == other.selector {
        return cannot_hold(&[one, other]);
    }
    // What satisfies a condition is a scalar or nothing at all, and has nothing inside.
    let (outer, inner) = if is_prefix(&one.selector, &other.selector) {
        (one, other)
    } else if is_prefix(&other.selector, &one.selector) {
        (other, one)
    } else {
        return false;
    };
    outer.selector != inner.selector && inner.test != Test::NotExists
}

/// Whether no value satisfies all of some conditions on the same selector.
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

/// Whether only a few values can satisfy the test, all of which [`values_to_try`] has.
fn is_finite(test: &Test) -> bool {
    match test {
        Test::Compare(Comparison::Equal(Operand::Text(glob))) => !glob.has_wildcard(),
        Test::Compare(Comparison::Equal(Operand::Number(_))) | Test::Is(_) | Test::NotExists => true,
        Test::Compare(
            Comparison::Equal(Operand::Regex(_)) | Comparison::NotEqual(_) | Comparison::Order(..),
        ) => false,
    }
}

/// The field that stands for the selector in the records that are tried.
const FIELD: &str = "v";

fn record(value: Value) -> Value {
    json!({ FIELD: value })
}

/// Records whose field has every value that one of the finite conditions could be satisfied by.
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

/// The text itself, and the numbers of that text or value.
fn literal(text: &str, records: &mut Vec<Value>) {
    records.push(record(json!(text)));
    if let Ok(integer) = text.parse::<i64>() {
        records.push(record(json!(integer)));
    }
    if let Ok(float) = text.parse::<f64>() {
        records.push(record(json!(float)));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number that changes is one more to try, and does no harm"
        )]
        records.push(record(json!(float as i64)));
    }
}

/// The number that a condition compares with by `<`, `<=`, `>` or `>=`.
fn limit(condition: &Condition) -> Option<f64> {
    match &condition.test {
        Test::Compare(Comparison::Order(_, number)) => number.as_str().parse().ok(),
        Test::Compare(Comparison::Equal(_) | Comparison::NotEqual(_)) | Test::Is(_) | Test::NotExists => None,
    }
}

/// The limits, and a number between any two neighbours and beyond either end.
fn numbers_to_try(orders: &[&Condition]) -> Vec<f64> {
    let mut limits: Vec<f64> = orders.iter().filter_map(|condition| limit(condition)).collect();
    limits.sort_by(f64::total_cmp);
    let between = limits.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0);
    let beyond = [limits.first().map(|least| least - 1.0), limits.last().map(|greatest| greatest + 1.0)];
    between.chain(beyond.into_iter().flatten()).chain(limits.iter().copied()).collect()
}

/// Whether a record satisfies all conditions, each of them asked of [`FIELD`].
fn hold(conditions: &[&Condition], record: &Value) -> bool {
    // The evaluator takes patterns and no trees, and a tree prints as the pattern that it is.
    let Ok(selector) = Selector::parse("$.v") else { return true };
    conditions.iter().all(|condition| {
        let moved = Condition { selector: selector.clone(), test: condition.test.clone() };
        let text = Ast::Json(Expression::Condition(moved)).to_string();
        Pattern::parse(&text).map_or(true, |pattern| pattern.matches_record(record))
    })
}

/// The text of `= "..."` with wildcards.
fn wildcard_text<'c>(condition: &&'c Condition) -> Option<&'c str> {
    match &condition.test {
        Test::Compare(Comparison::Equal(Operand::Text(glob))) => Some(glob.as_str()),
        Test::Compare(_) | Test::Is(_) | Test::NotExists => None,
    }
}

/// Whether two texts with wildcards begin or end in ways that no value can have at once.
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
