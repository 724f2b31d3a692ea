//! Builds one bounded tree from the parser's events.
//!
//! Refused are a second document, aliases, tags, and anything beyond the limits. Aliases are refused because each one
//! multiplies the value that it refers to. Reading continues after a refusal where possible; otherwise the tree ends
//! there.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::{Node, Position, Scalar, SourceText, Span, Value, escape};
use crate::limits;

/// The contents of a source.
#[derive(Default)]
pub(crate) struct Document<'t> {
    /// The tree; `None` if the document is empty or entirely unusable.
    pub(crate) root: Option<Node<'t>>,
    /// The faults of the YAML itself, in document order.
    pub(crate) faults: Vec<YamlFault>,
    /// The start and end of scalars that were refused. Further faults of these scalars are suppressed: they would
    /// repeat the refusal, and point to the wrong column after a tag.
    pub(crate) refused: BTreeMap<Position, Position>,
    /// Whether the tree ends before the text does. The tree then contains the complete items of a list at the second
    /// level, which are the rules, and lacks the item that was being read.
    pub(crate) is_cut_short: bool,
}

/// Reads the only document of a source.
pub(crate) fn read<'t>(source: &SourceText<'t>) -> Document<'t> {
    let bytes = source.text().len();
    if bytes > limits::DOCUMENT_BYTES {
        let fault = YamlFault { span: Span::at(Position::START), refusal: Refusal::TooLarge { bytes } };
        return Document { faults: vec![fault], is_cut_short: true, ..Document::default() };
    }
    let mut builder = Builder::default();
    let mut parser = Parser::new(StrInput::new(source.text()));
    while let Some(event) = parser.next_event() {
        let taken = event
            .map_err(|error| invalid(source, &error))
            .and_then(|(event, span)| builder.take(event, span.into()));
        if let Err(fault) = taken {
            return builder.stop(fault);
        }
    }
    builder.document
}

/// A list or mapping whose end has not been read yet.
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
    document: Document<'t>,
    open: Vec<Open<'t>>,
    documents: usize,
    nodes: usize,
}

impl<'t> Builder<'t> {
    /// Adds one event to the tree.
    ///
    /// # Errors
    ///
    /// A fault that ends the reading.
    fn take(&mut self, event: Event<'t>, span: Span) -> Result<(), YamlFault> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(YamlFault { span, refusal: Refusal::SecondDocument });
                }
            }
            Event::Alias(_) => {
                self.count(span)?;
                self.refuse(span, Refusal::Alias);
                self.document.refused.insert(span.start, span.end);
                let scalar = Scalar { text: "".into(), style: ScalarStyle::Plain };
                self.add(Node { span, value: Value::Scalar(scalar) });
            }
            Event::Scalar(text, style, _, tag) => {
                self.count(span)?;
                if tag.is_some() {
                    self.refuse(span, Refusal::Tag);
                    self.document.refused.insert(span.start, span.end);
                }
                self.add(Node { span, value: Value::Scalar(Scalar { text, style }) });
            }
            Event::SequenceStart(_, tag) => {
                self.open(span, tag.is_some(), Children::Sequence(Vec::new()))?;
            }
            Event::MappingStart(_, tag) => {
                self.open(span, tag.is_some(), Children::Mapping { entries: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn refuse(&mut self, span: Span, refusal: Refusal) {
        self.document.faults.push(YamlFault { span, refusal });
    }

    fn count(&mut self, span: Span) -> Result<(), YamlFault> {
        self.nodes += 1;
        if self.nodes > limits::DOCUMENT_NODES {
            return Err(YamlFault { span, refusal: Refusal::TooManyNodes });
        }
        Ok(())
    }

    fn open(&mut self, start: Span, is_tagged: bool, children: Children<'t>) -> Result<(), YamlFault> {
        self.count(start)?;
        if is_tagged {
            self.refuse(start, Refusal::Tag);
        }
        if self.open.len() >= limits::DOCUMENT_DEPTH {
            return Err(YamlFault { span: start, refusal: Refusal::TooDeep });
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
            None => self.document.root = Some(node),
            Some(Children::Sequence(items)) => items.push(node),
            Some(Children::Mapping { entries, key }) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
    }

    /// Ends the reading before the end of the text.
    fn stop(mut self, fault: YamlFault) -> Document<'t> {
        // Open lists and mappings below the second level are incomplete, and would be reported for what they lack.
        self.open.truncate(2);
        if !matches!(self.open.last(), Some(Open { children: Children::Sequence(_), .. })) {
            self.open.truncate(1);
        }
        self.document.is_cut_short = !matches!(fault.refusal, Refusal::SecondDocument);
        while !self.open.is_empty() {
            self.close(fault.span);
        }
        if matches!(fault.refusal, Refusal::TooManyNodes) {
            self.document.root = None;
        }
        self.document.faults.push(fault);
        self.document
    }
}

/// Malformed YAML, or well-formed YAML that a rule document must not contain.
pub(crate) struct YamlFault {
    pub(crate) span: Span,
    refusal: Refusal,
}

enum Refusal {
    Alias,
    Tag,
    SecondDocument,
    TooDeep,
    TooManyNodes,
    TooLarge { bytes: usize },
    Invalid { what: String, help: String },
}

impl YamlFault {
    /// What is wrong, in one line.
    pub(crate) fn message(&self) -> String {
        match &self.refusal {
            Refusal::Alias => "YAML aliases are not supported".to_owned(),
            Refusal::Tag => "YAML tags are not supported".to_owned(),
            Refusal::SecondDocument => {
                "a second YAML document starts here, but a file contains a single rule document".to_owned()
            }
            Refusal::TooDeep => {
                format!("nested deeper than the limit of {} levels", limits::DOCUMENT_DEPTH)
            }
            Refusal::TooManyNodes => {
                format!("the document contains more values than the limit of {}", limits::DOCUMENT_NODES)
            }
            Refusal::TooLarge { bytes } => {
                format!("the document has {bytes} bytes, more than the limit of {}", limits::DOCUMENT_BYTES)
            }
            Refusal::Invalid { what, .. } => format!("invalid YAML: {what}"),
        }
    }

    /// How to fix it, and what was not read.
    pub(crate) fn help(&self) -> String {
        match &self.refusal {
            Refusal::Alias => {
                "write the value out, or quote it if the `*` is part of the text".to_owned()
            }
            Refusal::Tag => {
                "remove the tag, or quote the value if the `!` is part of the text".to_owned()
            }
            Refusal::SecondDocument => {
                "merge the `rules` lists, or use a separate file for each document; the second one was not checked"
                    .to_owned()
            }
            Refusal::TooDeep => {
                "reduce the record to the fields that the pattern uses; the rest of the file was not checked"
                    .to_owned()
            }
            Refusal::TooManyNodes | Refusal::TooLarge { .. } => {
                "split the rules into several files; nothing else was checked".to_owned()
            }
            Refusal::Invalid { help, .. } => format!("{help}; the rest of the file was not checked"),
        }
    }
}

fn invalid(source: &SourceText<'_>, error: &ScanError) -> YamlFault {
    let position = (*error.marker()).into();
    let info = error.info();
    let mut span = Span::at(position);
    let help = if info.contains("tab") {
        "indent with spaces, not tabs".to_owned()
    } else if let Some(escape) = escape::faulty(source, position).filter(|_| info.contains("quoted scalar")) {
        span = escape.span;
        escape.help()
    } else if info.contains("quoted scalar") {
        "close the quotes, and indent every continuation line".to_owned()
    } else {
        "quote text that contains `: ` or ` #`, or that starts with `{`, `[`, `*`, `&`, `!`, `%` or `@`"
            .to_owned()
    };
    YamlFault { span, refusal: Refusal::Invalid { what: info.to_owned(), help } }
}
