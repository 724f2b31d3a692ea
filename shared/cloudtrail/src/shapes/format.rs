//! Recognizes the format of an input by its first bytes, and says how to convert a format that is not supported.
//!
//! It never looks at file names, because downloads can have any name.
//!
//! Source: RFC 1952 (gzip), RFC 8878 (zstd), the Parquet, Avro and ORC specifications, `file(1)`'s magic for the others.

use std::fmt;

/// The number of bytes needed to recognize a format: `ustar` is at offset 257.
pub(super) const HEAD_BYTES: usize = 512;

/// The order of the two bytes of a UTF-16 code unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// How the bytes of an input become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The bytes are UTF-8 text.
    Text,
    Utf16(ByteOrder),
    Gzip,
    /// The format is not supported.
    Unread(Format),
}

impl Encoding {
    /// The encoding of an input that starts with `head`.
    pub(super) fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b]) {
            return Self::Gzip;
        }
        if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Self::Unread(*format);
        }
        if head.get(257..262) == Some(b"ustar") {
            return Self::Unread(Format::Tar);
        }
        match *head {
            [0xff, 0xfe, ..] => Self::Utf16(ByteOrder::LittleEndian),
            [0xfe, 0xff, ..] => Self::Utf16(ByteOrder::BigEndian),
            // Without a byte order mark: JSON starts with an ASCII character.
            [first, 0, second, 0, ..] if first != 0 && second != 0 => Self::Utf16(ByteOrder::LittleEndian),
            [0, first, 0, second, ..] if first != 0 && second != 0 => Self::Utf16(ByteOrder::BigEndian),
            [0x78, 0x01 | 0x9c | 0xda, ..] => Self::Unread(Format::Zlib),
            _ if head.contains(&0) => Self::Unread(Format::Binary),
            _ => Self::Text,
        }
    }
}

/// The first bytes of known formats. If one entry is a prefix of another, the longer one comes first.
const MAGIC: [(&[u8], Format); 20] = [
    (&[0x28, 0xb5, 0x2f, 0xfd], Format::Zstd),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"BZh", Format::Bzip2),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Format::Xz),
    (&[0x04, 0x22, 0x4d, 0x18], Format::Lz4),
    (&[0xff, 0x06, 0, 0, b's', b'N', b'a', b'P', b'p', b'Y'], Format::Snappy),
    (&[0x1f, 0x9d], Format::Compress),
    (&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], Format::SevenZip),
    (b"PAR1", Format::Parquet),
    (b"Obj\x01", Format::Avro),
    (b"ORC", Format::Orc),
    (b"SQLite format 3\0", Format::Sqlite),
    (b"%PDF-", Format::Binary),
    (&[0xd4, 0xc3, 0xb2, 0xa1], Format::Binary),
    (&[0xff, 0xfe, 0, 0], Format::Utf32),
    (&[0, 0, 0xfe, 0xff], Format::Utf32),
    (&[b'{', 0, 0, 0], Format::Utf32),
    (&[0, 0, 0, b'{'], Format::Utf32),
    (&[0, 0, 0, b'['], Format::Utf32),
];

/// A format that is recognized but not supported.
///
/// `Display` writes the name of the format and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Zstandard.
    Zstd,
    /// A zip archive.
    Zip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// LZ4 frames.
    Lz4,
    /// Framed Snappy.
    Snappy,
    /// The output of `compress`, with the extension `.Z`.
    Compress,
    /// A 7z archive.
    SevenZip,
    /// zlib: a deflate stream without a gzip header.
    Zlib,
    /// A tar archive.
    Tar,
    /// Apache Parquet.
    Parquet,
    /// Apache Avro.
    Avro,
    /// Apache ORC.
    Orc,
    /// An SQLite database.
    Sqlite,
    /// Text in UTF-32.
    Utf32,
    /// Other bytes that are not text.
    Binary,
    /// Comma-separated values.
    Csv,
    /// YAML.
    Yaml,
    /// XML or HTML.
    Xml,
    /// A table formatted for a terminal.
    Table,
    /// Base64-encoded gzip.
    Base64,
    /// Any other text.
    PlainText,
}

impl Format {
    /// A stable name for logs and reports.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The name for programs, the name for people, and what to do instead.
    fn row(self) -> (&'static str, &'static str, &'static str) {
        const CLI: &str = "run the AWS CLI with `--output json`";
        const TABLES: &str =
            "it contains columns instead of CloudTrail records; use the JSON log files of the trail";
        match self {
            Self::Zstd => ("zstd", "zstd", "decompress it with `zstd -d`"),
            Self::Zip => ("zip", "a zip archive", "unpack it with `unzip`"),
            Self::Bzip2 => ("bzip2", "bzip2", "decompress it with `bunzip2`"),
            Self::Xz => ("xz", "xz", "decompress it with `xz -d`"),
            Self::Lz4 => ("lz4", "LZ4", "decompress it with `lz4 -d`"),
            Self::Snappy => ("snappy", "Snappy", "decompress it with `snzip -d`"),
            Self::Compress => ("compress", "the output of `compress`", "decompress it with `uncompress`"),
            Self::SevenZip => ("7z", "a 7z archive", "unpack it with `7z x`"),
            Self::Zlib => ("zlib", "zlib without a gzip header", "decompress it with `pigz -dz`"),
            Self::Tar => ("tar", "a tar archive", "unpack it with `tar -xf`"),
            Self::Parquet => ("parquet", "Parquet", TABLES),
            Self::Avro => ("avro", "Avro", TABLES),
            Self::Orc => ("orc", "ORC", TABLES),
            Self::Sqlite => ("sqlite", "an SQLite database", TABLES),
            Self::Utf32 => ("utf-32", "UTF-32", "convert it with `iconv -f UTF-32 -t UTF-8`"),
            Self::Binary => {
                ("binary", "binary data in an unknown format", "records must be JSON, plain or gzip")
            }
            Self::Csv => (
                "csv",
                "comma-separated values",
                "its columns lack most of each record; download JSON, or use `aws cloudtrail lookup-events --output json`",
            ),
            Self::Yaml => {
                ("yaml", "YAML", "convert it with `yq -o json`, or run the AWS CLI with `--output json`")
            }
            Self::Xml => ("xml", "XML or HTML", "it may be an error page from a failed download"),
            Self::Table => ("table", "a table formatted for a terminal", CLI),
            Self::Base64 => ("base64", "base64 of gzip", "decode it with `base64 -d`"),
            Self::PlainText => ("text", "text", "records must be JSON, plain or gzip"),
        }
    }

    /// Whether a line that starts with a quote is CSV, which doubles quotes instead of escaping them.
    pub(super) fn is_quoted_csv(line: &[u8]) -> bool {
        let has = |part: &[u8]| line.windows(part.len()).any(|window| window == part);
        (has(b"\",\"") || has(b"\"{\"\"")) && !has(b"\\\"")
    }

    /// The format of a text that starts with `line` and is not JSON.
    pub(super) fn of_text(line: &[u8]) -> Self {
        let line = line.trim_ascii();
        let is_separated = || {
            let commas = line.iter().filter(|byte| **byte == b',').count();
            commas >= 2 && !line.starts_with(b"-") && !line.contains(&b'{')
                || line.windows(3).any(|part| part == b"\",\"" || part == b"{\"\"")
        };
        if std::str::from_utf8(line).is_err_and(|error| error.error_len().is_some()) {
            Self::Binary
        } else if line.starts_with(b"<") {
            Self::Xml
        } else if line.starts_with(b"H4sI") {
            Self::Base64
        } else if line.starts_with(b"----") || line.starts_with(b"|") || line.starts_with(b"+--") {
            Self::Table
        } else if is_separated() {
            Self::Csv
        } else if line == b"---" || line.starts_with(b"- ") || is_yaml_member(line) {
            Self::Yaml
        } else {
            Self::PlainText
        }
    }
}

/// Whether `line` has the form `name:` or `name: value`.
fn is_yaml_member(line: &[u8]) -> bool {
    let name = line.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"_-.".contains(byte));
    let Some((at, rest)) = name.and_then(|at| Some((at, line.get(at..)?))) else { return false };
    at > 0 && (rest == b":" || rest.starts_with(b": "))
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name, way_out) = self.row();
        write!(formatter, "{name}: {way_out}")
    }
}
