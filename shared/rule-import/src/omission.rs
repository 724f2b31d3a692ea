//! What of the input the rules do not say, each with its place and a code that scripts can rely on.
//!
//! The message names properties and expressions as the input writes them, and never holds a parameter's value.

use std::fmt;

use filter_pattern::printable;

use crate::node::Position;

/// A place in one of the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name that the source was given, most often its path.
    pub source_name: String,
    /// Line and column from 1, where the source's language tells them: of JSON it does not.
    pub line_and_column: Option<(usize, usize)>,
}

impl Place {
    /// The place of a fault, or the end of the line or text where a parser counts one behind it that is not there.
    pub(crate) fn in_lines<'t>(
        source_name: &str,
        lines: impl Iterator<Item = &'t str>,
        line: usize,
        column: usize,
    ) -> Self {
        let mut found = (1, 1);
        for (number, text) in (1..=line.max(1)).zip(lines) {
            let is_its_own = number == line.max(1);
            // Columns are counted in characters or bytes, so that the larger count is the limit.
            let column = if is_its_own { column.clamp(1, text.len() + 1) } else { text.chars().count() + 1 };
            found = (number, column);
        }
        Self { source_name: source_name.to_owned(), line_and_column: Some(found) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&printable(&self.source_name))?;
        match self.line_and_column {
            Some((line, column)) => write!(formatter, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}

/// How much an omission matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The deployment decides it in place of the rule, such as who is notified.
    Note,
    /// The rules behave otherwise than the input for want of it.
    Lost,
}

macro_rules! codes {
    ($($(#[$attribute:meta])* $variant:ident = $name:literal, $grade:ident;)+) => {
        /// What kind of omission it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[$attribute])* $variant,)+ }

        impl Code {
            /// The code as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How much an omission of this kind matters.
            #[must_use]
            pub const fn grade(self) -> Grade {
                match self { $(Self::$variant => Grade::$grade,)+ }
            }
        }
    };
}

codes! {
    /// A value that only a deployment knows, or a parameter without a value.
    UnknownValue = "unknown-value", Lost;
    /// A value that is missing or not of the type that it has to be.
    InvalidValue = "invalid-value", Lost;
    /// A property that a rule has nothing for.
    NoCounterpart = "no-counterpart", Lost;
    /// More than the one metric transformation of a rule.
    SeveralTransformations = "several-transformations", Lost;
    /// What `rules check` would refuse of a filter, most often its pattern.
    RefusedFilter = "refused-filter", Lost;
    /// What `rules check` would refuse of an alarm.
    RefusedAlarm = "refused-alarm", Lost;
    /// An alarm on metric math, on an anomaly band or on a query.
    MetricMath = "metric-math", Lost;
    /// A composite alarm.
    CompositeAlarm = "composite-alarm", Lost;
    /// An alarm on a custom metric that no filter of the input publishes.
    NoFilter = "no-filter", Lost;
    /// An alarm on a metric that has one.
    SecondAlarm = "second-alarm", Lost;
    /// Actions other than those of the alert topic.
    OtherActions = "other-actions", Lost;
    /// Filters of different log groups that publish one metric.
    SharedMetric = "shared-metric", Lost;
    /// Resources that are made by a construct that is not expanded.
    NotExpanded = "not-expanded", Lost;
    /// A listing that goes on in another answer.
    IncompleteListing = "incomplete-listing", Lost;
    /// An alarm on a metric of an AWS service.
    ServiceMetric = "service-metric", Note;
    /// The log group that a filter reads.
    LogGroup = "log-group", Note;
    /// A filter of a log group that was not asked for.
    OtherLogGroup = "other-log-group", Note;
    /// A filter that another one stands for, as it does the same in another log group.
    MergedFilter = "merged-filter", Note;
    /// Who is notified.
    AlarmActions = "alarm-actions", Note;
    /// A resource whose condition is false, or of which there are no instances.
    SwitchedOff = "switched-off", Note;
    /// Another template or module, which has files of its own.
    OtherFiles = "other-files", Note;
    /// A parameter or variable that was given and that no source declares.
    UnusedValue = "unused-value", Note;
}

/// Something that the rules do not say and the input did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    /// What kind it is.
    pub code: Code,
    /// Where it is; `None` for what is about the input as a whole.
    pub place: Option<Place>,
    /// The resource, by its logical id, address or name; empty for what is about no single one.
    pub subject: String,
    /// What is omitted and why, in one line.
    pub message: String,
}

impl Omission {
    /// How much it matters.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.code.grade()
    }
}

impl fmt::Display for Omission {
    /// Writes `place: subject: message [code]` on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        if !self.subject.is_empty() {
            write!(formatter, "{}: ", printable(&self.subject))?;
        }
        write!(formatter, "{} [{}]", printable(&self.message), self.code.as_str())
    }
}

/// The omissions so far, and what is needed to name their places.
#[derive(Debug, Default)]
pub(crate) struct Report {
    names: Vec<String>,
    omissions: Vec<Omission>,
}

impl Report {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self { names, omissions: Vec::new() }
    }

    pub(crate) fn place(&self, position: Position) -> Place {
        let source_name = self.names.get(position.file).cloned().unwrap_or_default();
        Place { source_name, line_and_column: position.line_and_column }
    }

    pub(crate) fn add(&mut self, code: Code, position: Position, subject: &str, message: impl Into<String>) {
        let place = Some(self.place(position));
        self.omissions.push(Omission { code, place, subject: subject.to_owned(), message: message.into() });
    }

    /// Adds what is about the input as a whole.
    pub(crate) fn add_general(&mut self, code: Code, message: impl Into<String>) {
        self.omissions.push(Omission { code, place: None, subject: String::new(), message: message.into() });
    }

    /// What is lost first, each kind in the order in which it was found.
    pub(crate) fn into_omissions(mut self) -> Vec<Omission> {
        self.omissions.sort_by_key(|omission| std::cmp::Reverse(omission.grade()));
        self.omissions
    }
}
