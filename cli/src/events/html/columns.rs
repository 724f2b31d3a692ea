//! The columns of all events: each different text once, and for each event the place of its text.

use std::collections::HashMap;

use history::{Column, Event, cells};
use serde::ser::{Serialize, SerializeMap as _, SerializeStruct as _, Serializer};

use crate::terminal::printable;

/// The columns that the page has. The time is apart, and the request is in the record.
const COLUMNS: [Column; 18] = [
    Column::User,
    Column::Name,
    Column::Outcome,
    Column::Resource,
    Column::Ip,
    Column::Account,
    Column::Region,
    Column::Source,
    Column::AccessKey,
    Column::Arn,
    Column::Type,
    Column::ErrorMessage,
    Column::ReadOnly,
    Column::Agent,
    Column::Mfa,
    Column::EventId,
    Column::SharedEventId,
    Column::LogFile,
];
/// The time of the event as text, for downloads.
const TIME: &str = "time";
/// What the events of one session have in common.
const SESSION: &str = "session";

/// The columns.
#[derive(Debug)]
pub(super) struct Columns(Vec<(&'static str, Dictionary)>);

#[derive(Debug, Default)]
struct Dictionary {
    places: HashMap<Option<String>, usize>,
    values: Vec<Option<String>>,
    index: Vec<usize>,
}

impl Default for Columns {
    fn default() -> Self {
        let named = COLUMNS.iter().map(|column| column.as_str());
        let names = std::iter::once(TIME).chain(named).chain([SESSION]);
        Self(names.map(|name| (name, Dictionary::default())).collect())
    }
}

impl Columns {
    /// Adds an event.
    pub(super) fn push(&mut self, event: &Event) {
        let time = cells(event, &[Column::Time]).into_iter();
        let texts = time.chain(cells(event, &COLUMNS)).chain([event.session()]);
        for ((_, dictionary), text) in self.0.iter_mut().zip(texts) {
            dictionary.push(text);
        }
    }
}

impl Dictionary {
    fn push(&mut self, text: Option<String>) {
        let place = match self.places.get(&text) {
            Some(place) => *place,
            None => {
                let place = self.values.len();
                self.values.push(text.as_deref().map(|text| printable(text).to_string()));
                self.places.insert(text, place);
                place
            }
        };
        self.index.push(place);
    }
}

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, dictionary) in &self.0 {
            map.serialize_entry(name, dictionary)?;
        }
        map.end()
    }
}

impl Serialize for Dictionary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut dictionary = serializer.serialize_struct("Dictionary", 2)?;
        dictionary.serialize_field("values", &self.values)?;
        dictionary.serialize_field("index", &self.index)?;
        dictionary.end()
    }
}
