//! The parser's events, put together to one bounded tree.
//!
//! Refused are: more than one document, aliases, tags, and anything beyond the limits. Aliases are refused
//! altogether, because each one multiplies what it stands for.

use saphyr_parser::{Event, Parser, ScanError, StrInput};

use super::{Node, Position, Scalar, Source, Span, Value};
use crate::{Diagnostic, DiagnosticSeverity, limits};

/// Reads the only document of a source; `None` stands for an empty one.
///
/// # Errors
///
/// The first fault of the YAML itself: after one, the rest of the text cannot be told apart.
pub(crate) fn read<'t>(source: &Source<'t>) -> Result<Option<Node<'t>>, Box<Diagnostic>> {
    if source.text().len() > limits::DOCUMENT_BYTES {
        let message = format!(
            "the document has {} bytes, more than the {} that are read",
            source.text().len(),
            limits::DOCUMENT_BYTES
        );
        let help = "split the rules over several files".to_owned();
        return Err(fault(source, Span::at(Position::START), message, Some(help)));
    }
    Builder::default().read(source)
}

/// A list or mapping whose end has not come yet.
struct Open<'t> {
    start: Span,
    children: Children<'t>,
}

enum Children<'t> {
    Sequence(Vec<Node<'t>>),
    Mapping { entries: Vec<(Node<'t>, Node<'t>)>, key: Option<Node<'t>> },
}

#[derive(Default)]
struct Builder<'t> {
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
    documents: usize,
    nodes: usize,
}

impl<'t> Builder<'t> {
    fn read(mut self, source: &Source<'t>) -> Result<Option<Node<'t>>, Box<Diagnostic>> {
        let mut parser = Parser::new(StrInput::new(source.text()));
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| invalid(source, &error))?;
            self.take(event, span.into()).map_err(|refusal| refusal.diagnostic(source))?;
        }
        Ok(self.root)
    }

    fn take(&mut self, event: Event<'t>, span: Span) -> Result<(), Refusal> {
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                tag.as_ref()
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Alias(_)
            | Event::SequenceEnd
            | Event::MappingEnd => None,
        };
        if tag.is_some() {
            return Err(Refusal::Tag(span));
        }
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Refusal::SecondDocument(span));
                }
            }
            Event::Alias(_) => return Err(Refusal::Alias(span)),
            Event::Scalar(text, style, _, _) => {
                self.count(span)?;
                self.add(Node { span, value: Value::Scalar(Scalar { text, style }) });
            }
            Event::SequenceStart(_, _) => self.open(span, Children::Sequence(Vec::new()))?,
            Event::MappingStart(_, _) => {
                self.open(span, Children::Mapping { entries: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > limits::DOCUMENT_NODES { Err(Refusal::TooManyNodes(span)) } else { Ok(()) }
    }

    fn open(&mut self, start: Span, children: Children<'t>) -> Result<(), Refusal> {
        self.count(start)?;
        if self.open.len() >= limits::DOCUMENT_DEPTH {
            return Err(Refusal::TooDeep(start));
        }
        self.open.push(Open { start, children });
        Ok(())
    }

    fn close(&mut self, end: Span) {
        let Some(Open { start, children }) = self.open.pop() else { return };
        let value = match children {
            Children::Sequence(items) => Value::Sequence(items),
            Children::Mapping { entries, .. } => Value::Mapping(entries),
        };
        self.add(Node { span: Span { start: start.start, end: end.end }, value });
    }

    fn add(&mut self, node: Node<'t>) {
        match self.open.last_mut().map(|open| &mut open.children) {
            None => self.root = Some(node),
            Some(Children::Sequence(items)) => items.push(node),
            Some(Children::Mapping { entries, key }) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
    }
}

/// YAML that is well formed and still no rule document.
enum Refusal {
    Alias(Span),
    Tag(Span),
    SecondDocument(Span),
    TooDeep(Span),
    TooManyNodes(Span),
}

impl Refusal {
    fn diagnostic(self, source: &Source<'_>) -> Box<Diagnostic> {
        let (span, message, help) = match self {
            Self::Alias(span) => (
                span,
                "YAML aliases are not supported".to_owned(),
                "write the value out, or put it in quotes if the `*` belongs to it",
            ),
            Self::Tag(span) => (
                span,
                "YAML tags are not supported".to_owned(),
                "leave the tag out and put text in quotes, also if the `!` belongs to it",
            ),
            Self::SecondDocument(span) => (
                span,
                "a file holds one rule document, and here begins a second one".to_owned(),
                "join the `rules` lists, or use one file for each document",
            ),
            Self::TooDeep(span) => (
                span,
                format!("nested deeper than the {} levels that are read", limits::DOCUMENT_DEPTH),
                "shorten the record to the fields that the pattern looks at",
            ),
            Self::TooManyNodes(span) => (
                span,
                format!("the document holds more than the {} values that are read", limits::DOCUMENT_NODES),
                "split the rules over several files",
            ),
        };
        fault(source, span, message, Some(help.to_owned()))
    }
}

fn invalid(source: &Source<'_>, error: &ScanError) -> Box<Diagnostic> {
    let span = Span::at((*error.marker()).into());
    let help = if error.info().contains("tab") {
        "indent with blanks, not with tabs"
    } else if error.info().contains("quoted scalar") {
        "close the quotes, and indent every further line of the text"
    } else {
        "a text with `: `, ` #`, or a `{`, `[`, `*`, `&`, `!`, `%` or `@` at its start needs quotes"
    };
    fault(source, span, format!("invalid YAML: {}", error.info()), Some(help.to_owned()))
}

fn fault(source: &Source<'_>, span: Span, message: String, help: Option<String>) -> Box<Diagnostic> {
    Box::new(source.diagnostic(DiagnosticSeverity::Error, span, message, help))
}
