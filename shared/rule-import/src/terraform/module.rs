//! The parts of a module by name: variables, locals and blocks. Nothing is evaluated here.

use std::{borrow::Cow, collections::HashMap};

use hcl_edit::{
    Span,
    expr::Expression,
    structure::{Block, Body},
};

use crate::{node::Position, source::Source};

/// In longer lines, in bytes, columns are not counted in characters.
const COUNTED_BYTES: usize = 1_000;

/// A parsed file: its index among the sources, the source and its contents.
#[derive(Clone, Copy)]
pub(crate) struct ParsedFile<'s> {
    pub(crate) index: usize,
    pub(crate) source: Source<'s>,
    pub(crate) body: &'s Body,
    /// Whether the file is JSON, whose expressions have no positions in the file.
    pub(crate) is_json: bool,
}

/// A file of a module.
pub(super) struct File<'s> {
    index: usize,
    name: &'s str,
    text: &'s str,
    pub(super) body: &'s Body,
    is_json: bool,
    line_starts: Vec<usize>,
}

impl<'s> File<'s> {
    pub(super) fn new(parsed: &ParsedFile<'s>) -> Self {
        let ParsedFile { index, source, body, is_json } = *parsed;
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
        let starts =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        let line_starts = std::iter::once(0).chain(starts).collect();
        Self { index, name: source.name, text, body, is_json, line_starts }
    }

    /// The folder of the file, taken from its name.
    pub(super) fn folder(&self) -> &'s str {
        self.name.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
    }

    pub(super) fn position(&self, spanned: &impl Span) -> Position {
        let Some(span) = spanned.span().filter(|_| !self.is_json) else {
            return Position::of_file(self.index);
        };
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        let start =
            line.checked_sub(1).and_then(|line| self.line_starts.get(line)).copied().unwrap_or_default();
        // Far to the right, the column is counted in bytes, because counting characters takes time.
        let before = self.text.get(start..span.start).filter(|before| before.len() <= COUNTED_BYTES);
        let column = before.map_or(span.start - start, |before| before.chars().count()) + 1;
        Position::at(self.index, line, column)
    }

    /// The source text, on one line and short enough for a message.
    pub(super) fn written(&self, expression: &Expression) -> String {
        const SHOWN: usize = 60;
        let text = match expression.span().filter(|_| !self.is_json) {
            Some(span) => Cow::Borrowed(self.text.get(span).unwrap_or_default()),
            None => Cow::Owned(expression.to_string()),
        };
        let head: String = text.chars().take(4 * SHOWN).collect();
        let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }
}

/// A `variable` block.
pub(super) struct Variable<'s> {
    /// Whether a value from the command line is text rather than an expression.
    pub(super) is_text: bool,
    /// Its type, which may name defaults of attributes.
    pub(super) kind: Option<Located<'s>>,
    pub(super) default: Option<Located<'s>>,
}

/// An expression and its file.
#[derive(Clone, Copy)]
pub(super) struct Located<'s> {
    pub(super) expression: &'s Expression,
    pub(super) file: &'s File<'s>,
}

/// The files of a folder.
pub(super) struct Module<'s> {
    folder: String,
    files: Vec<File<'s>>,
}

impl<'s> Module<'s> {
    pub(super) fn new(folder: String, files: Vec<File<'s>>) -> Self {
        Self { folder, files }
    }

    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// The blocks of this kind, each with its file.
    pub(super) fn blocks_named(&self, kind: &'static str) -> impl Iterator<Item = (&Block, &File<'s>)> {
        self.files.iter().flat_map(move |file| file.body.get_blocks(kind).map(move |block| (block, file)))
    }

    pub(super) fn variable_names(&self) -> Vec<String> {
        let labels = self.blocks_named("variable").filter_map(|(block, _)| block.labels.first());
        labels.map(|label| label.as_str().to_owned()).collect()
    }

    /// A resource and its file.
    pub(super) fn resource(&self, kind: &str, name: &str) -> Option<(&Block, &File<'s>)> {
        self.blocks_named("resource").find(|(block, _)| {
            matches!(block.labels.as_slice(), [of_kind, of_name] if of_kind.as_str() == kind && of_name.as_str() == name)
        })
    }

    pub(super) fn variables(&self) -> HashMap<&str, Variable<'_>> {
        let mut variables = HashMap::new();
        for (block, file) in self.blocks_named("variable") {
            let Some(name) = block.labels.first().map(|label| label.as_str()) else { continue };
            let located = |key: &str| {
                let attribute = block.body.get_attribute(key)?;
                Some(Located { expression: &attribute.value, file })
            };
            let kind = located("type");
            let is_text = kind.is_none_or(|kind| is_string_type(kind.expression));
            variables.insert(name, Variable { is_text, kind, default: located("default") });
        }
        variables
    }

    pub(super) fn locals(&self) -> HashMap<&str, Located<'_>> {
        let mut locals = HashMap::new();
        for (block, file) in self.blocks_named("locals") {
            for attribute in block.body.attributes() {
                locals.insert(attribute.key.as_str(), Located { expression: &attribute.value, file });
            }
        }
        locals
    }
}

/// Whether a variable's type is `string`, which older modules quote.
fn is_string_type(kind: &Expression) -> bool {
    match kind {
        Expression::Variable(name) => name.as_str() == "string",
        Expression::String(name) => name.value() == "string",
        Expression::Parenthesis(inner) => is_string_type(inner.inner()),
        Expression::StringTemplate(_)
        | Expression::HeredocTemplate(_)
        | Expression::Null(_)
        | Expression::Bool(_)
        | Expression::Number(_)
        | Expression::Array(_)
        | Expression::Object(_)
        | Expression::Conditional(_)
        | Expression::FuncCall(_)
        | Expression::Traversal(_)
        | Expression::UnaryOp(_)
        | Expression::BinaryOp(_)
        | Expression::ForExpr(_) => false,
    }
}
