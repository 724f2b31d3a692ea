//! Rule sets: all rules of one or more documents, with unique ids. A single document is read in [`crate::schema`].

use std::collections::HashMap;

use crate::{
    Diagnostics, Rule,
    catalogue::{self, Forms},
    limits,
    schema::{Context, Declared, Origin, read_document},
    supersession::Supersessions,
    yaml::{self, SourceText, Span},
};

/// Validated rules in document order; no two have the same id.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Where each rule is written.
    places: Vec<String>,
}

/// Two sets are equal if their rules are, no matter where the rules are written.
impl PartialEq for RuleSet {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl RuleSet {
    /// Reads a rule set from one document, and returns it with any warnings.
    ///
    /// `source_name` is the document's name in diagnostics, usually the path of the file.
    ///
    /// # Errors
    ///
    /// Every error in the document, together with the warnings. If the YAML is malformed, only what precedes the
    /// malformed part is checked.
    pub fn parse(source_name: &str, text: &str) -> Result<(Self, Diagnostics), Diagnostics> {
        Self::parse_all([(source_name, text)])
    }

    /// Reads one rule set from several documents, given as names and texts.
    ///
    /// Each document has its own `defaults`. A rule id must be unique across all documents, except that several
    /// documents may inherit the same unchanged rule.
    ///
    /// # Errors
    ///
    /// Every error in all documents, as for [`parse`](Self::parse).
    pub fn parse_all<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        Self::read(documents, Forms::WHOLE)
    }

    /// Reads a rule set for evaluation only: the same rules with no [`tests`](Rule::tests).
    ///
    /// A program that reads its rules only with this function does not contain the tests of the catalogue.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse), including errors in the document's tests.
    pub fn parse_without_tests(source_name: &str, text: &str) -> Result<(Self, Diagnostics), Diagnostics> {
        Self::parse_all_without_tests([(source_name, text)])
    }

    /// Reads one rule set from several documents for evaluation only.
    ///
    /// # Errors
    ///
    /// As for [`parse_all`](Self::parse_all), including errors in the documents' tests.
    pub fn parse_all_without_tests<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let (mut set, warnings) = Self::read(documents, Forms::WITHOUT_TESTS)?;
        for rule in &mut set.rules {
            rule.tests = Vec::new();
        }
        Ok((set, warnings))
    }

    /// The rules of a set of the catalogue: see [`catalogue::sets`]. `None` if no set has this name.
    #[must_use]
    pub fn from_set(name: &str) -> Option<Self> {
        Self::inherited(catalogue::set(name)?, Forms::WHOLE).ok()
    }

    /// The default rules: the set [`catalogue::recommended`].
    ///
    /// # Errors
    ///
    /// The errors of the set. A test reads every set, so a released program has none.
    pub fn recommended() -> Result<Self, Diagnostics> {
        Self::inherited(catalogue::recommended(), Forms::WHOLE)
    }

    /// A set of the catalogue for evaluation only: its rules with no [`tests`](Rule::tests).
    ///
    /// # Errors
    ///
    /// As for [`recommended`](Self::recommended).
    pub fn of_set_without_tests(set: &catalogue::Set) -> Result<Self, Diagnostics> {
        Self::inherited(set, Forms::WITHOUT_TESTS)
    }

    fn inherited(set: &catalogue::Set, forms: Forms) -> Result<Self, Diagnostics> {
        let text = format!("version: 1\nextends: [{}]\n", set.name);
        Self::read([(set.name, text.as_str())], forms).map(|(set, _)| set)
    }

    fn read<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
        forms: Forms,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let documents: Vec<_> = documents.into_iter().collect();
        let mut set = Self::default();
        let mut taken = Taken::default();
        let mut diagnostics = Diagnostics::default();
        let mut supersessions = Supersessions::default();
        let mut regex_size_left = Some(limits::REGEX_SIZE);
        for (index, (name, text)) in documents.iter().enumerate() {
            let source = SourceText::new(name, text);
            let mut context = Context::new(&source, regex_size_left);
            let mut document = yaml::read(&source);
            context.begin(&mut document);
            for declared in read_document(document.root.as_ref(), forms, &mut context) {
                supersessions.note(&declared, index);
                set.add(declared, &mut taken, &mut context);
            }
            regex_size_left = context.regex_size_left();
            diagnostics.append(context.into_diagnostics());
        }
        supersessions.check(&set.rules, &documents, &mut diagnostics);
        if diagnostics.errors() > 0 {
            return Err(diagnostics);
        }
        Ok((set, diagnostics))
    }

    /// Puts the rules of another set behind these, so that one evaluation serves both. `mark` ends the ids and the
    /// metric namespaces of the other set. It must contain a character that neither can have, so that the rules of the two
    /// sets share nothing.
    #[must_use]
    pub fn beside(mut self, other: Self, mark: &str) -> Self {
        let marked = |text: &str| format!("{text}{mark}");
        self.rules.extend(other.rules.into_iter().map(|mut rule| {
            rule.id = marked(&rule.id);
            rule.metric.namespace = marked(&rule.metric.namespace);
            rule.supersedes = rule.supersedes.iter().map(|id| marked(id)).collect();
            rule
        }));
        self.places.extend(other.places);
        self
    }

    /// The rules in document order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Where a rule is written: `FILE:LINE:COLUMN` in its document, or its file in the catalogue if the document
    /// inherits it unchanged.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<&str> {
        self.placed().find(|(rule, _)| rule.id == id).map(|(_, place)| place)
    }

    /// The rules, each with its [`place`](Self::place).
    pub(crate) fn placed(&self) -> impl Iterator<Item = (&Rule, &str)> {
        self.rules.iter().zip(self.places.iter().map(String::as_str))
    }

    /// Adds a rule unless its id is taken.
    fn add(&mut self, declared: Declared, taken: &mut Taken, context: &mut Context<'_, '_>) {
        let Declared { id: Some((id, span)), rule, origin, supersedes: _ } = declared else { return };
        let place = format!("{}:{}:{}", context.source.name(), span.start.line, span.start.column + 1);
        if let Some((other, other_origin)) = taken.ids.get(&id) {
            let is_inherited_twice = origin == Origin::Catalogue && *other_origin == Origin::Catalogue;
            if is_inherited_twice && rule.as_ref() == self.rule(&id) {
                return;
            }
            let message = format!("rule id `{id}` is already in use");
            context.error_with_help(span, message, format!("the other rule with this id is at {other}"));
            return;
        }
        if let Some(rule) = &rule {
            taken.note_metric(rule, span, &place, context);
        }
        if self.rules.len() == limits::RULES {
            let message = format!("more rules than the limit of {}", limits::RULES);
            context.error(span, message);
        }
        if let Some(rule) = rule {
            self.rules.push(rule);
            self.places.push(match origin {
                Origin::Document => place.clone(),
                Origin::Catalogue => catalogue::file_name(&id),
            });
        }
        taken.ids.insert(id, (place, origin));
    }
}

/// The ids and metrics that earlier rules of the set use.
#[derive(Default)]
struct Taken {
    /// Where each id is written, and its origin.
    ids: HashMap<String, (String, Origin)>,
    /// The first rule that publishes each metric, by namespace, name and dimension names.
    metrics: HashMap<(String, String, Vec<String>), Publisher>,
}

struct Publisher {
    id: String,
    place: String,
    /// Whether this rule, or a later one with the same metric, has an alarm.
    has_alarm: bool,
}

impl Taken {
    /// Records a rule's metric, and warns of an alarm that would also count the matches of another rule.
    fn note_metric(&mut self, rule: &Rule, span: Span, place: &str, context: &mut Context<'_, '_>) {
        let metric = &rule.metric;
        let mut dimensions: Vec<_> =
            metric.dimensions.iter().map(|dimension| dimension.name.clone()).collect();
        dimensions.sort();
        let key = (metric.namespace.clone(), metric.name.clone(), dimensions);
        let has_alarm = rule.all_alarms().next().is_some();
        let Some(first) = self.metrics.get_mut(&key) else {
            self.metrics.insert(key, Publisher { id: rule.id.clone(), place: place.to_owned(), has_alarm });
            return;
        };
        first.has_alarm |= has_alarm;
        if first.has_alarm {
            let Publisher { id, place, .. } = first;
            let message = format!(
                "rule `{id}` also publishes the metric `{}` in namespace `{}`, so an alarm on it counts the matches of both rules",
                metric.name, metric.namespace
            );
            let help = format!("give each rule its own `metricName`; rule `{id}` is at {place}");
            context.warning(span, message, help);
        }
    }
}
