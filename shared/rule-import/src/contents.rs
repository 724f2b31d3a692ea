//! Detects the language and the kind of a source by its contents, regardless of its name. Nothing is evaluated here.

use hcl_edit::{parser::parse_body, structure::Body};

use crate::{
    ReadError, Source, SourceLocation, SyntaxError,
    language::{Language, json, language, template},
    limits::SOURCE_BYTES,
    listing, metric_sets,
    node::{Node, Value},
    terraform, yaml,
};

/// The contents of a source.
#[derive(Debug)]
pub(crate) enum Contents {
    /// A CloudFormation or SAM template.
    Template(Node),
    /// A configuration of the Serverless Framework, which contains a template.
    Serverless(Node),
    /// A configuration of the Landing Zone Accelerator, with sets of metrics and alarms.
    MetricSets(Node),
    /// A catalog of metrics with their patterns and alarms, as some Terraform modules take it.
    Catalog(Node),
    /// Output of describe-metric-filters or describe-alarms.
    Listing(Node),
    /// A Terraform plan or state, as printed by `terraform show -json`.
    Plan(Node),
    /// A Terraform state, as it is stored.
    State(Node),
    /// A file of a Terraform module, or a file with values of its variables.
    Terraform {
        body: Body,
        is_json: bool,
        /// What was parsed, if it is not the source as it is.
        divided: Option<String>,
    },
}

/// Reads a source. Most sources contain a single document; JSON may contain several listings.
pub(crate) fn read(file: usize, source: &Source<'_>) -> Result<Vec<Contents>, ReadError> {
    let location = || SourceLocation { source_name: source.name.to_owned(), line_and_column: None };
    let bytes = source.text.len();
    if bytes > SOURCE_BYTES {
        return Err(ReadError::TooLarge { location: location(), bytes, allowed: SOURCE_BYTES });
    }
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
    let trees = match language(text) {
        Language::Hcl => {
            return hcl(source.name, text).map(|contents| vec![contents]);
        }
        Language::Json => json(file, source.name, text)?,
        Language::Yaml => yaml::read(file, source.name, text)?,
    };
    if trees.is_empty() {
        return Err(ReadError::NotRecognised { location: location() });
    }
    trees
        .into_iter()
        .map(|tree| {
            recognised(source.name, tree).ok_or_else(|| ReadError::NotRecognised { location: location() })
        })
        .collect()
}

fn hcl(name: &str, text: &str) -> Result<Contents, ReadError> {
    if let Some(divided) = terraform::divided(text)
        && let Ok(body) = parse_body(&divided)
    {
        return Ok(Contents::Terraform { body, is_json: false, divided: Some(divided) });
    }
    let body = parse_body(text).map_err(|cause| {
        let at = cause.location();
        ReadError::Syntax {
            location: SourceLocation::in_lines(name, text.split('\n'), at.line(), at.column()),
            language: "Terraform",
            cause: SyntaxError::Hcl(cause),
        }
    })?;
    Ok(Contents::Terraform { body, is_json: false, divided: None })
}

/// Whether a template is a file of resources for the Serverless Framework, which has variables of its own.
fn has_serverless_variables(node: &Node) -> bool {
    let is_one =
        |text: &str| ["${self:", "${opt:", "${param:", "${sls:"].iter().any(|one| text.contains(one));
    match &node.value {
        Value::Text(text) => is_one(text),
        Value::List(items) => items.iter().any(has_serverless_variables),
        Value::Map(entries) => entries.iter().any(|(_, node)| has_serverless_variables(node)),
        Value::Null | Value::Unknown(_) => false,
    }
}

fn recognised(name: &str, tree: Node) -> Option<Contents> {
    // The output of `aws cloudformation get-template`, in which a YAML template is a text.
    let body = tree.get("TemplateBody");
    if let Some(text) = body.unwrap_or(&tree).as_text() {
        return template(text).map(|tree| Contents::Template(tree.without_positions()));
    }
    if let Some(body) = body {
        return recognised(name, body.clone());
    }
    let has = |key: &str| tree.get(key).is_some();
    if has("Resources") && has_serverless_variables(&tree) {
        return Some(Contents::Serverless(Node::map(vec![("resources".to_owned(), tree)])));
    }
    if has("Resources") {
        return Some(Contents::Template(tree));
    }
    if has("metricFilters") || has("MetricAlarms") || has("CompositeAlarms") || listing::is_item(&tree) {
        return Some(Contents::Listing(tree));
    }
    if tree.as_list().is_some_and(|items| !items.is_empty() && items.iter().all(listing::is_item)) {
        return Some(Contents::Listing(tree));
    }
    if has("planned_values") || has("values") {
        return Some(Contents::Plan(tree));
    }
    if has("terraform_version") && tree.get("resources").and_then(Node::as_list).is_some() {
        return Some(Contents::State(tree));
    }
    if has("service") && (has("provider") || has("resources")) {
        return Some(Contents::Serverless(tree));
    }
    if tree.get("cloudWatch").is_some_and(metric_sets::is_configuration) {
        return Some(Contents::MetricSets(tree));
    }
    if metric_sets::is_catalog(&tree) {
        return Some(Contents::Catalog(tree));
    }
    let body = if name.ends_with(".tfvars.json") {
        terraform::body_of_values(&tree)
    } else {
        terraform::body_of_module(&tree)
    };
    body.map(|body| Contents::Terraform { body, is_json: true, divided: None })
}
