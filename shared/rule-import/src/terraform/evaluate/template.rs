//! Templates: interpolations, `%{ if }` and `%{ for }`, and the `~` that removes blanks beside them.
//!
//! Source: "Strings and Templates" of the Terraform language documentation.

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::{super::scope::Binding, Evaluator, Scope};
use crate::node::{Node, Value};

/// The text around a run of elements, as far as it removes blanks from the run.
#[derive(Clone, Copy, Default)]
struct Around {
    strips_start: bool,
    strips_end: bool,
}

impl Evaluator<'_> {
    /// The text of a template, or the first unknown value in it. In a heredoc, `~` removes blanks up to the end of
    /// the line only.
    pub(super) fn template(&self, elements: &[&Element], scope: &Scope<'_>, is_heredoc: bool) -> Node {
        let mut out = String::new();
        match self.push_elements(&mut out, elements, Around::default(), (scope, is_heredoc)) {
            Ok(()) => Node::text(out),
            Err(unknown) => unknown,
        }
    }

    fn push_elements(
        &self,
        out: &mut String,
        elements: &[&Element],
        around: Around,
        (scope, is_heredoc): (&Scope<'_>, bool),
    ) -> Result<(), Node> {
        for (index, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(text) => {
                    let before = index.checked_sub(1).and_then(|before| elements.get(before));
                    let after = elements.get(index + 1);
                    let strips_start = before.map_or(around.strips_start, |before| markers(before).1);
                    let strips_end = after.map_or(around.strips_end, |after| markers(after).0);
                    let text = stripped(text.value(), Around { strips_start, strips_end }, is_heredoc);
                    self.push(out, text)?;
                }
                Element::Interpolation(part) => {
                    let value = self.evaluate(&part.expr, scope);
                    match &value.value {
                        Value::Text(text) => self.push(out, text)?,
                        Value::Unknown(_) => return Err(value),
                        Value::Null | Value::List(_) | Value::Map(_) => {
                            let written = scope.file.written(&part.expr);
                            return Err(Node::unknown(format!("`{written}` is not text")));
                        }
                    }
                }
                Element::Directive(directive) => match &**directive {
                    Directive::If(directive) => self.push_if(out, directive, (scope, is_heredoc))?,
                    Directive::For(directive) => self.push_for(out, directive, (scope, is_heredoc))?,
                },
            }
        }
        Ok(())
    }

    fn push_template(
        &self,
        out: &mut String,
        template: &Template,
        around: Around,
        place: (&Scope<'_>, bool),
    ) -> Result<(), Node> {
        let elements: Vec<_> = template.iter().collect();
        self.push_elements(out, &elements, around, place)
    }

    fn push_if(
        &self,
        out: &mut String,
        directive: &IfDirective,
        place: (&Scope<'_>, bool),
    ) -> Result<(), Node> {
        let IfDirective { if_expr, else_expr, endif_expr, .. } = directive;
        if self.truth(&if_expr.cond_expr, place.0)? {
            let end = else_expr.as_ref().map_or(endif_expr.strip, |branch| branch.strip);
            let around = Around { strips_start: if_expr.strip.strip_end(), strips_end: end.strip_start() };
            return self.push_template(out, &if_expr.template, around, place);
        }
        let Some(branch) = else_expr else { return Ok(()) };
        let around =
            Around { strips_start: branch.strip.strip_end(), strips_end: endif_expr.strip.strip_start() };
        self.push_template(out, &branch.template, around, place)
    }

    fn push_for(
        &self,
        out: &mut String,
        directive: &ForDirective,
        (scope, is_heredoc): (&Scope<'_>, bool),
    ) -> Result<(), Node> {
        let ForDirective { for_expr, endfor_expr, .. } = directive;
        let key_name = for_expr.key_var.as_ref().map_or("", |name| name.as_str());
        let around =
            Around { strips_start: for_expr.strip.strip_end(), strips_end: endfor_expr.strip.strip_start() };
        for (key, value) in self.entries(&for_expr.collection_expr, scope)? {
            let key = Binding::new(key_name, key, scope.bindings);
            let value = Binding::new(for_expr.value_var.as_str(), value, Some(&key));
            let inner = Scope { file: scope.file, bindings: Some(&value) };
            self.push_template(out, &for_expr.template, around, (&inner, is_heredoc))?;
        }
        Ok(())
    }

    fn push(&self, out: &mut String, text: &str) -> Result<(), Node> {
        if !self.affords(text.len()) {
            return Err(Self::too_much());
        }
        out.push_str(text);
        Ok(())
    }
}

/// Whether the text before an element loses its trailing blanks, and the text behind it its leading ones.
fn markers(element: &Element) -> (bool, bool) {
    let of = |first: Strip, last: Strip| (first.strip_start(), last.strip_end());
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(part) => of(part.strip, part.strip),
        Element::Directive(directive) => match &**directive {
            Directive::If(directive) => of(directive.if_expr.strip, directive.endif_expr.strip),
            Directive::For(directive) => of(directive.for_expr.strip, directive.endfor_expr.strip),
        },
    }
}

fn stripped(text: &str, around: Around, is_heredoc: bool) -> &str {
    let mut text = text;
    if around.strips_start {
        let (line, _) = text.split_once('\n').filter(|_| is_heredoc).unwrap_or((text, ""));
        text = if line.len() < text.len() && line.trim_start().is_empty() {
            text.get(line.len() + 1..).unwrap_or_default()
        } else {
            text.trim_start()
        };
    }
    if around.strips_end {
        text = if is_heredoc { text.trim_end_matches([' ', '\t', '\r']) } else { text.trim_end() };
    }
    text
}
