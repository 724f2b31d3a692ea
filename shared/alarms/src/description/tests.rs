//! What a reader of an alarm sees, and what gives way when there is too much of it.

use proptest::prelude::*;
use rules::RuleSet;

use super::*;

fn rule() -> Rule {
    let text = "version: 1
rules:
  - id: root-usage
    title: Root user activity
    severity: critical
    description: The root user did something.
    references: [CIS 4.3, CloudWatch.1, T1078.004, T1078]
    filterPattern: '{ $.userIdentity.type = Root }'
    metricTransformation: { metricName: RootUsage }
";
    RuleSet::parse("rules.yaml", text).unwrap().0.rules()[0].clone()
}

fn full() -> Rule {
    Rule { response: "Ask who it was.".to_owned(), known_noise: "Billing.".to_owned(), ..rule() }
}

#[test]
fn everything_is_there_when_there_is_room() {
    let dimensions = [("Account".to_owned(), "111122223333".to_owned())];
    assert_eq!(
        of_rule(&full(), &dimensions),
        "**Root user activity** · critical · rule root-usage · Account 111122223333

The root user did something.

```
{ $.userIdentity.type = Root }
```

**What to do:** Ask who it was.

**Known noise:** Billing.

**References:** CIS 4.3, [CloudWatch.1](https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-1), [T1078.004](https://attack.mitre.org/techniques/T1078/004/), [T1078](https://attack.mitre.org/techniques/T1078/)"
    );
}

#[test]
fn what_a_rule_does_not_say_has_no_section() {
    let rule = Rule { description: String::new(), references: Vec::new(), ..rule() };
    let expected =
        "**Root user activity** · critical · rule root-usage\n\n```\n{ $.userIdentity.type = Root }\n```";
    assert_eq!(of_rule(&rule, &[]), expected);
}

#[test]
fn what_to_do_comes_before_everything_else_when_there_is_little_room() {
    let response = "word ".repeat(300);
    let text = of_rule(&Rule { response, ..full() }, &[]);
    assert!(text.contains("**What to do:** word word"), "{text}");
    assert!(!text.contains("```") && !text.contains("Billing"), "{text}");
    assert!(text.ends_with(" word …"), "{text}");
    assert!((900..=1024).contains(&units(&text)), "{}", units(&text));
}

#[test]
fn one_link_and_the_pattern_have_their_room_before_prose() {
    let text = of_rule(&Rule { description: "a ".repeat(1000), ..full() }, &[]);
    assert!(
        text.ends_with("\n\n**References:** [T1078](https://attack.mitre.org/techniques/T1078/)"),
        "{text}"
    );
    assert!(text.contains("a …") && text.contains("{ $.userIdentity.type = Root }"), "{text}");
}

#[test]
fn references_without_a_page_are_told_while_there_is_room() {
    let rule = Rule { references: vec!["CIS 4.3".to_owned()], ..full() };
    assert!(of_rule(&rule, &[]).ends_with("**References:** CIS 4.3"));
}

#[test]
fn a_fence_is_longer_than_any_backticks_within() {
    for (pattern, fence) in [("{ $.a = `x` }", "```"), ("a ``` b", "````"), ("`````", "``````")] {
        assert_eq!(fenced(pattern), format!("{fence}\n{pattern}\n{fence}"));
    }
}

#[test]
fn a_text_is_not_cut_inside_code_emphasis_or_a_link() {
    for (text, room, expected) in [
        ("one two three four", 12, Some("one two …")),
        ("one `two three` four five", 14, Some("one …")),
        ("one **two three** four", 14, Some("one …")),
        ("one [two three](x) four", 14, Some("one …")),
        ("één twee drie", 12, Some("één twee …")),
        ("oneword", 5, None),
        ("😀😀😀😀 b c", 11, Some("😀😀😀😀 …")),
        ("😀😀😀😀 b c", 9, None),
    ] {
        assert_eq!(cut(text, room).as_deref(), expected, "{text}");
    }
}

#[test]
fn only_references_of_a_known_form_are_links() {
    for text in ["CIS 4.3", "T1", "T1078.", "T1078.x", "Trail", "CloudWatch.", "CloudWatch.x", "MITRE T1078"]
    {
        assert_eq!(linked(text), text);
    }
}

#[test]
fn every_rule_of_the_catalogue_has_its_title_what_to_do_a_link_and_its_pattern() {
    for rule in RuleSet::from_set("all").unwrap().rules() {
        let text = of_rule(rule, &[]);
        assert!(units(&text) <= DESCRIPTION_UNITS, "{}", rule.id);
        assert!(text.contains(&rule.title) && text.contains("**What to do:**"), "{}", rule.id);
        assert!(text.contains("](https://"), "{}", rule.id);
        // A longer one leaves no room for the rest; the description says whose it is.
        assert!(units(rule.pattern.text()) > 640 || text.contains(rule.pattern.text().trim()), "{}", rule.id);
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_description_too_long_or_leaves_blanks_at_its_ends(
        title in "\\PC{1,400}",
        description in "[ \\n`*\\[\\]a-cé😀]{0,1500}",
        response in "[ \\n`*\\[\\]a-cé😀]{0,1500}",
        known_noise in "[ `*a-cé😀]{0,1500}",
        references in prop::collection::vec("T[0-9]{4}|CIS [0-9]", 0..30),
    ) {
        let rule = Rule { title, description, response, known_noise, references, ..rule() };
        let text = of_rule(&rule, &[]);
        prop_assert!(units(&text) <= DESCRIPTION_UNITS);
        prop_assert_eq!(text.trim(), &text);
    }
}
