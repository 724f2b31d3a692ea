//! The sizes beyond which CloudWatch Logs refuses a filter pattern.
//!
//! A pattern over quota still parses here and means what it says: whoever runs it outside the service may exceed the quotas knowingly.
//! Quotas that span several patterns (regex filters per log group, filters per log group) are not checked.
//!
//! Source: [`PutMetricFilter`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html) for the length,
//! [filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) for the rest. That the service
//! refuses a pattern with too many wildcards or regular expressions is inferred from "you can only use up to".

use std::fmt;
use std::ops::Range;

use thiserror::Error;

/// The longest pattern, in characters, blanks at its ends included.
pub(crate) const MAX_CHARACTERS: usize = 1024;
/// The most regular expressions in a pattern.
pub(crate) const MAX_REGEXES: usize = 2;
/// The most wildcards in a selector.
pub(crate) const MAX_WILDCARDS_PER_SELECTOR: usize = 1;
/// The most selectors with a wildcard in a pattern.
pub(crate) const MAX_WILDCARD_SELECTORS: usize = 3;

/// A quota of CloudWatch Logs, and by how much it is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Quota {
    /// The length of a pattern.
    #[error("pattern has {found} characters; CloudWatch Logs takes {MAX_CHARACTERS}")]
    Characters {
        /// The length of this one.
        found: usize,
    },
    /// The number of regular expressions in a pattern.
    #[error("pattern has {found} regular expressions; CloudWatch Logs takes {MAX_REGEXES}")]
    Regexes {
        /// How many this one has.
        found: usize,
    },
    /// The number of wildcards in a selector.
    #[error("selector has {found} wildcards; CloudWatch Logs takes {MAX_WILDCARDS_PER_SELECTOR}")]
    WildcardsPerSelector {
        /// How many this selector has.
        found: usize,
    },
    /// The number of selectors with a wildcard in a pattern.
    #[error("pattern has {found} wildcard selectors; CloudWatch Logs takes {MAX_WILDCARD_SELECTORS}")]
    WildcardSelectors {
        /// How many this pattern has.
        found: usize,
    },
}

/// One way in which a pattern exceeds what CloudWatch Logs takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaViolation {
    quota: Quota,
    span: Range<usize>,
}

impl QuotaViolation {
    /// Which quota, and what was found.
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// The bytes of the pattern from the first thing that is too much.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The violation as a warning: message, place, carets and help, as plain text of several lines without a line break at the end.
    ///
    /// `source` is the text of the pattern.
    pub fn diagnostic(&self, source: &str) -> String {
        crate::diagnostic::render("warning", self, self.span(), Some(self.help()), source)
    }

    /// How to stay within the quota.
    pub fn help(&self) -> &'static str {
        match self.quota {
            Quota::Characters { .. } => {
                "leave out blanks and redundant parentheses, use `*` for common beginnings, or split the pattern"
            }
            Quota::Regexes { .. } => {
                "use `*` wildcards where they suffice, or one expression with `|`, or split the pattern"
            }
            Quota::WildcardsPerSelector { .. } => {
                "name all but one of the indexes, such as `items[0].tags[*]`"
            }
            Quota::WildcardSelectors { .. } => "name some of the fields or indexes, or split the pattern",
        }
    }
}

impl fmt::Display for QuotaViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.quota.fmt(formatter)
    }
}

/// What a pattern uses of the quotas, noted while it is parsed.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    regexes: Vec<Range<usize>>,
    wildcard_selectors: Vec<Range<usize>>,
    overfull_selectors: Vec<(usize, Range<usize>)>,
    regex_size: usize,
}

impl Usage {
    /// How many regular expressions have been noted.
    pub(crate) fn regexes(&self) -> usize {
        self.regexes.len()
    }

    /// What [`Pattern::regex_size`](crate::Pattern::regex_size) answers.
    pub(crate) fn regex_size(&self) -> usize {
        self.regex_size
    }

    pub(crate) fn regex_size_mut(&mut self) -> &mut usize {
        &mut self.regex_size
    }

    pub(crate) fn note_regex(&mut self, span: Range<usize>) {
        self.regexes.push(span);
    }

    pub(crate) fn note_selector(&mut self, wildcards: usize, span: Range<usize>) {
        if wildcards > MAX_WILDCARDS_PER_SELECTOR {
            self.overfull_selectors.push((wildcards, span.clone()));
        }
        if wildcards > 0 {
            self.wildcard_selectors.push(span);
        }
    }

    /// What is exceeded, in the order of the text; the length first.
    pub(crate) fn violations(self, text: &str) -> Vec<QuotaViolation> {
        let mut violations = Vec::new();
        let regexes = self.regexes.len();
        violations.extend(beyond(&self.regexes, MAX_REGEXES, Quota::Regexes { found: regexes }));
        let selectors = self.wildcard_selectors.len();
        let quota = Quota::WildcardSelectors { found: selectors };
        violations.extend(beyond(&self.wildcard_selectors, MAX_WILDCARD_SELECTORS, quota));
        for (found, span) in self.overfull_selectors {
            violations.push(QuotaViolation { quota: Quota::WildcardsPerSelector { found }, span });
        }
        violations.sort_by_key(|violation| violation.span.start);

        if let Some((start, _)) = text.char_indices().nth(MAX_CHARACTERS) {
            let quota = Quota::Characters { found: text.chars().count() };
            violations.insert(0, QuotaViolation { quota, span: start..text.len() });
        }
        violations
    }
}

/// The violation at the first use after `allowed`, if there is one.
fn beyond(uses: &[Range<usize>], allowed: usize, quota: Quota) -> Option<QuotaViolation> {
    uses.get(allowed).map(|span| QuotaViolation { quota, span: span.clone() })
}
