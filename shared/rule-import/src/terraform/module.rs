//! The parts of a module by name: variables, locals, blocks. Nothing is evaluated here.

use std::collections::{BTreeMap, HashMap};

use hcl_edit::{
    Span,
    expr::Expression,
    structure::{Block, Body},
};

use super::ParsedFile;
use crate::node::Position;

/// The bytes of a line up to which columns are counted in characters.
const COUNTED_BYTES: usize = 1_000;

/// A file of a module.
pub(super) struct File<'s> {
    index: usize,
    name: &'s str,
    text: &'s str,
    pub(super) body: &'s Body,
    line_starts: Vec<usize>,
}

impl<'s> File<'s> {
    pub(super) fn new((index, source, body): &ParsedFile<'s>) -> Self {
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
        let starts =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        let line_starts = std::iter::once(0).chain(starts).collect();
        Self { index: *index, name: source.name, text, body, line_starts }
    }

    /// The folder of the file, as its name tells it.
    pub(super) fn folder(&self) -> &'s str {
        self.name.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder)
    }

    pub(super) fn position(&self, spanned: &impl Span) -> Position {
        let Some(span) = spanned.span() else { return Position::of_file(self.index) };
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        let start =
            line.checked_sub(1).and_then(|line| self.line_starts.get(line)).copied().unwrap_or_default();
        // Beyond what an editor shows of a line, the column is that of the byte: to count characters takes time.
        let before = self.text.get(start..span.start).filter(|before| before.len() <= COUNTED_BYTES);
        let column = before.map_or(span.start - start, |before| before.chars().count()) + 1;
        Position::at(self.index, line, column)
    }

    /// What is written there, on one line and no longer than a message should be.
    pub(super) fn written(&self, spanned: &impl Span) -> String {
        const SHOWN: usize = 60;
        let text = spanned.span().and_then(|span| self.text.get(span)).unwrap_or_default();
        let head: String = text.chars().take(4 * SHOWN).collect();
        let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }
}

/// A `variable` block and what is known of its value.
pub(super) struct Variable<'s> {
    /// What the user gives on the command line.
    pub(super) given: Option<&'s str>,
    /// Whether that is text, and not an expression.
    pub(super) is_text: bool,
    /// What a file of values or the default says.
    pub(super) expression: Option<Located<'s>>,
}

/// An expression and the file that it is in.
#[derive(Clone, Copy)]
pub(super) struct Located<'s> {
    pub(super) expression: &'s Expression,
    pub(super) file: &'s File<'s>,
}

/// The files of a folder.
pub(super) struct Module<'s> {
    files: Vec<File<'s>>,
    values_files: &'s [File<'s>],
    values: &'s BTreeMap<String, String>,
}

impl<'s> Module<'s> {
    pub(super) fn new(
        files: Vec<File<'s>>,
        values_files: &'s [File<'s>],
        values: &'s BTreeMap<String, String>,
    ) -> Self {
        Self { files, values_files, values }
    }

    /// The blocks of a kind, each with its file.
    pub(super) fn blocks_named(&self, kind: &'static str) -> impl Iterator<Item = (&Block, &File<'s>)> {
        self.files.iter().flat_map(move |file| file.body.get_blocks(kind).map(move |block| (block, file)))
    }

    pub(super) fn position(&self, file: &File<'_>, block: &Block) -> Position {
        file.position(block)
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
            let attribute = |key: &str| block.body.get_attribute(key).map(|attribute| &attribute.value);
            let in_values = self.values_files.iter().rev().find_map(|file| {
                let attribute = file.body.get_attribute(name)?;
                Some(Located { expression: &attribute.value, file })
            });
            let default = attribute("default").map(|expression| Located { expression, file });
            let is_text = match attribute("type") {
                Some(Expression::Variable(kind)) => kind.as_str() == "string",
                Some(_) => false,
                None => true,
            };
            let given = self.values.get(name).map(String::as_str);
            variables.insert(name, Variable { given, is_text, expression: in_values.or(default) });
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
