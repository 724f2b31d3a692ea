//! Standard error, where errors, warnings and notes go.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one message.
pub(crate) fn complain(message: impl Display) {
    // If standard error is closed, nobody can read about it. The exit code still reports the failure.
    let _ = writeln!(anstream::stderr(), "{message}");
}
