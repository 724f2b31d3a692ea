//! The tables at the end of `docs/patterns.md`: what the analysis finds in the catalogue, and in the patterns that people
//! deploy. `UPDATE=1 cargo test -p pattern-analysis documented` writes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use filter_pattern::Pattern;
use filter_pattern::ast::Ast;
use pattern_analysis::{PatternAnalysis, PatternComparison, PatternId, Relation, WhyIdle};

use crate::catalogue::catalogue;
use crate::deployed::deployed;

/// Where the tables begin.
const HEADING: &str = "## Rules of the catalogue that contain others\n";
/// Rules that overlap with fewer others are not listed.
const MANY: usize = 5;

/// Patterns with their names, prepared for comparisons.
struct Named {
    analysis: PatternAnalysis,
    rules: Vec<(String, PatternId)>,
}

impl Named {
    fn of_catalogue() -> Named {
        let mut analysis = PatternAnalysis::new();
        let rules = catalogue().into_iter().map(|(name, pattern)| (name, analysis.add(&pattern).unwrap()));
        Named { rules: rules.collect(), analysis }
    }

    fn containments_and_overlaps(&mut self) -> String {
        let mut contained = BTreeMap::new();
        let mut overlaps: BTreeMap<&str, usize> = BTreeMap::new();
        let mut pairs = 0;
        for (place, (first, first_id)) in self.rules.iter().enumerate() {
            for (second, second_id) in self.rules.iter().skip(place + 1) {
                let comparison = self.analysis.compare(*first_id, *second_id);
                match comparison.relation() {
                    Relation::Implies => drop(contained.insert((first, second), only_second(&comparison))),
                    Relation::Implied => drop(contained.insert((second, first), only_first(&comparison))),
                    Relation::Overlap => {
                        pairs += 1;
                        *overlaps.entry(first).or_default() += 1;
                        *overlaps.entry(second).or_default() += 1;
                    }
                    Relation::Disjoint => {}
                    Relation::Equivalent | Relation::Unknown => panic!("{first}, {second}: {comparison:?}"),
                }
            }
        }
        let rules = self.rules.len();
        let mut out = format!(
            "\nEach record that a rule on the left matches is matched by the rule beside it too, and the record on the right \
             only by the latter.\nIf both are in use, a record that both match counts under both names.\nNo two of the \
             {rules} rules match the same records, none matches every record or no record, and each of their conditions \
             makes a difference.\n\n| rule | is contained in | which also matches |\n|---|---|---|\n"
        );
        for ((inner, outer), record) in contained {
            let _ = writeln!(out, "| `{inner}` | `{outer}` | {} |", code(&record));
        }
        let _ = write!(
            out,
            "\n## Rules of the catalogue that overlap\n\nAnother {pairs} pairs of rules overlap: some records match both, and \
             others only one of them.\nMost overlaps come from the few rules that look at who made a call or at its \
             outcome.\nThese rules overlap with at least {MANY} others:\n\n| rule | overlaps with |\n|---|---|\n"
        );
        let mut overlaps: Vec<_> = overlaps.into_iter().filter(|(_, others)| *others >= MANY).collect();
        overlaps.sort_by_key(|(name, others)| (std::cmp::Reverse(*others), *name));
        for (name, others) in overlaps {
            let _ = writeln!(out, "| `{name}` | {others} rules |");
        }
        let questions = rules * (rules - 1) / 2 * 3;
        let _ = writeln!(
            out,
            "\n`cargo bench -p pattern-analysis` asks the {} questions about all pairs of rules and prints how long that \
             takes.",
            thousands(questions)
        );
        out
    }

    /// The nearest rule: one that is equal, or else one that contains the pattern or is contained in it.
    fn nearest(&mut self, pattern: PatternId) -> (Relation, Option<(&str, PatternComparison)>) {
        let compared: Vec<_> =
            self.rules.iter().map(|(name, id)| (name, self.analysis.compare(pattern, *id))).collect();
        let order = [Relation::Equivalent, Relation::Implies, Relation::Implied];
        for wanted in order {
            let found = compared.iter().find(|(_, comparison)| comparison.relation() == wanted);
            if let Some((name, comparison)) = found {
                return (wanted, Some((name.as_str(), comparison.clone())));
            }
        }
        let overlaps = compared.iter().any(|(_, comparison)| comparison.relation() == Relation::Overlap);
        (if overlaps { Relation::Overlap } else { Relation::Disjoint }, None)
    }

    fn deployed(&mut self, patterns: &[Pattern]) -> String {
        let ids: Vec<PatternId> =
            patterns.iter().map(|pattern| self.analysis.add(pattern).unwrap()).collect();
        let mut meanings: Vec<PatternId> = Vec::new();
        for id in &ids {
            if !meanings.iter().any(|known| self.analysis.equivalent(*known, *id).is_proven()) {
                meanings.push(*id);
            }
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows = String::new();
        for (pattern, id) in patterns.iter().zip(&ids) {
            let (relation, nearest) = self.nearest(*id);
            *counts.entry(relation.as_str()).or_default() += 1;
            let Some((name, comparison)) = nearest else { continue };
            let (word, record) = match relation {
                Relation::Implies => ("fewer records than", only_second(&comparison)),
                Relation::Implied => ("more records than", only_first(&comparison)),
                Relation::Equivalent | Relation::Disjoint | Relation::Overlap | Relation::Unknown => continue,
            };
            let _ = writeln!(rows, "| {} | {word} `{name}` | {} |", code(pattern.text()), code(&record));
        }
        let count = |relation: Relation| counts.get(relation.as_str()).copied().unwrap_or_default();
        format!(
            "\n## What people deploy\n\nThe {} patterns in `shared/pattern-analysis/tests/analysis/deployed.txt` are written as \
             they are in public templates, modules and guides.\nThey have {} meanings; all their pairs are decided.\nCompared \
             with the catalogue:\n\n| a deployed pattern matches | patterns |\n|---|---|\n| exactly the records of a rule | {} |\n\
             | fewer records than a rule | {} |\n| more records than a rule | {} |\n| some records of a rule, and others | {} |\n\
             | no record of any rule | {} |\n\nThe record is matched only by the side that matches more:\n\n| deployed \
             pattern | matches | record |\n|---|---|---|\n{rows}",
            patterns.len(),
            meanings.len(),
            count(Relation::Equivalent),
            count(Relation::Implies),
            count(Relation::Implied),
            count(Relation::Overlap),
            count(Relation::Disjoint),
        )
    }

    fn idle_parts(&mut self, patterns: &[Pattern]) -> String {
        let mut out = String::from(
            "\nIn these deployed patterns, a part has no effect; probably something else was meant:\n\n| deployed pattern | \
             part | why |\n|---|---|---|\n",
        );
        for pattern in patterns {
            let Ast::Json(expression) = pattern.ast() else { panic!("{pattern}") };
            for idle in self.analysis.idle_parts(expression).unwrap() {
                let why = match idle.why {
                    WhyIdle::RestrictsNothing => "without it, the pattern matches the same records",
                    WhyIdle::NeverHolds => "no record satisfies it",
                    WhyIdle::AddsNothing => "the other alternatives match its records too",
                };
                let part = Ast::Json(idle.part).to_string();
                let part = part.trim_start_matches("{ ").trim_end_matches(" }");
                let _ = writeln!(out, "| {} | {} | {why} |", code(pattern.text()), code(part));
            }
        }
        out
    }
}

fn only_first(comparison: &PatternComparison) -> String {
    comparison.only_first().unwrap().to_string()
}

fn only_second(comparison: &PatternComparison) -> String {
    comparison.only_second().unwrap().to_string()
}

/// Code in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[test]
fn the_tables_of_the_page_say_what_the_analysis_finds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/patterns.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, tables) = page.split_once(HEADING).unwrap();
    let mut named = Named::of_catalogue();
    let patterns = deployed();
    let found =
        [named.containments_and_overlaps(), named.deployed(&patterns), named.idle_parts(&patterns)].concat();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{head}{HEADING}{found}")).unwrap();
        return;
    }
    assert_eq!(tables, found, "docs/patterns.md is not current: run this test with UPDATE=1");
}
