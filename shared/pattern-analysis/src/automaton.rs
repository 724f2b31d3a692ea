//! [`Automaton`]: the texts that a test accepts, as a deterministic automaton that is built while it is walked.
//!
//! This is the only second implementation of globs and regular expressions. The evaluator checks every text
//! found with it.

use std::collections::HashMap;

use filter_pattern::ast::{Comparison, Glob, Operand};
use foldhash::fast::FixedState;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use crate::reason::Reason;
use crate::table::Table;

/// The largest automaton before it is made deterministic, in bytes.
const NFA_SIZE_LIMIT: usize = 8 << 20;
/// The most memory for deterministic states, in bytes. States keep their identity while a product is walked,
/// so none are dropped.
const CACHE_LIMIT: usize = 48 << 20;
/// The memory that earlier walks may leave in use when a walk starts, in bytes. Beyond it their states are
/// dropped, so that they do not influence the result.
const LEFT_BEHIND_LIMIT: usize = 1 << 20;

/// Any sequence of bytes. A separate automaton ensures that the whole text is Unicode.
const ANYTHING: &str = "(?s-u:.)*";

/// An automaton that accepts whole texts. Its states are numbered in the order in which they are met.
pub(crate) struct Automaton {
    dfa: DFA,
    cache: Cache,
    states: Table<State>,
    known: HashMap<LazyStateID, u32, FixedState>,
    /// A byte of each class, in the order of the classes.
    bytes: Vec<u8>,
}

struct State {
    id: LazyStateID,
    /// Whether the text that led here is accepted.
    accepts: bool,
    /// Whether every continuation of it is accepted too; `None` if this has not been determined.
    accepts_all: Option<bool>,
    /// The next state for each class of bytes, or [`NOT_MET`].
    next: Vec<u32>,
}

/// No state.
const NOT_MET: u32 = u32::MAX;

impl Automaton {
    /// The automaton of an expression in the syntax of the `regex` crate. The expression must describe the
    /// whole text.
    pub(crate) fn whole(expression: &str) -> Result<Automaton, Reason> {
        let thompson = thompson::Config::new().utf8(false).nfa_size_limit(Some(NFA_SIZE_LIMIT));
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(CACHE_LIMIT)
            .minimum_cache_clear_count(Some(0))
            .skip_cache_capacity_check(true);
        let dfa = DFA::builder()
            .syntax(syntax::Config::new().utf8(false))
            .thompson(thompson)
            .configure(config)
            .build(&format!(r"\A(?:{expression})\z"))
            .map_err(too_large)?;
        let cache = dfa.create_cache();
        let mut bytes: Vec<u8> = (0..=u8::MAX).collect();
        bytes.dedup_by_key(|byte| dfa.byte_classes().get(*byte));
        Ok(Automaton { dfa, cache, states: Table::default(), known: HashMap::default(), bytes })
    }

    /// The state before any text. Drops the states of earlier walks if they take too much memory.
    pub(crate) fn start(&mut self) -> Result<u32, Reason> {
        if self.cache.memory_usage() > LEFT_BEHIND_LIMIT {
            self.dfa.reset_cache(&mut self.cache);
            self.states = Table::default();
            self.known.clear();
        }
        let config = start::Config::new().anchored(Anchored::Yes);
        let id = self.dfa.start_state(&mut self.cache, &config).map_err(too_many)?;
        self.state(id)
    }

    /// The number of a state.
    fn state(&mut self, id: LazyStateID) -> Result<u32, Reason> {
        if let Some(state) = self.known.get(&id) {
            return Ok(*state);
        }
        let end = self.dfa.next_eoi_state(&mut self.cache, id).map_err(too_many)?;
        let next = vec![NOT_MET; self.bytes.len()];
        let state = self.states.add(State { id, accepts: end.is_match(), accepts_all: None, next });
        self.known.insert(id, state);
        Ok(state)
    }

    /// The next state after a byte of a class.
    pub(crate) fn next(&mut self, state: u32, class: u8) -> Result<u32, Reason> {
        let known = &self.states[state];
        let (id, next) = (known.id, known.next.get(usize::from(class)).copied());
        match (next, self.bytes.get(usize::from(class))) {
            (Some(NOT_MET), Some(byte)) => {
                let id = self.dfa.next_state(&mut self.cache, id, *byte).map_err(too_many)?;
                let next = self.state(id)?;
                if let Some(slot) = self.states[state].next.get_mut(usize::from(class)) {
                    *slot = next;
                }
                Ok(next)
            }
            (Some(next), _) => Ok(next),
            // The class does not exist.
            (None, _) => Ok(state),
        }
    }

    /// Whether the text that led to a state is accepted.
    pub(crate) fn accepts(&self, state: u32) -> bool {
        self.states[state].accepts
    }

    /// Whether no continuation is accepted, or none rejected, depending on what is wanted. `false` may also
    /// mean "unknown".
    pub(crate) fn is_hopeless(&mut self, state: u32, wanted: bool) -> Result<bool, Reason> {
        let known = &self.states[state];
        if wanted {
            return Ok(known.id.is_dead());
        }
        if let Some(accepts_all) = known.accepts_all {
            return Ok(accepts_all);
        }
        let mut accepts_all = known.accepts;
        for class in 0..=u8::MAX {
            if !accepts_all || usize::from(class) >= self.bytes.len() {
                break;
            }
            accepts_all = self.next(state, class)? == state;
        }
        self.states[state].accepts_all = Some(accepts_all);
        Ok(accepts_all)
    }

    /// The class of a byte: bytes of one class lead to the same states.
    pub(crate) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }
}

fn too_large(_: regex_automata::hybrid::BuildError) -> Reason {
    Reason::ExpressionTooLarge
}

/// The reason for any failure of a walk. No byte makes an automaton quit, so a walk can only run out of
/// memory.
fn too_many<E>(_: E) -> Reason {
    Reason::TooManyStates
}

/// The whole texts that satisfy a test, in the syntax of the `regex` crate. `None` for a test that looks at
/// numbers by value only.
pub(crate) fn expression_of(test: &Comparison) -> Option<String> {
    match test {
        Comparison::Equal(operand) | Comparison::NotEqual(operand) => Some(match operand {
            Operand::Text(glob) => expression_of_glob(glob),
            Operand::Number(number) => quoted(number.as_str()),
            Operand::Regex(regex) => format!("{ANYTHING}(?:{}){ANYTHING}", regex.in_regex_syntax()),
        }),
        Comparison::Order(..) => None,
    }
}

fn expression_of_glob(glob: &Glob) -> String {
    let fragments: Vec<String> = glob.as_str().split('*').map(quoted).collect();
    fragments.join(ANYTHING)
}

/// An expression for literal text.
pub(crate) fn quoted(text: &str) -> String {
    let mut expression = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            expression.push(character);
        } else {
            expression.push_str(&format!(r"\x{{{:x}}}", u32::from(character)));
        }
    }
    expression
}
