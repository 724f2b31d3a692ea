//! How long the analysis of patterns takes: every pair of the catalogue's rules, three questions a pair.
//!
//! `cargo bench -p pattern-analysis` prints the answers and the times.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "this is a developer's command"
)]

use std::time::{Duration, Instant};

use pattern_analysis::{PatternAnalysis, PatternId};
use rules::RuleSet;

const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` asks every bench to be quick.
    let rounds = if std::env::args().any(|argument| argument == "--test") { 1 } else { ROUNDS };
    let set = RuleSet::from_set("all").expect("the catalogue has a set of all rules");
    for round in 1..=rounds {
        let start = Instant::now();
        let mut analysis = PatternAnalysis::new();
        let ids: Vec<PatternId> = set
            .rules()
            .iter()
            .map(|rule| analysis.add(&rule.pattern).expect("the catalogue has JSON patterns only"))
            .collect();
        let mut times = ask(&mut analysis, &ids);
        let total = start.elapsed();
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "round {round}: {} rules, {} questions in {total:.3?}; median {:.1?}, 99 of 100 within {:.1?}, slowest {:.1?}",
            ids.len(),
            times.len(),
            at(0.5),
            at(0.99),
            at(1.0),
        );
    }
}

/// Asks for a record that only the first of a pair matches, that only the second does, and that both do.
fn ask(analysis: &mut PatternAnalysis, ids: &[PatternId]) -> Vec<Duration> {
    let mut times = Vec::new();
    for (position, first) in ids.iter().enumerate() {
        for second in &ids[position + 1..] {
            for wanted in [[true, false], [false, true], [true, true]] {
                let start = Instant::now();
                let answer = analysis.find(&[(*first, wanted[0]), (*second, wanted[1])]);
                times.push(start.elapsed());
                assert!(answer.is_ok(), "a pair of the catalogue is not decided: {answer:?}");
            }
        }
    }
    times
}
