//! The kinds of lints, which rules can accept. The lints themselves are made in [`crate::lint`].

use crate::named::named;

named! {
    /// The kind of a lint. The spelling is stable.
    pub enum LintCode {
        /// `!=` on a field that may be absent: the comparison is then false.
        NotEqualOnAbsent = "not-equal-on-absent",
        /// `=` or `!=` with the text `true` or `false` on a field that holds booleans.
        BooleanAsText = "boolean-as-text",
        /// `= "*"` on a field that holds objects, arrays or booleans: it matches none of them.
        StarOnObject = "star-on-object",
        /// `&&` and `||` mixed without parentheses.
        Ungrouped = "ungrouped",
        /// Conditions that can never be true together.
        NeverHolds = "never-holds",
        /// A pattern that matches at least nine out of ten records.
        MatchesNearlyAll = "matches-nearly-all",
        /// A pattern that matches none of the sample records.
        MatchesNothing = "matches-nothing",
        /// A path that leads through the envelope in which another tool wraps records.
        WrappedRecord = "wrapped-record",
        /// A field or event name in another case than CloudTrail's.
        WrongCase = "wrong-case",
        /// An event name with blanks.
        BlankInName = "blank-in-name",
        /// An event source that is not a service's domain.
        WrongSource = "wrong-source",
        /// `IS TRUE` or `IS FALSE` on a field that holds text.
        TextAsBoolean = "text-as-boolean",
        /// A comparison of size on a field that holds text.
        TextAsNumber = "text-as-number",
        /// Quotes around the braces of a pattern.
        QuotedPattern = "quoted-pattern",
        /// A pattern that matches every record; found by the analysis of patterns, as are the following ones.
        AlwaysHolds = "always-holds",
        /// A part of a pattern without which it matches the same records.
        IdleCondition = "idle-condition",
        /// A rule whose records another rule of the same metric counts as well.
        Contained = "contained",
        /// A pattern that matches exactly the records of another rule's, written differently.
        SameRecords = "same-records",
        /// A pattern that another rule also has.
        DuplicatePattern = "duplicate-pattern",
    }
}

impl LintCode {
    /// Whether a lint of this kind explains why a pattern matches none of the sample records.
    pub(crate) fn explains_nothing(self) -> bool {
        match self {
            Self::BooleanAsText
            | Self::StarOnObject
            | Self::NeverHolds
            | Self::WrappedRecord
            | Self::WrongCase
            | Self::BlankInName
            | Self::WrongSource
            | Self::TextAsBoolean
            | Self::TextAsNumber
            | Self::QuotedPattern => true,
            Self::NotEqualOnAbsent
            | Self::Ungrouped
            | Self::MatchesNearlyAll
            | Self::MatchesNothing
            | Self::AlwaysHolds
            | Self::IdleCondition
            | Self::Contained
            | Self::SameRecords
            | Self::DuplicatePattern => false,
        }
    }
}
