//! The frame of the pages that commands write: one file with everything in it, that loads nothing.
//!
//! Its policy allows the one style and the one script that it contains, by their hashes, and no connection at all. The
//! script cannot make markup from text. Every text from outside is escaped by the template, and characters that could
//! deceive a reader are written out before.

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::terminal::printable;

/// Colours, tables, cards and paper, for pages that are read on a screen. A page adds its own rules.
macro_rules! with_base_style {
    ($own:literal) => {
        concat!(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/page/base.css")), include_str!($own))
    };
}
pub(crate) use with_base_style;

/// A page.
pub(crate) struct Page<'p> {
    pub(crate) title: &'p str,
    pub(crate) style: &'p str,
    /// The script that runs when the page is loaded; `None` for a page that needs none.
    pub(crate) script: Option<&'p str>,
    pub(crate) body: Markup,
}

impl Page<'_> {
    /// The text of the file.
    pub(crate) fn into_text(self) -> String {
        let policy = self.policy();
        let Self { title, style, script, body } = self;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(style)) }
                }
                body {
                    (body)
                    @if let Some(script) = script { script { (PreEscaped(script)) } }
                }
            }
        };
        page.into_string()
    }

    fn policy(&self) -> String {
        let script =
            self.script.map_or_else(String::new, |script| format!("; script-src '{}'", hash(script)));
        format!(
            "default-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
             style-src '{}'{script}",
            hash(self.style)
        )
    }
}

/// A source expression of a content security policy.
pub(crate) fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text.as_bytes())))
}

/// A text from outside, harmless to read.
pub(crate) fn text(text: &str) -> Markup {
    html! { (printable(text)) }
}
