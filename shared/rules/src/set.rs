//! Rule sets: all rules of one or more documents, with unique ids.

use std::collections::HashMap;

use crate::{
    Diagnostics, Rule, baseline, limits,
    schema::{Context, Declared, read_document},
    yaml::{self, Source, Span},
};

/// Validated rules in the order of their documents; no two have the same id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    rules: Vec<Rule>,
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
    /// Each document has its own `defaults`; a rule id may occur once in all of them.
    ///
    /// # Errors
    ///
    /// All faults of all documents at once, as for [`parse`](Self::parse).
    pub fn parse_all<'a>(
        documents: impl IntoIterator<Item = (&'a str, &'a str)>,
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
            for declared in read_document(document.root.as_ref(), &mut context) {
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

    /// The rules that are embedded in the program: see [`BASELINE_YAML`](crate::BASELINE_YAML).
    #[must_use]
    pub fn baseline() -> Self {
        baseline::parse()
    }

    /// The baseline for evaluation only: the same rules with no [`tests`](Rule::tests).
    ///
    /// A cold start pays about 0.8 ms for this and 2.7 ms for the whole baseline.
    #[must_use]
    pub fn baseline_without_tests() -> Self {
        baseline::parse_without_tests()
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

    /// Adds a rule unless its id is taken.
    fn add(&mut self, declared: Declared, taken: &mut Taken, context: &mut Context<'_, '_>) {
        let Declared { id: Some((id, span)), rule } = declared else { return };
        if let Some(place) = taken.ids.get(&id) {
            let message = format!("the rule id `{id}` is taken");
            context.error_with_help(span, message, format!("the other rule with this id is at {place}"));
            return;
        }
        let place = format!("{}:{}:{}", context.source.name(), span.start.line, span.start.column + 1);
        if let Some(rule) = &rule {
            taken.note_metric(rule, span, &place, context);
        }
        taken.ids.insert(id, place);
        if self.rules.len() == limits::RULES {
            let message = format!("more than the {} rules that are read", limits::RULES);
            context.error(span, message);
        }
        self.rules.extend(rule);
    }
}

/// What rules of the set have for themselves, or should have.
#[derive(Default)]
struct Taken {
    /// Where each id was given.
    ids: HashMap<String, String>,
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
