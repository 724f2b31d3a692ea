//! What CloudFormation makes of a template for given parameters: constraints, rules, conditions, effective resources.
//!
//! References to other resources become `${Id}` and `${Id.Attribute}`; one to a resource that the conditions leave out is
//! a panic, as it would be an error in AWS. So is a `DependsOn` that names one: nothing would be waited for. Numbers and booleans of parameters stay text, as in CloudFormation.
//! Source: AWS CloudFormation User Guide, "Intrinsic functions", "Parameters", "Rules".

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use fancy_regex::{BytesMode, Regex, RegexBuilder};
use serde_json::{Map, Value, json};

/// A template with values for its parameters.
#[derive(Debug)]
pub(super) struct Stack {
    template: &'static Value,
    parameters: BTreeMap<String, String>,
}

impl Stack {
    /// The stack of `infra/template.yaml` with these parameters, the others at their defaults.
    pub(super) fn with(given: &[(&str, &str)]) -> Self {
        let stack = Self::of(super::tools::transformed(), given);
        assert_eq!(stack.refusals(), Vec::<String>::new(), "{given:?} is refused");
        stack
    }

    /// The same for any template and without asking whether the parameters are accepted.
    pub(super) fn of(template: &'static Value, given: &[(&str, &str)]) -> Self {
        let declared = template["Parameters"].as_object().expect("a template has parameters");
        let mut parameters: BTreeMap<String, String> = pseudo_parameters();
        parameters
            .extend(declared.iter().map(|(name, parameter)| (name.clone(), text(&parameter["Default"]))));
        for (name, value) in given {
            let known = parameters.insert((*name).to_owned(), (*value).to_owned());
            assert!(known.is_some(), "no parameter `{name}`");
        }
        Self { template, parameters }
    }

    /// The messages with which CloudFormation refuses the parameters, before it creates anything.
    pub(super) fn refusals(&self) -> Vec<String> {
        let declared = self.template["Parameters"].as_object().unwrap();
        let mut refusals: Vec<String> = declared
            .iter()
            .filter(|(name, parameter)| !is_allowed(&self.parameters[*name], parameter))
            .map(|(name, parameter)| match parameter["ConstraintDescription"].as_str() {
                Some(advice) => format!("{name} {advice}"),
                None => format!("{name} must be one of {}", parameter["AllowedValues"]),
            })
            .collect();
        for rule in self.template["Rules"].as_object().into_iter().flat_map(Map::values) {
            if rule["RuleCondition"].is_null() || self.holds(&rule["RuleCondition"]) {
                let assertions = rule["Assertions"].as_array().unwrap();
                let failed = assertions.iter().filter(|assertion| !self.holds(&assertion["Assert"]));
                refusals.extend(failed.map(|assertion| text(&assertion["AssertDescription"])));
            }
        }
        refusals
    }

    /// A resource with all functions resolved, if the conditions make it.
    pub(super) fn resource(&self, id: &str) -> Option<Value> {
        let resource = self.template["Resources"].get(id)?;
        if !self.is_made(resource) {
            return None;
        }
        match &resource["DependsOn"] {
            Value::String(name) => drop(self.reference(name)),
            names => {
                names.as_array().into_iter().flatten().for_each(|name| drop(self.reference(&text(name))))
            }
        }
        Some(self.resolve(resource).expect("a resource is a value"))
    }

    /// All resources of a type by logical id.
    pub(super) fn resources_of(&self, resource_type: &str) -> BTreeMap<String, Value> {
        let mut resources = self.resources();
        resources.retain(|_, resource| resource["Type"] == resource_type);
        resources
    }

    /// All resources by logical id.
    pub(super) fn resources(&self) -> BTreeMap<String, Value> {
        let ids = self.template["Resources"].as_object().unwrap().keys();
        ids.filter_map(|id| Some((id.clone(), self.resource(id)?))).collect()
    }

    /// All outputs by name.
    pub(super) fn outputs(&self) -> BTreeMap<String, Value> {
        let outputs = self.template["Outputs"].as_object().unwrap().iter();
        let made = outputs.filter(|(_, output)| self.is_made(output));
        made.map(|(name, output)| (name.clone(), self.resolve(&output["Value"]).unwrap())).collect()
    }

    /// A property named as `Resource/Property/0/Nested`, or null.
    pub(super) fn property(&self, path: &str) -> Value {
        let (id, pointer) = path.split_once('/').expect("a path has a resource and a property");
        let resource = self.resource(id).unwrap_or_else(|| panic!("no resource `{id}`"));
        resource.pointer(&format!("/Properties/{pointer}")).cloned().unwrap_or_default()
    }

    fn is_made(&self, element: &Value) -> bool {
        element["Condition"].as_str().is_none_or(|name| self.condition(name))
    }

    fn condition(&self, name: &str) -> bool {
        let condition = self.template["Conditions"].get(name);
        self.holds(condition.unwrap_or_else(|| panic!("no condition `{name}`")))
    }

    /// The value of a boolean function.
    fn holds(&self, expression: &Value) -> bool {
        if let Some(name) = expression["Condition"].as_str() {
            return self.condition(name);
        }
        let (name, argument) = function(expression).unwrap_or_else(|| panic!("no condition: {expression}"));
        let operands = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name {
            "Fn::Equals" => self.text(&operands[0]) == self.text(&operands[1]),
            "Fn::Not" => !self.holds(&operands[0]),
            "Fn::And" => operands.iter().all(|operand| self.holds(operand)),
            "Fn::Or" => operands.iter().any(|operand| self.holds(operand)),
            "Fn::Contains" => {
                let sought = self.text(&operands[1]);
                operands[0].as_array().unwrap().iter().any(|member| self.text(member) == sought)
            }
            _ => panic!("`{name}` is no condition function"),
        }
    }

    /// The value of any element; none for `AWS::NoValue`.
    fn resolve(&self, value: &Value) -> Option<Value> {
        if let Some((name, argument)) = function(value) {
            return self.call(name, argument);
        }
        Some(match value {
            Value::Array(members) => members.iter().filter_map(|member| self.resolve(member)).collect(),
            Value::Object(members) => {
                let resolved =
                    members.iter().filter_map(|(key, member)| Some((key.clone(), self.resolve(member)?)));
                Value::Object(resolved.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        })
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match name {
            "Ref" if argument == "AWS::NoValue" => None,
            "Ref" => Some(self.reference(argument.as_str().unwrap()).into()),
            "Fn::GetAtt" => Some(self.reference(&joined(argument, ".")).into()),
            "Fn::If" => {
                let branch = if self.condition(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "Fn::Sub" => Some(self.substitute(argument).into()),
            "Fn::Join" => {
                let members = self.resolve(&argument[1]).unwrap();
                Some(joined(&members, argument[0].as_str().expect("a delimiter is text")).into())
            }
            "Fn::Split" => {
                let whole = self.text(&argument[1]);
                Some(whole.split(argument[0].as_str().unwrap()).collect())
            }
            "Fn::Select" => {
                let index: usize = self.text(&argument[0]).parse().unwrap();
                let members = self.resolve(&argument[1]).unwrap();
                Some(members.get(index).unwrap_or_else(|| panic!("no member {index} in {members}")).clone())
            }
            "Fn::FindInMap" => {
                let (map, first, second) =
                    (self.text(&argument[0]), self.text(&argument[1]), self.text(&argument[2]));
                let found = &self.template["Mappings"][&map][&first][&second];
                assert!(!found.is_null(), "no `{second}` in the mapping `{map}`");
                Some(found.clone())
            }
            _ => panic!("`{name}` is not known to the resolver"),
        }
    }

    fn text(&self, value: &Value) -> String {
        text(&self.resolve(value).expect("a value is needed"))
    }

    /// The value of a parameter, or `${Id}` for a resource, which has to be one that is made.
    fn reference(&self, name: &str) -> String {
        if let Some(value) = self.parameters.get(name) {
            return value.clone();
        }
        let id = name.split('.').next().unwrap();
        let resource =
            self.template["Resources"].get(id).unwrap_or_else(|| panic!("nothing is called `{name}`"));
        assert!(self.is_made(resource), "`{name}` is referred to, and not made for {:?}", self.parameters);
        format!("${{{name}}}")
    }

    fn substitute(&self, argument: &Value) -> String {
        let (pattern, variables) = match argument {
            Value::Array(parts) => (parts[0].as_str().unwrap(), &parts[1]),
            _ => (argument.as_str().unwrap(), &Value::Null),
        };
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, remainder) = after.split_once('}').expect("a closing brace");
            result.push_str(before);
            match (name.strip_prefix('!'), variables.get(name)) {
                (Some(literal), _) => result.push_str(&format!("${{{literal}}}")),
                (None, Some(value)) => result.push_str(&self.text(value)),
                (None, None) => result.push_str(&self.reference(name)),
            }
            rest = remainder;
        }
        result + rest
    }
}

/// The name and argument of an intrinsic function, if the value is one.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

fn is_allowed(value: &str, parameter: &Value) -> bool {
    let bound = |name: &str| parameter[name].as_f64();
    let length = value.chars().count() as f64;
    if parameter["Type"] == "Number" {
        let Ok(number) = value.parse::<f64>() else { return false };
        if bound("MinValue").is_some_and(|least| number < least)
            || bound("MaxValue").is_some_and(|most| number > most)
        {
            return false;
        }
    } else if bound("MinLength").is_some_and(|least| length < least)
        || bound("MaxLength").is_some_and(|most| length > most)
    {
        return false;
    }
    let pattern = parameter["AllowedPattern"].as_str().map(pattern);
    let values: Option<BTreeSet<String>> =
        parameter["AllowedValues"].as_array().map(|values| values.iter().map(text).collect());
    // That of a list is for each of its members.
    let members: Vec<&str> =
        if parameter["Type"] == "CommaDelimitedList" { value.split(',').collect() } else { vec![value] };
    pattern.is_none_or(|pattern| members.iter().all(|member| pattern.is_match(member.as_bytes()).unwrap()))
        && values.is_none_or(|values| values.contains(value))
}

/// A pattern as CloudFormation takes it: Java's, which looks ahead, and whose classes are those of ASCII.
fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).bytes_mode(BytesMode::Ascii).build().unwrap()
}

fn joined(members: &Value, delimiter: &str) -> String {
    members.as_array().expect("a list is joined").iter().map(text).collect::<Vec<_>>().join(delimiter)
}

/// The text of a scalar.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => panic!("no text: {value}"),
    }
}

fn pseudo_parameters() -> BTreeMap<String, String> {
    let values = json!({
        "AWS::AccountId": "111122223333",
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/trailbell/1234abcd-12ab-34cd-56ef-1234567890ab",
        "AWS::StackName": "trailbell",
        "AWS::URLSuffix": "amazonaws.com",
    });
    values.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
