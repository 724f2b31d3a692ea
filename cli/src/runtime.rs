//! The asynchronous runtime of a command: one, on the current thread, or on a thread of its own for commands whose threads
//! wait for requests.
//!
//! Blocking calls, such as reading a local file or looking up a host name, run on a bounded number of other
//! threads.

use std::future::Future;

use anyhow::Context as _;
use tokio::runtime::Runtime;
#[cfg(feature = "aws")]
use {futures::channel::oneshot, tokio::runtime::Handle};

/// Threads for blocking calls: enough for a few files or host names at once, and a bound on memory.
pub(crate) const BLOCKING_THREADS: usize = 8;

/// Runs a command to its end.
///
/// # Errors
///
/// The command's own error, or that the operating system refuses to start a runtime.
pub(crate) fn block_on<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    start()?.block_on(command)
}

/// Starts a runtime.
///
/// # Errors
///
/// If the operating system refuses it.
pub(crate) fn start() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .context("cannot start the asynchronous runtime")
}

/// A runtime on a thread of its own, which drives the connections of all other threads for as long as this exists.
#[cfg(feature = "aws")]
#[derive(Debug)]
pub(crate) struct Background {
    handle: Handle,
    /// The thread ends when this is dropped.
    _life: oneshot::Sender<()>,
}

#[cfg(feature = "aws")]
impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the operating system refuses it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let runtime = start()?;
        let handle = runtime.handle().clone();
        let (life, end) = oneshot::channel();
        let thread = std::thread::Builder::new().name("connections".to_owned());
        // The end of the channel is the only message there is.
        let drive = move || {
            let (Ok(()) | Err(oneshot::Canceled)) = runtime.block_on(end);
        };
        thread.spawn(drive).context("cannot start a thread")?;
        Ok(Self { handle, _life: life })
    }

    /// What other threads wait with.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
