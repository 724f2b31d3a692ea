//! Standard error, where errors, warnings and notes go.

use std::fmt::Display;

/// Writes one message.
#[cfg_attr(test, expect(clippy::print_stderr, reason = "only this can be captured"))]
pub(crate) fn complain(message: impl Display) {
    // The test runner shows this only for tests that fail.
    #[cfg(test)]
    eprintln!("{message}");
    // If standard error is closed, nobody can read about it. The exit code still reports the failure.
    #[cfg(not(test))]
    let _ = std::io::Write::write_fmt(&mut anstream::stderr(), format_args!("{message}\n"));
}
