//! The fast simulation against the slow one, on random alarms and series; and what it says of the catalogue's alarms.

#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod timelines;
