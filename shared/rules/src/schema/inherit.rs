//! `extends`, `include` and `exclude`: which rules of the catalogue a document inherits.
//!
//! Inherited rules are in the order of the sets, followed by the rules that `include` lists; a rule that occurs
//! several times is inherited once. The document's changes to them are applied in [`super::merge`].

use std::collections::HashSet;

use super::{
    Context,
    fields::Fields,
    values,
    wording::{self, list},
};
use crate::{
    catalogue::{self, Forms},
    yaml::{self, Node, SourceText, Span, Value},
};

/// The keys with which a document inherits rules from the catalogue.
pub(crate) const KEYS: [&str; 3] = ["extends", "include", "exclude"];

/// A rule of the catalogue that a document inherits.
pub(super) struct Inherited {
    pub(super) id: &'static str,
    /// Where the document inherits it.
    pub(super) span: Span,
}

/// What a document inherits.
#[derive(Default)]
pub(super) struct Inheritance {
    /// In order, without excluded rules.
    pub(super) rules: Vec<Inherited>,
    /// Whether a name was faulty, so that an entry may refer to a rule that is missing here.
    pub(super) is_incomplete: bool,
    excluded: HashSet<&'static str>,
}

impl Inheritance {
    /// Reads the three keys.
    pub(super) fn read(fields: &Fields<'_, '_>, context: &mut Context<'_, '_>) -> Self {
        let mut inheritance = Self::default();
        let mut taken = HashSet::new();
        for (set, span) in inheritance.names(fields, "extends", context, known_set) {
            inheritance.take(set.rules.iter().copied(), span, &mut taken);
        }
        for (id, span) in inheritance.names(fields, "include", context, known_rule) {
            inheritance.take([id], span, &mut taken);
        }
        for (id, span) in inheritance.names(fields, "exclude", context, known_rule) {
            inheritance.exclude(id, span, context);
        }
        inheritance
    }

    /// The index of the inherited rule with this id.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.id == id)
    }

    /// Whether the document excludes this rule.
    pub(super) fn is_excluded(&self, id: &str) -> bool {
        self.excluded.contains(id)
    }

    fn take(
        &mut self,
        ids: impl IntoIterator<Item = &'static str>,
        span: Span,
        taken: &mut HashSet<&'static str>,
    ) {
        self.rules.extend(ids.into_iter().filter(|id| taken.insert(id)).map(|id| Inherited { id, span }));
    }

    fn exclude(&mut self, id: &'static str, span: Span, context: &mut Context<'_, '_>) {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        let is_new = self.excluded.insert(id);
        if self.rules.len() == before && is_new && !self.is_incomplete {
            let help = "remove it; `exclude` is for rules that `extends` or `include` bring in";
            context.error_with_help(span, format!("rule `{id}` is excluded but not inherited"), help);
        }
    }

    /// The known names of a list, with their positions.
    fn names<T>(
        &mut self,
        fields: &Fields<'_, '_>,
        key: &str,
        context: &mut Context<'_, '_>,
        known: impl Fn(&str) -> Result<T, (String, String)>,
    ) -> Vec<(T, Span)> {
        let Some(node) = fields.get(key) else { return Vec::new() };
        let Some(items) = values::items(node, &format!("`{key}`"), context) else {
            self.is_incomplete = true;
            return Vec::new();
        };
        let mut names = Vec::new();
        for item in items {
            let name = values::line(item, &format!("an item of `{key}`"), context).map(&known);
            match name {
                Some(Ok(name)) => names.push((name, item.span)),
                Some(Err((message, help))) => context.error_with_help(item.span, message, help),
                None => {}
            }
        }
        self.is_incomplete |= names.len() < items.len();
        names
    }
}

/// A rule of the catalogue as a tree. All of its nodes have the position where the document inherits the rule.
pub(super) fn rule_node(id: &str, span: Span, forms: Forms) -> Option<Node<'static>> {
    let mut document = yaml::read(&SourceText::new("", (forms.text)(id)?));
    let Value::Mapping(entries) = document.root.take()?.value else { return None };
    let (_, rules) = entries.into_iter().find(|(key, _)| key.is_text("rules"))?;
    let Value::Sequence(rules) = rules.value else { return None };
    rules.into_iter().next().map(|rule| rule.at(span))
}

fn known_set(name: &str) -> Result<&'static catalogue::Set, (String, String)> {
    catalogue::set(name).ok_or_else(|| {
        let help = match catalogue::suggest_set(name) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => {
                let names: Vec<_> = catalogue::sets().iter().map(|set| set.name).collect();
                format!("available sets: {}", list(&names))
            }
        };
        (format!("there is no set `{}`", wording::shortened(name)), help)
    })
}

fn known_rule(id: &str) -> Result<&'static str, (String, String)> {
    catalogue::rule_ids().find(|known| *known == id).ok_or_else(|| {
        let help = match (catalogue::suggest_rule(id), catalogue::set(id)) {
            (_, Some(_)) => format!("`{id}` is a set; list sets in `extends`"),
            (Some(suggestion), None) => format!("did you mean `{suggestion}`?"),
            (None, None) => "run `trailbell rules list` to see the rules of the catalogue".to_owned(),
        };
        (format!("the catalogue has no rule `{}`", wording::shortened(id)), help)
    })
}
