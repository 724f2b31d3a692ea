//! The inputs behind the sources on the command line, for commands that read records: files, folders, standard input,
//! and objects in S3.
//!
//! No content is read here. Which reader an input gets depends on its name: a trail's log file is read strictly, unless
//! its content has another shape; everything else is read in any shape.

mod local;
#[cfg(feature = "aws")]
mod s3;
#[cfg(feature = "aws")]
mod s3_keys;
mod shape;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::ensure;
use clap::Args;
use cloudtrail::{LogFileKey, ObjectKind};
use history::FileState;
use time::OffsetDateTime;

use crate::terminal::{complain, printable};

pub(crate) use self::local::{entries, identity};
#[cfg(feature = "aws")]
pub(crate) use self::s3::{DownloadReader, ObjectName, Remote};
#[cfg(feature = "aws")]
pub(crate) use self::s3_keys::recent_keys;
pub(crate) use self::shape::{is_foreign_format, is_foreign_value, may_have_another_shape};

/// The start of a source in S3.
const S3: &str = "s3://";

/// How sources in S3 are reached.
#[derive(Debug, Args)]
pub(crate) struct SourceOptions {
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) profile: crate::cloud::ProfileOption,
}

/// Which files are wanted, according to their keys. It prunes listings in S3.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "only listings in S3 are pruned"))]
pub(crate) struct Span<'w> {
    /// Whether files of an account may be wanted.
    pub(crate) allows_account: &'w dyn Fn(&str) -> bool,
    /// Whether a log file may be wanted.
    pub(crate) allows_key: &'w dyn Fn(&LogFileKey) -> bool,
    /// The earliest delivery.
    pub(crate) from: Option<OffsetDateTime>,
    /// What takes the place of `from` in S3, unless the source itself names a day or an object.
    pub(crate) default_from: Option<OffsetDateTime>,
    /// The end of the deliveries.
    pub(crate) to: Option<OffsetDateTime>,
    /// Digests, aggregated events and files of other services are wanted as well.
    pub(crate) is_everything: bool,
}

impl Span<'_> {
    /// Every file that may contain records.
    pub(crate) const RECORDS: Self = Self {
        allows_account: &|_| true,
        allows_key: &|_| true,
        from: None,
        default_from: None,
        to: None,
        is_everything: false,
    };
    /// Every file.
    pub(crate) const EVERYTHING: Self = Self { is_everything: true, ..Self::RECORDS };
}

/// Where an input is.
#[derive(Debug)]
enum Origin {
    Path(PathBuf),
    Stdin,
    #[cfg(feature = "aws")]
    Object {
        remote: Arc<Remote>,
        name: ObjectName,
    },
}

/// One input.
#[derive(Debug)]
pub(crate) struct Input {
    origin: Origin,
    /// The name by which the user knows it.
    pub(crate) name: Arc<str>,
    /// The key of a trail's log file, which is read strictly.
    pub(crate) key: Option<LogFileKey>,
    /// The full path or key, in which names and folders decide the kind of the file.
    pub(crate) path_text: String,
    /// The size as stored; 0 if it is unknown.
    pub(crate) bytes: u64,
    /// What tells whether a file is still the same; `None` for what is not a file.
    pub(crate) state: Option<FileState>,
    /// Whether it was found in a folder. Such a file may have nothing to do with CloudTrail.
    pub(crate) is_in_folder: bool,
}

impl Input {
    /// Opens the input.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or the object cannot be downloaded.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.origin {
            Origin::Path(path) => Ok(Box::new(File::open(path)?)),
            Origin::Stdin => Ok(Box::new(io::stdin())),
            #[cfg(feature = "aws")]
            Origin::Object { remote, name } => remote.open(name),
        }
    }

    /// The delivery minute in the name of a log file, in seconds since 1970.
    pub(crate) fn delivered_at(&self) -> Option<i64> {
        self.key.as_ref()?.delivered_at
    }

    /// The name of an object in S3.
    #[cfg(feature = "aws")]
    pub(crate) fn object(&self) -> Option<&ObjectName> {
        match &self.origin {
            Origin::Object { name, .. } => Some(name),
            Origin::Path(_) | Origin::Stdin => None,
        }
    }
}

/// The inputs, and what cannot be one.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) inputs: Vec<Input>,
    /// Files of a folder that are not log files, each with its name and kind.
    pub(crate) skipped: Vec<String>,
    /// Paths that cannot be read, each with its name and the reason.
    pub(crate) unreachable: Vec<String>,
    /// What may surprise the user.
    pub(crate) notes: Vec<String>,
    /// The connection to S3, if there are sources in S3.
    #[cfg(feature = "aws")]
    pub(crate) remote: Option<Arc<Remote>>,
}

impl Inputs {
    /// Announces that these inputs will be read in this order.
    pub(crate) fn read_ahead<'i>(&'i self, inputs: impl Iterator<Item = &'i Input>) {
        #[cfg(feature = "aws")]
        if let Some(remote) = &self.remote {
            remote.read_ahead(inputs);
        }
        #[cfg(not(feature = "aws"))]
        drop(inputs);
    }
}

/// Whether a source is in S3.
pub(crate) fn is_in_s3(source: &Path) -> bool {
    source.as_os_str().as_encoded_bytes().starts_with(S3.as_bytes())
}

/// Lists the inputs. Without a source, it is standard input, unless that `is_terminal`.
///
/// # Errors
///
/// If there is nothing to read, standard input is named twice, or S3 cannot be listed.
pub(crate) fn list(
    sources: &[PathBuf],
    is_terminal: bool,
    span: &Span<'_>,
    options: &SourceOptions,
) -> anyhow::Result<Inputs> {
    ensure!(
        !sources.is_empty() || !is_terminal,
        "no SOURCE was given: name files or folders, or `-` to read standard input"
    );
    let stdin = [PathBuf::from("-")];
    let sources = if sources.is_empty() { stdin.as_slice() } else { sources };
    ensure!(
        sources.iter().filter(|path| path.as_path() == Path::new("-")).count() <= 1,
        "`-` was given more than once, but standard input can be read only once"
    );
    let mut lister = local::Lister::new(span.is_everything);
    for source in sources {
        if is_in_s3(source) {
            add_s3(&mut lister.found, source, span, options)?;
        } else {
            lister.add(source);
        }
    }
    for note in &lister.found.notes {
        complain(format_args!("note: {}", printable(note)));
    }
    Ok(lister.found)
}

/// Lists sources in S3 once more, without notes.
///
/// # Errors
///
/// If S3 cannot be listed.
#[cfg(feature = "aws")]
pub(crate) fn list_in_s3(
    remote: &Arc<Remote>,
    sources: &[PathBuf],
    span: &Span<'_>,
) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs { remote: Some(Arc::clone(remote)), ..Inputs::default() };
    for source in sources {
        remote.list(&source.to_string_lossy(), span, &mut inputs)?;
    }
    Ok(inputs)
}

#[cfg(feature = "aws")]
fn add_s3(
    inputs: &mut Inputs,
    source: &Path,
    span: &Span<'_>,
    options: &SourceOptions,
) -> anyhow::Result<()> {
    let remote = match &inputs.remote {
        Some(remote) => Arc::clone(remote),
        None => Arc::clone(inputs.remote.insert(Remote::connect(options)?)),
    };
    remote.list(&source.to_string_lossy(), span, inputs)
}

#[cfg(not(feature = "aws"))]
fn add_s3(_: &mut Inputs, source: &Path, _: &Span<'_>, _: &SourceOptions) -> anyhow::Result<()> {
    Err(no_client(source))
}

/// Why a source in S3 cannot be read, and the way out.
#[cfg(not(feature = "aws"))]
pub(crate) fn no_client(source: &Path) -> anyhow::Error {
    let uri = source.to_string_lossy();
    anyhow::anyhow!(
        "`{}` is in S3, and this build of trailbell has no AWS client; build it without `--no-default-features`, or \
         copy the files first with `aws s3 sync`",
        printable(&uri)
    )
}

/// The key of a file that is read strictly.
fn log_file_key(kind: &ObjectKind) -> Option<LogFileKey> {
    match kind {
        ObjectKind::LogFile(key) | ObjectKind::Insight(key) | ObjectKind::NetworkActivity(key) => {
            Some(key.clone())
        }
        ObjectKind::Digest
        | ObjectKind::Aggregated
        | ObjectKind::Marker
        | ObjectKind::Foreign
        | ObjectKind::Unrecognized => None,
    }
}

/// Why a file of a folder contains no records, according to its key.
fn unwanted(kind: &ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::Digest => Some("a digest file"),
        ObjectKind::Aggregated => Some("a file of aggregated events"),
        ObjectKind::Foreign => Some("a file of another service"),
        ObjectKind::Marker => Some("a folder marker"),
        ObjectKind::LogFile(_)
        | ObjectKind::Insight(_)
        | ObjectKind::NetworkActivity(_)
        | ObjectKind::Unrecognized => None,
    }
}
