//! Patterns and the clauses that they become.

use super::*;

fn sql(pattern: &str) -> (String, Vec<String>) {
    let translation =
        translate(&Pattern::parse(pattern).unwrap()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    (translation.clause.split_whitespace().collect::<Vec<_>>().join(" "), translation.remarks)
}

#[test]
fn conditions_are_said_in_sql() {
    let json = "json_extract(requestparameters, '$.a')";
    let scalar = "json_extract_scalar(requestparameters, '$.a')";
    let written = format!("json_format({json})");
    for (pattern, expected) in [
        ("{ $.eventName = A }", "eventname = 'A'".to_owned()),
        ("{ $.eventName != A }", "eventname <> 'A'".to_owned()),
        ("{ $.errorCode = \"*Denied*\" }", "errorcode LIKE '%Denied%'".to_owned()),
        ("{ $.errorCode != \"a_b*\" }", r"errorcode NOT LIKE 'a\_b%' ESCAPE '\'".to_owned()),
        ("{ $.userAgent = \"it's\" }", "useragent = 'it''s'".to_owned()),
        ("{ $.eventVersion = 1.08 }", "eventversion = '1.08'".to_owned()),
        ("{ $.eventVersion > 1.08 || $.eventName = A }", "eventname = 'A'".to_owned()),
        ("{ $.userAgent != %^aws% }", r"NOT regexp_like(useragent, '\Aaws')".to_owned()),
        ("{ $.resources[0].type = A }", "element_at(resources, 1).type = 'A'".to_owned()),
        ("{ $.resources[*].ARN = A }", "any_match(resources, v1 -> v1.arn = 'A')".to_owned()),
        (
            "{ $.userIdentity.sessionContext.webIdFederationData.attributes.aud = A }",
            "element_at(useridentity.sessioncontext.webidfederationdata.attributes, 'aud') = 'A'".to_owned(),
        ),
        ("{ $.requestParameters.a = x }", format!("{scalar} = 'x'")),
        (
            "{ $.requestParameters.a != x }",
            format!("( {scalar} <> 'x' AND {written} NOT IN ('true', 'false') )"),
        ),
        (
            "{ $.requestParameters.a = 5 }",
            format!("( {scalar} = '5' OR try_cast({written} AS double) = CAST('5' AS double) )"),
        ),
        ("{ $.requestParameters.a <= 5 }", format!("try_cast({written} AS double) <= CAST('5' AS double)")),
        ("{ $.requestParameters.a IS NULL }", format!("{written} = 'null'")),
        ("{ $.requestParameters.a IS FALSE }", format!("{written} = 'false'")),
        ("{ $.requestParameters.a NOT EXISTS }", format!("{json} IS NULL")),
        (
            "{ $.requestParameters['a b'].c[2] = x }",
            "json_extract_scalar(requestparameters, '$[\"a b\"].c[2]') = 'x'".to_owned(),
        ),
        (
            "{ $.requestParameters.a[*].b NOT EXISTS }",
            format!(
                "coalesce(all_match(coalesce(try_cast({json} AS array(json)), map_values(try_cast({json} AS map(varchar, \
                 json)))), v1 -> json_extract(v1, '$.b') IS NULL), true)"
            ),
        ),
    ] {
        assert_eq!(sql(pattern), (expected, Vec::new()), "{pattern}");
    }
}

#[test]
fn alternatives_of_one_column_become_a_list() {
    let pattern = "{ $.eventSource = s && ($.eventName = A || $.errorCode = \"B*\" || $.eventName = C) }";
    let expected = "( eventsource = 's' AND ( eventname IN ( 'A', 'C' ) OR errorcode LIKE 'B%' ) )";
    assert_eq!(sql(pattern).0, expected);
}

#[test]
fn a_remark_names_what_the_table_does_not_distinguish() {
    for (pattern, expected, remark) in [
        (
            "{ $.errorCode NOT EXISTS }",
            "errorcode IS NULL",
            "does not distinguish an explicit null from an absent field",
        ),
        ("{ $.readOnly IS TRUE }", "readonly = 'true'", "does not distinguish a boolean from the text"),
        ("{ $.eventName = A && $.managementEvent IS TRUE }", "eventname = 'A'", "no field `managementEvent`"),
        ("{ $.eventName = A && $.userIdentity.* = B }", "eventname = 'A'", "have no common type"),
        ("{ $.eventName = A && $.userAgent = %[\\D5]% }", "eventname = 'A'", "a negated set inside a class"),
        ("{ $.eventName = A && $.requestParameters['a\"b'] = B }", "eventname = 'A'", "a quotation mark"),
    ] {
        let (clause, remarks) = sql(pattern);
        assert_eq!(clause, expected, "{pattern}");
        assert_eq!(remarks.len(), 1, "{pattern}");
        assert!(remarks[0].contains(remark), "{remarks:?}");
    }
}

#[test]
fn a_pattern_without_a_condition_left_has_no_query() {
    for (pattern, expected) in [
        ("ERROR", "only JSON patterns"),
        ("[a, b]", "only JSON patterns"),
        ("{ $.unknown = A }", "would find every record: `$.unknown = \"A\"` is omitted"),
        ("{ $.eventName = A || $.unknown = B }", "would find every record"),
    ] {
        let error = translate(&Pattern::parse(pattern).unwrap()).unwrap_err().to_string();
        assert!(error.contains(expected), "{pattern}: {error}");
    }
}
