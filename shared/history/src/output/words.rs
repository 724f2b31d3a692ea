//! One event in words, for people: who did what, on what, from where, and with which outcome.

use filter_pattern::printable;

use crate::column::{Cells, Column, Outcome};
use crate::event::Event;
use crate::resource;

/// The facts of an event, each with its label. Facts that the record does not state are left out.
///
/// Deceptive characters are escaped, so the text can be shown on a terminal.
pub fn describe(event: &Event) -> Vec<(&'static str, String)> {
    let cells = Cells::of(event);
    let text = |column| cells.text(column);
    let joined = |first: Option<String>, details: &[(&str, Option<String>)]| {
        let details: Vec<String> = details
            .iter()
            .filter_map(|(label, text)| text.as_ref().map(|text| format!("{label}{text}")))
            .collect();
        match (first, details.is_empty()) {
            (Some(first), true) => Some(first),
            (Some(first), false) => Some(format!("{first} ({})", details.join(", "))),
            (None, true) => None,
            (None, false) => Some(details.join(", ")),
        }
    };
    let mfa = text(Column::Mfa).map(|mfa| if mfa == "true" { "with MFA" } else { "without MFA" }.to_owned());
    let read_only =
        text(Column::ReadOnly).map(|text| if text == "true" { "read" } else { "write" }.to_owned());
    let resources = resource::listed(&cells.fields).into_iter();
    let listed = resources.map(|it| joined(Some(it.name).filter(|name| !name.is_empty()), &[("", it.kind)]));
    let on = {
        let listed: Vec<String> = listed.flatten().collect();
        if listed.is_empty() { text(Column::Resource) } else { Some(listed.join(", ")) }
    };
    let outcome = Outcome::of(&cells.fields);
    let facts = [
        ("When", text(Column::Time)),
        ("Who", joined(text(Column::User), &[("", text(Column::Type)), ("", mfa)])),
        ("ARN", text(Column::Arn)),
        ("Access key", text(Column::AccessKey)),
        ("What", joined(text(Column::Name), &[("", text(Column::Source)), ("", read_only)])),
        ("On", on),
        ("Outcome", joined(text(Column::Outcome), &[("", outcome.message)])),
        ("From", joined(text(Column::Ip), &[("", text(Column::Agent))])),
        ("Where", joined(text(Column::Region), &[("account ", text(Column::Account))])),
        ("Request", text(Column::Request)),
        ("Event id", text(Column::EventId)),
        ("Shared id", text(Column::SharedEventId)),
        ("Log file", text(Column::LogFile)),
    ];
    let shown = |(label, text): (&'static str, Option<String>)| Some((label, printable(&text?).into_owned()));
    facts.into_iter().filter_map(shown).collect()
}
