//! Makes the index of a day.

use std::collections::{BTreeMap, HashSet};

use xorf::{BinaryFuse8, DmaSerializable as _};

use super::bytes::{put, put_count};
use super::token::{Token, add_tokens};
use super::{FILES_OF_A_FILTER, FileState, MAGIC};
use crate::event::Event;

/// Takes the files of a day, sorted by name, and the events of each.
#[derive(Debug, Default)]
pub struct DayIndexBuilder {
    files: Vec<File>,
    /// The numbers of the files with each value, ascending.
    values: BTreeMap<u32, Vec<usize>>,
    /// What goes into the filter of the last files.
    open: HashSet<u64>,
    filters: Vec<Option<BinaryFuse8>>,
    tokens: Vec<Token>,
}

#[derive(Debug)]
struct File {
    name: String,
    state: FileState,
    is_read_always: bool,
}

impl DayIndexBuilder {
    /// Begins a file. The events that follow are its events.
    pub fn begin_file(&mut self, name: &str, state: FileState) {
        if self.files.len().is_multiple_of(FILES_OF_A_FILTER) && !self.files.is_empty() {
            self.close_filter();
        }
        self.files.push(File { name: name.to_owned(), state, is_read_always: false });
    }

    /// Says that the file must be read by every search: something in it could not be read, or it may have been changed while
    /// it was read.
    pub fn read_always(&mut self) {
        if let Some(file) = self.files.last_mut() {
            file.is_read_always = true;
        }
    }

    /// Adds an event of the file.
    pub fn push(&mut self, event: &Event) {
        let Some(file) = self.files.len().checked_sub(1) else { return };
        self.tokens.clear();
        add_tokens(&event.fields(), &mut self.tokens);
        for token in &self.tokens {
            match token {
                Token::Filtered(hash) => {
                    self.open.insert(*hash);
                }
                Token::Value(hash) => {
                    let files = self.values.entry(*hash).or_default();
                    if files.last() != Some(&file) {
                        files.push(file);
                    }
                }
            }
        }
    }

    fn close_filter(&mut self) {
        let mut hashes: Vec<u64> = self.open.drain().collect();
        // The same files make the same index.
        hashes.sort_unstable();
        self.filters.push(BinaryFuse8::try_from(hashes).ok());
    }

    /// The bytes of the index.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.files.is_empty() {
            self.close_filter();
        }
        let mut out = MAGIC.to_vec();
        self.put_files(&mut out);
        self.put_values(&mut out);
        self.put_filters(&mut out);
        let checksum = crc32fast::hash(&out);
        out.extend(checksum.to_le_bytes());
        out
    }

    fn put_files(&self, out: &mut Vec<u8>) {
        put_count(out, self.files.len());
        let mut before: &[u8] = b"";
        for File { name, state, is_read_always } in &self.files {
            let name = name.as_bytes();
            let common = name.iter().zip(before).take_while(|(one, other)| one == other).count();
            let rest = name.get(common..).unwrap_or_default();
            put_count(out, common);
            put_count(out, rest.len());
            out.extend(rest);
            put(out, state.bytes);
            put(out, state.changed);
            put(out, state.id);
            out.push(u8::from(*is_read_always));
            before = name;
        }
    }

    fn put_values(&self, out: &mut Vec<u8>) {
        put_count(out, self.values.len());
        let mut before = 0;
        for (hash, files) in &self.values {
            put(out, u64::from(hash - before));
            before = *hash;
            put_count(out, files.len());
            let mut file_before = 0;
            for file in files {
                put_count(out, file - file_before);
                file_before = *file;
            }
        }
    }

    fn put_filters(&self, out: &mut Vec<u8>) {
        for filter in &self.filters {
            let Some(filter) = filter else {
                put(out, 0);
                continue;
            };
            put_count(out, filter.dma_fingerprints().len());
            let mut descriptor = [0; BinaryFuse8::DESCRIPTOR_LEN];
            filter.dma_copy_descriptor_to(&mut descriptor);
            out.extend(descriptor);
            out.extend(filter.dma_fingerprints());
        }
    }
}
