//! Seals over the log files of digests: what a listing says of each of them. While a seal holds, none of them has changed.
//!
//! A seal says nothing about contents. It is compared with the one of an earlier run that has read them.

use std::collections::{HashMap, HashSet};

use ring::digest::{Context, SHA256};

use crate::content::Sha256;
use crate::place::Place;
use crate::report::{LogFileOutcome, LogFileVerdict};
use crate::territory::FoundLogFile;
use crate::window::{Entries, place_of};

/// The seals of digests, by the SHA-256 of their content.
pub(crate) struct Seals(HashMap<Sha256, Sha256>);

impl Seals {
    /// Seals the log files of these digests. A digest that names a file that is not listed has no seal.
    pub(crate) fn of(entries: &[Entries<'_>], files: &[FoundLogFile]) -> Self {
        let listed: HashMap<&Place, &FoundLogFile> = files.iter().map(|file| (&file.place, file)).collect();
        let seal = |(digest, files): &Entries<'_>| {
            let mut context = Context::new(&SHA256);
            for file in files.iter() {
                let place = place_of(file);
                let object = &listed.get(&place)?.object;
                context.update(format!("{place}\n{}\n{}\n", object.size, object.tag).as_bytes());
            }
            let seal: Sha256 = context.finish().as_ref().try_into().ok()?;
            Some((*digest.loaded.sha256()?, seal))
        };
        Self(entries.iter().filter_map(seal).collect())
    }

    /// The files that an earlier run has found valid, and that are as they were then.
    pub(crate) fn known(&self, entries: &[Entries<'_>], earlier: &HashMap<Sha256, Sha256>) -> HashSet<Place> {
        let is_sealed = |(digest, _): &&Entries<'_>| {
            let seals =
                digest.loaded.sha256().and_then(|sha256| Some((self.0.get(sha256)?, earlier.get(sha256)?)));
            seals.is_some_and(|(seal, earlier)| seal == earlier)
        };
        let files = entries.iter().filter(is_sealed).flat_map(|(_, files)| files.iter());
        files.map(place_of).collect()
    }

    /// The seals of the digests whose log files are all valid.
    pub(crate) fn of_valid(
        &self,
        entries: &[Entries<'_>],
        outcomes: &[LogFileOutcome],
    ) -> Vec<(Sha256, Sha256)> {
        let wrong: HashSet<&Place> = outcomes
            .iter()
            .filter(|file| file.verdict != LogFileVerdict::Valid)
            .map(|file| &file.place)
            .collect();
        let is_valid = |(_, files): &&Entries<'_>| files.iter().all(|file| !wrong.contains(&place_of(file)));
        let valid = entries.iter().filter(is_valid).filter_map(|(digest, _)| digest.loaded.sha256());
        valid.filter_map(|sha256| Some((*sha256, *self.0.get(sha256)?))).collect()
    }
}
