//! The policy of a role as IAM would see it.

use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::resolver::Stack;

/// The statements of a role's only policy.
pub(super) fn statements(stack: &Stack, role: &str) -> Vec<Value> {
    let statements = stack.property(&format!("{role}/Policies/0/PolicyDocument/Statement"));
    statements.as_array().unwrap().clone()
}

/// The same as a policy document, with an ARN of the type's service in place of each reference to a resource.
pub(super) fn policy(stack: &Stack, role: &str) -> Value {
    let policy = json!({ "Statement": statements(stack, role) }).to_string();
    let reference = Regex::new(r#""\$\{([A-Za-z]+)(\.Arn)?\}""#).unwrap();
    let policy = reference.replace_all(&policy, |found: &Captures<'_>| {
        let resource = stack.resource(&found[1]).unwrap();
        let service = resource["Type"].as_str().unwrap().split("::").nth(1).unwrap().to_lowercase();
        format!("\"arn:aws:{service}:us-east-1:111122223333:{}\"", &found[1])
    });
    serde_json::from_str(&policy).unwrap()
}
