//! The first findings of each rule, with a filter.

use maud::{Markup, html};

use super::super::findings::Example;
use super::super::report::{BacktestReport, RuleReport};
use super::{grouped, text};

/// Characters of a name that are shown.
const NAME_CHARS: usize = 120;

/// The findings.
pub(super) fn findings(report: &BacktestReport) -> Markup {
    let listed: usize = report.rules.iter().map(|rule| rule.findings.len()).sum();
    html! {
        section id="findings" {
            h2 { "Findings" }
            p { (grouped(listed as u64)) " of " (grouped(report.totals.matches)) " findings are listed: the first ones of each rule." }
            p class="tools" {
                label { "Filter " input id="filter" type="search" autocomplete="off" placeholder="rule, caller, call, account"; }
                " "
                label { "Severity " select id="severity" { option value="" { "all" } @for severity in rules::Severity::ALL.iter().rev() { option { (severity.as_str()) } } } }
                " " span id="shown" class="fine" role="status" {}
            }
            div class="wide" {
                table id="found" {
                    thead { tr { th { "Time" } th { "Rule" } th { "Caller" } th { "Call" } th { "From" } th { "Event" } } }
                    @for rule in report.rules.iter().filter(|rule| !rule.findings.is_empty()) { (of_rule(rule)) }
                }
            }
        }
    }
}

fn of_rule(rule: &RuleReport) -> Markup {
    html! {
        tbody data-severity=(rule.severity.as_str()) {
            @for example in &rule.findings {
                tr {
                    td { (example.event_time.as_deref().unwrap_or("no time")) }
                    td { (text(&rule.id)) }
                    td { (name(&example.caller)) }
                    td { (name(&example.event_name)) @if !example.reason.is_empty() { " " span class="fine" { (name(&example.reason)) } } }
                    td { (name(&example.address)) " " span class="fine" { (name(&example.account)) " " (name(&example.region)) } }
                    td class="id" { (name(&example.event_id)) }
                }
            }
        }
    }
}

/// A finding in one line.
pub(super) fn line(example: &Example) -> Markup {
    html! {
        (example.event_time.as_deref().unwrap_or("no time")) " " (name(&example.event_name)) " by " (name(&example.caller))
        @if !example.address.is_empty() { " from " (name(&example.address)) }
        @if !example.reason.is_empty() { ", " (name(&example.reason)) }
        " " span class="id" { (name(&example.event_id)) " in " (text(&example.file)) }
    }
}

/// A text from a record, cut.
fn name(whole: &str) -> Markup {
    let mut short: String = whole.chars().take(NAME_CHARS).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    text(&short)
}
