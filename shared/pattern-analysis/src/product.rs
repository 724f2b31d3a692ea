//! Walks several automata at once, to find a text that each of them accepts or refuses as it should.
//!
//! The walk is breadth first, so the first text is one of the shortest; among texts of one length it prefers
//! letters and digits.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use crate::automaton::Automaton;
use crate::effort::{Attempt, Effort};
use crate::reason::Reason;

/// The greatest number of states in one walk.
const MAX_STATES: usize = 100_000;

/// An automaton, and whether it must accept or reject the text.
pub(crate) struct Part {
    pub(crate) automaton: Automaton,
    pub(crate) wanted: bool,
}

/// A byte that represents all bytes that no part distinguishes from it.
struct Letter {
    byte: u8,
    /// Its class in each part.
    classes: Vec<u8>,
}

/// Where a walk has been: the state of every part, and how it got there.
struct Visit {
    states: Box<[u32]>,
    from: usize,
    byte: u8,
}

/// Why a walk found no text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// No text suits all parts.
    None,
    /// All texts offered were refused, and more texts lead to the same states.
    Refused,
}

/// Offers the texts that suit all parts to `accept`, shortest first, until it takes one. If it refuses some,
/// states are passed up to `visits` times, which finds more texts that lead to the same states.
///
/// # Errors
///
/// [`Reason::NumberText`] if texts were refused and there are more texts.
pub(crate) fn first_text<T>(
    parts: &mut [Part],
    visits: u8,
    effort: &mut Effort,
    accept: &mut dyn FnMut(&str) -> Option<T>,
) -> Attempt<T> {
    let letters = letters(parts);
    for visits in [1, visits] {
        match walk(parts, &letters, visits, effort, accept)? {
            Ok(taken) => return Ok(Some(taken)),
            Err(End::None) => return Ok(None),
            Err(End::Refused) => {}
        }
    }
    Err(Reason::NumberText)
}

fn walk<T>(
    parts: &mut [Part],
    letters: &[Letter],
    visits: u8,
    effort: &mut Effort,
    accept: &mut dyn FnMut(&str) -> Option<T>,
) -> Result<Result<T, End>, Reason> {
    let mut seen: HashMap<Box<[u32]>, u8, FixedState> = HashMap::default();
    let start = parts.iter_mut().map(|part| part.automaton.start()).collect::<Result<_, _>>()?;
    let mut queue = vec![Visit { states: start, from: 0, byte: 0 }];
    let (mut refused, mut cut) = (false, false);
    let mut at = 0;
    while let Some(visit) = queue.get(at) {
        let states = visit.states.clone();
        if is_accepted(parts, &states) {
            match text_at(&queue, at).and_then(|text| accept(&text)) {
                Some(taken) => return Ok(Ok(taken)),
                None => refused = true,
            }
        }
        for letter in letters {
            let Some(next) = step(parts, &states, letter)? else { continue };
            match seen.get_mut(&next) {
                Some(passed) if *passed == visits => {
                    cut = true;
                    continue;
                }
                Some(passed) => *passed += 1,
                None => {
                    seen.insert(next.clone(), 1);
                }
            }
            effort.count_states(1)?;
            if queue.len() >= MAX_STATES {
                return Err(Reason::TooManyStates);
            }
            queue.push(Visit { states: next, from: at, byte: letter.byte });
        }
        at += 1;
    }
    Ok(Err(if refused && cut { End::Refused } else { End::None }))
}

fn is_accepted(parts: &[Part], states: &[u32]) -> bool {
    parts.iter().zip(states).all(|(part, state)| part.automaton.accepts(*state) == part.wanted)
}

/// The states after a letter; `None` if no text continues from there.
fn step(parts: &mut [Part], states: &[u32], letter: &Letter) -> Result<Option<Box<[u32]>>, Reason> {
    let mut next = Vec::with_capacity(states.len());
    for ((part, state), class) in parts.iter_mut().zip(states).zip(&letter.classes) {
        let state = part.automaton.next(*state, *class)?;
        if part.automaton.is_hopeless(state, part.wanted)? {
            return Ok(None);
        }
        next.push(state);
    }
    Ok(Some(next.into_boxed_slice()))
}

/// The text that led to a visit.
fn text_at(queue: &[Visit], mut at: usize) -> Option<String> {
    let mut bytes = Vec::new();
    while at != 0 {
        let visit = queue.get(at)?;
        bytes.push(visit.byte);
        at = visit.from;
    }
    bytes.reverse();
    String::from_utf8(bytes).ok()
}

/// One byte for each combination of classes, the most readable one, and the most readable ones first.
fn letters(parts: &[Part]) -> Vec<Letter> {
    let mut bytes: Vec<u8> = (0..=u8::MAX).collect();
    bytes.sort_by_key(|byte| (strangeness(*byte), *byte));
    let mut seen = HashSet::new();
    let letter =
        |byte: u8| Letter { byte, classes: parts.iter().map(|part| part.automaton.class(byte)).collect() };
    bytes.into_iter().map(letter).filter(|letter| seen.insert(letter.classes.clone())).collect()
}

fn strangeness(byte: u8) -> u8 {
    match byte {
        b'x' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        b'A'..=b'Z' => 3,
        b'-' | b'.' | b'_' | b'/' | b':' => 4,
        b'!'..=b'~' => 5,
        b' ' => 6,
        0x80.. => 7,
        _ => 8,
    }
}
