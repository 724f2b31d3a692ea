//! What people read in an alarm's description, and what is left out if it is too long.

use proptest::prelude::*;
use rules::RuleSet;

use super::*;

fn rule() -> Rule {
    let text = "version: 1
rules:
  - id: root-usage
    title: Root user activity
    severity: critical
    summary: The root user did something.
    references: [CIS 5.0 4.3, CloudWatch.1, T1078.004, T1078]
    filterPattern: '{ $.userIdentity.type = Root }'
    metricTransformation: { metricName: RootUsage }
";
    RuleSet::parse("rules.yaml", text).unwrap().0.rules()[0].clone()
}

fn full() -> Rule {
    Rule { response: "Ask who it was.".to_owned(), known_noise: "Billing.".to_owned(), ..rule() }
}

#[test]
fn a_description_says_what_happened_what_to_do_and_where_to_look() {
    let dimensions = [("Account".to_owned(), "111122223333".to_owned())];
    assert_eq!(
        of_rule(&full(), &dimensions),
        "Root user activity (critical), Account 111122223333

What happened: The root user did something.

What to do: Ask who it was.

Where to look: The alert of rule `root-usage` lists the calls. `trailbell rules show root-usage` explains the rule.

Known noise: Billing.

Controls: CIS 5.0 4.3, CloudWatch.1

More: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-1"
    );
}

#[test]
fn what_a_rule_does_not_say_has_no_section() {
    let rule = Rule { summary: String::new(), references: Vec::new(), alert: None, ..rule() };
    let expected = "Root user activity (critical)

Where to look: Rule `root-usage` sends no alerts: search the trail's log files of this time. `trailbell rules show root-usage` prints its pattern.";
    assert_eq!(of_rule(&rule, &[]), expected);
}

#[test]
fn a_long_text_ends_with_a_sentence() {
    let text = of_rule(&Rule { response: "Do this now. ".repeat(300), ..full() }, &[]);
    assert!(text.contains("\n\nWhat to do: Do this now. Do this now."), "{text}");
    assert!(text.contains("Do this now.\n\nControls: CIS 5.0 4.3, CloudWatch.1"), "{text}");
    assert!(!text.contains('…') && (980..=1024).contains(&units(&text)), "{} units: {text}", units(&text));
}

#[test]
fn a_sentence_that_does_not_fit_is_left_out() {
    let text = of_rule(&Rule { response: "word ".repeat(300), ..full() }, &[]);
    assert!(!text.contains("word") && text.contains("Known noise: Billing."), "{text}");
    assert!(text.contains("trailbell rules show root-usage"), "{text}");
}

#[test]
fn the_controls_are_always_there_and_their_number_is_told_if_they_do_not_fit() {
    let references = (0..40).map(|number| format!("CIS 5.0 4.{number}")).collect();
    let rule = Rule { references, title: "Title ".repeat(100), summary: "Long. ".repeat(300), ..full() };
    let text = of_rule(&rule, &[("Account".to_owned(), "x".repeat(400))]);
    assert!(text.contains("Controls: CIS 5.0 4.0, CIS 5.0 4.1, ") && text.contains(" and 22 more"), "{text}");
    assert!(text.starts_with("Title Title ") && text.contains("Title … (critical), Account …"), "{text}");
}

#[test]
fn the_page_to_read_first_is_of_aws() {
    let page_of = |references: &[&str]| {
        let references = references.iter().map(|text| (*text).to_owned()).collect();
        page(&Rule { references, ..rule() })
    };
    let technique = "https://attack.mitre.org/techniques/T1078/";
    assert_eq!(page_of(&["CIS 5.0 4.3", "T1078"]).as_deref(), Some(technique));
    assert_eq!(
        page_of(&["T1078", "https://docs.aws.amazon.com/a"]).as_deref(),
        Some("https://docs.aws.amazon.com/a")
    );
    assert_eq!(page_of(&["https://example.com/runbook"]).as_deref(), Some("https://example.com/runbook"));
    assert_eq!(page_of(&["our runbook"]), None);
}

#[test]
fn a_text_is_cut_behind_a_sentence_only() {
    for (text, room, expected) in [
        ("One. Two. Three", 9, Some("One. Two.")),
        ("One. Two. Three", 8, Some("One.")),
        ("One. Two. Three", 3, None),
        ("Use 0.0.0.0/0 here. Then go", 20, Some("Use 0.0.0.0/0 here.")),
        ("No sentence ends here", 10, None),
        ("Really? Yes!\nSure", 13, Some("Really? Yes!")),
        ("😀. b c", 4, Some("😀.")),
    ] {
        assert_eq!(sentences(text, room), expected, "{text}");
    }
}

#[test]
fn the_tag_has_controls_only_and_no_character_that_tags_refuse() {
    let tag = |references: Vec<String>| controls_tag(&Rule { references, ..rule() });
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let references = texts(&["CIS 1.4 4.3", "T1078", "CloudWatch.1", "CIS (5.0), 4.3"]);
    assert_eq!(tag(references).as_deref(), Some("CIS 1.4 4.3 / CloudWatch.1 / CIS 5.0 4.3"));
    assert_eq!(tag(texts(&["T1078", "our runbook"])), None);
    let many = tag((10..60).map(|number| format!("CIS 1.4 4.{number}")).collect()).unwrap();
    assert!(many.ends_with(" / CIS 1.4 4.26") && many.chars().count() <= TAG_VALUE_CHARACTERS, "{many}");
}

#[test]
fn every_rule_of_the_catalogue_says_everything_in_whole_sentences() {
    for rule in RuleSet::from_set("all").unwrap().rules() {
        let text = of_rule(rule, &[("AccountId".to_owned(), "111122223333".to_owned())]);
        assert!(units(&text) <= DESCRIPTION_UNITS, "{}", rule.id);
        for part in [&rule.title, &rule.summary, &rule.response, &controls(rule)] {
            assert!(text.contains(part.as_str()), "{} lacks `{part}`: {text}", rule.id);
        }
        assert!(text.contains("\n\nWhere to look: ") && text.contains("\n\nMore: https://"), "{}", rule.id);
        assert!(!text.contains('…') && !text.contains("**"), "{}", rule.id);
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_description_too_long_or_leaves_blanks_at_its_ends(
        title in "\\PC{1,400}",
        summary in "[ \\n`*.\\[\\]a-cé😀]{0,1500}",
        response in "[ \\n`*.\\[\\]a-cé😀]{0,1500}",
        known_noise in "[ `*.a-cé😀]{0,1500}",
        references in prop::collection::vec("T[0-9]{4}|CIS [0-9]", 0..30),
    ) {
        let rule = Rule { title, summary, response, known_noise, references, ..rule() };
        let text = of_rule(&rule, &[]);
        prop_assert!(units(&text) <= DESCRIPTION_UNITS);
        prop_assert_eq!(text.trim(), &text);
    }
}
