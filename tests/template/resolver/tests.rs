//! The resolver on templates of a few lines.

use serde_json::{Value, json};

use super::Stack;

fn stack(resources: Value, given: &[(&str, &str)]) -> Stack {
    let template = json!({
        "Parameters": {
            "Name": { "Type": "String", "Default": "", "AllowedPattern": "^(|(?!aws)[a-z]+)$", "ConstraintDescription": "must be lower case" },
            "Count": { "Type": "Number", "Default": 3, "MinValue": 1, "MaxValue": 9, "ConstraintDescription": "must be 1 to 9" },
            "Mode": { "Type": "String", "Default": "On", "AllowedValues": ["On", "Off"] },
        },
        "Rules": { "OffHasNoName": {
            "RuleCondition": { "Fn::Equals": [{ "Ref": "Mode" }, "Off"] },
            "Assertions": [{ "Assert": { "Fn::Equals": [{ "Ref": "Name" }, ""] }, "AssertDescription": "Off has no name" }],
        } },
        "Mappings": { "Sizes": { "Bytes": { "3": 300 } } },
        "Conditions": {
            "IsOn": { "Fn::Equals": [{ "Ref": "Mode" }, "On"] },
            "IsOff": { "Fn::Not": [{ "Condition": "IsOn" }] },
            "Both": { "Fn::And": [{ "Condition": "IsOn" }, { "Fn::Or": [{ "Condition": "IsOff" }, { "Fn::Equals": [{ "Ref": "Count" }, 3] }] }] },
        },
        "Resources": resources,
        "Outputs": {},
    });
    // Tests are short, and templates live as long as they do.
    Stack::of(Box::leak(Box::new(template)), given)
}

fn value(expression: &Value, given: &[(&str, &str)]) -> Value {
    let resources = json!({ "A": { "Properties": { "Value": expression } }, "B": {} });
    stack(resources, given).property("A/Value")
}

#[test]
fn functions_give_what_cloudformation_gives() {
    let cases = [
        (json!({ "Ref": "Name" }), json!("abc")),
        (json!({ "Ref": "B" }), json!("${B}")),
        (json!({ "Fn::GetAtt": ["B", "Arn"] }), json!("${B.Arn}")),
        (json!({ "Fn::Sub": "x-${Name}-${B.Arn}-${!Kept}" }), json!("x-abc-${B.Arn}-${Kept}")),
        (json!({ "Fn::Sub": ["${Own}/${Name}", { "Own": { "Ref": "Count" } }] }), json!("3/abc")),
        (json!({ "Fn::Join": ["-", ["a", { "Ref": "Name" }]] }), json!("a-abc")),
        (json!({ "Fn::Split": ["b", { "Ref": "Name" }] }), json!(["a", "c"])),
        (json!({ "Fn::Select": [1, { "Fn::Split": ["b", { "Ref": "Name" }] }] }), json!("c")),
        (json!({ "Fn::FindInMap": ["Sizes", "Bytes", { "Ref": "Count" }] }), json!(300)),
        (json!({ "Fn::If": ["IsOn", "yes", "no"] }), json!("yes")),
        (json!({ "Fn::If": ["IsOff", "yes", { "Ref": "AWS::NoValue" }] }), Value::Null),
        (json!([1, { "Ref": "AWS::NoValue" }, { "a": { "Ref": "AWS::NoValue" } }]), json!([1, {}])),
        (json!({ "Fn::If": ["Both", { "Ref": "AWS::AccountId" }, "no"] }), json!("111122223333")),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(&expression, &[("Name", "abc")]), expected, "{expression}");
    }
}

#[test]
fn a_resource_whose_condition_is_false_is_not_made() {
    let resources = json!({ "A": { "Condition": "IsOff" }, "B": { "Condition": "IsOn" } });
    let stack = stack(resources, &[]);
    assert_eq!(stack.resources().keys().collect::<Vec<_>>(), ["B"]);
}

#[test]
#[should_panic(expected = "`B.Arn` is referred to, and not made")]
fn a_reference_to_a_resource_that_is_not_made_fails() {
    let resources = json!({ "A": { "Properties": { "Value": { "Fn::GetAtt": ["B", "Arn"] } } }, "B": { "Condition": "IsOff" } });
    stack(resources, &[]).resources();
}

#[test]
#[should_panic(expected = "`B` is referred to, and not made")]
fn a_dependency_on_a_resource_that_is_not_made_fails() {
    let resources = json!({ "A": { "DependsOn": ["C", "B"] }, "B": { "Condition": "IsOff" }, "C": {} });
    stack(resources, &[]).resources();
}

#[test]
#[should_panic(expected = "`B` is referred to, and not made")]
fn a_single_dependency_on_a_resource_that_is_not_made_fails() {
    let resources = json!({ "A": { "DependsOn": "B" }, "B": { "Condition": "IsOff" } });
    stack(resources, &[]).resources();
}

#[test]
#[should_panic(expected = "nothing is called `Missing`")]
fn a_reference_to_nothing_fails() {
    value(&json!({ "Ref": "Missing" }), &[]);
}

#[test]
fn parameters_are_refused_by_pattern_range_value_and_rule() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 7] = [
        (&[], &[]),
        (&[("Name", "ABC")], &["Name must be lower case"]),
        (&[("Name", "awsome")], &["Name must be lower case"]),
        (&[("Count", "10")], &["Count must be 1 to 9"]),
        (&[("Count", "x")], &["Count must be 1 to 9"]),
        (&[("Mode", "Maybe")], &["Mode must be one of [\"On\",\"Off\"]"]),
        (&[("Mode", "Off"), ("Name", "abc")], &["Off has no name"]),
    ];
    for (given, expected) in cases {
        assert_eq!(stack(json!({}), given).refusals(), expected, "{given:?}");
    }
}
