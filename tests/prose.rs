//! The words of what users read: phrases that no native writer of technical English would use.
//!
//! Read are the texts and the documentation comments of code that ships, the recorded outputs of its tests, and the pages
//! for developers. The texts of rules, README.md and `docs/` are not.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use regex::Regex;

use crate::architecture::{DEVELOPMENT, metadata};
use crate::source;

/// Each phrase, as a regular expression, with what to write.
const PHRASES: &[(&str, &str)] = &[
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bbut for\b", "except"),
    (r"\bout of reach\b", "unreachable"),
    (r"\bwho(m)?ever\b", "callers that, anyone who"),
    (r"\b(is|are|was|were) to be\b", "must be, should be"),
    (r"\b(is|are) to [a-z]+ (it|them|nothing)\b", "must"),
    (r"\bhas to be set\b", "must be set"),
    (r"\b(is|are|was|were|be) told\b", "reported, said"),
    (r"\b(is|are) none that\b", "is not one that"),
    (r"\banew\b", "again, new"),
    (r"\bmeant so\b", "intentional"),
    (r"\b(its|their) matter\b", "its task"),
    (r"\btold from\b", "distinguished from"),
    (r"\b(can|could|may) be had\b", "available"),
    (r"\bto be had\b", "available"),
    (r"\bin vain\b", "without effect"),
    (r"\bso many of\b", "the number of"),
    (r"\bthat is none\b", "that is not one"),
    (r"\bis none of\b", "is not one of"),
    (r"\b(what|that|which|nothing that) is out\b", "is published"),
    (r"\blooks? after it\b", "handles it"),
    (r"\bhow it ended\b", "the outcome"),
];

/// A text that users read, and where it stands.
struct Text {
    place: String,
    text: String,
}

#[test]
fn what_users_read_is_in_native_technical_english() {
    let phrases: Vec<(Regex, &str)> = PHRASES
        .iter()
        .map(|(phrase, better)| (Regex::new(&format!("(?-u){phrase}")).unwrap(), *better))
        .collect();
    let mut found = Vec::new();
    let texts = texts();
    assert!(texts.len() > 3_000, "only {} texts were read", texts.len());
    for Text { place, text } in &texts {
        for (phrase, better) in &phrases {
            if let Some(hit) = phrase.find(&text.to_ascii_lowercase()) {
                let from = text[..hit.start()].char_indices().rev().nth(30).map_or(0, |(at, _)| at);
                found.push(format!("{place}: `{}` (rather: {better})", text[from..hit.end()].trim()));
            }
        }
    }
    found.dedup();
    assert!(found.is_empty(), "{} phrases:\n{}", found.len(), found.join("\n"));
}

fn texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut texts = Vec::new();
    for package in &metadata().packages {
        if DEVELOPMENT.contains(&package.name.as_str()) {
            continue;
        }
        for module in source::roots(package).values().flat_map(|path| source::modules(path)) {
            let name = module.file.strip_prefix(root).unwrap().display().to_string();
            for item in &module.items {
                literals(item.to_token_stream(), &name, &mut texts);
            }
            inner_comments(&module.text, &name, &mut texts);
        }
        let folder = package.manifest_path.parent().unwrap();
        for golden in goldens(folder.join("tests").as_std_path()) {
            let name = golden.strip_prefix(root).unwrap().display().to_string();
            if let Ok(text) = std::fs::read_to_string(&golden) {
                texts.push(Text { place: name, text });
            }
        }
    }
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        for (line, number) in text.lines().zip(1..) {
            texts.push(Text { place: format!("{page}:{number}"), text: line.to_owned() });
        }
    }
    texts
}

/// The text literals in some tokens; a documentation comment is one as well.
fn literals(tokens: TokenStream, file: &str, texts: &mut Vec<Text>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => literals(group.stream(), file, texts),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let place = format!("{file}:{}", literal.span().start().line);
                    texts.push(Text { place, text: text.value() });
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// The comments `//!` that say what a file is.
fn inner_comments(text: &str, file: &str, texts: &mut Vec<Text>) {
    for (line, number) in text.lines().zip(1..) {
        if let Some(comment) = line.strip_prefix("//!") {
            texts.push(Text { place: format!("{file}:{number}"), text: comment.to_owned() });
        }
    }
}

/// Recorded outputs: files below a crate's tests that are no code.
fn goldens(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let recorded =
            path.extension().is_some_and(|ending| ending == "txt" || ending == "golden" || ending == "md");
        if path.is_dir() {
            files.extend(goldens(&path));
        } else if recorded {
            files.push(path);
        }
    }
    files
}
