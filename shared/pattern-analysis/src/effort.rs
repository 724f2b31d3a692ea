//! Limits the work for a question. The limits count steps and not time, so that an answer depends neither on
//! the machine nor on earlier questions.
//!
//! A question that uses a remembered result is charged once for the work behind it, as if it had done the
//! work itself. So remembered results save time, but never change an answer.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use crate::reason::Reason;

/// The greatest number of places in records that one question may build. A place with many demands counts
/// several times.
pub(crate) const MAX_BUILDS: u64 = 200_000;
/// The number of demands on a place that count as one more place.
const DEMANDS_A_BUILD: usize = 64;
/// The greatest number of states that one question may visit in products of automata.
pub(crate) const MAX_STATES: u64 = 500_000;
/// The greatest number of remembered outcomes. The memory is cleared when it is full.
const MAX_REMEMBERED: usize = 1 << 16;

/// `Ok(Some)`: found. `Ok(None)`: proven not to exist. `Err`: why neither could be shown.
pub(crate) type Attempt<T> = Result<Option<T>, Reason>;

/// The work that a question has taken so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// The number of the question within the analysis.
    question: u64,
    builds: u64,
    states: u64,
}

impl Effort {
    pub(crate) fn new(question: u64) -> Effort {
        Effort { question, builds: 0, states: 0 }
    }

    /// Counts one place of a record that has this many demands.
    pub(crate) fn count_build(&mut self, demands: usize) -> Result<(), Reason> {
        self.builds += 1 + (demands / DEMANDS_A_BUILD) as u64;
        if self.builds > MAX_BUILDS { Err(Reason::TooManyCases) } else { Ok(()) }
    }

    /// Counts states of a product of automata.
    pub(crate) fn count_states(&mut self, states: u64) -> Result<(), Reason> {
        self.states += states;
        if self.states > MAX_STATES { Err(Reason::TooManyStates) } else { Ok(()) }
    }

    /// The number of states visited since an earlier point of the same question.
    fn states_since(self, earlier: Effort) -> u64 {
        self.states - earlier.states
    }

    /// Whether the question has reached a limit.
    pub(crate) fn is_spent(self) -> bool {
        self.builds > MAX_BUILDS || self.states > MAX_STATES
    }
}

/// Remembered outcomes of attempts, for the current question and later ones.
#[derive(Debug)]
pub(crate) struct Memory<K, T> {
    outcomes: HashMap<K, Remembered<T>>,
}

#[derive(Debug)]
struct Remembered<T> {
    outcome: Attempt<T>,
    /// The number of states that the attempt visited.
    states: u64,
    /// The last question that was charged for them.
    question: u64,
}

impl<K, T> Default for Memory<K, T> {
    fn default() -> Memory<K, T> {
        Memory { outcomes: HashMap::new() }
    }
}

impl<K: Eq + Hash, T: Clone> Memory<K, T> {
    /// The remembered outcome of an attempt.
    pub(crate) fn recall<Q>(&mut self, key: &Q, effort: &mut Effort) -> Option<Attempt<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let remembered = self.outcomes.get_mut(key)?;
        if remembered.question != effort.question {
            remembered.question = effort.question;
            if let Err(reason) = effort.count_states(remembered.states) {
                return Some(Err(reason));
            }
        }
        Some(remembered.outcome.clone())
    }

    /// Remembers an outcome and the work since `before`, unless the outcome is only that the question reached
    /// a limit.
    pub(crate) fn keep(&mut self, key: K, outcome: &Attempt<T>, before: Effort, effort: Effort) {
        if effort.is_spent() {
            return;
        }
        if self.outcomes.len() >= MAX_REMEMBERED {
            self.outcomes.clear();
        }
        let states = effort.states_since(before);
        let question = effort.question;
        self.outcomes.insert(key, Remembered { outcome: outcome.clone(), states, question });
    }
}
