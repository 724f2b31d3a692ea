//! Rule sets: all rules of one or more documents, with unique ids.

use std::collections::HashMap;

use crate::{
    Diagnostic, Diagnostics, Rule, baseline, limits,
    schema::{Context, Declared, read_document},
    yaml::{self, Source},
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
    /// All faults of the document at once, with the warnings among them. YAML that cannot be read at all has one
    /// fault, because nothing can be said about what follows it.
    pub fn parse(source_name: &str, text: &str) -> Result<(Self, Vec<Diagnostic>), Diagnostics> {
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
    ) -> Result<(Self, Vec<Diagnostic>), Diagnostics> {
        let mut set = Self::default();
        let mut places = HashMap::new();
        let mut diagnostics = Vec::new();
        for (name, text) in documents {
            let source = Source::new(name, text);
            let mut context = Context::new(&source);
            let declared = match yaml::read(&source) {
                Ok(root) => read_document(root.as_ref(), &mut context),
                Err(fault) => {
                    context.adopt(*fault);
                    Vec::new()
                }
            };
            for declared in declared {
                set.add(declared, &mut places, &mut context);
            }
            diagnostics.extend(context.into_diagnostics());
        }
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Diagnostics::new(diagnostics));
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

    /// Adds a rule unless its id is taken; `places` holds where each id was first given.
    fn add(
        &mut self,
        declared: Declared,
        places: &mut HashMap<String, String>,
        context: &mut Context<'_, '_>,
    ) {
        let Declared { id: Some((id, span)), rule } = declared else { return };
        if let Some(place) = places.get(&id) {
            let message = format!("the rule id `{id}` is taken");
            context.error_with_help(span, message, format!("the other rule with this id is at {place}"));
            return;
        }
        let place = format!("{}:{}:{}", context.source.name(), span.start.line, span.start.column + 1);
        places.insert(id, place);
        if self.rules.len() == limits::RULES {
            let message = format!("more than the {} rules that are read", limits::RULES);
            context.error(span, message);
        }
        self.rules.extend(rule);
    }
}
