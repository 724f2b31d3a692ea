//! The fast simulation against the slow one, on random alarms and series.

#[cfg(test)]
mod timelines;
