//! The way from sources to a rule file, step by step.

use std::collections::{BTreeMap, BTreeSet};

use rules::{Diagnostics, RuleSet};

use crate::{
    Omission, ReadError, alarm, cloudformation, document, filter,
    filter::Filter,
    join::{counted, join},
    listing,
    omission::{Code, Report},
    resource::{Kind, Resource},
    shared_metric,
    source::{self, Contents},
    terraform,
};

/// A source and the name by which its faults are told, most often the path of a file.
///
/// The files of a Terraform module are those whose names have the same folder.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// The name.
    pub name: &'t str,
    /// The contents.
    pub text: &'t str,
}

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of CloudFormation parameters, and of pseudo parameters such as `AWS::Region`.
    pub parameters: BTreeMap<String, String>,
    /// Values of Terraform variables, as `terraform plan -var` takes them.
    pub variables: BTreeMap<String, String>,
    /// The log groups whose filters are imported; without any, those of all.
    pub log_groups: BTreeSet<String>,
    /// Whether each rule sends an alert for what it finds, which no metric filter does.
    pub alerts: bool,
}

/// A rule file, and what it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The rule file; empty if there is no rule.
    pub text: String,
    /// How many rules it has.
    pub rules: usize,
    /// What it does not say: what is lost first.
    pub omissions: Vec<Omission>,
}

/// Why there is no rule file at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Sources that cannot be read; at least one.
    #[error("{} cannot be read", counted(.0.len(), "source", "sources"))]
    Unreadable(Vec<ReadError>),
    /// Rules that are accepted one by one and not together, because of a limit of the rule set.
    #[error("the rules are too many or too large for one rule set")]
    Refused(#[source] Diagnostics),
}

/// Makes a rule file of all sources together.
///
/// # Errors
///
/// [`ImportError::Unreadable`] with every source that cannot be read, [`ImportError::Refused`] where the rules pass a
/// limit of the rule set together.
pub fn import(sources: &[Source<'_>], options: &Options) -> Result<Import, ImportError> {
    let contents = read_all(sources)?;
    let mut report = Report::new(sources.iter().map(|source| source.name.to_owned()).collect());
    let resources = resources(sources, &contents, options, &mut report);
    let mut filters = Vec::new();
    let mut alarms = Vec::new();
    for resource in &resources {
        match resource.kind {
            Kind::MetricFilter => filters.extend(filter::read(resource, &mut report)),
            Kind::MetricAlarm => {
                alarms.extend(alarm::read(resource, &mut report).map(|alarm| (resource, alarm)));
            }
            Kind::CompositeAlarm => {
                let message = "a composite alarm looks at other alarms, and a rule's at its metric";
                report.add(Code::CompositeAlarm, resource.position, &resource.name, message);
            }
        }
    }
    let filters = of_log_groups(filters, &options.log_groups, &mut report);
    report_log_groups(&filters, &mut report);
    let filters = shared_metric::merge(filters, &mut report);
    let rules = join(filters, alarms, &mut report);
    let rules: Vec<_> = rules.into_iter().map(|rule| (report.place(rule.filter.position), rule)).collect();
    let omissions = report.into_omissions();
    if rules.is_empty() {
        return Ok(Import { text: String::new(), rules: 0, omissions });
    }
    let text = document::of_all(&rules, &omissions, options.alerts);
    RuleSet::parse("the imported rules", &text).map_err(ImportError::Refused)?;
    Ok(Import { text, rules: rules.len(), omissions })
}

fn read_all(sources: &[Source<'_>]) -> Result<Vec<(usize, Contents)>, ImportError> {
    let mut contents = Vec::new();
    let mut errors = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        match source::read(file, source) {
            Ok(read) => contents.extend(read.into_iter().map(|contents| (file, contents))),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(contents) } else { Err(ImportError::Unreadable(errors)) }
}

/// The filters and alarms of all sources, those of Terraform's modules last.
fn resources(
    sources: &[Source<'_>],
    contents: &[(usize, Contents)],
    options: &Options,
    report: &mut Report,
) -> Vec<Resource> {
    let mut resources = Vec::new();
    let mut parameters = BTreeSet::new();
    let mut bodies = Vec::new();
    for (file, contents) in contents {
        match contents {
            Contents::Template(tree) => {
                let values = &options.parameters;
                resources.extend(cloudformation::resources(tree, *file, values, &mut parameters, report));
            }
            Contents::Listing(tree) => resources.extend(listing::resources(tree, *file, report)),
            Contents::Plan(tree) => resources.extend(terraform::plan_resources(tree, *file)),
            Contents::Terraform(body) => {
                bodies.extend(sources.get(*file).map(|source| (*file, *source, body)))
            }
        }
    }
    for name in
        options.parameters.keys().filter(|name| !name.starts_with("AWS::") && !parameters.contains(*name))
    {
        report.add_general(Code::UnusedValue, format!("no template has a parameter `{name}`"));
    }
    resources.extend(terraform::resources(&bodies, &options.variables, report));
    resources
}

/// The filters of the log groups that were asked for.
fn of_log_groups(filters: Vec<Filter>, wanted: &BTreeSet<String>, report: &mut Report) -> Vec<Filter> {
    if wanted.is_empty() {
        return filters;
    }
    let mut others = BTreeMap::<String, usize>::new();
    let mut kept = Vec::new();
    for filter in filters {
        match &filter.log_group {
            Some(group) if wanted.contains(group) => kept.push(filter),
            Some(group) => *others.entry(group.clone()).or_default() += 1,
            None => {
                let message = "its log group is known when it is deployed: import without `--log-group`";
                report.add(Code::UnknownValue, filter.position, &filter.subject, message);
            }
        }
    }
    for (group, filters) in others {
        let filters = counted(filters, "filter reads", "filters read");
        report.add_general(
            Code::OtherLogGroup,
            format!("{filters} the log group `{group}`, which was not asked for"),
        );
    }
    kept
}

/// Says which log groups the filters read, since rules read none.
fn report_log_groups(filters: &[Filter], report: &mut Report) {
    let mut groups = BTreeMap::<Option<&str>, usize>::new();
    for filter in filters {
        *groups.entry(filter.log_group.as_deref()).or_default() += 1;
    }
    let advice = if groups.len() > 1 { "; `--log-group NAME` imports those of one" } else { "" };
    for (group, filters) in groups {
        let group = group.map_or_else(
            || "a log group that only the deployment knows".to_owned(),
            |group| format!("the log group `{group}`"),
        );
        let filters = counted(filters, "filter reads", "filters read");
        let message = format!("{filters} {group}; rules look at every record of the trail{advice}");
        report.add_general(Code::LogGroup, message);
    }
}
