//! How large functions and files are, and what in code that ships could panic or lacks a description.
//!
//! Lines are lines of code: blank ones and those that hold nothing but a comment do not count.

use std::path::PathBuf;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{Visit, visit_impl_item_fn, visit_item_fn, visit_macro, visit_trait_item_fn};
use syn::{Attribute, ExprMethodCall, ImplItem, ImplItemFn, Item, ItemFn, Macro, TraitItemFn, Visibility};

use crate::source::{Module, is_test};

/// Calls that end the process where their assumption is wrong.
const PANICKING_METHODS: &[&str] = &["unwrap", "expect", "unwrap_err", "expect_err"];
const PANICKING_MACROS: &[&str] =
    &["panic", "unreachable", "todo", "unimplemented", "assert", "assert_eq", "assert_ne"];

/// What was measured in one place.
#[derive(Debug)]
pub(crate) struct Measured {
    /// `FILE:LINE NAME`.
    pub(crate) place: String,
    /// Lines of code.
    pub(crate) lines: usize,
}

/// What was measured in a number of modules.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    /// Every function with a body, the longest last.
    pub(crate) functions: Vec<Measured>,
    /// Every file, the longest last.
    pub(crate) files: Vec<Measured>,
    /// Calls that panic.
    pub(crate) panicking: Vec<String>,
    /// Public items without a documentation comment.
    pub(crate) undocumented: Vec<String>,
}

impl Measures {
    /// Adds a module's file.
    pub(crate) fn add(&mut self, module: &Module) {
        let code = code_lines(&module.text);
        let mut visitor = Visitor { file: &module.file, code: &code, measures: self };
        module.items.iter().for_each(|item| visitor.visit_item(item));
        let shipped: usize = module.items.iter().map(|item| lines(item.span(), &code)).sum();
        self.files.push(Measured { place: module.file.display().to_string(), lines: shipped });
        let undocumented = undocumented(&module.items);
        self.undocumented
            .extend(undocumented.iter().map(|name| format!("{}: {name}", module.file.display())));
    }

    /// Sorts what was added by length.
    pub(crate) fn sort(&mut self) {
        self.functions.sort_by_key(|measured| measured.lines);
        self.files.sort_by_key(|measured| measured.lines);
    }

    /// The length that so many hundredths of the functions do not exceed.
    pub(crate) fn function_percentile(&self, hundredths: usize) -> usize {
        let rank = (self.functions.len() * hundredths).div_ceil(100).max(1);
        self.functions.get(rank - 1).map_or(0, |measured| measured.lines)
    }
}

/// For each line of a file whether it holds code.
fn code_lines(text: &str) -> Vec<bool> {
    fn mark(tokens: TokenStream, lines: &mut [bool]) {
        for token in tokens {
            // A documentation comment is an attribute of tokens that all lie on its own lines.
            match token {
                TokenTree::Group(group) => {
                    mark_span(group.span_open(), lines);
                    mark(group.stream(), lines);
                    mark_span(group.span_close(), lines);
                }
                other => mark_span(other.span(), lines),
            }
        }
    }
    fn mark_span(span: Span, lines: &mut [bool]) {
        for line in span.start().line..=span.end().line {
            if let Some(flag) = line.checked_sub(1).and_then(|index| lines.get_mut(index)) {
                *flag = true;
            }
        }
    }
    let mut lines = vec![false; text.lines().count()];
    mark(text.parse().unwrap(), &mut lines);
    for (flag, line) in lines.iter_mut().zip(text.lines()) {
        *flag &= !line.trim_start().starts_with("//");
    }
    lines
}

fn lines(span: Span, code: &[bool]) -> usize {
    let (first, last) = (span.start().line.saturating_sub(1), span.end().line.min(code.len()));
    code.get(first..last).map_or(0, |lines| lines.iter().filter(|line| **line).count())
}

/// The public items of a module, and of the inline modules in it, that have no documentation comment.
/// The public items, and public functions of types, that say nothing about themselves.
fn undocumented(items: &[Item]) -> Vec<String> {
    items.iter().flat_map(undocumented_within).collect()
}

fn undocumented_within(item: &Item) -> Vec<String> {
    let (visibility, attributes, name) = match item {
        Item::Const(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Enum(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Fn(item) => (&item.vis, &item.attrs, item.sig.ident.to_string()),
        Item::Static(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Struct(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Trait(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Type(item) => (&item.vis, &item.attrs, item.ident.to_string()),
        Item::Mod(module) if !tested(&module.attrs) => {
            return module.content.iter().flat_map(|(_, items)| undocumented(items)).collect();
        }
        Item::Impl(block) if block.trait_.is_none() && !tested(&block.attrs) => {
            return block.items.iter().filter_map(undocumented_function).collect();
        }
        _ => return Vec::new(),
    };
    without_text(visibility, attributes).then_some(name).into_iter().collect()
}

fn undocumented_function(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(function) => {
            without_text(&function.vis, &function.attrs).then(|| function.sig.ident.to_string())
        }
        _ => None,
    }
}

fn without_text(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    let is_documented = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    matches!(visibility, Visibility::Public(_)) && !is_documented
}

struct Visitor<'a> {
    file: &'a PathBuf,
    code: &'a [bool],
    measures: &'a mut Measures,
}

impl Visitor<'_> {
    fn function(&mut self, name: &syn::Ident, from: Span, block: Span) {
        let (first, last) = (from.start().line.saturating_sub(1), block.end().line);
        let lines = self.code.get(first..last).map_or(0, |lines| lines.iter().filter(|line| **line).count());
        let place = format!("{}:{} {name}", self.file.display(), first + 1);
        self.measures.functions.push(Measured { place, lines });
    }

    fn panicking(&mut self, name: &syn::Ident) {
        let place = format!("{}:{} {name}", self.file.display(), name.span().start().line);
        self.measures.panicking.push(place);
    }
}

fn tested(attributes: &[Attribute]) -> bool {
    attributes.iter().any(is_test)
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig.ident, item.sig.span(), item.block.span());
        visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !tested(&item.attrs) {
            self.function(&item.sig.ident, item.sig.span(), item.block.span());
            visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, item.sig.span(), block.span());
        }
        visit_trait_item_fn(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if PANICKING_METHODS.iter().any(|name| call.method == name) {
            self.panicking(&call.method);
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(last) = call.path.segments.last()
            && PANICKING_MACROS.iter().any(|name| last.ident == name)
        {
            self.panicking(&last.ident);
        }
        visit_macro(self, call);
    }
}
