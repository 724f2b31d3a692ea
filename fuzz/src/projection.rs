//! Chosen values of a record.

use filter_pattern::{
    ProjectedRecord, Projection, ProjectionBuffer, RecordError, Scalar, Selector, parse_record,
};
use serde_json::Value;

/// Selectors added to every projection, so that every record meets all kinds.
const SELECTORS: [&str; 7] = ["$.a", "$.b.c", "$.a.b", "$.a[0].b", "$.*", "$.a[*].b", "$.userIdentity.type"];

/// The input is lines of selectors, an empty line, and a record. The projection reads the values that the selectors
/// select in the record's tree, or fails as the tree does.
pub fn projection(data: &[u8]) {
    let split = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(0);
    let (head, record) = data.split_at(split);
    let record = record.strip_prefix(b"\n\n").unwrap_or(record);
    let lines = std::str::from_utf8(head).unwrap_or_default().lines();
    let selectors: Vec<Selector> =
        SELECTORS.into_iter().chain(lines).filter_map(|line| Selector::parse(line).ok()).collect();
    let projection = Projection::new(&selectors);
    let mut buffer = ProjectionBuffer::default();
    match (projection.read(record, &mut buffer), parse_record(record)) {
        (Ok(projected), Ok(tree)) => agrees(&projected, &tree, &selectors),
        (Err(RecordError::NotAnObject), Ok(tree)) => assert!(!tree.is_object()),
        (answer, expected) => assert_eq!(answer.err(), expected.err()),
    }
    for suffix in [&b""[..], b",{\"a\":1}]}", b"\"\\\xff"] {
        let text = [record, suffix].concat();
        if let Some(projected) = projection.read_next(&text, 127, &mut buffer) {
            let tree = parse_record(projected.bytes()).expect("what is accepted is JSON");
            agrees(&projected, &tree, &selectors);
        }
    }
}

fn agrees(projected: &ProjectedRecord<'_>, tree: &Value, selectors: &[Selector]) {
    for (index, selector) in selectors.iter().enumerate() {
        let expected = selector.first(tree);
        let value = projected.value(index);
        assert_eq!(projected.json(index).as_ref(), expected, "{selector}");
        assert_eq!(value, expected.and_then(Scalar::of), "{selector}");
        if let Some(spelling) = projected.spelling(index) {
            let decoded: Option<Value> = serde_json::from_slice(spelling).ok();
            assert_eq!(decoded.as_ref().and_then(Scalar::of), value, "{selector}");
        }
    }
}
