//! The profiles of `samconfig.toml` and the examples of `docs/deploy.md` deploy: each is accepted, but for what only the
//! user knows.

use std::fs;

use super::resolver::Stack;
use super::tools::{root, transformed};

/// The parameters of a profile, read from the lines of its section.
fn parameters(profile: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("samconfig.toml")).unwrap();
    let section = text.split(&format!("[{profile}.deploy.parameters]")).nth(1).expect("a profile");
    let list = section.split("parameter_overrides = [").nth(1).unwrap().split(']').next().unwrap();
    let pairs = list.lines().filter_map(|line| line.trim().trim_matches([',', '"']).split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn refusals(profile: &str, own: &[(&str, &str)]) -> Vec<String> {
    let parameters = parameters(profile);
    assert!(parameters.len() > 3, "{profile} has no parameters");
    let mut given: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    given.extend(own);
    Stack::of(transformed(), &given).refusals()
}

#[test]
fn the_profiles_are_accepted() {
    assert_eq!(refusals("sandbox", &[]), Vec::<String>::new());
    assert_eq!(refusals("account", &[]), Vec::<String>::new());
    assert_eq!(refusals("organization", &[("OrganizationId", "o-exampleorgid")]), Vec::<String>::new());
}

/// The parameters of each `sam deploy` in the documentation, which may go on over several lines.
fn examples() -> Vec<Vec<(String, String)>> {
    let page = fs::read_to_string(root().join("docs/deploy.md")).unwrap().replace("\\\n", " ");
    let commands = page.lines().map(str::trim).filter(|line| line.starts_with("sam deploy"));
    let overrides = commands.filter_map(|command| command.split_once("--parameter-overrides"));
    let parameters = overrides.map(|(_, words)| {
        let pairs = words.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    });
    parameters.collect()
}

#[test]
fn the_examples_of_the_documentation_are_accepted() {
    let examples = examples();
    assert!(examples.len() >= 4, "{examples:?}");
    for example in examples {
        let given: Vec<(&str, &str)> =
            example.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert!(!given.is_empty());
        assert_eq!(Stack::of(transformed(), &given).refusals(), Vec::<String>::new(), "{given:?}");
    }
}

/// `output NAME` in a command and "the output `NAME`" in the text.
#[test]
fn the_outputs_that_the_documentation_names_are_there() {
    let outputs = transformed()["Outputs"].as_object().unwrap();
    let mentions =
        regex::Regex::new(r"[$][(]output ([A-Za-z]+)[)]|outputs? ((?:`[A-Za-z]+`(?:, | and )?)+)").unwrap();
    let name = regex::Regex::new("[A-Za-z]+").unwrap();
    let mut count = 0;
    for file in ["docs/deploy.md", "infra/README.md"] {
        let page = fs::read_to_string(root().join(file)).unwrap();
        for mention in mentions.captures_iter(&page) {
            let names = mention.get(1).or(mention.get(2)).unwrap().as_str().replace(" and ", " ");
            for name in name.find_iter(&names) {
                assert!(outputs.contains_key(name.as_str()), "{file}: `{}` is no output", name.as_str());
                count += 1;
            }
        }
    }
    assert!(count >= 15, "{count}");
}

/// The trail of a delegated administrator is named before it is made, started by the same name, and made on the outputs.
#[test]
fn the_commands_for_a_delegated_administrator_name_one_trail() {
    let page = fs::read_to_string(root().join("docs/deploy.md")).unwrap().replace("\\\n", " ");
    let section =
        page.split("\n### A delegated administrator\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let after = |option: &str| {
        let rest = section.split_once(option).unwrap_or_else(|| panic!("no `{option}`")).1;
        rest.split_whitespace().next().unwrap().to_owned()
    };
    let trail = after("ExistingTrailArn=");
    assert_eq!(after("start-logging --name"), trail);
    assert!(trail.ends_with(&format!(":trail/{}", after("create-trail --name"))), "{trail}");
    for output in [
        "--s3-bucket-name \"$(output LogBucketName)\"",
        "--sns-topic-name \"$(output DeliveryTopicArn)\"",
        "--kms-key-id \"$(output LogKeyArn)\"",
    ] {
        assert!(section.contains(output), "no `{output}`");
    }
}

#[test]
fn the_organization_profile_asks_for_the_organization() {
    let found = refusals("organization", &[]);
    assert!(found.len() == 1 && found[0].contains("OrganizationId"), "{found:?}");
}
