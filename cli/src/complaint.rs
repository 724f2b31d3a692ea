//! Standard error, where faults, warnings and notes go.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one message.
pub(crate) fn complain(message: impl Display) {
    // Nobody is left to tell when standard error is closed; the exit code still says it.
    let _ = writeln!(anstream::stderr(), "{message}");
}
