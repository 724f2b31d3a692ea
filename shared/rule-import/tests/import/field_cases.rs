//! The inputs from the field that lie beside the repository, if they are there.

use std::path::{Path, PathBuf};

use rule_import::{OmissionCode, Options};

use crate::support::{Imported, given, import_all};

/// Imports files of the folder with field cases; `None` if it is not there.
fn case(names: &[&str], options: &Options) -> Option<Imported> {
    let folder: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/field-cases/import");
    let mut sources = Vec::new();
    for name in names {
        sources.push((*name, std::fs::read_to_string(folder.join(name)).ok()?));
    }
    let sources: Vec<_> = sources.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Some(import_all(&sources, options))
}

#[test]
fn what_a_source_determines_is_carried() {
    let workspace = Options { workspace: Some("core".to_owned()), ..Options::default() };
    let variable = Options { variables: given([("event", "StopLogging")]), ..Options::default() };
    let trail = Options { log_groups: ["trail".to_owned()].into(), ..Options::default() };
    let stack = Options {
        parameters: given([("AlertStack", "alerts"), ("AWS::StackName", "Stack")]),
        ..Options::default()
    };
    let plain = Options::default();
    for (names, options, rules, alarms) in [
        (&["splat-legacy.tf"][..], &plain, 1, 1),
        (&["one-splat.tf"], &plain, 1, 1),
        (&["one-transformation.tf"], &plain, 1, 1),
        (&["quoted-type.tf"], &variable, 1, 0),
        (&["workspace.tf"], &workspace, 1, 0),
        (&["called-module/main.tf", "called-module/child/main.tf"], &plain, 2, 0),
        (&["stack-in-terraform.tf"], &plain, 2, 0),
        (&["other-log-groups.json"], &trail, 1, 0),
        (&["json-comment-comma.json"], &plain, 1, 0),
        (&["get-template.json"], &plain, 1, 0),
        (&["get-template-string.json"], &plain, 1, 0),
        (&["query-list.json"], &plain, 1, 0),
        (&["terraform-json.tf.json"], &plain, 1, 0),
        (&["state.tfstate"], &plain, 1, 0),
        (&["serverless.yml"], &plain, 1, 0),
        (&["lza.yaml"], &plain, 1, 1),
        (&["empty-action.yaml"], &plain, 1, 1),
        (&["condition-off.yaml"], &stack, 1, 0),
        (&["term-with-dot.yaml"], &plain, 1, 0),
    ] {
        let Some(imported) = case(names, options) else { return };
        assert_eq!(imported.lost(), Vec::<String>::new(), "{names:?}");
        let with_alarm = imported.rules.iter().filter(|rule| rule.alarm.is_some()).count();
        assert_eq!((imported.rules.len(), with_alarm), (rules, alarms), "{names:?}");
    }
}

#[test]
fn what_a_source_does_not_determine_is_named_with_the_way_out() {
    for (names, rules, part) in [
        (&["label-module-enabled.tf"][..], 0, "`terraform show -json`"),
        (&["called-module-has-pattern.tf"], 1, "`terraform show -json`"),
        (&["called-module/main.tf"], 0, "import the files of its folder as well"),
        (&["workspace.tf"], 0, "`--workspace NAME`"),
        (&["quoted-type.tf"], 0, "`--var event=VALUE`"),
        (&["other-log-groups.json"], 0, "`--log-group NAME`"),
        (&["catalog.yaml"], 1, "` is missing"),
    ] {
        let Some(imported) = case(names, &Options::default()) else { return };
        let lost = imported.lost().join("\n");
        assert!(lost.contains(part), "{names:?}: {lost}");
        assert_eq!(imported.rules.len(), rules, "{names:?}");
    }
}

#[test]
fn a_condition_that_is_false_names_the_parameter_that_changes_it() {
    let Some(imported) = case(&["condition-off.yaml"], &Options::default()) else { return };
    let notes = imported.of_code(OmissionCode::SwitchedOff);
    assert!(notes[0].contains("`--parameter AlertStack=VALUE`"), "{notes:?}");
}
