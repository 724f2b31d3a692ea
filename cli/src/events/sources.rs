//! Where events come from: inputs that are read, or the event history of CloudTrail itself.

use std::io;

use history::{Event, Filter, Page};

#[cfg(feature = "aws")]
use super::look_up::{self, Histories};
use super::search::{Searched, search};
use crate::inputs::Inputs;

/// The sources of a command.
pub(super) enum Sources {
    /// Files, folders, standard input and objects.
    Inputs(Inputs),
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
            Self::Inputs(inputs) => search(inputs, filter, page, show),
            #[cfg(feature = "aws")]
            Self::Histories(histories) => look_up::search(histories, filter, page, show),
        }
    }
}
