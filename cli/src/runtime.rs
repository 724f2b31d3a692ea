//! The asynchronous runtime of a command: one, on the current thread.
//!
//! Blocking calls, such as reading a local file or looking up a host name, run on a bounded number of other
//! threads.

use std::future::Future;

use anyhow::Context as _;
use tokio::runtime::Runtime;

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
