//! Questions with known answers, one by one.

use filter_pattern::Pattern;
use pattern_analysis::{Answer, PatternAnalysis, PatternId, Reason, Relation};

fn add(analysis: &mut PatternAnalysis, text: &str) -> PatternId {
    let pattern = Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    analysis.add(&pattern).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A record that matches; `None` if there is none.
fn record(text: &str) -> Result<Option<String>, Reason> {
    let mut analysis = PatternAnalysis::new();
    let id = add(&mut analysis, text);
    Ok(analysis.find(&[(id, true)])?.map(|witness| witness.to_string()))
}

#[test]
fn a_pattern_that_can_match_has_a_record_that_shows_it() {
    let table = [
        ("{ $.a = x }", r#"{"a":"x"}"#),
        ("{ $.a NOT EXISTS }", "{}"),
        ("{ $.a IS NULL || $.a = 1 }", r#"{"a":null}"#),
        ("{ $.a IS FALSE && $.b IS TRUE }", r#"{"a":false,"b":true}"#),
        ("{ $.a[0] NOT EXISTS && $.a[*] = 1 }", r#"{"a":{"other":1}}"#),
        ("{ $.a[*] = 1 }", r#"{"a":[1]}"#),
        ("{ $.a.* = 1 }", r#"{"a":{"other":1}}"#),
        ("{ $.other = 2 && $.* = 1 }", r#"{"other":2,"other2":1}"#),
        ("{ $.a[2].b = x }", r#"{"a":["x","x",{"b":"x"}]}"#),
        ("{ $.a[*] = x && $.a[*] = y && $.a[2] NOT EXISTS && $.a[0] = * }", r#"{"a":["x","y"]}"#),
        // `.` of a regular expression is not a line break, which `*` may be.
        (r#"{ $.a = "*" && $.a != %.% && $.a != "" }"#, r#"{"a":"\n"}"#),
        ("{ $.a = Delete* && $.a = *Trail }", r#"{"a":"DeleteTrail"}"#),
        (r#"{ $.a != * && $.a != x }"#, ""),
        ("{ $.a > 1.5 && $.a < 1.6 }", r#"{"a":1.55}"#),
        (r#"{ $.a = 1 && $.a != "1" }"#, r#"{"a":1.0}"#),
        (r#"{ $.a = 1 && $.a != "1" && $.a != "1.0" && $.a != "1e*" }"#, ""),
        (r#"{ $.a = 0 && $.a != "0" && $.a != "0.0" }"#, r#"{"a":-0.0}"#),
        ("{ $.a > 0 && $.a < 1e-320 && $.a = 5* }", r#"{"a":5e-324}"#),
        (r"{ $.a = %^\d{19}$% && $.a < 1000000000000000002 && $.a != *0 }", r#"{"a":1000000000000000001}"#),
        ("{ $.a = %^x{3}y% }", r#"{"a":"xxxy"}"#),
        (r"{ $.a = %^\x28\d+\x29$% }", r#"{"a":"(0)"}"#),
    ];
    for (pattern, expected) in table {
        let expected = Some(expected).filter(|text| !text.is_empty()).map(str::to_owned);
        assert_eq!(record(pattern), Ok(expected), "{pattern}");
    }
}

#[test]
fn a_pattern_that_cannot_match_is_proven_so() {
    let patterns = [
        "{ $.a = x && $.a = y }",
        "{ $.a = x && $.a NOT EXISTS }",
        "{ $.a = x && $.a.b = y }",
        "{ $.a IS NULL && $.a = * }",
        "{ $.a.b = 1 && $.a[0] = 1 }",
        "{ $.* NOT EXISTS && $.a.b IS NULL }",
        "{ $[0] = 1 }",
        "{ $.a[1] NOT EXISTS && $.a[*] = x && $.a[*] = y && $.a[0] = * }",
        "{ $.a[2] NOT EXISTS && $.a[*] = x && $.a[*] = y && $.a[*] = z && $.a[0] = * }",
        "{ $.a[3] = x && $.a[1] NOT EXISTS }",
        r#"{ $.eventName = "Delete*" && $.eventName = "*Trail" && $.eventName != "*e*T*" }"#,
        "{ $.a < 1 && $.a > 1 }",
        "{ $.a > 9007199254740992 && $.a < 9007199254740993 && $.a != *.* && $.a != *e* }",
        "{ $.a > 1 && $.a < 2 && $.a != *.* && $.a != *e* }",
        "{ $.a < 0 && $.a != -* }",
        "{ $.a > 1e400 }",
        "{ $.a >= 1e16 && $.a != *e* && $.a = *.* }",
        "{ $.a > 0 && $.a < 1e-5 && $.a != *e-* }",
        "{ $.a = %^a{20}$% && $.a != %a{5}.{10}% }",
        "{ ($.a = x || $.a = y) && ($.b = x || $.b = y) && $.a = z }",
    ];
    for pattern in patterns {
        assert_eq!(record(pattern), Ok(None), "{pattern}");
    }
}

#[test]
fn long_decimals_are_told_apart() {
    for (pattern, expected) in [
        ("{ $.a < 1 && $.a > 0.9999999999999998 }", Some(r#"{"a":0.9999999999999999}"#)),
        ("{ $.a < 1 && $.a > 0.9999999999999999 }", None),
        ("{ $.a > 1 && $.a < 1.0000000000000004 }", Some(r#"{"a":1.0000000000000002}"#)),
    ] {
        assert_eq!(record(pattern), Ok(expected.map(str::to_owned)), "{pattern}");
    }
}

#[test]
fn a_pattern_that_always_matches_is_proven_so() {
    let patterns = [
        "",
        "{ $.a NOT EXISTS || $.a.b NOT EXISTS || $.a[0] NOT EXISTS }",
        "{ $.a NOT EXISTS || $.a IS NULL || $.a IS TRUE || $.a IS FALSE || $.a = * || $.a.x NOT EXISTS || $.a[0] NOT EXISTS }",
        "{ $.a.b NOT EXISTS || $.a[*] NOT EXISTS || $.a[0] NOT EXISTS }",
    ];
    for pattern in patterns {
        let mut analysis = PatternAnalysis::new();
        let id = add(&mut analysis, pattern);
        assert_eq!(analysis.always(id), Answer::Proven, "{pattern}");
    }
}

#[test]
fn two_patterns_lie_to_each_other_as_expected() {
    use Relation::{Disjoint, Equivalent, Implied, Implies, Overlap};
    let table = [
        ("{ $.a = x && $.b = y }", "{ $.b = y && $.a = x }", Equivalent),
        ("{ $.a = x }", r#"{ $.a = "x" }"#, Equivalent),
        ("{ $.a = * }", "{ $.a = ** }", Equivalent),
        ("{ $.a.* = x }", "{ $.a[*] = x }", Equivalent),
        (
            "{ $.a = x && ($.b = y || $.c = z) }",
            "{ ($.a = x && $.b = y) || ($.a = x && $.c = z) }",
            Equivalent,
        ),
        ("{ $.a = %^x% }", "{ $.a = x* }", Equivalent),
        ("{ $.a < 1 || $.a >= 1 }", "{ $.a > 1 || $.a <= 1 }", Equivalent),
        ("{ $.a = x* && $.a = y }", "{ $.b = 1 && $.b IS NULL }", Equivalent),
        ("{ $.a = 1e3 }", "{ $.a = 1000 }", Overlap),
        ("{ $.a > 5 }", "{ $.a >= 5 }", Implies),
        ("{ $.a = Delete* }", "{ $.a = DeleteTrail }", Implied),
        ("{ $.a[0] = x }", "{ $.a[*] = x }", Implies),
        ("{ $.a != x }", "{ $.a = * }", Implies),
        ("{ $.a NOT EXISTS }", "{ $.a.b NOT EXISTS }", Implies),
        ("{ $.a = x && $.a = y }", "{ $.a = x }", Implies),
        ("", "{ $.a = x }", Implied),
        ("{ $.a = x }", "{ $.a = y }", Disjoint),
        ("{ $.a = x }", "{ $.a != x }", Disjoint),
        ("{ $.a = x }", "{ $.b = y }", Overlap),
        ("{ $.a[*] = x }", "{ $.a[*] != x }", Overlap),
    ];
    for (first, second, expected) in table {
        let mut analysis = PatternAnalysis::new();
        let (one, other) = (add(&mut analysis, first), add(&mut analysis, second));
        assert_eq!(analysis.compare(one, other).relation(), expected, "{first} and {second}");
        let mirrored = match expected {
            Implies => Implied,
            Implied => Implies,
            Equivalent | Disjoint | Overlap | Relation::Unknown => expected,
        };
        assert_eq!(analysis.compare(other, one).relation(), mirrored, "{second} and {first}");
    }
}

#[test]
fn the_deepest_record_is_found_and_a_deeper_one_is_none() {
    let nested = |steps: usize| format!("{{ $.{} = x }}", vec!["a"; steps].join("."));
    assert!(record(&nested(127)).unwrap().is_some());
    assert_eq!(record(&nested(128)), Ok(None));
}

#[test]
fn what_cannot_be_decided_says_why() {
    let table = [
        ("{ $.a[4096] = 1 }", Reason::ArrayTooLong),
        ("{ $.a[4000000000] = 1 }", Reason::ArrayTooLong),
        (
            r"{ $.a = %a.{14}% && $.a != %a.{14}b% && $.a != %b.{14}a% && $.a != %a.{13}c% && $.a != %a.{14}$% }",
            Reason::TooManyStates,
        ),
    ];
    for (pattern, reason) in table {
        assert_eq!(record(pattern), Err(reason), "{pattern}");
    }
    assert_eq!(record("{ $.a[4000000000] = 1 && $.a[4000000000] = 2 }"), Ok(None));
    assert!(record("{ $.a[4095] = 1 }").unwrap().is_some());
    for pattern in ["ERROR", "-\"x\"", "[a, b = x]", "[]"] {
        let mut analysis = PatternAnalysis::new();
        assert_eq!(analysis.add(&Pattern::parse(pattern).unwrap()), Err(Reason::NotJson), "{pattern}");
    }
}

/// Pigeons in fewer holes: each pigeon has a hole, and no hole has two pigeons.
fn pigeons(pigeons: usize, holes: usize) -> String {
    let mut clauses = Vec::new();
    for pigeon in 0..pigeons {
        let any: Vec<_> = (0..holes).map(|hole| format!("$.p{pigeon}h{hole} = x")).collect();
        clauses.push(format!("({})", any.join(" || ")));
        for other in 0..pigeon {
            for hole in 0..holes {
                clauses.push(format!("($.p{pigeon}h{hole} NOT EXISTS || $.p{other}h{hole} NOT EXISTS)"));
            }
        }
    }
    format!("{{ {} }}", clauses.join(" && "))
}

#[test]
fn a_puzzle_is_solved_or_given_up_within_bounds() {
    assert_eq!(record(&pigeons(4, 3)), Ok(None));
    assert!(record(&pigeons(5, 5)).unwrap().is_some());
    assert_eq!(record(&pigeons(9, 8)), Err(Reason::TooManyCases));
}

#[test]
fn a_long_pattern_takes_no_long_time() {
    let names: Vec<_> = (0..1_500).map(|number| format!("$.eventName = Name{number}")).collect();
    let long = format!("{{ {} }}", names.join(" || "));
    let longer =
        format!("{{ {} || $.eventName = x }}", names.iter().rev().cloned().collect::<Vec<_>>().join(" || "));
    let mut analysis = PatternAnalysis::new();
    let (first, second) = (add(&mut analysis, &long), add(&mut analysis, &longer));
    assert_eq!(analysis.compare(first, second).relation(), Relation::Implies);
    let pairs: Vec<_> = (0..250).map(|number| format!("($.a{number} = x || $.b{number} = y)")).collect();
    assert!(record(&format!("{{ {} }}", pairs.join(" && "))).unwrap().is_some());
}

#[test]
fn answers_do_not_depend_on_earlier_questions() {
    let patterns = [
        pigeons(6, 5),
        pigeons(7, 6),
        r#"{ $.a = "*a*b*" && $.a != "*b*a*" && $.b > 1 }"#.to_owned(),
        "{ $.a = %a.{12}% && $.a != %a.{12}b% && $.a != %a.{12}a% && $.a != %a.{11}c% }".to_owned(),
    ];
    let mut warm = PatternAnalysis::new();
    for round in 0..2 {
        for pattern in &patterns {
            let id = add(&mut warm, pattern);
            let mut cold = PatternAnalysis::new();
            let same = add(&mut cold, pattern);
            assert_eq!(warm.never(id), cold.never(same), "round {round}: {pattern}");
        }
    }
}
