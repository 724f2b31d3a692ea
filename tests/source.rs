//! The Rust sources of one crate as syntax trees, module by module.
//!
//! Only code that ships is read: items under `#[cfg(test)]` and files that only tests include are left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta};

/// A module that has a file of its own.
pub(crate) struct Module {
    /// `crate::set::scan` as `["set", "scan"]`; the crate's root is empty.
    pub(crate) path: Vec<String>,
    /// Where it is.
    pub(crate) file: PathBuf,
    /// What it says.
    pub(crate) text: String,
    /// What it holds, without the items of tests.
    pub(crate) items: Vec<Item>,
}

/// Reads the module tree whose root is a `lib.rs` or a `main.rs`.
pub(crate) fn modules(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    read(root, root.parent().unwrap(), &[], &mut modules);
    modules
}

fn read(file: &Path, children: &Path, path: &[String], modules: &mut Vec<Module>) {
    let text = std::fs::read_to_string(file).unwrap();
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("`{}`: {error}", file.display()));
    let items = shipped(parsed.items);
    for name in declared(&items) {
        let folder = children.join(&name);
        let candidates = [folder.with_extension("rs"), folder.join("mod.rs")];
        let child = candidates.iter().find(|candidate| candidate.is_file());
        let child = child.unwrap_or_else(|| panic!("`{}` declares `{name}`", file.display()));
        let path: Vec<String> = path.iter().cloned().chain([name]).collect();
        read(child, &folder, &path, modules);
    }
    modules.push(Module { path: path.to_vec(), file: file.to_path_buf(), text, items });
}

/// The modules that are declared with a semicolon.
fn declared(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
            _ => None,
        })
        .collect()
}

/// Leaves out what only tests compile.
pub(crate) fn shipped(items: Vec<Item>) -> Vec<Item> {
    items
        .into_iter()
        .filter(|item| !attributes(item).iter().any(is_test))
        .map(|item| match item {
            Item::Mod(mut module) => {
                module.content = module.content.map(|(brace, items)| (brace, shipped(items)));
                Item::Mod(module)
            }
            other => other,
        })
        .collect()
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[test]`, and a `#[cfg(...)]` that only tests or fuzzers fulfil.
pub(crate) fn is_test(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            let never = ["test", "fuzzing", "any(test,fuzzing)", "any(fuzzing,test)"];
            never.contains(&condition.as_str()) || condition.starts_with("all(test,")
        }
        _ => false,
    }
}

/// The roots of a package: the library, and each program.
pub(crate) fn roots(package: &cargo_metadata::Package) -> BTreeMap<String, PathBuf> {
    package
        .targets
        .iter()
        .filter(|target| {
            target
                .kind
                .iter()
                .any(|kind| matches!(kind, cargo_metadata::TargetKind::Lib | cargo_metadata::TargetKind::Bin))
        })
        .map(|target| (target.name.clone(), target.src_path.clone().into_std_path_buf()))
        .collect()
}
