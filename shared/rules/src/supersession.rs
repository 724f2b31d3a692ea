//! `supersedes` across a rule set: the ids exist, and no rule supersedes itself through others. Which records this
//! leaves out of which alerts is decided where alerts are made.

use std::collections::{HashMap, HashSet};

use crate::{
    Diagnostics, Rule, catalogue, limits,
    schema::{Context, Declared},
    yaml::{SourceText, Span},
};

/// The items of `supersedes` in all documents.
#[derive(Default)]
pub(crate) struct Supersessions {
    items: Vec<Supersession>,
}

/// One item of `supersedes`.
struct Supersession {
    /// The rule that has the item.
    id: String,
    /// The rule that it names.
    superseded: String,
    span: Span,
    /// The index of the document.
    document: usize,
}

impl Supersessions {
    /// Records the items of a rule in the document with this index.
    pub(crate) fn note(&mut self, declared: &Declared, document: usize) {
        let Some(rule) = &declared.rule else { return };
        self.items.extend(rule.supersedes.iter().zip(&declared.supersedes).map(|(superseded, span)| {
            Supersession { id: rule.id.clone(), superseded: superseded.clone(), span: *span, document }
        }));
    }

    /// Reports ids that no rule has, and rules that supersede each other: no alert would contain their records.
    pub(crate) fn check(&self, rules: &[Rule], documents: &[(&str, &str)], diagnostics: &mut Diagnostics) {
        let ids: HashSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let is_known = |id: &str| ids.contains(id) || catalogue::rule_text(id).is_some();
        let circular = self.circular();
        for (index, (name, text)) in documents.iter().enumerate() {
            let faulty = |item: &&Supersession| {
                item.document == index && (!is_known(&item.superseded) || circular.contains(&item.ids()))
            };
            let mut faulty = self.items.iter().filter(faulty).peekable();
            if faulty.peek().is_none() {
                continue;
            }
            let source = SourceText::new(name, text);
            let mut context = Context::new(&source, None);
            for item in faulty {
                let (id, superseded) = item.ids();
                if is_known(superseded) {
                    let message = format!("rules `{id}` and `{superseded}` supersede each other");
                    let help = "let only the narrower rule supersede the broader one";
                    context.error_with_help(item.span, message, help);
                } else {
                    let help = "check the spelling, or remove the item";
                    context.warning(item.span, format!("there is no rule `{superseded}` to supersede"), help);
                }
            }
            diagnostics.append(context.into_diagnostics());
        }
    }

    /// The items on a circle, by their two ids: the superseded rule supersedes the other, at least through others.
    fn circular(&self) -> HashSet<(&str, &str)> {
        let mut superseded_by: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut left: HashMap<&str, usize> = HashMap::new();
        for (id, superseded) in self.items.iter().map(Supersession::ids) {
            superseded_by.entry(superseded).or_default().push(id);
            *left.entry(id).or_default() += 1;
        }
        // Removes every rule that leads to no circle, so that sets without one, which is nearly all, cost little.
        let mut ends: Vec<&str> = superseded_by.keys().copied().filter(|id| !left.contains_key(id)).collect();
        while let Some(end) = ends.pop() {
            for id in superseded_by.get(end).into_iter().flatten() {
                let Some(count) = left.get_mut(id) else { continue };
                *count -= 1;
                if *count == 0 {
                    left.remove(id);
                    ends.push(id);
                }
            }
        }
        let items = self.items.iter().map(Supersession::ids);
        items
            .filter(|(id, superseded)| left.contains_key(id) && left.contains_key(superseded))
            .filter(|(id, superseded)| reaches(&superseded_by, id, superseded))
            .take(limits::SHOWN_ERRORS)
            .collect()
    }
}

impl Supersession {
    /// The rule that supersedes, and the rule that it names.
    fn ids(&self) -> (&str, &str) {
        (&self.id, &self.superseded)
    }
}

/// Whether `from` leads to `to` in this map.
fn reaches<'s>(map: &HashMap<&'s str, Vec<&'s str>>, from: &'s str, to: &str) -> bool {
    let mut seen = HashSet::from([from]);
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        open.extend(map.get(id).into_iter().flatten().copied().filter(|next| seen.insert(next)));
    }
    false
}
