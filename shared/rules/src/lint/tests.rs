//! Each lint on patterns that deserve it and on similar patterns that do not.

use crate::{Lint, LintCode, Linter, RuleSet};

/// The lints of a document with a single rule, which has this pattern.
fn lints_of(pattern: &str) -> Vec<Lint> {
    let text = format!(
        "version: 1\nrules:\n  - id: a\n    filterPattern: |-\n      {pattern}\n    metricTransformation: {{ metricName: A }}\n"
    );
    let (set, _) = RuleSet::parse("rules.yaml", &text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    Linter::new(&set).finish()
}

/// The codes of a pattern's lints, except `matches-nothing`.
fn codes_of(pattern: &str) -> Vec<LintCode> {
    let codes = lints_of(pattern).into_iter().map(|lint| lint.code);
    codes.filter(|code| *code != LintCode::MatchesNothing).collect()
}

/// Checks that each deserving pattern gets this lint and no other one, and that the others do not get it.
fn check(code: LintCode, deserving: &[&str], others: &[&str]) {
    for pattern in deserving {
        assert_eq!(codes_of(pattern), [code], "{pattern}");
    }
    for pattern in others {
        assert!(!codes_of(pattern).contains(&code), "{pattern}");
    }
}

#[test]
fn a_not_equal_on_a_field_that_may_be_absent_is_reported() {
    check(
        LintCode::NotEqualOnAbsent,
        &[
            r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != "Yes" }"#,
            r#"{ $.eventSource = x && $.errorCode != "AccessDenied" }"#,
            r#"{ $.eventSource = x && ($.errorCode != "a" || $.eventName = b) }"#,
            r#"{ $.eventSource = x && $.errorCode != a && $.errorCode != b }"#,
        ],
        &[
            "{ $.eventSource = x && $.eventType != AwsServiceEvent }",
            r#"{ $.a NOT EXISTS || $.a != "Yes" }"#,
            r#"{ $.eventSource = x && ($.a NOT EXISTS || ($.a != "Yes" && $.b = 1)) }"#,
            r#"{ $.a NOT EXISTS || $.a.b != "Yes" }"#,
            r#"{ $.a = "Delete*" && $.a != "DeleteMetricStream" }"#,
            r#"{ $.eventSource = x && ($.userIdentity.type != AssumedRole || $.userIdentity.sessionContext.sessionIssuer.userName != "Deploy") }"#,
        ],
    );
}

#[test]
fn booleans_that_are_compared_as_text_are_reported_unless_records_hold_text() {
    check(
        LintCode::BooleanAsText,
        &[
            "{ $.eventSource = x && $.readOnly = true }",
            r#"{ $.eventSource = x && $.requestParameters.unknown = "false" }"#,
        ],
        &[
            "{ $.readOnly IS TRUE }",
            "{ $.requestParameters.unknown = truely }",
            r#"{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = "false" }"#,
        ],
    );
}

#[test]
fn a_condition_is_shown_as_it_is_written() {
    for (pattern, part) in [
        ("{ $.eventSource = x && $.readOnly=false }", "$.readOnly=false"),
        ("{ $.eventSource = x && $.readOnly  != \"true\" }", "$.readOnly  != \"true\""),
        ("{ $.eventname = StopLogging }", "$.eventname = StopLogging"),
    ] {
        assert_eq!(lints_of(pattern)[0].part, part, "{pattern}");
    }
}

#[test]
fn a_star_on_an_object_or_a_boolean_is_reported() {
    check(
        LintCode::StarOnObject,
        &[
            "{ $.eventSource = x && $.userIdentity = * }",
            r#"{ $.eventSource = x && $.readOnly = "*" }"#,
            "{ $.eventSource = x && ($.eventName = y || $.managementEvent = *) }",
        ],
        &["{ $.userIdentity.type = * }", "{ $.nobodyHasThis = * }", "{ $.userIdentity.arn = arn* }"],
    );
}

#[test]
fn operators_side_by_side_are_reported_with_what_they_mean() {
    let pattern = r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") && ($.eventName != "HeadBucket") }"#;
    let lints = lints_of(pattern);
    assert_eq!(lints.iter().map(|lint| lint.code).collect::<Vec<_>>(), [LintCode::Ungrouped]);
    let meaning = r#"{ $.errorCode = "*UnauthorizedOperation" || ($.errorCode = "AccessDenied*" && $.eventName != "HeadBucket") }"#;
    assert!(
        lints[0].advice.ends_with(&format!("as written, the pattern means `{meaning}`")),
        "{}",
        lints[0].advice
    );
}

#[test]
fn conditions_that_cannot_hold_together_are_reported() {
    check(
        LintCode::NeverHolds,
        &[
            "{ $.x = a && $.x = b }",
            "{ $.x = a && ($.y = 1 || $.x = b) }",
            r#"{ $.x = 5 && $.x = "6" }"#,
            "{ $.x = a && $.x NOT EXISTS }",
            "{ $.x IS TRUE && $.x IS FALSE }",
            "{ $.x IS NULL && $.x NOT EXISTS }",
            "{ $.x > 5 && $.x < 3 }",
            "{ $.x > 5 && $.x <= 5 }",
            "{ $.x = 5 && $.x > 7 }",
            "{ $.x = a && $.x != a }",
            "{ $.x = abc && $.x = b* }",
            "{ $.x = a* && $.x = b* }",
            "{ $.x = *a && $.x = *b }",
            "{ $.x = abc && $.x = %^b% }",
            "{ $.x = a && $.x > 1 }",
            "{ $.x NOT EXISTS && $.x.y = 1 }",
            "{ $.x = a && $.x.y = 1 }",
            "{ $.x > 1 && $.x < 3 && $.x = 4 }",
            "{ $.y = 1 && ($.x = a || ($.x = b && $.x = c)) }",
        ],
        &[
            "{ $.x = a || $.x = b }",
            r#"{ $.x = 5 && $.x = "5" }"#,
            "{ $.x = 1e3 && $.x = 1000 }",
            "{ $.x = a && $.y = b }",
            "{ $.x > 5 && $.x < 6 }",
            "{ $.x >= 5 && $.x <= 5 }",
            "{ $.x > 1 && $.x < 2 && $.x != 1.5 }",
            "{ $.x = a* && $.x = ab* }",
            "{ $.x = a* && $.x = *a }",
            "{ $.x NOT EXISTS && $.x.y NOT EXISTS }",
            "{ $.x[*] = a && $.x[*] = b }",
            "{ $.x.y = 1 && $.xy NOT EXISTS }",
            "{ $.x != a && $.x != b }",
            "{ ($.x = a && $.y = 1) || ($.x = b && $.y = 2) }",
        ],
    );
}

#[test]
fn exclusions_joined_by_or_match_nearly_all_samples() {
    let cis_1_5 = r#"{ ($.errorCode = "AccessDenied*") || ($.sourceIPAddress != "delivery.logs.amazonaws.com") || ($.eventName != "HeadBucket") }"#;
    for pattern in [cis_1_5, "{ $.eventName = * }", "\"eventVersion\"", "[]"] {
        assert_eq!(codes_of(pattern), [LintCode::MatchesNearlyAll], "{pattern}");
    }
    assert_eq!(codes_of("{ $.eventSource = iam.amazonaws.com }"), []);
}

#[test]
fn a_pattern_is_reported_until_a_sample_record_matches_it() {
    let pattern = "{ $.eventSource = iam.amazonaws.com && $.requestParameters.quux = quux }";
    let text = format!(
        "version: 1\nrules:\n  - id: a\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: A }}\n"
    );
    let (set, _) = RuleSet::parse("rules.yaml", &text).unwrap();
    let lints = Linter::new(&set).finish();
    assert_eq!(lints.iter().map(|lint| lint.code).collect::<Vec<_>>(), [LintCode::MatchesNothing]);
    assert_eq!((lints[0].rule_id.as_str(), lints[0].place.as_str()), ("a", "rules.yaml:3:9"));

    let mut linter = Linter::new(&set);
    assert!(linter.observe(b"no record").is_err());
    linter.observe(br#"{"eventSource":"iam.amazonaws.com","requestParameters":{"quux":"quux"}}"#).unwrap();
    assert_eq!(linter.finish(), []);

    let test = "    tests: [{ name: n, record: { eventSource: iam.amazonaws.com, requestParameters: { quux: quux } }, match: true }]\n";
    let (set, _) = RuleSet::parse("rules.yaml", &(text + test)).unwrap();
    assert_eq!(Linter::new(&set).finish(), []);
}

#[test]
fn an_event_of_another_service_is_reported() {
    let pattern = "{ $.eventSource = iam.amazonaws.com && $.eventName = StopLogging && $.userAgent = quux }";
    let codes: Vec<_> = lints_of(pattern).into_iter().map(|lint| lint.code).collect();
    assert_eq!(codes, [LintCode::MatchesNothing]);
}

#[test]
fn a_pattern_for_events_that_no_sample_has_is_not_reported() {
    for pattern in [
        "{ $.eventName = FrobnicateQuux }",
        "{ $.eventSource = quux.amazonaws.com && $.eventName = StopLogging }",
        r#"{ $.eventName = "Frobnicate*" && $.userAgent = x }"#,
        "{ $.sourceIPAddress = 203.0.113.* && $.eventName = StopLogging }",
        "{ $.userIdentity.arn = %user/nobody$% }",
    ] {
        assert_eq!(lints_of(pattern), [], "{pattern}");
    }
}

#[test]
fn each_way_to_look_past_a_record_gets_a_hint_of_its_own() {
    for (pattern, code, advice) in [
        ("{ $.detail.eventName = StopLogging }", LintCode::WrappedRecord, "write `$.eventName`"),
        ("{ $.Records[0].eventName = StopLogging }", LintCode::WrappedRecord, "write `$.eventName`"),
        ("{ $.message.userIdentity.type = Root }", LintCode::WrappedRecord, "write `$.userIdentity.type`"),
        ("{ $.eventname = StopLogging }", LintCode::WrongCase, "write `eventName`"),
        ("{ $.EventName = StopLogging }", LintCode::WrongCase, "write `eventName`"),
        ("{ $.userIdentity.Type = Root }", LintCode::WrongCase, "write `type`"),
        ("{ $.eventName = stoplogging }", LintCode::WrongCase, "write `$.eventName = StopLogging`"),
        (
            "{ $.eventSource = cloudtrail }",
            LintCode::WrongSource,
            "write `$.eventSource = cloudtrail.amazonaws.com`",
        ),
        ("{ $.eventSource = aws.iam }", LintCode::WrongSource, "write `$.eventSource = iam.amazonaws.com`"),
        (
            r#"{ $.eventName = "Stop Logging" }"#,
            LintCode::BlankInName,
            r#"write `$.eventName = "StopLogging"`"#,
        ),
        (
            "{ $.userIdentity.sessionContext.attributes.mfaAuthenticated IS FALSE }",
            LintCode::TextAsBoolean,
            r#"write `$.userIdentity.sessionContext.attributes.mfaAuthenticated = "false"`"#,
        ),
        ("{ $.eventTime > 1795168500 }", LintCode::TextAsNumber, "compare a part of it"),
        (
            r#""{ $.eventName = StopLogging }""#,
            LintCode::QuotedPattern,
            "remove the quotes around the braces",
        ),
    ] {
        let lints = lints_of(pattern);
        assert_eq!(lints.iter().map(|lint| lint.code).collect::<Vec<_>>(), [code], "{pattern}");
        assert!(lints[0].advice.starts_with(advice), "{}", lints[0].advice);
    }
    for pattern in [
        "{ $.eventName = StopLogging }",
        "{ $.requestParameters.message.eventName = StopLogging }",
        "{ $.requestParameters.UserName = x }",
    ] {
        assert_eq!(codes_of(pattern), [], "{pattern}");
    }
}

#[test]
fn observed_records_count_for_kinds_and_shares_too() {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.q.flag = true && $.kind = k }'\n    metricTransformation: { metricName: A }\n";
    let (set, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let codes = |record: &[u8]| {
        let mut linter = Linter::new(&set);
        (0..20).for_each(|_| linter.observe(record).unwrap());
        linter.finish().into_iter().map(|lint| lint.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(br#"{"q":{"flag":true},"kind":"k"}"#), [LintCode::BooleanAsText]);
    assert_eq!(codes(br#"{"q":{"flag":"true"},"kind":"k"}"#), [LintCode::MatchesNearlyAll]);
}

#[test]
fn two_rules_with_the_same_pattern_are_reported_once_in_any_order_of_terms() {
    let text = "version: 1\nextends: [recommended]\nrules:\n\
                \x20 - { id: a, filterPattern: '{ ($.eventName = A) || ($.eventName = B) }', metricTransformation: { metricName: A } }\n\
                \x20 - { id: b, filterPattern: '{ $.eventName = \"B\" || $.eventName = A }', metricTransformation: { metricName: B } }\n\
                \x20 - { id: c, filterPattern: ERROR, metricTransformation: { metricName: C } }\n\
                \x20 - { id: d, filterPattern: '\"ERROR\"', metricTransformation: { metricName: D } }\n";
    let (set, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let lints = Linter::new(&set).finish();
    let duplicates: Vec<_> = lints.iter().filter(|lint| lint.code == LintCode::DuplicatePattern).collect();
    assert_eq!(duplicates.iter().map(|lint| lint.rule_id.as_str()).collect::<Vec<_>>(), ["b", "d"]);
    assert!(duplicates[0].message.starts_with("rule `a` has the same pattern"), "{:?}", duplicates[0]);
}

/// The linter's findings in the catalogue. The descriptions of these rules explain them: the benchmarks require
/// exactly these conditions, which are about sign-ins and sessions that have the field.
const EXPLAINED: [(&str, LintCode); 3] = [
    ("api-activity-without-mfa", LintCode::NotEqualOnAbsent),
    ("console-login-no-mfa", LintCode::NotEqualOnAbsent),
    ("console-login-no-mfa-basic", LintCode::NotEqualOnAbsent),
];

#[test]
fn the_catalogue_has_only_the_lints_that_its_descriptions_explain() {
    let set = RuleSet::from_set("all").unwrap();
    let lints = Linter::new(&set).finish();
    let found: Vec<_> = lints.iter().map(|lint| (lint.rule_id.as_str(), lint.code)).collect();
    assert_eq!(found, EXPLAINED);
    assert_eq!(lints[0].place, "catalogue/api-activity-without-mfa.yaml");
}

#[test]
fn lints_come_in_the_order_of_the_rules() {
    let text = "version: 1\nrules:\n\
                \x20 - { id: b, filterPattern: '{ $.a = 1 || $.b = 2 && $.x = a && $.x = b }', metricTransformation: { metricName: B } }\n\
                \x20 - { id: a, filterPattern: '{ $.a NOT EXISTS && $.a = 2 }', metricTransformation: { metricName: A } }\n";
    let (set, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let found: Vec<_> =
        Linter::new(&set).finish().into_iter().map(|lint| (lint.rule_id, lint.code)).collect();
    let expected = [("b", LintCode::Ungrouped), ("b", LintCode::NeverHolds), ("a", LintCode::NeverHolds)];
    assert_eq!(found, expected.map(|(id, code)| (id.to_owned(), code)));
}
