//! The bytes of an index: integers of variable length, and their bounds.

/// Why an index cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It was made by another version, or is something else.
    #[error("it is not an index of this version")]
    Version,
    /// Its bytes are not those that were written.
    #[error("its checksum is wrong")]
    Checksum,
    /// The checksum is right, but the contents cannot be.
    #[error("its contents contradict each other")]
    Contents,
}

/// The most bytes of an integer.
const MOST_BYTES: u32 = 10;

/// Appends an integer.
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        // The mask leaves seven bits.
        out.push(0x80 | u8::try_from(number & 0x7f).unwrap_or_default());
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

/// Appends a length or a number of things.
pub(super) fn put_count(out: &mut Vec<u8>, count: usize) {
    put(out, count as u64);
}

/// Reads bytes from their beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn bytes(&mut self, length: usize) -> Result<&'b [u8], IndexError> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(IndexError::Contents)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(IndexError::Contents)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, IndexError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn number(&mut self) -> Result<u64, IndexError> {
        let mut number = 0;
        for place in 0..MOST_BYTES {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(7 * place).ok_or(IndexError::Contents)?;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(IndexError::Contents)
    }

    pub(super) fn count(&mut self) -> Result<usize, IndexError> {
        usize::try_from(self.number()?).ok().ok_or(IndexError::Contents)
    }
}
