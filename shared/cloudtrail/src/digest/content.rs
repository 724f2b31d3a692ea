//! The bytes of a digest file: exactly one gzip member, up to a limit. The bytes are not interpreted here.

use std::io::Read;

use super::error::DigestReadError;
use crate::gunzip::Gunzip;
use crate::log_file::error::LogFileError;

/// Largest digest after decompression, in bytes: 64 MiB, which is some 170,000 log files in an hour of one region.
pub const MAX_DIGEST_BYTES: u64 = 64 << 20;

/// Bytes decompressed at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The first two bytes of a gzip member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads the content of a digest file.
///
/// The content is returned only when the gzip member was complete, its trailer matched and nothing followed it. Content
/// that is not compressed is refused, because CloudTrail compresses every digest.
///
/// # Errors
///
/// [`DigestReadError`]: the source failed, the file is not one gzip member, or its content is larger than
/// [`MAX_DIGEST_BYTES`].
pub fn read_digest(mut source: impl Read) -> Result<Vec<u8>, DigestReadError> {
    let mut magic = Vec::with_capacity(MAGIC.len());
    (&mut source).take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(DigestReadError::Source)?;
    if magic != MAGIC {
        return Err(DigestReadError::NotGzip);
    }
    let mut gunzip = Gunzip::new(magic.chain(source), MAX_DIGEST_BYTES);
    let mut content = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = gunzip.read_chunk(&mut chunk).map_err(read_error)?;
        if count == 0 {
            return Ok(content);
        }
        content.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
}

fn read_error(error: LogFileError) -> DigestReadError {
    match error {
        LogFileError::TooLarge { limit } => DigestReadError::TooLarge { limit },
        LogFileError::Read(cause) => DigestReadError::Source(cause),
        LogFileError::Empty
        | LogFileError::NotGzip
        | LogFileError::Truncated
        | LogFileError::CorruptGzip(_)
        | LogFileError::ChecksumMismatch
        | LogFileError::TrailingData
        | LogFileError::NotJson { .. }
        | LogFileError::NoRecords
        | LogFileError::RecordsNotAList
        | LogFileError::AfterFailure => DigestReadError::Damaged(error),
    }
}
