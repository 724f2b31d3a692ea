//! Properties of the whole crate over generated patterns and records.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ast::{
    Ast, Comparison, Condition, Entry, Expression, FieldTest, Glob, Needle, NumberLiteral, Operand,
    OrderOperator, RegexLiteral, State, Term, TermRole, Test,
};
use crate::cursor::Cursor;
use crate::selector::{Selector, Step};
use crate::{Matches, Pattern, PatternSet};

/// A few short names, so that generated selectors find something in generated records.
pub(crate) fn key() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[abc]", 1 => "[a-z0-9_-]{1,3}", 1 => "[a-c.' é\\\\]{0,3}", 1 => "[a-c\"\\]]{0,3}"]
}

pub(crate) fn selector() -> impl Strategy<Value = Selector> {
    let step = prop_oneof![
        6 => key().prop_map(Step::Key),
        1 => (0..3_u32).prop_map(Step::Index),
        1 => any::<u32>().prop_map(Step::Index),
        1 => Just(Step::AnyField),
        1 => Just(Step::AnyElement),
    ];
    vec(step, 1..4).prop_map(Selector::new)
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab1*]{0,3}", 1 => ".{0,6}", 1 => "[\"\\\\*\n é%]{0,5}"]
}

fn number() -> impl Strategy<Value = NumberLiteral> {
    let text = prop_oneof![
        4 => (0..3_i64).prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
        1 => "[+-]?([0-9]{1,3}\\.?[0-9]{0,2}|\\.[0-9])([eE][+-]?[0-9]{1,3})?",
    ];
    text.prop_map(|text| NumberLiteral::parse(&text).unwrap())
}

fn regex() -> impl Strategy<Value = RegexLiteral> {
    let body = "(\\^?([ab1.]|\\[\\^?[ab&~-]{0}[ab-]{1,3}\\]|\\\\[dws])([*+?]|\\{,2\\})?\\$?\\|?){1,3}";
    body.prop_filter_map("compiles", |body| {
        let text = format!("%{body}%");
        RegexLiteral::parse(&Cursor::new(&text), 1..text.len() - 1, &mut 0).ok()
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let operand = prop_oneof![
        4 => text().prop_map(|text| Operand::Text(Glob::new(text))),
        2 => number().prop_map(Operand::Number),
        1 => regex().prop_map(Operand::Regex),
    ];
    let order = prop_oneof![
        Just(OrderOperator::Less),
        Just(OrderOperator::LessOrEqual),
        Just(OrderOperator::Greater),
        Just(OrderOperator::GreaterOrEqual)
    ];
    prop_oneof![
        operand.clone().prop_map(Comparison::Equal),
        operand.prop_map(Comparison::NotEqual),
        (order, number()).prop_map(|(order, number)| Comparison::Order(order, number)),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let state = prop_oneof![Just(State::Null), Just(State::True), Just(State::False)];
    let test = prop_oneof![4 => comparison().prop_map(Test::Compare), 1 => state.prop_map(Test::Is), 1 => Just(Test::NotExists)];
    (selector(), test).prop_map(|(selector, test)| Condition { selector, test })
}

fn expression<C: Clone + std::fmt::Debug + 'static>(
    leaf: impl Strategy<Value = C> + 'static,
) -> impl Strategy<Value = Expression<C>> {
    leaf.prop_map(Expression::Condition).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Expression::all),
            vec(inner, 1..4).prop_map(Expression::any)
        ]
    })
}

fn term() -> impl Strategy<Value = Term> {
    let role = prop_oneof![Just(TermRole::Required), Just(TermRole::Excluded), Just(TermRole::Optional)];
    let needle = prop_oneof![3 => text().prop_map(Needle::Text), 1 => regex().prop_map(Needle::Regex)];
    (role, needle).prop_map(|(role, needle)| Term { role, needle })
}

/// Entries with unique names, and at most one ellipsis.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let test = prop_oneof![1 => Just(FieldTest::Present), 3 => comparison().prop_map(FieldTest::Compare)];
    let field = proptest::option::weighted(0.8, expression(test));
    (vec(field, 0..5), any::<Option<proptest::sample::Index>>()).prop_map(|(fields, ellipsis)| {
        let mut entries: Vec<_> = fields
            .into_iter()
            .enumerate()
            .map(|(index, condition)| {
                condition
                    .map_or(Entry::Unnamed, |condition| Entry::Field { name: format!("w{index}"), condition })
            })
            .collect();
        if let Some(ellipsis) = ellipsis {
            entries.insert(ellipsis.index(entries.len() + 1), Entry::Ellipsis);
        }
        // A single unnamed entry is written like no entry at all.
        if entries == [Entry::Unnamed] { Vec::new() } else { entries }
    })
}

pub(crate) fn ast() -> impl Strategy<Value = Ast> {
    prop_oneof![
        4 => expression(condition()).prop_map(Ast::Json),
        1 => vec(term(), 0..4).prop_map(Ast::Terms),
        1 => entries().prop_map(Ast::SpaceDelimited),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key(), inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A record with fields that generated selectors are likely to name.
fn record() -> impl Strategy<Value = Value> {
    (value(), value(), value()).prop_map(|(a, b, c)| json!({ "a": a, "b": b, "c": c }))
}

/// Pieces of the language in any order.
fn nearly_a_pattern() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", "(", ")", "$", ".", "a", "*", "'", "\"", "\\", "%", "=", "!", "<", ">", "&&",
        "||", "IS", "NULL", "NOT", "EXISTS", " ", "\n", "1", "-", "?", "...", ",", "é", "{2,", "$.a = 1",
        "x",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_tree(ast in ast()) {
        // A key that contains both kinds of quotes cannot be written.
        let text = ast.to_string();
        prop_assume!(!unwritable(&ast));
        let parsed = Pattern::parse(&text).map_err(|error| TestCaseError::fail(error.diagnostic(&text)))?;
        prop_assert_eq!(parsed.ast(), &ast);
        prop_assert_eq!(parsed.to_string(), text);
    }

    #[test]
    fn any_text_is_parsed_or_rejected_with_a_span_inside_it(text in prop_oneof![".{0,40}", nearly_a_pattern(), nearly_a_pattern().prop_map(|text| format!("{{ $.a {text} }}"))]) {
        match Pattern::parse(&text) {
            Ok(pattern) => {
                pattern.matches_message(&text);
                let again = Pattern::parse(&pattern.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&pattern));
            }
            Err(error) => {
                prop_assert!(text.get(error.span()).is_some(), "{error} at {:?}", error.span());
                prop_assert!(!error.to_string().contains('\n'));
                prop_assert!(error.help().is_none_or(|help| !help.contains('\n')), "{:?}", error.help());
                error.diagnostic(&text);
            }
        }
    }

    #[test]
    fn any_text_is_a_selector_or_rejected(text in prop_oneof![".{0,20}", "\\$[.\\[\\]'\"*a0-9 ]{0,12}"]) {
        if let Ok(selector) = Selector::parse(&text) {
            prop_assert_eq!(Selector::parse(&selector.to_string()), Ok(selector));
        }
    }

    #[test]
    fn a_set_agrees_with_each_of_its_patterns(asts in vec(ast(), 0..6), record in record()) {
        let asts: Vec<_> = asts.into_iter().filter(|ast| !unwritable(ast)).collect();
        let patterns: Vec<_> = asts.iter().map(|ast| Pattern::parse(&ast.to_string()).unwrap()).collect();
        let set = PatternSet::new(patterns.clone());
        let mut matches = Matches::default();
        let text = record.to_string();
        set.matches_into(text.as_bytes(), &mut matches).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        for (index, pattern) in patterns.iter().enumerate() {
            prop_assert_eq!(matches.contains(index), pattern.matches_record(&record), "{}", pattern);
            prop_assert_eq!(matches.contains(index), pattern.matches_message(&text), "{}", pattern);
        }
        prop_assert_eq!(matches.len(), matches.iter().count());
    }

    #[test]
    fn any_bytes_are_decided_or_refused(bytes in vec(any::<u8>(), 0..64)) {
        let set = PatternSet::new(["".parse().unwrap(), "{ $.a = 1 }".parse().unwrap()]);
        let mut matches = Matches::default();
        if set.matches_into(&bytes, &mut matches).is_err() {
            prop_assert!(matches.is_empty());
        }
    }

    #[test]
    fn a_glob_agrees_with_the_textbook_definition(glob in "[ab*]{0,8}", value in "[ab]{0,8}") {
        fn fits(glob: &[u8], value: &[u8]) -> bool {
            match (glob, value) {
                ([], []) => true,
                ([b'*', rest @ ..], _) => (0..=value.len()).any(|taken| fits(rest, &value[taken..])),
                ([first, glob @ ..], [next, value @ ..]) => first == next && fits(glob, value),
                _ => false,
            }
        }
        prop_assert_eq!(Glob::new(glob.as_str()).matches(&value), fits(glob.as_bytes(), value.as_bytes()));
    }
}

pub(crate) fn unwritable(ast: &Ast) -> bool {
    let Ast::Json(conditions) = ast else { return false };
    conditions.conditions().flat_map(|condition| condition.selector.steps()).any(|step| match step {
        Step::Key(key) => key.contains('\'') && key.contains('"'),
        Step::Index(_) | Step::AnyField | Step::AnyElement => false,
    })
}
