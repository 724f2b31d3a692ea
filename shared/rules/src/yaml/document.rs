//! The parser's events, put together to one bounded tree.
//!
//! Refused are: more than one document, aliases, tags, and anything beyond the limits. Aliases are refused
//! altogether, because each one multiplies what it stands for. A refusal does not end the reading where the rest can
//! still be told apart; where it does, what came before is kept.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::{Node, Position, Scalar, Source, Span, Value, escape};
use crate::limits;

/// What a source holds.
#[derive(Default)]
pub(crate) struct Document<'t> {
    /// The tree; `None` if there is none, or nothing of it can be used.
    pub(crate) root: Option<Node<'t>>,
    /// The faults of the YAML itself, in document order.
    pub(crate) faults: Vec<Fault>,
    /// Where scalars start and end that stand for something that was refused. What is said about them would say it
    /// twice, and behind a tag in the wrong place.
    pub(crate) refused: BTreeMap<Position, Position>,
    /// Whether the text goes on where the tree ends. The tree then holds the whole items of a list at the second level,
    /// which are the rules, and lacks whatever was being read.
    pub(crate) is_cut_short: bool,
}

/// Reads the only document of a source.
pub(crate) fn read<'t>(source: &Source<'t>) -> Document<'t> {
    let bytes = source.text().len();
    if bytes > limits::DOCUMENT_BYTES {
        let fault = Fault { span: Span::at(Position::START), refusal: Refusal::TooLarge { bytes } };
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
    document: Document<'t>,
    open: Vec<Open<'t>>,
    documents: usize,
    nodes: usize,
}

impl<'t> Builder<'t> {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// The fault after which nothing can be read.
    fn take(&mut self, event: Event<'t>, span: Span) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault { span, refusal: Refusal::SecondDocument });
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
        self.document.faults.push(Fault { span, refusal });
    }

    fn count(&mut self, span: Span) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > limits::DOCUMENT_NODES {
            return Err(Fault { span, refusal: Refusal::TooManyNodes });
        }
        Ok(())
    }

    fn open(&mut self, start: Span, is_tagged: bool, children: Children<'t>) -> Result<(), Fault> {
        self.count(start)?;
        if is_tagged {
            self.refuse(start, Refusal::Tag);
        }
        if self.open.len() >= limits::DOCUMENT_DEPTH {
            return Err(Fault { span: start, refusal: Refusal::TooDeep });
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
    fn stop(mut self, fault: Fault) -> Document<'t> {
        // Lists and mappings below the second level lack something, and would be reported for it.
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

/// A fault of the YAML, or YAML that is well formed and still no rule document.
pub(crate) struct Fault {
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

impl Fault {
    /// What is wrong, in one line.
    pub(crate) fn message(&self) -> String {
        match &self.refusal {
            Refusal::Alias => "YAML aliases are not supported".to_owned(),
            Refusal::Tag => "YAML tags are not supported".to_owned(),
            Refusal::SecondDocument => {
                "a file holds one rule document, and here begins a second one".to_owned()
            }
            Refusal::TooDeep => {
                format!("nested deeper than the {} levels that are read", limits::DOCUMENT_DEPTH)
            }
            Refusal::TooManyNodes => {
                format!("the document holds more than the {} values that are read", limits::DOCUMENT_NODES)
            }
            Refusal::TooLarge { bytes } => format!(
                "the document has {bytes} bytes, more than the {} that are read",
                limits::DOCUMENT_BYTES
            ),
            Refusal::Invalid { what, .. } => format!("invalid YAML: {what}"),
        }
    }

    /// How to mend it, and what was left unread.
    pub(crate) fn help(&self) -> String {
        match &self.refusal {
            Refusal::Alias => "write the value out, or put it in quotes if the `*` belongs to it".to_owned(),
            Refusal::Tag => {
                "leave the tag out and put text in quotes, also if the `!` belongs to it".to_owned()
            }
            Refusal::SecondDocument => {
                "join the `rules` lists, or use one file for each document; the second one was not checked"
                    .to_owned()
            }
            Refusal::TooDeep => {
                "shorten the record to the fields that the pattern looks at; what follows was not checked"
                    .to_owned()
            }
            Refusal::TooManyNodes | Refusal::TooLarge { .. } => {
                "split the rules over several files; nothing else was checked".to_owned()
            }
            Refusal::Invalid { help, .. } => format!("{help}; what follows was not checked"),
        }
    }
}

fn invalid(source: &Source<'_>, error: &ScanError) -> Fault {
    let position = (*error.marker()).into();
    let info = error.info();
    let mut span = Span::at(position);
    let help = if info.contains("tab") {
        "indent with blanks, not with tabs".to_owned()
    } else if let Some(escape) = escape::faulty(source, position).filter(|_| info.contains("quoted scalar")) {
        span = escape.span;
        escape.help()
    } else if info.contains("quoted scalar") {
        "close the quotes, and indent every further line of the text".to_owned()
    } else {
        "a text with `: `, ` #`, or a `{`, `[`, `*`, `&`, `!`, `%` or `@` at its start needs quotes"
            .to_owned()
    };
    Fault { span, refusal: Refusal::Invalid { what: info.to_owned(), help } }
}
