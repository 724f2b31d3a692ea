//! The progress bar on standard error, for people who wait.
//!
//! Without a terminal there is none: logs and pipes stay clean.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar in the form of `template`, which names the unit; hidden where standard error is not a terminal.
///
/// `length` is `None` where the amount of work is unknown.
pub(crate) fn progress_bar(length: Option<u64>, template: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
