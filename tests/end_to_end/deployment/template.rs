//! `infra/template.yaml` as packaging leaves it, but for the time between two looks at the rule file.

use std::path::Path;

use super::stack::{ARTIFACTS, package_key};

/// The functions by their logical ids.
const PACKAGES: [(&str, &str); 2] =
    [("LogProcessor", "log-processor"), ("AlarmReconciler", "alarm-reconciler")];

/// The template with the packages as the code, and with a log processor that looks at the rule file every second.
pub(super) fn template() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("infra/template.yaml");
    let mut template = std::fs::read_to_string(path).unwrap();
    for (function, package) in PACKAGES {
        let uri = format!("CodeUri: s3://{ARTIFACTS}/{}", package_key(package));
        template = with_line(&template, function, "CodeUri:", |_| vec![uri]);
    }
    with_line(&template, "LogProcessor", "TRAILBELL_RULES:", |line| {
        vec!["TRAILBELL_RULES_CHECK_SECONDS: '1'".to_owned(), line.to_owned()]
    })
}

/// The template with others in place of the only line of a resource that begins with `start`. Lines come and go without
/// their indentation, which stays.
fn with_line(
    template: &str,
    resource: &str,
    start: &str,
    others: impl FnOnce(&str) -> Vec<String>,
) -> String {
    let head = format!("  {resource}:");
    let mut lines: Vec<String> = template.lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| *line == head).unwrap_or_else(|| panic!("no `{resource}`"));
    let is_inside = |line: &&String| line.is_empty() || line.starts_with("   ") || line.starts_with("  #");
    let count = lines[first + 1..].iter().take_while(is_inside).count();
    let found: Vec<usize> =
        (first + 1..=first + count).filter(|index| lines[*index].trim_start().starts_with(start)).collect();
    let [index] = found[..] else { panic!("{} lines `{start}` in `{resource}`", found.len()) };
    let (indent, line) = lines[index].split_at(lines[index].len() - lines[index].trim_start().len());
    let others: Vec<String> = others(line).into_iter().map(|other| format!("{indent}{other}")).collect();
    lines.splice(index..=index, others);
    lines.join("\n") + "\n"
}
