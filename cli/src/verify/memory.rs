//! The memory of earlier runs: for each digest whose log files were all valid, a seal over them.
//!
//! Digests are known by the SHA-256 of their content. A seal covers what a listing says of the log files, so that a file that
//! was written again is read again. The file is as trustworthy as the place that it is kept in.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use digests::Report;
use serde::{Deserialize, Serialize};

use super::read_bounded;
use crate::terminal::path_text;

/// The version of the file's form.
const VERSION: u32 = 1;
/// Largest file, in bytes: some ten million digests.
const FILE_BYTES: u64 = 2 << 30;

/// Seals by the SHA-256 of digests.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) sealed: HashMap<[u8; 32], [u8; 32]>,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    version: u32,
    digests: BTreeMap<String, String>,
}

impl Memory {
    /// Reads the file of an earlier run; without one the memory is empty.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path_text(path);
        let text = match read_bounded(path, FILE_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(error).with_context(|| format!("the state file `{name}` cannot be read"));
            }
        };
        let wire: Wire = serde_json::from_slice(&text).with_context(|| {
            format!("`{name}` is not a state file of `trailbell verify`; name another file or remove it")
        })?;
        if wire.version != VERSION {
            bail!(
                "the state file `{name}` has version {}, expected {VERSION}; remove it to verify everything again",
                wire.version
            );
        }
        let sealed = wire.digests.iter().map(|(digest, seal)| Some((bytes(digest)?, bytes(seal)?)));
        let sealed = sealed.collect::<Option<HashMap<_, _>>>();
        let sealed = sealed.with_context(|| {
            format!("the state file `{name}` holds something else than hashes; remove it")
        })?;
        Ok(Self { sealed })
    }

    /// Adds what a run has found valid, and forgets what it has found changed.
    pub(super) fn remember(&mut self, report: &Report) {
        let sealed = report.territories.iter().flat_map(|territory| &territory.sealed);
        self.sealed.extend(sealed.copied());
    }

    /// Writes the file; the earlier one stays until the new one is complete.
    pub(super) fn save(&self, path: &Path) -> anyhow::Result<()> {
        let digests = self.sealed.iter().map(|(digest, seal)| (hex(digest), hex(seal))).collect();
        let text = serde_json::to_vec(&Wire { version: VERSION, digests })?;
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
        written.with_context(|| format!("the state file `{}` cannot be written", path_text(path)))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a SHA-256 in hexadecimal digits.
pub(super) fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 64 && text.is_ascii()).then_some(())?;
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
