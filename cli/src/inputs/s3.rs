//! Inputs in S3: listed by key before anything is fetched, and downloaded ahead of the reader.
//!
//! Commands read one input after the other, and waiting for each would take most of the time. So the next small objects
//! are downloaded at the same time, in the order in which they will be read. Large objects are read while they arrive.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, bail};
use aws::{CallError, Download, ListedObject, ListedPage, S3Downloads, S3Listing};
use cloudtrail::classify_key;
use futures::{Stream, StreamExt as _};
use tokio::runtime::{Handle, Runtime};

use super::s3_keys::{self, Found};
use super::{Input, Inputs, Origin, SourceOptions, Span, log_file_key};
use crate::cloud::Bucket;
use crate::runtime;
use crate::terminal::printable;

/// The region to ask first if nothing names one. S3 names the right one.
const DEFAULT_REGION: &str = "us-east-1";
/// Objects downloaded at the same time.
const AHEAD: usize = 16;
/// The largest object that is downloaded ahead, in bytes: far more than most log files have.
const LARGEST_AHEAD: u64 = 8 * 1024 * 1024;

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ObjectName {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// The connection to S3.
pub(crate) struct Remote {
    runtime: Runtime,
    listing: S3Listing,
    downloads: Arc<S3Downloads>,
    ahead: Mutex<Ahead>,
    lists: AtomicU64,
    gets: AtomicU64,
}

/// The downloads that have been started, in the order in which they are read.
#[derive(Default)]
struct Ahead {
    names: VecDeque<ObjectName>,
    contents: Option<Contents>,
}

type Contents = Pin<Box<dyn Stream<Item = io::Result<Vec<u8>>> + Send>>;

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl Remote {
    /// Connects to S3. Requests go to the region of each bucket.
    pub(crate) fn connect(options: &SourceOptions) -> anyhow::Result<Arc<Self>> {
        let runtime = runtime::start()?;
        let aws = runtime.block_on(options.profile.connect(Some(DEFAULT_REGION)))?;
        Ok(Arc::new(Self {
            listing: aws.listing(),
            downloads: Arc::new(aws.downloads()),
            ahead: Mutex::default(),
            lists: AtomicU64::new(0),
            gets: AtomicU64::new(0),
            runtime,
        }))
    }

    /// Adds the objects behind an `s3://` source to `inputs`.
    pub(super) fn list(
        self: &Arc<Self>,
        source: &str,
        span: &Span<'_>,
        inputs: &mut Inputs,
    ) -> anyhow::Result<()> {
        let shown = printable(source);
        let (bucket, prefix) = parse(source)?;
        let counted = CountedBucket { remote: self, name: bucket };
        let found = self.runtime.block_on(s3_keys::find(&counted, prefix, span));
        let Found { objects, is_single, notes } =
            found.with_context(|| format!("cannot list the objects of `{shown}`"))?;
        inputs.notes.extend(notes.into_iter().map(|note| format!("`{source}`: {note}")));
        for ListedObject { key, size, .. } in objects {
            inputs.inputs.push(Input {
                name: Arc::from(format!("s3://{bucket}/{key}")),
                key: log_file_key(&classify_key(&key)),
                path_text: key.clone(),
                bytes: size,
                state: None,
                is_in_folder: !is_single,
                origin: Origin::Object {
                    remote: Arc::clone(self),
                    name: ObjectName { bucket: bucket.to_owned(), key },
                },
            });
        }
        Ok(())
    }

    /// Runs a command that downloads. The connections belong to this runtime.
    pub(crate) fn block_on<T>(&self, command: impl Future<Output = T>) -> T {
        self.runtime.block_on(command)
    }

    /// The numbers of LIST and GET requests so far.
    pub(crate) fn requests(&self) -> (u64, u64) {
        (self.lists.load(Ordering::Relaxed), self.gets.load(Ordering::Relaxed))
    }

    /// Starts to download the small ones of these inputs, which will be read in this order.
    pub(super) fn read_ahead<'i>(self: &Arc<Self>, inputs: impl Iterator<Item = &'i Input>) {
        let small = inputs.filter(|input| input.bytes <= LARGEST_AHEAD);
        let names: Vec<ObjectName> = small.filter_map(|input| input.object().cloned()).collect();
        let downloads = Arc::clone(&self.downloads);
        let fetches = names.clone().into_iter().map(move |name| fetch(Arc::clone(&downloads), name));
        let contents: Contents = Box::pin(futures::stream::iter(fetches).buffered(AHEAD));
        *lock(&self.ahead) = Ahead { names: names.into(), contents: Some(contents) };
    }

    /// Opens an object, which may have been downloaded ahead.
    pub(super) fn open(self: &Arc<Self>, name: &ObjectName) -> io::Result<Box<dyn Read + Send>> {
        let mut ahead = lock(&self.ahead);
        let Ahead { names, contents } = &mut *ahead;
        if names.contains(name)
            && let Some(contents) = contents
        {
            while let Some(next) = names.pop_front() {
                let content = self.runtime.block_on(contents.next());
                self.gets.fetch_add(1, Ordering::Relaxed);
                if next == *name {
                    let content = content.unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()))?;
                    return Ok(Box::new(Cursor::new(content)));
                }
            }
        }
        drop(ahead);
        let download = self.runtime.block_on(self.download(name)).map_err(io::Error::other)?;
        let driver = Driver::Own(Arc::clone(self));
        Ok(Box::new(DownloadReader { download, driver, chunk: Cursor::default() }))
    }

    /// Opens an object inside a command of [`block_on`](Self::block_on). It must be read on a blocking thread.
    pub(crate) async fn open_inside(&self, name: &ObjectName) -> Result<DownloadReader, CallError> {
        let download = self.download(name).await?;
        Ok(DownloadReader::driven_by(download, Handle::current()))
    }

    async fn download(&self, name: &ObjectName) -> Result<Download, CallError> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.downloads.open(&name.bucket, &name.key).await
    }
}

async fn fetch(downloads: Arc<S3Downloads>, name: ObjectName) -> io::Result<Vec<u8>> {
    let mut download = downloads.open(&name.bucket, &name.key).await.map_err(io::Error::other)?;
    let mut content = Vec::new();
    while let Some(chunk) = download.next_chunk().await? {
        content.extend(chunk);
    }
    Ok(content)
}

/// The bucket and the rest of an `s3://` URI.
fn parse(source: &str) -> anyhow::Result<(&str, &str)> {
    let path = source.strip_prefix("s3://").unwrap_or_default();
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if let Err(error) = aws::S3Prefix::parse(&format!("s3://{bucket}")) {
        bail!("`{}` is not a source in S3: {error}", printable(source));
    }
    Ok((bucket, key))
}

/// A bucket whose listings are counted.
struct CountedBucket<'r> {
    remote: &'r Remote,
    name: &'r str,
}

impl Bucket for CountedBucket<'_> {
    async fn folders(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        self.remote.lists.fetch_add(1, Ordering::Relaxed);
        self.remote.listing.folders(self.name, prefix).await
    }

    async fn page(&self, prefix: &str, after: &str) -> Result<ListedPage, CallError> {
        self.remote.lists.fetch_add(1, Ordering::Relaxed);
        self.remote.listing.page(self.name, prefix, after).await
    }
}

/// The bytes of an object while they arrive.
pub(crate) struct DownloadReader {
    download: Download,
    driver: Driver,
    chunk: Cursor<Vec<u8>>,
}

impl DownloadReader {
    /// Reads on any thread but those of the runtime that drives the connection.
    pub(crate) fn driven_by(download: Download, handle: Handle) -> Self {
        Self { download, driver: Driver::Outer(handle), chunk: Cursor::default() }
    }
}

/// What waits for the next bytes.
enum Driver {
    /// The reader's thread drives the connection.
    Own(Arc<Remote>),
    /// Another thread drives the connection.
    Outer(Handle),
}

impl Read for DownloadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.chunk.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let next = self.download.next_chunk();
            let next = match &self.driver {
                Driver::Own(remote) => remote.runtime.block_on(next),
                Driver::Outer(handle) => handle.block_on(next),
            };
            match next? {
                Some(chunk) => self.chunk = Cursor::new(chunk),
                None => return Ok(0),
            }
        }
    }
}

/// What is in there is as good as before, even after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
