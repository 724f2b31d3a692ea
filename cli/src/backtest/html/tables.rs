//! The tables: rules, old rules against new ones, thresholds, and noise.

use maud::{Markup, html};

use super::super::limits::tenths;
use super::super::report::{AlarmReport, BacktestReport, PairReport, RuleReport};
use super::super::times::{counted, hours, length};
use super::{findings, grouped, text};

/// The percentage of all.
const WHOLE: u64 = 100;

/// What each rule did, and its alarms.
pub(super) fn rules(report: &BacktestReport) -> Markup {
    html! {
        section id="rules" {
            h2 { "Rules" }
            div class="wide" {
                table {
                    thead { tr {
                        th { "Rule" } th { "Severity" } th class="number" { "Matches" } th class="number" { "Alerts" } th class="number" { "Rings" }
                        th class="number" { "Hours in ALARM" } th class="number" { "Longest" } th class="number" { "Call to ring" } th { "Share of matches in a ring" }
                    } }
                    tbody { @for rule in report.rules.iter().filter(|rule| rule.matches > 0 || rule.seconds_in_alarm > 0) { (rule_row(rule)) } }
                }
            }
        }
    }
}

fn rule_row(rule: &RuleReport) -> Markup {
    let longest = rule.alarms.iter().map(|alarm| alarm.longest_seconds).max().unwrap_or(0);
    let spoken = rule.alarms.iter().map(|alarm| alarm.matches_in_rings).max().unwrap_or(0);
    html! {
        tr id={ "rule-" (rule.id) } {
            td { (text(&rule.id)) br; span class="fine" { (text(&rule.title)) } }
            td { (severity(rule.severity)) }
            td class="number" { (grouped(rule.matches)) }
            td class="number" { (grouped(rule.alerts)) }
            td class="number" { (grouped(rule.rings)) }
            td class="number" { (hours(rule.seconds_in_alarm)) }
            td class="number" { @if longest > 0 { (length(longest)) } }
            td class="number" { @if let Some(spread) = rule.seconds_from_call_to_ring { (length(spread.median)) br; span class="fine" { "up to " (length(spread.max)) } } }
            td class="number" { @if rule.alarms.is_empty() { "no alarm" } @else { (share(spoken, rule.matches)) } }
        }
    }
}

fn severity(severity: rules::Severity) -> Markup {
    html! { span class={ "severity " (severity.as_str()) } { (severity.as_str()) } }
}

fn share(part: u64, whole: u64) -> String {
    (part * WHOLE).checked_div(whole).map_or_else(String::new, |percent| format!("{percent} %"))
}

/// Old rules against new ones; nothing without old rules.
pub(super) fn comparison(report: &BacktestReport) -> Markup {
    let Some(pairs) = &report.comparison else { return html! {} };
    let differs = |pair: &&PairReport| {
        !pair.changes.is_empty() || pair.only_old.matches + pair.only_new.matches > 0 || pair.old != pair.new
    };
    let changed: Vec<&PairReport> = pairs.iter().filter(differs).collect();
    let lost: u64 = pairs.iter().map(|pair| pair.only_old.matches).sum();
    html! {
        section id="comparison" {
            h2 { "Old rules and new rules" }
            @if lost > 0 { p class="note bad" { strong { "The new rules lose " (counted(lost, "match")) "." } " The rules that lose them come first." } }
            @if changed.is_empty() { p { "Nothing differs in " (pairs.len()) " rules." } } @else {
                p { (changed.len()) " of " (pairs.len()) " rules differ." }
                div class="wide" {
                    table {
                        thead { tr {
                            th { "Rule" } th { "Severity" } th { "Changed" } th class="number" { "Both match" } th class="number" { "Lost" } th class="number" { "Gained" }
                            th class="number" { "Alerts" } th class="number" { "Rings" } th class="number" { "Hours in ALARM" }
                        } }
                        tbody { @for pair in changed { (pair_rows(pair)) } }
                    }
                }
            }
        }
    }
}

fn pair_rows(pair: &PairReport) -> Markup {
    let id = pair.id.as_ref().or(pair.old_id.as_ref()).map(String::as_str).unwrap_or_default();
    let both =
        |old: String, new: String| html! { @if old == new { (old) } @else { (old) " → " strong { (new) } } };
    let only = [("Lost", &pair.only_old), ("Gained", &pair.only_new)];
    html! {
        tr class=[(pair.only_old.matches > 0).then_some("lost")] {
            td { (text(id)) @if let Some(old) = pair.old_id.as_ref().filter(|old| *old != id) { br; span class="fine" { "was " (text(old)) } } }
            td { (severity(pair.severity)) }
            td { (pair.changes.join(", ")) }
            td class="number" { (grouped(pair.both)) }
            td class="number" { (grouped(pair.only_old.matches)) }
            td class="number" { (grouped(pair.only_new.matches)) }
            td class="number" { (both(pair.old.alerts.to_string(), pair.new.alerts.to_string())) }
            td class="number" { (both(pair.old.rings.to_string(), pair.new.rings.to_string())) (incidents(pair)) }
            td class="number" { (both(hours(pair.old.seconds_in_alarm), hours(pair.new.seconds_in_alarm))) }
        }
        @for (what, only) in only { @if !only.examples.is_empty() {
            tr class="examples" { td colspan="9" {
                details {
                    summary { (what) ": the first " (only.examples.len()) " of " (grouped(only.matches)) }
                    ul { @for example in &only.examples { li { (findings::line(example)) } } }
                }
            } }
        } }
    }
}

/// What becomes of the incidents of a rule, if the new alarms miss some or ring later.
fn incidents(pair: &PairReport) -> Markup {
    let incidents = &pair.incidents;
    html! {
        @if incidents.missed > 0 { br; span class="bad" { "no ring about " (incidents.missed) " of " (counted(incidents.old, "incident")) } }
        @if incidents.later > 0 { br; span class="fine" { (counted(incidents.later, "incident")) " later, up to " (length(incidents.longest_delay_seconds)) } }
    }
}

/// The thresholds of each alarm with data.
pub(super) fn sweeps(report: &BacktestReport) -> Markup {
    let alarms: Vec<(&RuleReport, &AlarmReport)> = report
        .rules
        .iter()
        .flat_map(|rule| rule.alarms.iter().map(move |alarm| (rule, alarm)))
        .filter(|(_, alarm)| !alarm.sweep.is_empty())
        .collect();
    html! {
        section id="sweeps" {
            h2 { "Other thresholds" }
            p { "A higher threshold may ring more often and for a shorter time. Read rings and hours together. The alarm's own threshold is marked." }
            @if alarms.is_empty() { p { "No alarm on a sum has data." } }
            @for (rule, alarm) in alarms {
                details open[alarm.sweep.len() > 3] {
                    summary { (text(&alarm.name)) ": " (counted(alarm.rings, "ring")) ", " (hours(alarm.seconds_in_alarm)) " hours in ALARM at " (alarm.threshold) }
                    div class="wide" {
                        table class="sweep" {
                            tbody {
                                tr { th scope="row" { "Threshold" } @for point in &alarm.sweep { th class=[point.is_current.then_some("current")] scope="col" { (point.threshold) @if point.is_current { " ◂" } } } }
                                tr { th scope="row" { "Rings" } @for point in &alarm.sweep { td class=[point.is_current.then_some("current")] { (point.rings) } } }
                                tr { th scope="row" { "Hours in ALARM" } @for point in &alarm.sweep { td class=[point.is_current.then_some("current")] { (hours(point.seconds_in_alarm)) } } }
                                tr { th scope="row" { "Matches in a ring" } @for point in &alarm.sweep { td class=[point.is_current.then_some("current")] { (share(point.matches_in_rings, rule.matches)) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The callers behind most of the noise.
pub(super) fn noise(report: &BacktestReport) -> Markup {
    html! {
        section id="noise" {
            h2 { "Noise" }
            @if report.noise.is_empty() { p { "No caller has a large share of the matches of a rule." } } @else {
                p { "An exclusion would silence a caller for one rule. To see what it keeps and loses, put the pattern into a rule file, and run the backtest with " code { "--against" } " and the present rules." }
                div class="wide" {
                    table {
                        thead { tr { th { "Rule" } th { "Caller" } th class="number" { "Matches" } th class="number" { "Share" } th class="number" { "Rings" } th class="number" { "Without it" } th { "Pattern without it" } } }
                        tbody {
                            @for noise in &report.noise {
                                tr {
                                    td { (text(&noise.rule)) br; (severity(noise.severity)) }
                                    td { (text(&noise.caller)) }
                                    td class="number" { (grouped(noise.matches)) }
                                    td class="number" { (share(noise.matches, noise.matches_of_rule)) }
                                    td class="number" { (noise.rings) }
                                    td class="number" { @if let Some(without) = noise.rings_without { (without) } }
                                    td class="pattern" {
                                        @if let Some(pattern) = &noise.pattern { details { summary { "show" } code { (text(pattern)) } } }
                                        @if let Some(reason) = noise.refused { span class="fine" { (reason) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p class="fine" { "On average " (tenths(report.totals.alerts + report.totals.rings, report.totals.days_with_files)) " messages a day, with these callers." }
        }
    }
}
