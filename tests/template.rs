//! `infra/template.yaml`, without AWS: linted, scanned, transformed to CloudFormation, and evaluated for given parameters.
//!
//! Each test of a setting names the parameter, and the property of a resource that carries it. What only AWS can decide
//! is not shown here: whether its services accept the policies and keys, and whether CloudTrail delivers.

mod athena;
mod build;
mod costs;
mod delivery;
mod event_selectors;
mod functions;
mod lint;
mod operations;
mod profiles;
mod reconciler;
mod refusals;
mod resolver;
mod roles;
mod rules;
mod security;
mod storage;
mod tools;
mod trail;

use serde_json::Value;

use resolver::Stack;

/// Asserts the value of a property, named as `Resource/Property/0/Nested`, for each list of parameters.
/// `Value::Null` stands for a property that is not there.
fn check(path: &str, rows: &[(&[(&str, &str)], Value)]) {
    for (parameters, expected) in rows {
        let found = Stack::with(parameters).property(path);
        assert_eq!(&found, expected, "`{path}` for {parameters:?}");
    }
}

/// Asserts which of the resources there are, for a list of parameters.
fn check_resources(parameters: &[(&str, &str)], present: &[&str], absent: &[&str]) {
    let stack = Stack::with(parameters);
    for id in present {
        assert!(stack.resource(id).is_some(), "no `{id}` for {parameters:?}");
    }
    for id in absent {
        assert!(stack.resource(id).is_none(), "a `{id}` for {parameters:?}");
    }
}
