//! Rule sets: all rules of one or more documents, with unique ids.

use std::collections::HashMap;

use crate::{
    Diagnostics, Rule,
    catalogue::{self, Texts},
    limits,
    schema::{Context, Declared, Origin, read_document},
    yaml::{self, Source, Span},
};

/// Validated rules in the order of their documents; no two have the same id.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Where each rule is written.
    places: Vec<String>,
}

/// Sets are equal if their rules are, wherever they are written.
impl PartialEq for RuleSet {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl RuleSet {
    /// Reads a rule set from one document, with the warnings about it.
    ///
    /// `source_name` stands in the diagnostics, most often the path of the file.
    ///
    /// # Errors
    ///
    /// All faults of the document at once, with the warnings among them. Of YAML that cannot be read to its end,
    /// those before the place where it breaks.
    pub fn parse(source_name: &str, text: &str) -> Result<(Self, Diagnostics), Diagnostics> {
        Self::parse_all([(source_name, text)])
    }

    /// Reads one rule set from several documents, given as names and texts.
    ///
    /// Each document has its own `defaults`; a rule id may occur once in all of them. A rule of the catalogue that several
    /// of them inherit as it is counts as one.
    ///
    /// # Errors
    ///
    /// All faults of all documents at once, as for [`parse`](Self::parse).
    pub fn parse_all<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        Self::read(documents, catalogue::rule_text)
    }

    /// Reads a rule set for evaluation only: the same rules with no [`tests`](Rule::tests).
    ///
    /// A program that reads its rules with this alone does not contain the tests of the catalogue.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse): faults of the document's tests are among them.
    pub fn parse_without_tests(source_name: &str, text: &str) -> Result<(Self, Diagnostics), Diagnostics> {
        let (mut set, warnings) = Self::read([(source_name, text)], catalogue::rule_text_without_tests)?;
        for rule in &mut set.rules {
            rule.tests = Vec::new();
        }
        Ok((set, warnings))
    }

    /// The rules of a set of the catalogue: see [`catalogue::sets`]. `None` if there is no set of this name.
    #[must_use]
    pub fn from_set(name: &str) -> Option<Self> {
        Some(Self::inherited(catalogue::set(name)?, catalogue::rule_text))
    }

    /// The rules that apply where nobody chose others: the set [`catalogue::recommended`].
    #[must_use]
    pub fn recommended() -> Self {
        Self::inherited(catalogue::recommended(), catalogue::rule_text)
    }

    /// A set of the catalogue for evaluation only: its rules with no [`tests`](Rule::tests).
    #[must_use]
    pub fn of_set_without_tests(set: &catalogue::Set) -> Self {
        Self::inherited(set, catalogue::rule_text_without_tests)
    }

    #[expect(
        clippy::expect_used,
        reason = "the catalogue is part of the program, and a test reads every set"
    )]
    fn inherited(set: &catalogue::Set, texts: Texts) -> Self {
        let text = format!("version: 1\nextends: [{}]\n", set.name);
        Self::read([(set.name, text.as_str())], texts).expect("the sets of the catalogue are valid").0
    }

    fn read<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
        texts: Texts,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let mut set = Self::default();
        let mut taken = Taken::default();
        let mut diagnostics = Diagnostics::default();
        let mut regex_size_left = Some(limits::REGEX_SIZE);
        for (name, text) in documents {
            let source = Source::new(name, text);
            let mut context = Context::new(&source, regex_size_left);
            let mut document = yaml::read(&source);
            context.begin(&mut document);
            for declared in read_document(document.root.as_ref(), texts, &mut context) {
                set.add(declared, &mut taken, &mut context);
            }
            regex_size_left = context.regex_size_left();
            diagnostics.append(context.into_diagnostics());
        }
        if diagnostics.errors() > 0 {
            return Err(diagnostics);
        }
        Ok((set, diagnostics))
    }

    /// The rules in the order of their documents.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with an id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Where a rule is written: `FILE:LINE:COLUMN` of its document, or its file in the catalogue if the document takes it as
    /// it is.
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
        let Declared { id: Some((id, span)), rule, origin } = declared else { return };
        let place = format!("{}:{}:{}", context.source.name(), span.start.line, span.start.column + 1);
        if let Some((other, other_origin)) = taken.ids.get(&id) {
            let is_inherited_twice = origin == Origin::Catalogue && *other_origin == Origin::Catalogue;
            if is_inherited_twice && rule.as_ref() == self.rule(&id) {
                return;
            }
            let message = format!("the rule id `{id}` is taken");
            context.error_with_help(span, message, format!("the other rule with this id is at {other}"));
            return;
        }
        if let Some(rule) = &rule {
            taken.note_metric(rule, span, &place, context);
        }
        if self.rules.len() == limits::RULES {
            let message = format!("more than the {} rules that are read", limits::RULES);
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

/// What rules of the set have for themselves, or should have.
#[derive(Default)]
struct Taken {
    /// Where each id was given, and by whom.
    ids: HashMap<String, (String, Origin)>,
    /// The first rule of each metric: namespace, name, and the names of the dimensions.
    metrics: HashMap<(String, String, Vec<String>), Publisher>,
}

struct Publisher {
    id: String,
    place: String,
    /// Whether it or a later rule of the same metric has an alarm.
    has_alarm: bool,
}

impl Taken {
    /// Notes the metric of a rule, and warns of an alarm that would count the matches of another rule as well.
    fn note_metric(&mut self, rule: &Rule, span: Span, place: &str, context: &mut Context<'_, '_>) {
        let metric = &rule.metric;
        let mut dimensions: Vec<_> =
            metric.dimensions.iter().map(|dimension| dimension.name.clone()).collect();
        dimensions.sort();
        let key = (metric.namespace.clone(), metric.name.clone(), dimensions);
        let has_alarm = rule.alarm.is_some();
        let Some(first) = self.metrics.get_mut(&key) else {
            self.metrics.insert(key, Publisher { id: rule.id.clone(), place: place.to_owned(), has_alarm });
            return;
        };
        first.has_alarm |= has_alarm;
        if first.has_alarm {
            let Publisher { id, place, .. } = first;
            let message = format!(
                "the metric `{}` of namespace `{}` is that of rule `{id}` too, and an alarm on it counts the matches of both",
                metric.name, metric.namespace
            );
            let help = format!("give each rule a `metricName` of its own; rule `{id}` is at {place}");
            context.warning(span, message, help);
        }
    }
}
