//! Parts of patterns that change nothing, and parts that cannot hold together.

use filter_pattern::Pattern;
use filter_pattern::ast::{Ast, Condition, Expression};
use pattern_analysis::{PatternAnalysis, WhyIdle};
use rules::RuleSet;

fn expression(pattern: &Pattern) -> Expression<Condition> {
    match pattern.ast() {
        Ast::Json(expression) => expression.clone(),
        Ast::Terms(_) | Ast::SpaceDelimited(_) => panic!("{pattern} is no JSON pattern"),
    }
}

fn text(part: &Expression<Condition>) -> String {
    Ast::Json(part.clone()).to_string()
}

fn idle(pattern: &str) -> Vec<(String, WhyIdle)> {
    let parts = PatternAnalysis::new().idle_parts(&expression(&pattern.parse().unwrap())).unwrap();
    parts.into_iter().map(|idle| (text(&idle.part), idle.why)).collect()
}

#[test]
fn a_part_that_changes_nothing_is_found() {
    use WhyIdle::{AddsNothing, NeverHolds, RestrictsNothing};
    let table: [(&str, &[(&str, WhyIdle)]); 9] = [
        (
            "{ $.eventName != Get* && $.eventName != Lookup* && $.eventName != Lookup* }",
            &[(r#"{ $.eventName != "Lookup*" }"#, RestrictsNothing)],
        ),
        (
            "{ $.ip != 10.10.10.* || $.ip != 10.10.* || $.ip != 10.* }",
            &[(r#"{ $.ip != "10.*" }"#, AddsNothing), (r#"{ $.ip != "10.10.*" }"#, AddsNothing)],
        ),
        (
            "{ $.source = s3 && $.name != CreateBucket && ($.name = DeleteBucket* || $.name = PutBucketPolicy) }",
            &[(r#"{ $.name != "CreateBucket" }"#, RestrictsNothing)],
        ),
        ("{ $.a = x || ($.b = y && $.b = z) }", &[(r#"{ $.b = "y" && $.b = "z" }"#, NeverHolds)]),
        ("{ $.a = x && ($.b = y || $.a = y) }", &[(r#"{ $.a = "y" }"#, AddsNothing)]),
        ("{ $.a = * && $.a = x }", &[(r#"{ $.a = "*" }"#, RestrictsNothing)]),
        ("{ ($.a = x && $.b = y) || $.b = y }", &[(r#"{ $.a = "x" && $.b = "y" }"#, AddsNothing)]),
        ("{ $.a = x && $.a = y }", &[]),
        ("{ $.a = x || $.b = y }", &[]),
    ];
    for (pattern, expected) in table {
        let expected: Vec<_> = expected.iter().map(|(part, why)| ((*part).to_owned(), *why)).collect();
        assert_eq!(idle(pattern), expected, "{pattern}");
    }
}

#[test]
fn no_part_of_the_catalogue_is_idle() {
    let set = RuleSet::from_set("all").unwrap();
    let mut analysis = PatternAnalysis::new();
    for rule in set.rules() {
        assert_eq!(analysis.idle_parts(&expression(&rule.pattern)), Ok(Vec::new()), "{}", rule.id);
    }
}

#[test]
fn parts_that_cannot_hold_together_are_named() {
    let table: [(&str, &[&str]); 3] = [
        ("{ $.a = x && $.b = y && $.a = z && $.c = w }", &[r#"{ $.a = "x" }"#, r#"{ $.a = "z" }"#]),
        (
            "{ $.n = Delete* && $.n = *Trail && $.n != *e*T* && $.a = x }",
            &[r#"{ $.n = "Delete*" }"#, r#"{ $.n = "*Trail" }"#, r#"{ $.n != "*e*T*" }"#],
        ),
        ("{ $[0] = x }", &[r#"{ $[0] = "x" }"#]),
    ];
    for (pattern, expected) in table {
        let conflict = PatternAnalysis::new().conflict(&expression(&pattern.parse().unwrap())).unwrap();
        assert_eq!(conflict.iter().map(text).collect::<Vec<_>>(), expected, "{pattern}");
    }
}
