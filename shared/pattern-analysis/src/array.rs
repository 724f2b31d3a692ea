//! Builds an array that satisfies the demands on its elements.
//!
//! An element exists only if all elements before it exist. So an index that must have no value, such as the
//! index in `$.a[1] NOT EXISTS`, limits the length. A demand that any element may satisfy gets an element of
//! its own while there is room. If the limit leaves too little room, such demands share elements, and all
//! ways to share them are searched.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::effort::Attempt;
use crate::reason::Reason;
use crate::vocabulary::Literal;

/// The greatest number of elements in an array that is built.
pub(crate) const MAX_ELEMENTS: usize = 4096;

/// The demands on the elements of an array.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    /// Demands on single elements, by index.
    pub(crate) named: BTreeMap<u32, Element>,
    /// Demands on every element.
    pub(crate) every: Vec<Literal>,
    /// Demands that at least one element must satisfy.
    pub(crate) some: Vec<Literal>,
}

/// The demands on the element at an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) literals: Vec<Literal>,
    /// Whether the element must exist.
    pub(crate) exists: bool,
}

/// Builds the value of an element that satisfies all demands on it.
pub(crate) type BuildElement<'b> = dyn FnMut(Vec<Literal>) -> Attempt<Value> + 'b;

/// Builds the array. The search is complete, except that no array gets longer than [`MAX_ELEMENTS`].
pub(crate) fn build(elements: &Elements, element: &mut BuildElement<'_>) -> Attempt<Value> {
    let mut undecided = None;
    let limit = match limit(elements, element)? {
        Limit::None => None,
        Limit::At(index) => Some(index),
        Limit::Perhaps(index, reason) => {
            undecided = Some(reason);
            Some(index)
        }
    };
    let outcome = build_within(elements, limit, element);
    match (outcome, undecided) {
        // A longer array might satisfy the demands.
        (Ok(None), Some(reason)) => Err(reason),
        (outcome, _) => outcome,
    }
}

/// The first index that cannot have an element.
enum Limit {
    None,
    At(u32),
    /// It is unknown whether the index can have an element.
    Perhaps(u32, Reason),
}

fn limit(elements: &Elements, element: &mut BuildElement<'_>) -> Result<Limit, Reason> {
    match element(elements.every.clone()) {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(Limit::At(0)),
        Err(reason) => return Ok(Limit::Perhaps(0, reason)),
    }
    for (index, named) in &elements.named {
        if named.exists || named.literals.is_empty() {
            continue;
        }
        match element(joined(&named.literals, &elements.every)) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Limit::At(*index)),
            Err(reason) => return Ok(Limit::Perhaps(*index, reason)),
        }
    }
    Ok(Limit::None)
}

fn build_within(elements: &Elements, limit: Option<u32>, element: &mut BuildElement<'_>) -> Attempt<Value> {
    let mut needed: BTreeMap<u32, Vec<Literal>> = BTreeMap::new();
    for (index, named) in &elements.named {
        if named.exists {
            if limit.is_some_and(|limit| *index >= limit) {
                return Ok(None);
            }
            needed.insert(*index, named.literals.clone());
        }
    }
    let within = |index: &u32| limit.is_none_or(|limit| *index < limit);
    let unnamed: Vec<u32> = (0..=u32::MAX)
        .take_while(within)
        .filter(|index| !elements.named.contains_key(index))
        .take(elements.some.len())
        .collect();
    if unnamed.len() == elements.some.len() {
        for (index, literal) in unnamed.into_iter().zip(&elements.some) {
            needed.insert(index, vec![*literal]);
        }
        return fill(elements, &needed, element);
    }
    // The limit is at most one past the named indexes, so there are few of these.
    let open = elements.named.keys().copied().filter(within).chain(unnamed).collect::<Vec<_>>();
    share(elements, &open, &elements.some, &mut needed, element)
}

/// Tries every way to distribute the demands `rest` over the `open` elements.
fn share(
    elements: &Elements,
    open: &[u32],
    rest: &[Literal],
    needed: &mut BTreeMap<u32, Vec<Literal>>,
    element: &mut BuildElement<'_>,
) -> Attempt<Value> {
    let Some((first, rest)) = rest.split_first() else {
        return fill(elements, needed, element);
    };
    let mut undecided = None;
    let mut tried_untouched = false;
    for index in open {
        let is_unnamed = !elements.named.contains_key(index);
        if is_unnamed && !needed.contains_key(index) {
            // All elements without demands are equivalent.
            if tried_untouched {
                continue;
            }
            tried_untouched = true;
        }
        let before = needed.get(index).cloned();
        let mut literals = before.clone().unwrap_or_default();
        literals.push(*first);
        match element(demanded_at(elements, *index, &literals)) {
            Ok(None) => continue,
            Ok(Some(_)) => {}
            Err(reason) => undecided = undecided.or(Some(reason)),
        }
        needed.insert(*index, literals);
        match share(elements, open, rest, needed, element) {
            Ok(None) => {}
            Err(reason) => undecided = undecided.or(Some(reason)),
            found @ Ok(Some(_)) => return found,
        }
        match before {
            Some(before) => needed.insert(*index, before),
            None => needed.remove(index),
        };
    }
    undecided.map_or(Ok(None), Err)
}

/// Builds all elements up to the last one that is needed.
fn fill(
    elements: &Elements,
    needed: &BTreeMap<u32, Vec<Literal>>,
    element: &mut BuildElement<'_>,
) -> Attempt<Value> {
    let mut undecided = None;
    // The elements with demands decide whether an array exists, whatever its length.
    for (index, literals) in needed {
        match element(demanded_at(elements, *index, literals)) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(reason) => undecided = undecided.or(Some(reason)),
        }
    }
    if let Some(reason) = undecided {
        return Err(reason);
    }
    let last = needed.last_key_value().map(|(index, _)| *index);
    if last.is_some_and(|last| last as usize >= MAX_ELEMENTS) {
        return Err(Reason::ArrayTooLong);
    }
    let mut values = Vec::new();
    for index in (0..=last.unwrap_or_default()).take_while(|_| last.is_some()) {
        let literals = needed.get(&index).map(Vec::as_slice).unwrap_or_default();
        match element(demanded_at(elements, index, literals))? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(Value::Array(values)))
}

/// All demands on the element at an index, including the `some` demands assigned to it.
fn demanded_at(elements: &Elements, index: u32, literals: &[Literal]) -> Vec<Literal> {
    let named = elements.named.get(&index).map(|named| named.literals.as_slice()).unwrap_or_default();
    joined(&joined(named, literals), &elements.every)
}

fn joined(left: &[Literal], right: &[Literal]) -> Vec<Literal> {
    let mut all = [left, right].concat();
    all.sort_unstable();
    all.dedup();
    all
}
