//! Asks the index of a day which files can contain what a filter selects.

use std::collections::HashMap;

use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable as _, Filter as _, FilterRef as _};

use super::bytes::{IndexError, Reader};
use super::token::Token;
use super::{FILES_OF_A_FILTER, FileState, MAGIC};
use crate::filter::Filter;

/// The bytes of the checksum at the end.
const CHECKSUM_BYTES: usize = 4;

/// What an index can be asked: of each list, a file must have at least one text.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Vec<Vec<Token>>);

impl Wanted {
    /// The part of a filter that an index can answer; `None` if there is none.
    pub fn of(filter: &Filter) -> Option<Self> {
        let lists = filter
            .exact_texts()
            .map(|(criterion, texts)| texts.iter().map(|text| Token::of(criterion, text)).collect());
        let lists: Vec<Vec<Token>> = lists.collect();
        (!lists.is_empty()).then_some(Self(lists))
    }
}

/// The files of a day, and which of them can contain what is wanted.
#[derive(Clone, Debug, Default)]
pub struct DayAnswer {
    files: HashMap<String, FileAnswer>,
}

#[derive(Clone, Copy, Debug)]
struct FileAnswer {
    state: FileState,
    is_read_always: bool,
    may_contain: bool,
}

impl DayAnswer {
    /// Reads the index of a day.
    ///
    /// # Errors
    ///
    /// If the bytes are not those of an index of this version, as it was written.
    pub fn of(bytes: &[u8], wanted: &Wanted) -> Result<Self, IndexError> {
        let contents = contents(bytes)?;
        let mut reader = Reader(contents);
        let mut files = read_files(&mut reader)?;
        let count = files.len();
        // Of each list, the files that have one of its texts.
        let mut found = vec![vec![false; count]; wanted.0.len()];
        read_values(&mut reader, wanted, &mut found)?;
        read_filters(&mut reader, count, wanted, &mut found)?;
        for (number, (_, file)) in files.iter_mut().enumerate() {
            file.may_contain = found.iter().all(|has| has.get(number) == Some(&true));
        }
        Ok(Self { files: files.into_iter().collect() })
    }

    /// Whether a file certainly contains nothing that is wanted. A file in another state than the one that was indexed may
    /// contain anything.
    pub fn rules_out(&self, name: &str, state: FileState) -> bool {
        self.files
            .get(name)
            .is_some_and(|file| file.state == state && !file.is_read_always && !file.may_contain)
    }

    /// Whether a new index of these files would say the same: it knows all of them in this state and no others, and none
    /// has to be read always.
    pub fn is_current<'n>(&self, files: impl ExactSizeIterator<Item = (&'n str, FileState)>) -> bool {
        files.len() == self.files.len()
            && files.into_iter().all(|(name, state)| {
                self.files.get(name).is_some_and(|file| file.state == state && !file.is_read_always)
            })
    }
}

/// What is between the magic and the checksum.
fn contents(bytes: &[u8]) -> Result<&[u8], IndexError> {
    if !bytes.starts_with(MAGIC) {
        return Err(IndexError::Version);
    }
    let (covered, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(IndexError::Checksum)?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*checksum) {
        return Err(IndexError::Checksum);
    }
    covered.get(MAGIC.len()..).ok_or(IndexError::Checksum)
}

fn read_files(reader: &mut Reader<'_>) -> Result<Vec<(String, FileAnswer)>, IndexError> {
    let count = reader.count()?;
    let mut files = Vec::new();
    let mut name = Vec::new();
    for _ in 0..count {
        let common = reader.count()?;
        if common > name.len() {
            return Err(IndexError::Contents);
        }
        name.truncate(common);
        let rest = reader.count()?;
        name.extend(reader.bytes(rest)?);
        let state = FileState { bytes: reader.number()?, changed: reader.number()?, id: reader.number()? };
        let is_read_always = reader.byte()? != 0;
        let text = String::from_utf8(name.clone()).ok().ok_or(IndexError::Contents)?;
        files.push((text, FileAnswer { state, is_read_always, may_contain: true }));
    }
    Ok(files)
}

/// Reads the values, and marks the files of those that are wanted.
fn read_values(reader: &mut Reader<'_>, wanted: &Wanted, found: &mut [Vec<bool>]) -> Result<(), IndexError> {
    let mut hash = 0_u32;
    for _ in 0..reader.count()? {
        let step = u32::try_from(reader.number()?).ok().ok_or(IndexError::Contents)?;
        hash = hash.checked_add(step).ok_or(IndexError::Contents)?;
        let lists: Vec<usize> = lists_with(wanted, |token| *token == Token::Value(hash)).collect();
        let mut file = 0_usize;
        for _ in 0..reader.count()? {
            file = file.checked_add(reader.count()?).ok_or(IndexError::Contents)?;
            for list in &lists {
                let has = found.get_mut(*list).and_then(|files| files.get_mut(file));
                *has.ok_or(IndexError::Contents)? = true;
            }
        }
    }
    Ok(())
}

/// Reads the filters, and marks the files of those that have a wanted text.
fn read_filters(
    reader: &mut Reader<'_>,
    files: usize,
    wanted: &Wanted,
    found: &mut [Vec<bool>],
) -> Result<(), IndexError> {
    for first in (0..files).step_by(FILES_OF_A_FILTER) {
        let filter = read_filter(reader)?;
        let has = |token: &Token| match token {
            Token::Value(_) => false,
            Token::Filtered(hash) => filter.as_ref().is_none_or(|filter| filter.contains(hash)),
        };
        for list in lists_with(wanted, has) {
            let files = found.get_mut(list).ok_or(IndexError::Contents)?;
            files.iter_mut().skip(first).take(FILES_OF_A_FILTER).for_each(|has| *has = true);
        }
    }
    if reader.0.is_empty() { Ok(()) } else { Err(IndexError::Contents) }
}

fn read_filter<'b>(reader: &mut Reader<'b>) -> Result<Option<BinaryFuse8Ref<'b>>, IndexError> {
    let length = reader.count()?;
    if length == 0 {
        return Ok(None);
    }
    let descriptor = reader.bytes(BinaryFuse8::DESCRIPTOR_LEN)?;
    let fingerprints = reader.bytes(length)?;
    let mut numbers = Reader(descriptor);
    let _seed: [u8; 8] = numbers.array()?;
    let mut number = || numbers.array().map(u32::from_le_bytes);
    let (segment, mask, segments) = (number()?, number()?, number()?);
    // What `contains` looks at lies within the segments and the two after them.
    let end = u64::from(segments) + 2 * u64::from(segment);
    let is_whole = segment.is_power_of_two() && mask == segment - 1 && segments.is_multiple_of(segment);
    if !is_whole || end > length as u64 || u32::try_from(length).is_err() {
        return Err(IndexError::Contents);
    }
    Ok(Some(BinaryFuse8Ref::from_dma(descriptor, fingerprints)))
}

/// The lists with a token that `is_found`.
fn lists_with(wanted: &Wanted, is_found: impl Fn(&Token) -> bool) -> impl Iterator<Item = usize> {
    let lists = wanted.0.iter().enumerate();
    lists.filter_map(move |(list, tokens)| tokens.iter().any(&is_found).then_some(list))
}
