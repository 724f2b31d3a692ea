//! Holds the answers for random pairs of patterns against a pool of records, each of which is decided by the
//! evaluator.
//!
//! A pool has a few conditions, and knows for each of its records which of them hold. So the patterns of a
//! pair, which are made of these conditions, are decided on all records by a few operations on bits. A
//! witness joins the records: what one question was answered with may refute the proof of another.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use fastrand::Rng;
use filter_pattern::ast::{Ast, Condition, Expression};
use filter_pattern::{Matches, Pattern, PatternSet};
use pattern_analysis::{PatternAnalysis, PatternId, Reason, Witness};
use serde_json::Value;

/// How many random pairs each test compares; `ANALYSIS_PAIRS` at build time asks for more.
pub(crate) fn pairs() -> usize {
    option_env!("ANALYSIS_PAIRS").and_then(|pairs| pairs.parse().ok()).unwrap_or(10_000)
}

/// How many conditions the patterns of one pool are made of.
const CONDITIONS: usize = 14;
/// How many pairs are made of them.
const PAIRS_A_POOL: usize = 250;

/// For each record of a pool, whether something holds.
#[derive(Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(records: &[Value], holds: impl Fn(&Value) -> bool) -> Bits {
        let word = |chunk: &[Value]| {
            chunk.iter().enumerate().fold(0, |word, (at, record)| word | u64::from(holds(record)) << at)
        };
        Bits(records.chunks(64).map(word).collect())
    }

    fn join(&mut self, other: &Bits, join: impl Fn(u64, u64) -> u64) {
        for (left, right) in self.0.iter_mut().zip(&other.0) {
            *left = join(*left, *right);
        }
    }
}

/// What was answered, over all pairs.
#[derive(Default)]
pub(crate) struct Tally {
    found: usize,
    none: usize,
    pub(crate) unknown: Vec<(Reason, String)>,
}

impl Tally {
    fn and(mut self, other: Tally) -> Tally {
        self.found += other.found;
        self.none += other.none;
        self.unknown.extend(other.unknown);
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} found, {} times none, {} unknown", self.found, self.none, self.unknown.len())
    }
}

/// Compares random pairs of patterns over conditions from `condition`, with `records` as the brute force. Each pool has
/// random numbers of its own, so the pairs do not depend on the number of threads.
pub(crate) fn compare(
    pairs: usize,
    seed: u64,
    condition: impl Fn(&mut Rng) -> String + Sync,
    records: impl Fn(&mut Rng) -> Vec<Value> + Sync,
) -> Tally {
    let pools = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let pool = pools.fetch_add(1, Ordering::Relaxed);
            if pool >= pairs.div_ceil(PAIRS_A_POOL) {
                return tally;
            }
            let mut random = Rng::with_seed(seed << 32 | pool as u64);
            let conditions: Vec<Condition> =
                (0..CONDITIONS).map(|_| single(&condition(&mut random))).collect();
            let mut pool = Pool::new(conditions, records(&mut random));
            let mut analysis = PatternAnalysis::new();
            for _ in 0..PAIRS_A_POOL {
                let pair = [pool.pattern(&mut random), pool.pattern(&mut random)];
                pool.check(&pair, &mut analysis, &mut tally);
            }
        }
    };
    let threads = available_parallelism().map_or(1, NonZeroUsize::get);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let tally = tallies.into_iter().fold(Tally::default(), Tally::and);
    // Both answers have to come up, or nothing was tested.
    assert!(tally.found * 10 > pairs && tally.none * 10 > pairs, "{tally}");
    tally
}

/// The condition of a pattern that has only one.
fn single(text: &str) -> Condition {
    let pattern = Pattern::parse(&format!("{{ {text} }}")).unwrap_or_else(|error| panic!("{text}: {error}"));
    let Ast::Json(Expression::Condition(condition)) = pattern.ast() else { panic!("{text} is no condition") };
    condition.clone()
}

struct Pool {
    conditions: Vec<Condition>,
    records: Vec<Value>,
    holding: Vec<Bits>,
    /// Where the next witness goes.
    next: usize,
}

/// A pattern, and where in the pool it holds.
struct Candidate {
    pattern: Pattern,
    bits: Bits,
}

impl Pool {
    fn new(conditions: Vec<Condition>, records: Vec<Value>) -> Pool {
        let holding =
            conditions.iter().map(|condition| Bits::of(&records, |record| condition.holds(record))).collect();
        let next = records.len() / 2;
        Pool { conditions, records, holding, next }
    }

    /// A random pattern over the conditions.
    fn pattern(&self, random: &mut Rng) -> Candidate {
        let (expression, bits) = self.expression(random, 3);
        let pattern = Pattern::parse(&Ast::Json(expression).to_string()).unwrap();
        Candidate { pattern, bits }
    }

    fn expression(&self, random: &mut Rng, depth: usize) -> (Expression<Condition>, Bits) {
        if depth == 0 || random.u8(..4) == 0 {
            let at = random.usize(..self.conditions.len());
            return (Expression::Condition(self.conditions[at].clone()), self.holding[at].clone());
        }
        let is_all = random.bool();
        let (first, mut bits) = self.expression(random, depth - 1);
        let mut parts = vec![first];
        for _ in 0..random.usize(1..4) {
            let (part, of_part) = self.expression(random, depth - 1);
            parts.push(part);
            bits.join(&of_part, |left, right| if is_all { left & right } else { left | right });
        }
        (if is_all { Expression::All(parts) } else { Expression::Any(parts) }, bits)
    }

    /// Asks all four questions about a pair.
    fn check(&mut self, pair: &[Candidate; 2], analysis: &mut PatternAnalysis, tally: &mut Tally) {
        let ids = [0, 1].map(|at| analysis.add(&pair[at].pattern).unwrap());
        let set = PatternSet::new(pair.iter().map(|candidate| candidate.pattern.clone()));
        for wanted in [[true, false], [false, true], [true, true], [false, false]] {
            let asked: Vec<(PatternId, bool)> = ids.into_iter().zip(wanted).collect();
            let name =
                || format!("{} is {}, {} is {}", pair[0].pattern, wanted[0], pair[1].pattern, wanted[1]);
            match analysis.find(&asked) {
                Ok(Some(witness)) => {
                    assert_eq!(matched(&set, &witness), wanted, "{}: {witness}", name());
                    tally.found += 1;
                    self.add(&witness);
                }
                Ok(None) => {
                    tally.none += 1;
                    let refuting = self.first(pair, wanted);
                    assert_eq!(refuting, None, "{}", name());
                }
                Err(reason) => tally.unknown.push((reason, name())),
            }
        }
    }

    /// The first record on which each pattern is as wanted. The bits of a pattern say nothing about witnesses
    /// that joined since.
    fn first(&self, pair: &[Candidate; 2], wanted: [bool; 2]) -> Option<&Value> {
        let sign = |word: u64, wanted: bool| if wanted { word } else { !word };
        let words = pair[0].bits.0.iter().zip(&pair[1].bits.0).enumerate();
        let mut places = words.flat_map(|(at, (left, right))| {
            let word = sign(*left, wanted[0]) & sign(*right, wanted[1]);
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        });
        let fits = |record: &&Value| {
            pair.iter()
                .zip(wanted)
                .all(|(candidate, wanted)| candidate.pattern.matches_record(record) == wanted)
        };
        places.find_map(|at| self.records.get(at).filter(fits))
    }

    /// A witness takes the place of a record of the second half.
    fn add(&mut self, witness: &Witness) {
        let at = self.next;
        let half = self.records.len() / 2;
        self.next = if at + 1 == self.records.len() { half } else { at + 1 };
        let record = witness.record().clone();
        for (bits, condition) in self.holding.iter_mut().zip(&self.conditions) {
            let word = &mut bits.0[at / 64];
            *word &= !(1 << (at % 64));
            *word |= u64::from(condition.holds(&record)) << (at % 64);
        }
        self.records[at] = record;
    }
}

/// Which patterns of a set match a witness, by the evaluator that runs in production.
fn matched(set: &PatternSet, witness: &Witness) -> [bool; 2] {
    let mut matches = Matches::default();
    set.matches_into(witness.to_string().as_bytes(), &mut matches).unwrap();
    [0, 1].map(|at| matches.contains(at))
}
