//! The terminal: what commands write for people, and how wide it may be.
//!
//! Reports themselves are written by their commands.

mod complaint;
mod printable;
mod progress;
mod record_text;
mod stdout;
mod table;
mod width;

pub(crate) use complaint::complain;
pub(crate) use printable::{path_text, printable};
pub(crate) use progress::progress_bar;
pub(crate) use record_text::{record_line, record_lines};
pub(crate) use stdout::Stdout;
pub(crate) use table::table;
pub(crate) use width::columns;
