//! Where events come from: inputs that are read, or the event history of CloudTrail itself.

use std::io;
use std::path::PathBuf;

use history::{Event, Filter, Page};
use serde_json::Value;

use super::files;
use super::indexed::IndexedSearch;
#[cfg(feature = "aws")]
use super::look_up::{self, Histories};
use super::search::{Searched, search};
use crate::inputs::{self, Inputs, SourceOptions, Span, is_in_s3};

/// The sources of a command.
pub(super) enum Sources {
    /// Files, folders, standard input and objects, and the folder of the indexes that may be used.
    Inputs(Inputs, Option<PathBuf>),
    /// CloudTrail's event history.
    #[cfg(feature = "aws")]
    Histories(Box<Histories>),
}

impl Sources {
    /// Searches all of them, and passes the events of the page to `show`.
    ///
    /// # Errors
    ///
    /// The first error of `show`, or that nothing could be looked up at all.
    pub(super) fn search(
        &self,
        filter: &Filter,
        page: Page,
        show: impl FnMut(&Event) -> io::Result<()>,
    ) -> io::Result<Searched> {
        match self {
            Self::Inputs(inputs, indexes) => {
                let index = indexes.as_ref().and_then(|folder| IndexedSearch::new(folder, filter));
                search(inputs, filter, page, index, show)
            }
            #[cfg(feature = "aws")]
            Self::Histories(histories) => look_up::search(histories, filter, page, show),
        }
    }

    /// The files by account, region and day, for a page; `None` if the events do not come from files.
    ///
    /// Digests of local folders are among them, although no event comes from there.
    ///
    /// # Errors
    ///
    /// If the sources cannot be listed once more.
    pub(super) fn files_for_page(
        &self,
        sources: &[PathBuf],
        options: &SourceOptions,
    ) -> anyhow::Result<Option<Value>> {
        match self {
            Self::Inputs(found, _) if sources.iter().any(|source| is_in_s3(source)) => {
                Ok(Some(files::for_page(found)))
            }
            Self::Inputs(..) => {
                let all = inputs::list(sources, false, &Span::EVERYTHING, options)?;
                Ok(Some(files::for_page(&all)))
            }
            #[cfg(feature = "aws")]
            Self::Histories(_) => Ok(None),
        }
    }
}
