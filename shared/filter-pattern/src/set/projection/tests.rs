//! Checks that a projection reads the same values as a tree: generated selectors on generated records in every
//! spelling, valid or not.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use super::*;
use crate::properties::selector;
use crate::set::captures::fault;
use crate::set::equivalence::{cases, record};

/// Checks the values of one record against those of its tree.
fn is_like(
    tree: &Value,
    projected: &ProjectedRecord<'_>,
    selectors: &[Selector],
) -> Result<(), TestCaseError> {
    for (index, selector) in selectors.iter().enumerate() {
        let expected = selector.first(tree);
        prop_assert_eq!(projected.json(index), expected.cloned(), "{}", selector);
        let value = projected.value(index);
        prop_assert_eq!(&value, &expected.and_then(Scalar::of), "{}", selector);
        if let Some(spelling) = projected.spelling(index) {
            prop_assert!(!spelling.contains(&0));
            prop_assert_eq!(spelling.is_empty(), expected.is_none(), "{}", selector);
            let decoded = serde_json::from_slice::<Value>(spelling).ok();
            prop_assert_eq!(decoded.as_ref().and_then(Scalar::of), value, "{}", selector);
        }
    }
    prop_assert!(projected.value(selectors.len()).is_none());
    Ok(())
}

/// Checks that a projection agrees with the tree, including its errors, wherever the record ends.
fn agrees(projection: &Projection, selectors: &[Selector], record: &[u8]) -> Result<(), TestCaseError> {
    let mut buffer = ProjectionBuffer::default();
    let expected = parse_record(record);
    match (projection.read(record, &mut buffer), &expected) {
        (Ok(projected), Ok(tree)) => is_like(tree, &projected, selectors)?,
        (Err(RecordError::NotAnObject), Ok(tree)) => prop_assert!(!tree.is_object()),
        (answer, _) => prop_assert_eq!(answer.err(), expected.err()),
    }
    for behind in [&b""[..], b",", b"]}", b" \xff\"", b"\"\\"] {
        let text = [record, behind].concat();
        if let Some(projected) = projection.read_next(&text, 127, &mut buffer) {
            let tree = parse_record(projected.bytes());
            prop_assert!(text.starts_with(projected.bytes()));
            is_like(&tree.unwrap(), &projected, selectors)?;
        }
    }
    Ok(())
}

/// Selectors and records.
type Case = (Vec<Selector>, Vec<Vec<u8>>);

fn run(cases: u32) -> Result<(), TestError<Case>> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&(vec(selector(), 0..8), vec(record(), 1..6)), |(selectors, records)| {
        let projection = Projection::new(&selectors);
        records.iter().try_for_each(|record| agrees(&projection, &selectors, record))
    })
}

#[test]
fn a_projection_agrees_with_the_tree_on_every_record_however_it_is_written() {
    run(cases()).unwrap();
}

#[test]
fn a_seeded_bug_is_noticed() {
    let failure = fault::with(|| run(20_000));
    assert!(matches!(failure, Err(TestError::Fail(..))), "{failure:?}");
}

#[test]
fn values_are_read_from_records_that_are_written_in_unusual_ways() {
    let selectors = ["$.a.b", "$.a", "$.c[1]", "$.*", "$.c[*].d", "$.['']", "$.['é']", "$.a.b.c"];
    let selectors = selectors.map(|text| Selector::parse(text).unwrap());
    let projection = Projection::new(&selectors);
    assert_eq!(projection.len(), selectors.len());
    for record in [
        r#"{"a":{"b":"x"},"c":[1,{"d":true}]}"#,
        r#"{"a":{"b":1},"a":{"c":2}}"#,
        r#"{"a":{"b":1},"a":null,"c":[1],"c":[-0,1e2]}"#,
        r#"{"\u0061":{"\u0062":"\u00e9\ud83d\ude00\n\/"},"é":"é"}"#,
        r#"{"a":{"b":"\ud83d"},"\ude00":1,"":"x"}"#,
        " { \"a\" : { \"b\" : \"x\" , \"b\" : 12.50 } , \"\" : 18446744073709551616 }\n",
        r#"{"a":{"b":1e400}}"#,
        r#"{"a":{"b":0.9999999999999999},"c":[0,0.30476043035894510]}"#,
        " {\"a\":{\"b\":0.99999999999999994}}",
        r#"{"a":{"b":{"c":"\"}"}}}"#,
        r#"["a"]"#,
        "null",
        "",
    ] {
        agrees(&projection, &selectors, record.as_bytes()).unwrap();
    }
}

#[test]
fn a_buffer_serves_projections_of_any_size() {
    let [one, two] = ["$.a", "$.a.b"].map(|text| Selector::parse(text).unwrap());
    let [small, large] = [Projection::new([&one]), Projection::new([&one, &two])];
    let mut buffer = ProjectionBuffer::default();
    for _ in 0..2 {
        let record = br#"{"a":{"b":"\ud83d"}}"#;
        assert_eq!(large.read(record, &mut buffer).unwrap().value(1), Some(Scalar::Text("\u{fffd}".into())));
        assert_eq!(small.read(br#"{"a":1}"#, &mut buffer).unwrap().value(0), Some(Scalar::Number(1.into())));
        assert_eq!(large.read(br#"{"a":2}"#, &mut buffer).unwrap().value(1), None);
    }
    assert!(Projection::default().is_empty());
    assert!(Projection::default().read(b"{}", &mut buffer).is_ok());
    assert!(Projection::default().read(b"[]", &mut buffer).is_err());
}
