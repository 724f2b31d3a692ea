//! The documents: their links lead somewhere, and the commands of the page on migration work in its order.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{command, write};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The Markdown files of a folder and those below it.
fn pages(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            self::pages(&path, pages);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    })
}

/// The targets of the links in a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchors of a page, as GitHub makes them of its headings.
fn anchors(text: &str) -> HashSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let slug = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_between_documents_leads_to_a_file_and_a_heading() {
    let mut all: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
            .map(|name| root().join(name))
            .to_vec();
    for folder in ["docs", "infra", "samples"] {
        pages(&root().join(folder), &mut all);
    }
    let mut checked = 0;
    let mut broken = Vec::new();
    for page in &all {
        let text = fs::read_to_string(page).unwrap();
        for link in prose(&text).flat_map(links).filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let is_there = anchor.is_empty() && target.exists()
                || fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {link}", page.display()));
            }
            checked += 1;
        }
    }
    assert!(checked > 80, "only {checked} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_commands_of_the_page_on_migration_work_in_their_order() {
    const FILTERS: &str = r#"{ "metricFilters": [{
        "filterName": "a", "filterPattern": "{ $.eventName = StopLogging }", "logGroupName": "g",
        "metricTransformations": [{ "metricName": "A", "metricNamespace": "B", "metricValue": "1" }] }] }"#;
    const ALARMS: &str = r#"{ "MetricAlarms": [{
        "AlarmName": "a", "MetricName": "A", "Namespace": "B", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching" }] }"#;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "filters.json", FILTERS);
    write(folder.path(), "alarms.json", ALARMS);
    let samples = root().join("samples");
    let page = fs::read_to_string(root().join("docs/how-to/migrate-from-metric-filters.md")).unwrap();
    let lines: Vec<_> = page.lines().filter_map(|line| line.trim().strip_prefix("trailbell ")).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for line in lines {
        let (line, output) = line.split_once(" > ").unwrap_or((line, ""));
        let words =
            line.split(' ').map(|word| if word == "AWSLogs/" { samples.to_str().unwrap() } else { word });
        let result = command().args(words).current_dir(folder.path()).output().unwrap();
        assert_eq!(result.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&result.stderr));
        if !output.is_empty() {
            write(folder.path(), output, result.stdout);
        }
    }
}
