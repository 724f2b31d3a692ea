//! Mappings: entries in document order, found by key in a long mapping without a search through all of them.

use std::cell::OnceCell;
use std::ops::Deref;

use super::Node;

/// Up to this number of entries, a search from the start is the fastest.
const SEARCHED: usize = 16;

/// Keys with their values, in document order. Of entries with the same key, the first counts.
#[derive(Debug, Default)]
pub(crate) struct Map {
    entries: Vec<(String, Node)>,
    /// The places of the entries in the order of their keys; made for the first look into a long mapping.
    by_key: OnceCell<Vec<usize>>,
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(self.place(key)?).map(|(_, node)| node)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let place = self.place(key)?;
        self.entries.get_mut(place).map(|(_, node)| node)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.entries.iter_mut().map(|(_, node)| node)
    }

    pub(crate) fn push(&mut self, key: String, node: Node) {
        self.by_key.take();
        self.entries.push((key, node));
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= SEARCHED {
            return self.entries.iter().position(|(name, _)| name == key);
        }
        let key_at = |place: &usize| self.entries.get(*place).map_or("", |(name, _)| name.as_str());
        let by_key = self.by_key.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.entries.len()).collect();
            places.sort_by(|left, right| key_at(left).cmp(key_at(right)));
            places
        });
        let first = by_key.partition_point(|place| key_at(place) < key);
        by_key.get(first).copied().filter(|place| key_at(place) == key)
    }
}

impl Clone for Map {
    fn clone(&self) -> Self {
        self.entries.clone().into()
    }
}

impl Deref for Map {
    type Target = [(String, Node)];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl From<Vec<(String, Node)>> for Map {
    fn from(entries: Vec<(String, Node)>) -> Self {
        Self { entries, by_key: OnceCell::new() }
    }
}

impl FromIterator<(String, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Node)>>(entries: I) -> Self {
        entries.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Map {
    type Item = (String, Node);
    type IntoIter = std::vec::IntoIter<(String, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_of_a_key_is_found_in_mappings_of_every_length() {
        for length in [0, 1, SEARCHED, SEARCHED + 1, 500] {
            let entry = |number: usize| (format!("k{}", number / 2), Node::text(number.to_string()));
            let mut map: Map = (0..length).map(entry).collect();
            for number in 0..length {
                let expected = (number / 2 * 2).to_string();
                assert_eq!(map.get(&format!("k{}", number / 2)).unwrap().as_text(), Some(expected.as_str()));
            }
            assert!(map.get("k").is_none());
            map.push("k".to_owned(), Node::text("new"));
            assert_eq!(map.get_mut("k").unwrap().as_text(), Some("new"));
            assert_eq!(map.clone().get("k").unwrap().as_text(), Some("new"));
        }
    }
}
