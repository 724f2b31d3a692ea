//! From sources to a rule file, step by step: the entry point of the crate. Each kind of input is read in a module of
//! its own.

use std::collections::{BTreeMap, BTreeSet};

use rules::{Diagnostics, RuleSet};

use crate::{
    Omission, ReadError, alarm, cloudformation,
    contents::{self, Contents},
    document, filter,
    filter::Filter,
    join::{counted, join},
    listing, metric_sets,
    omission::{OmissionCode, Omissions},
    resource::{Resource, ResourceKind},
    shared_metric,
    source::Source,
    terraform::{self, ParsedFile},
};

/// Options of an import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of CloudFormation parameters, and of pseudo parameters such as `AWS::Region`.
    pub parameters: BTreeMap<String, String>,
    /// Values of Terraform variables, in the syntax of `terraform plan -var`.
    pub variables: BTreeMap<String, String>,
    /// The name of the Terraform workspace, if modules ask for it.
    pub workspace: Option<String>,
    /// The log groups whose filters are imported; if empty, the filters of all log groups. A listing of several log
    /// groups is only imported if some are chosen, because a listing contains every filter of an account.
    pub log_groups: BTreeSet<String>,
    /// Whether the rules send alerts for their findings, which metric filters cannot do.
    pub alerts: bool,
}

/// A rule file, and what it could not take over from the input.
#[derive(Debug)]
pub struct Import {
    /// The text of the rule file; empty if there are no rules.
    pub text: String,
    /// The number of rules in it.
    pub rules: usize,
    /// Everything that it does not express; losses come first.
    pub omissions: Vec<Omission>,
    /// The sources that could not be read, of which the rules contain nothing.
    pub unreadable: Vec<ReadError>,
}

/// Why no rule file was made.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No source can be read; at least one error.
    #[error("{} cannot be read", counted(.0.len(), "source", "sources"))]
    Unreadable(Vec<ReadError>),
    /// Each rule is valid, but together they exceed a limit of a rule set.
    #[error("together, the rules exceed a limit of a rule set; import fewer sources at a time")]
    Refused(#[source] Diagnostics),
}

/// Makes one rule file from all sources that can be read.
///
/// # Errors
///
/// [`ImportError::Unreadable`] with an error for every source if none can be read, [`ImportError::Refused`] if the
/// rules together exceed a limit of a rule set.
pub fn import(sources: &[Source<'_>], options: &Options) -> Result<Import, ImportError> {
    let (contents, unreadable) = read_all(sources)?;
    let mut omissions = Omissions::new(sources.iter().map(|source| source.name.to_owned()).collect());
    let resources = resources(sources, &contents, options, &mut omissions);
    let mut filters = Vec::new();
    let mut alarms = Vec::new();
    for resource in &resources {
        match resource.kind {
            ResourceKind::MetricFilter => filters.extend(filter::read(resource, &mut omissions)),
            ResourceKind::MetricAlarm => {
                alarms.extend(alarm::read(resource, &mut omissions).map(|alarm| (resource, alarm)));
            }
            ResourceKind::CompositeAlarm => {
                let message = "a composite alarm watches other alarms, but a rule's alarm watches its metric";
                omissions.add(OmissionCode::CompositeAlarm, resource.position, &resource.name, message);
            }
        }
    }
    let filters = one_log_group_of_listings(filters, &options.log_groups, &mut omissions);
    let filters = of_log_groups(filters, &options.log_groups, &mut omissions);
    report_log_groups(&filters, &mut omissions);
    let filters = shared_metric::merge(filters, &mut omissions);
    let rules = join(filters, alarms, &mut omissions);
    let rules: Vec<_> =
        rules.into_iter().map(|rule| (omissions.location(rule.filter.position), rule)).collect();
    let omissions = omissions.into_omissions();
    if rules.is_empty() {
        return Ok(Import { text: String::new(), rules: 0, omissions, unreadable });
    }
    let text = document::of_all(&rules, &omissions, options.alerts);
    RuleSet::parse("the imported rules", &text).map_err(ImportError::Refused)?;
    Ok(Import { text, rules: rules.len(), omissions, unreadable })
}

type Read = (Vec<(usize, Contents)>, Vec<ReadError>);

fn read_all(sources: &[Source<'_>]) -> Result<Read, ImportError> {
    let mut contents = Vec::new();
    let mut errors = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        match contents::read(file, source) {
            Ok(read) => contents.extend(read.into_iter().map(|contents| (file, contents))),
            Err(error) => errors.push(error),
        }
    }
    if contents.is_empty() && !errors.is_empty() {
        return Err(ImportError::Unreadable(errors));
    }
    Ok((contents, errors))
}

/// The folders of Terraform modules that the sources call by a local path, written with forward slashes. Their files
/// are needed to expand the calls.
#[must_use]
pub fn called_folders(sources: &[Source<'_>]) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for (file, source) in sources.iter().enumerate() {
        for contents in contents::read(file, source).unwrap_or_default() {
            if let Contents::Terraform { body, .. } = contents {
                folders.extend(terraform::local_calls(source.name, &body));
            }
        }
    }
    folders
}

/// The filters and alarms of all sources. Terraform modules come last, because all of their files must be known.
fn resources<'s>(
    sources: &[Source<'s>],
    contents: &'s [(usize, Contents)],
    options: &Options,
    omissions: &mut Omissions,
) -> Vec<Resource> {
    let mut resources = Vec::new();
    let mut parameters = BTreeSet::new();
    let mut bodies = Vec::new();
    let values = &options.parameters;
    for (file, contents) in contents {
        match contents {
            Contents::Template(tree) => {
                resources.extend(cloudformation::resources(tree, *file, values, &mut parameters, omissions));
            }
            Contents::Serverless(tree) => {
                let template = cloudformation::template_of_serverless(tree, *file, values, omissions);
                resources.extend(cloudformation::resources(
                    &template,
                    *file,
                    values,
                    &mut parameters,
                    omissions,
                ));
            }
            Contents::MetricSets(tree) => resources.extend(metric_sets::resources(tree, *file)),
            Contents::Catalog(tree) => resources.extend(metric_sets::catalog_resources(tree, *file)),
            Contents::Listing(tree) => resources.extend(listing::resources(tree, *file, omissions)),
            Contents::Plan(tree) => resources.extend(terraform::plan_resources(tree, *file)),
            Contents::State(tree) => resources.extend(terraform::state_resources(tree, *file)),
            Contents::Terraform { body, is_json } => {
                let parsed = |source: &Source<'s>| ParsedFile {
                    index: *file,
                    source: *source,
                    body,
                    is_json: *is_json,
                };
                bodies.extend(sources.get(*file).map(parsed));
            }
        }
    }
    for name in options.parameters.keys().filter(|name| !name.contains(':') && !parameters.contains(*name)) {
        omissions
            .add_general(OmissionCode::UnusedValue, format!("no template declares a parameter `{name}`"));
    }
    let given = terraform::Given {
        variables: &options.variables,
        parameters: &options.parameters,
        workspace: options.workspace.as_deref(),
    };
    resources.extend(terraform::resources(&bodies, given, omissions));
    resources
}

/// Leaves out the filters of listings if they read several log groups and none is chosen.
fn one_log_group_of_listings(
    filters: Vec<Filter>,
    wanted: &BTreeSet<String>,
    omissions: &mut Omissions,
) -> Vec<Filter> {
    let mut groups = BTreeMap::<String, usize>::new();
    for filter in filters.iter().filter(|filter| filter.is_listed) {
        *groups.entry(filter.log_group.clone().unwrap_or_default()).or_default() += 1;
    }
    if !wanted.is_empty() || groups.len() < 2 {
        return filters;
    }
    for (group, filters) in groups {
        let filters = counted(filters, "filter reads", "filters read");
        let message = format!(
            "{filters} the log group `{group}`, and other filters read other log groups: choose the log group of the \
             trail with `--log-group NAME`"
        );
        omissions.add_general(OmissionCode::SeveralLogGroups, message);
    }
    filters.into_iter().filter(|filter| !filter.is_listed).collect()
}

/// The filters of the requested log groups.
fn of_log_groups(filters: Vec<Filter>, wanted: &BTreeSet<String>, omissions: &mut Omissions) -> Vec<Filter> {
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
                let message = "its log group is only known after deployment: import it without `--log-group`";
                omissions.add(OmissionCode::UnknownValue, filter.position, &filter.subject, message);
            }
        }
    }
    for (group, filters) in others {
        let filters = counted(filters, "filter reads", "filters read");
        omissions.add_general(
            OmissionCode::OtherLogGroup,
            format!("{filters} the log group `{group}`, which was not requested"),
        );
    }
    kept
}

/// Reports which log groups the filters read, because rules do not read log groups.
fn report_log_groups(filters: &[Filter], omissions: &mut Omissions) {
    let mut groups = BTreeMap::<Option<&str>, usize>::new();
    for filter in filters {
        *groups.entry(filter.log_group.as_deref()).or_default() += 1;
    }
    let advice = if groups.len() > 1 { "; to import the filters of one, use `--log-group NAME`" } else { "" };
    for (group, filters) in groups {
        let group = group.map_or_else(
            || "a log group that is only known after deployment".to_owned(),
            |group| format!("the log group `{group}`"),
        );
        let filters = counted(filters, "filter reads", "filters read");
        let message = format!("{filters} {group}, but rules evaluate every record of the trail{advice}");
        omissions.add_general(OmissionCode::LogGroup, message);
    }
}
