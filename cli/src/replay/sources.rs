//! What is behind the paths on the command line: local files, and objects in S3.

use std::path::PathBuf;
#[cfg(feature = "aws")]
use std::sync::Arc;

use super::files::{self, FileList};
#[cfg(feature = "aws")]
use crate::inputs::Remote;
use crate::inputs::{self, SourceOptions, Span};
use crate::runtime::{self, BLOCKING_THREADS};

/// The connection to S3, if there are objects to read.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    #[cfg(feature = "aws")]
    pub(crate) remote: Option<Arc<Remote>>,
}

impl Sources {
    /// Lists the files: those on this machine, then those in S3.
    ///
    /// # Errors
    ///
    /// If S3 cannot be listed.
    pub(crate) fn list(
        paths: &[PathBuf],
        span: &Span<'_>,
        options: &SourceOptions,
    ) -> anyhow::Result<(Self, FileList)> {
        let (in_s3, local): (Vec<PathBuf>, Vec<PathBuf>) =
            paths.iter().cloned().partition(|path| inputs::is_in_s3(path));
        let list = files::list(&local);
        if in_s3.is_empty() {
            return Ok((Self::default(), list));
        }
        let inputs = inputs::list(&in_s3, true, span, options)?;
        #[cfg(feature = "aws")]
        let found = (Self { remote: inputs.remote.clone() }, files::add_objects(list, &inputs));
        #[cfg(not(feature = "aws"))]
        let found = {
            drop(inputs);
            (Self::default(), list)
        };
        Ok(found)
    }

    /// The number of files to read at the same time. Each takes some 700 KB, for its window and its inflater.
    pub(crate) fn concurrency(&self) -> usize {
        #[cfg(feature = "aws")]
        if self.remote.is_some() {
            // They wait for the network most of the time.
            return BLOCKING_THREADS;
        }
        std::thread::available_parallelism().map_or(1, usize::from).min(BLOCKING_THREADS)
    }

    /// Runs a command to its end, with the connections to S3.
    ///
    /// # Errors
    ///
    /// The command's own error, or that the operating system refuses to start a runtime.
    pub(crate) fn block_on<T>(&self, command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        #[cfg(feature = "aws")]
        if let Some(remote) = &self.remote {
            return remote.block_on(command);
        }
        runtime::block_on(command)
    }
}
