//! Tests of the gzip layer with good, broken and hostile bytes, in chunks of every size.

use super::Gunzip;
use crate::fixtures::{CHUNK_SIZES, Chunks, Failing, PLAIN_HEADER, bomb, gzip};
use crate::log_file::error::LogFileError;
use flate2::{Compression, Crc, GzBuilder};
use proptest::prelude::*;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};

const TEXT: &[u8] = br#"{"Records":[{"eventName":"CreateUser"},{"eventName":"CreateUser"}]}"#;

fn decode(source: impl Read, limit: u64, buffer_bytes: usize) -> Result<Vec<u8>, LogFileError> {
    let mut gunzip = Gunzip::new(source, limit);
    let mut content = Vec::new();
    let mut buffer = vec![0; buffer_bytes];
    loop {
        match gunzip.read_chunk(&mut buffer)? {
            0 => break,
            count => content.extend(&buffer[..count]),
        }
    }
    assert_eq!(gunzip.decompressed_bytes(), content.len() as u64);
    Ok(content)
}

/// Decodes with every combination of chunk and buffer sizes, which must all agree, and returns the content or the
/// error code.
fn check(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut outcomes = CHUNK_SIZES.iter().flat_map(|&chunk| {
        [1, 5, 8192]
            .map(|buffer| decode(Chunks { bytes, chunk }, 1 << 20, buffer).map_err(|error| error.code()))
    });
    let first = outcomes.next().unwrap();
    assert!(
        outcomes.all(|outcome| outcome == first),
        "different pieces give different results from {first:?}"
    );
    first
}

/// A member with a hand-written header before the deflate stream and trailer of [`TEXT`].
fn with_header(header: &[u8]) -> Vec<u8> {
    [header, &gzip(TEXT)[PLAIN_HEADER.len()..]].concat()
}

fn with_header_checksum(header: &[u8], difference: u8) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(header);
    let [low, high, ..] = crc.sum().to_le_bytes();
    with_header(&[header, &[low ^ difference, high]].concat())
}

fn concat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn flipped(from_end: usize) -> Vec<u8> {
    let mut bytes = gzip(TEXT);
    let at = bytes.len() - from_end;
    bytes[at] ^= 1;
    bytes
}

#[test]
fn intact_files_decode_whatever_their_header_contains() {
    let mut all_fields = Vec::new();
    let mut encoder = GzBuilder::new()
        .extra(vec![7; 300])
        .filename("records.json")
        .comment("written by a test")
        .mtime(1_789_000_000)
        .write(&mut all_fields, Compression::best());
    encoder.write_all(TEXT).unwrap();
    encoder.finish().unwrap();
    let cases: &[(&str, Vec<u8>)] = &[
        ("a plain header", gzip(TEXT)),
        ("extra field, name and comment", all_fields),
        ("an empty extra field", with_header(&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 0, 0])),
        ("an empty name", with_header(&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0])),
        ("a header checksum", with_header_checksum(&[0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3], 0)),
        ("a checksum after a name", with_header_checksum(&[0x1f, 0x8b, 8, 10, 0, 0, 0, 0, 0, 3, b'n', 0], 0)),
        ("the text flag", with_header(&[0x1f, 0x8b, 8, 1, 0, 0, 0, 0, 0, 3])),
        ("no compression", TEXT.to_vec()),
    ];
    for (name, bytes) in cases {
        assert_eq!(check(bytes).as_deref(), Ok(TEXT), "{name}");
    }
}

#[test]
fn each_fault_of_the_file_has_its_own_code() {
    let whole = gzip(TEXT);
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("no bytes", vec![], "file.empty"),
        ("half the magic", vec![0x1f], "file.truncated-gzip"),
        ("half the magic and another byte", vec![0x1f, b'{'], "file.not-gzip"),
        ("text that is not JSON", b"hello".to_vec(), "file.not-gzip"),
        ("a zip archive", b"PK\x03\x04".to_vec(), "file.not-gzip"),
        ("whitespace", b" \r\n\t ".to_vec(), "file.not-gzip"),
        ("a byte order mark and text", b"\xef\xbb\xbfhello".to_vec(), "file.not-gzip"),
        ("a byte order mark in second position", b" \xef\xbb\xbf{}".to_vec(), "file.not-gzip"),
        ("the magic alone", vec![0x1f, 0x8b], "file.truncated-gzip"),
        ("another method", with_header(&[0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 3]), "file.corrupt-gzip"),
        ("a reserved flag", with_header(&[0x1f, 0x8b, 8, 0x20, 0, 0, 0, 0, 0, 3]), "file.corrupt-gzip"),
        (
            "a wrong header checksum",
            with_header_checksum(&[0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3], 1),
            "file.corrupt-gzip",
        ),
        ("an invalid deflate block", concat(&[&PLAIN_HEADER, &[0xff; 32]]), "file.corrupt-gzip"),
        ("a wrong size", flipped(1), "file.checksum-mismatch"),
        ("a wrong sum", flipped(8), "file.checksum-mismatch"),
        ("a second member", concat(&[&whole, &whole]), "file.trailing-data"),
        ("an empty second member", concat(&[&whole, &gzip("")]), "file.trailing-data"),
        ("a zero byte at the end", concat(&[&whole, &[0]]), "file.trailing-data"),
        ("a line feed at the end", concat(&[&whole, b"\n"]), "file.trailing-data"),
    ];
    for (name, bytes, code) in cases {
        assert_eq!(check(bytes), Err(*code), "{name}");
    }
}

#[test]
fn a_member_cut_at_any_byte_is_truncated() {
    let whole = gzip(TEXT);
    for length in 1..whole.len() {
        assert_eq!(check(&whole[..length]), Err("file.truncated-gzip"), "the first {length} bytes");
    }
}

#[test]
fn a_changed_bit_never_changes_the_content_unnoticed() {
    let whole = gzip(TEXT);
    for bit in PLAIN_HEADER.len() * 8..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // The bits between the last block and the trailer are padding without content.
        if let Ok(content) = decode(bytes.as_slice(), 1 << 20, 64) {
            assert_eq!(content, TEXT, "bit {bit}");
        }
    }
}

#[test]
fn output_that_the_inflater_holds_back_is_not_lost_at_the_end_of_the_source() {
    // One deflate match produces 258 bytes from a few bits, so the source is exhausted long before the output.
    let content = [b"{".as_slice(), &[b' '; 100_000], b"}"].concat();
    assert_eq!(check(&gzip(&content)).as_deref(), Ok(content.as_slice()));
}

#[test]
fn content_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    for bytes in [TEXT.to_vec(), gzip(TEXT)] {
        let limit = TEXT.len() as u64;
        assert_eq!(decode(bytes.as_slice(), limit, 16).unwrap(), TEXT);
        let error = decode(bytes.as_slice(), limit - 1, 16).unwrap_err();
        assert!(matches!(error, LogFileError::TooLarge { limit: named } if named == limit - 1), "{error}");
    }
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let error = decode(bomb(b"{", 1), 8 << 20, 64 << 10).unwrap_err();
    assert_eq!(error.to_string(), "the log file is larger than 8388608 bytes after decompression");
}

#[test]
fn a_failing_source_is_distinguished_from_a_broken_file() {
    let whole = gzip(TEXT);
    for length in 0..whole.len() {
        let source =
            Failing { bytes: &whole[..length], interruptions: 0, at_end: ErrorKind::ConnectionReset };
        let error = decode(source, 1 << 20, 16).unwrap_err();
        assert!(
            matches!(&error, LogFileError::Read(cause) if cause.kind() == ErrorKind::ConnectionReset),
            "after {length} bytes: {error:?}"
        );
        assert!(error.source().is_some());
    }
}

#[test]
fn an_interrupted_read_is_repeated() {
    let whole = gzip(TEXT);
    let source = Failing { bytes: &whole, interruptions: 3, at_end: ErrorKind::ConnectionReset };
    let mut gunzip = Gunzip::new(source, 1 << 20);
    assert_eq!(gunzip.read_chunk(&mut [0; 16]).unwrap(), 16);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_content_survives_compression(content in prop::collection::vec(any::<u8>(), 0..2000), chunk in 1usize..40) {
        let compressed = gzip(&content);
        let decoded = decode(Chunks { bytes: &compressed, chunk }, 1 << 20, 33).unwrap();
        prop_assert_eq!(decoded, content);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), header in any::<bool>()) {
        if header {
            bytes.splice(0..0, PLAIN_HEADER);
        }
        let _ = decode(bytes.as_slice(), 1 << 16, 50);
    }
}
