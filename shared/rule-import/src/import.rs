//! From sources to a rule file, step by step: the entry point of the crate. Each kind of input is read in a module of
//! its own.

use std::collections::{BTreeMap, BTreeSet};

use rules::{RULE_LIMIT, RuleSet};

use crate::{
    Omission, ReadError, SourceLocation, alarm, cloudformation,
    contents::{self, Contents},
    document, filter,
    filter::Filter,
    join::{counted, join},
    joined::JoinedRule,
    listing, metric_sets,
    node::Position,
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
    /// Where the entries of the rules end in the text, in the order of the rules.
    ends: Vec<usize>,
}

impl Import {
    /// The text of the rule file with further keys at the end of each rule for which `keys` has some, by the number of
    /// the rule: lines that are indented by four spaces and end with a line break.
    #[must_use]
    pub fn text_with(&self, keys: impl Fn(usize) -> Option<String>) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut from = 0;
        for (number, end) in self.ends.iter().enumerate() {
            out.push_str(self.text.get(from..*end).unwrap_or_default());
            out.push_str(&keys(number).unwrap_or_default());
            from = *end;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        out
    }
}

/// Why no rule file was made: no source can be read. There is at least one error.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", counted(.0.len(), "source", "sources"))]
pub struct Unreadable(pub Vec<ReadError>);

/// Makes one rule file from all sources that can be read.
///
/// # Errors
///
/// [`Unreadable`] with an error for every source if none can be read.
pub fn import(sources: &[Source<'_>], options: &Options) -> Result<Import, Unreadable> {
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
    let mut filters = shared_metric::merge(filters, &mut omissions);
    let surplus = filters.split_off(filters.len().min(RULE_LIMIT));
    if let Some(first) = surplus.first() {
        left_out((first.position, &first.subject), surplus.len(), RULE_LIMIT, &mut omissions);
    }
    let rules = join(filters, alarms, &mut omissions);
    let rules: Vec<_> =
        rules.into_iter().map(|rule| (omissions.location(rule.filter.position), rule)).collect();
    let is_accepted = |text: &str| RuleSet::parse("the imported rules", text).is_ok();
    let Written { text, ends, omissions } = written(&rules, &omissions, options.alerts, is_accepted);
    Ok(Import { text, rules: ends.len(), omissions, unreadable, ends })
}

/// Reports that a filter and those behind it do not fit into a rule file.
fn left_out((position, subject): (Position, &str), number: usize, room: usize, omissions: &mut Omissions) {
    let filters = counted(number, "filter is", "filters are");
    let message = format!(
        "{filters} left out from here on, because a rule file has room for {room} of them: import fewer sources at a time"
    );
    omissions.add(OmissionCode::TooManyRules, position, subject, message);
}

/// A rule file.
struct Written {
    text: String,
    /// Where the entry of each rule ends.
    ends: Vec<usize>,
    omissions: Vec<Omission>,
}

/// The rule file with as many rules as a rule set has room for, which `is_accepted` says.
fn written(
    rules: &[(SourceLocation, JoinedRule)],
    omissions: &Omissions,
    alerts: bool,
    is_accepted: impl Fn(&str) -> bool,
) -> Written {
    let first = |kept: usize| {
        let (rules, others) = rules.split_at_checked(kept).unwrap_or((rules, &[]));
        let mut omissions = omissions.clone();
        if let Some((_, JoinedRule { filter, .. })) = others.first() {
            left_out((filter.position, &filter.subject), others.len(), kept, &mut omissions);
        }
        let omissions = omissions.into_omissions();
        let (text, ends) = document::of_all(rules, &omissions, alerts);
        Written { text, ends, omissions }
    };
    let fits = |written: &Written| written.text.is_empty() || is_accepted(&written.text);
    let mut best = first(rules.len());
    if fits(&best) {
        return best;
    }
    best = first(0);
    let mut refused = rules.len();
    while refused - best.ends.len() > 1 {
        let middle = first(best.ends.len().midpoint(refused));
        if fits(&middle) {
            best = middle;
        } else {
            refused = middle.ends.len();
        }
    }
    best
}

type Read = (Vec<(usize, Contents)>, Vec<ReadError>);

fn read_all(sources: &[Source<'_>]) -> Result<Read, Unreadable> {
    let mut contents = Vec::new();
    let mut errors = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        match contents::read(file, source) {
            Ok(read) => contents.extend(read.into_iter().map(|contents| (file, contents))),
            Err(error) => errors.push(error),
        }
    }
    if contents.is_empty() && !errors.is_empty() {
        return Err(Unreadable(errors));
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
            Contents::Terraform { body, is_json, divided } => {
                let parsed = |source: &Source<'s>| ParsedFile {
                    index: *file,
                    source: Source { name: source.name, text: divided.as_deref().unwrap_or(source.text) },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Metric;

    fn rule(number: usize) -> (SourceLocation, JoinedRule) {
        let name = format!("f{number}");
        let metric = Metric {
            namespace: "N".to_owned(),
            name: name.clone(),
            value: "1".to_owned(),
            default_value: None,
            unit: None,
            dimensions: Vec::new(),
        };
        let filter = Filter {
            subject: name.clone(),
            position: Position::of_file(0),
            name: None,
            pattern: "x".to_owned(),
            metric,
            log_group: None,
            is_listed: false,
        };
        let location = SourceLocation { source_name: "t.tf".to_owned(), line_and_column: None };
        (location, JoinedRule { id: name, description: None, filter, alarms: Vec::new() })
    }

    #[test]
    fn of_more_rules_than_fit_the_first_ones_are_written_and_the_others_are_named() {
        let rules: Vec<_> = (0..100).map(rule).collect();
        let omissions = Omissions::new(vec!["t.tf".to_owned()]);
        for room in [0, 1, 37, 99, 100, 101] {
            let is_accepted = |text: &str| text.matches("- id: ").count() <= room;
            let written = written(&rules, &omissions, false, is_accepted);
            let kept = room.min(100);
            assert_eq!(written.ends.len(), kept, "{room}");
            assert_eq!(written.text.matches("- id: ").count(), kept, "{room}");
            assert_eq!(written.ends.last().copied().unwrap_or(0), written.text.len(), "{room}");
            let messages: Vec<String> = written.omissions.iter().map(ToString::to_string).collect();
            if kept == 100 {
                assert_eq!(messages, Vec::<String>::new());
            } else {
                let noun = if kept == 99 { "filter is" } else { "filters are" };
                let start = format!("t.tf: f{kept}: {} {noun} left out from here on, ", 100 - kept);
                assert!(
                    messages[0].starts_with(&start) && messages[0].ends_with("[too-many-rules]"),
                    "{messages:?}"
                );
            }
        }
    }
}
