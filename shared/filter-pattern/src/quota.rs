//! The quotas beyond which CloudWatch Logs rejects a filter pattern.
//!
//! A pattern over quota still parses here and keeps its meaning, because a user outside the service may exceed the
//! quotas knowingly. Quotas that span several patterns (regex filters per log group, filters per log group) are not
//! checked.
//!
//! Source:
//! [`PutMetricFilter`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html)
//! for the length, [filter pattern
//! syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html) for the rest. The
//! guide says "you can only use up to"; this module takes that to mean that the service rejects more wildcards or
//! regular expressions.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

/// The most characters in a pattern, including whitespace at either end.
const CHARACTERS_ALLOWED: usize = 1024;
/// The most regular expressions in a pattern.
const REGEXES_ALLOWED: usize = 2;
/// The most wildcards in a selector.
const WILDCARDS_PER_SELECTOR_ALLOWED: usize = 1;
/// The most wildcard selectors in a pattern.
const WILDCARD_SELECTORS_ALLOWED: usize = 3;

/// A quota of CloudWatch Logs that a pattern exceeds, and the amount found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Quota {
    /// The length of a pattern.
    #[error("pattern has {found} characters; CloudWatch Logs accepts at most {CHARACTERS_ALLOWED}")]
    Characters {
        /// The characters in this pattern.
        found: usize,
    },
    /// The number of regular expressions in a pattern.
    #[error("pattern has {found} regular expressions; CloudWatch Logs accepts at most {REGEXES_ALLOWED}")]
    Regexes {
        /// The regular expressions in this pattern.
        found: usize,
    },
    /// The number of wildcards in a selector.
    #[error(
        "selector has {found} wildcards; CloudWatch Logs accepts at most {WILDCARDS_PER_SELECTOR_ALLOWED}"
    )]
    WildcardsPerSelector {
        /// The wildcards in this selector.
        found: usize,
    },
    /// The number of wildcard selectors in a pattern.
    #[error(
        "pattern has {found} wildcard selectors; CloudWatch Logs accepts at most {WILDCARD_SELECTORS_ALLOWED}"
    )]
    WildcardSelectors {
        /// The wildcard selectors in this pattern.
        found: usize,
    },
}

/// One quota that a pattern exceeds, with the part of the pattern that exceeds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaViolation {
    quota: Quota,
    span: Range<usize>,
}

impl QuotaViolation {
    /// The quota, and the amount found.
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// The byte range of the first excess item in the pattern. For the length, it reaches to the end of the pattern.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The violation as a warning: message, position, carets and help, as plain text of several lines without a
    /// trailing line break.
    ///
    /// `source` is the text of the pattern.
    pub fn diagnostic(&self, source: &str) -> String {
        crate::diagnostic::render("warning", self, self.span(), Some(self.help()), source)
    }

    /// How to stay within the quota.
    pub fn help(&self) -> &'static str {
        match self.quota {
            Quota::Characters { .. } => {
                "remove spaces and redundant parentheses, use `*` for common prefixes, or split the pattern"
            }
            Quota::Regexes { .. } => {
                "use `*` wildcards where they suffice, combine expressions with `|`, or split the pattern"
            }
            Quota::WildcardsPerSelector { .. } => {
                "keep one wildcard and name the other steps, such as `items[0].tags[*]`"
            }
            Quota::WildcardSelectors { .. } => {
                "replace some wildcards with field names or indexes, or split the pattern"
            }
        }
    }
}

impl fmt::Display for QuotaViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.quota.fmt(formatter)
    }
}

/// A pattern's use of the quotas, recorded by the parser.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    regexes: Vec<Range<usize>>,
    wildcard_selectors: Vec<Range<usize>>,
    overfull_selectors: Vec<(usize, Range<usize>)>,
    regex_size: usize,
    conditions: Vec<Range<usize>>,
}

impl Usage {
    /// The number of regular expressions recorded.
    pub(crate) fn regexes(&self) -> usize {
        self.regexes.len()
    }

    /// The value of [`Pattern::regex_size`](crate::Pattern::regex_size).
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
        if wildcards > WILDCARDS_PER_SELECTOR_ALLOWED {
            self.overfull_selectors.push((wildcards, span.clone()));
        }
        if wildcards > 0 {
            self.wildcard_selectors.push(span);
        }
    }

    pub(crate) fn note_condition(&mut self, span: Range<usize>) {
        self.conditions.push(span);
    }

    /// Where the conditions of a JSON pattern are written, from left to right.
    pub(crate) fn conditions(&self) -> &[Range<usize>] {
        &self.conditions
    }

    /// The violations in the order of the text, except that the length comes first.
    pub(crate) fn violations(self, text: &str) -> Vec<QuotaViolation> {
        let mut violations = Vec::new();
        let regexes = self.regexes.len();
        violations.extend(beyond(&self.regexes, REGEXES_ALLOWED, Quota::Regexes { found: regexes }));
        let selectors = self.wildcard_selectors.len();
        let quota = Quota::WildcardSelectors { found: selectors };
        violations.extend(beyond(&self.wildcard_selectors, WILDCARD_SELECTORS_ALLOWED, quota));
        for (found, span) in self.overfull_selectors {
            violations.push(QuotaViolation { quota: Quota::WildcardsPerSelector { found }, span });
        }
        violations.sort_by_key(|violation| violation.span.start);

        if let Some((start, _)) = text.char_indices().nth(CHARACTERS_ALLOWED) {
            let quota = Quota::Characters { found: text.chars().count() };
            violations.insert(0, QuotaViolation { quota, span: start..text.len() });
        }
        violations
    }
}

/// The violation at the first use beyond `allowed`, if there is one.
fn beyond(uses: &[Range<usize>], allowed: usize, quota: Quota) -> Option<QuotaViolation> {
    uses.get(allowed).map(|span| QuotaViolation { quota, span: span.clone() })
}
