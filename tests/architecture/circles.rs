//! Circles among the modules of a crate: files that need each other, so that neither can be understood alone.
//!
//! A module needs another one if it names something that the other defines, in a `use`, a path or a macro's arguments.
//! Names that are handed on by a `use` count for the module that defines them. Three things do not count: declaring a
//! child with `mod`, what a child takes from the modules that it lies in, which are its own house, and calls of methods,
//! which name no module.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{Visit, visit_item_mod, visit_macro};
use syn::{Item, ItemMod, ItemUse, Macro, Path, UseTree, VisRestricted};

use crate::source::Module;

/// The recursion of Terraform's expressions: an instance is an expression's value, and an expression asks for instances.
const RECURSIONS: &[(&str, &[&str])] = &[("rule-import", &["terraform::evaluate", "terraform::instances"])];

/// Every circle of a crate but the named recursions, each as the arrows that make it.
pub(crate) fn circles(package: &str, modules: &[Module]) -> Vec<String> {
    let arrows = arrows(modules);
    let reach: Vec<BTreeSet<usize>> = (0..modules.len()).map(|from| reachable(from, &arrows)).collect();
    let mut circles = BTreeSet::new();
    for from in 0..modules.len() {
        let circle: BTreeSet<usize> =
            reach[from].iter().copied().filter(|to| reach[*to].contains(&from)).collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    let name = |index: &usize| match modules[*index].path.join("::") {
        root if root.is_empty() => "crate".to_owned(),
        path => path,
    };
    let is_recursion = |circle: &BTreeSet<usize>| {
        let names: Vec<String> = circle.iter().map(name).collect();
        RECURSIONS.iter().any(|(owner, members)| *owner == package && names == *members)
    };
    let described = |circle: &BTreeSet<usize>| {
        let inside = arrows.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
        inside
            .map(|((from, to), names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("  {} -> {}: {}\n", name(from), name(to), names.join(", "))
            })
            .collect::<String>()
    };
    circles.iter().filter(|circle| !is_recursion(circle)).map(described).collect()
}

type Arrows = BTreeMap<(usize, usize), BTreeSet<String>>;

/// From each module to each that it needs, with the names that it takes.
fn arrows(modules: &[Module]) -> Arrows {
    let scopes: Vec<Scope> = modules.iter().map(Scope::of).collect();
    let tree = Tree { modules, scopes: &scopes };
    let mut arrows = Arrows::new();
    for (index, module) in modules.iter().enumerate() {
        let mut names = Names { inline: Vec::new(), paths: Vec::new() };
        module.items.iter().for_each(|item| names.visit_item(item));
        for path in names.paths {
            let target = tree.resolve(index, &path, 0);
            if let Some(target) = target.filter(|target| !module.path.starts_with(&modules[*target].path)) {
                let taken = path.last().cloned().unwrap_or_default();
                arrows.entry((index, target)).or_default().insert(taken);
            }
        }
    }
    arrows
}

/// Everything that can be reached by one arrow or more.
fn reachable(from: usize, arrows: &Arrows) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for (_, to) in arrows.keys().filter(|(start, _)| *start == at) {
            if reached.insert(*to) {
                open.push(*to);
            }
        }
    }
    reached
}

/// What the names at the top of a module mean.
struct Scope {
    imports: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

impl Scope {
    fn of(module: &Module) -> Self {
        let mut scope = Self { imports: BTreeMap::new(), globs: Vec::new() };
        for item in &module.items {
            if let Item::Use(item) = item {
                for (alias, path) in leaves(&item.tree) {
                    match alias {
                        Some(alias) => drop(scope.imports.insert(alias, path)),
                        None => scope.globs.push(path),
                    }
                }
            }
        }
        scope
    }
}

/// The paths of a `use`, each with the name that it gets here; none for a glob.
fn leaves(tree: &UseTree) -> Vec<(Option<String>, Vec<String>)> {
    let below = |prefix: String, tree: &UseTree| {
        leaves(tree)
            .into_iter()
            .map(|(alias, path)| (alias, [prefix.clone()].into_iter().chain(path).collect()))
            .collect()
    };
    match tree {
        UseTree::Path(path) => {
            let mut found: Vec<(Option<String>, Vec<String>)> = below(path.ident.to_string(), &path.tree);
            for (alias, whole) in &mut found {
                // `use a::b::{self}` names `b`.
                if whole.last().is_some_and(|last| last == "self") && whole.len() > 1 {
                    whole.pop();
                    if alias.as_deref() == Some("self") {
                        *alias = whole.last().cloned();
                    }
                }
            }
            found
        }
        UseTree::Name(name) => vec![(Some(name.ident.to_string()), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(Some(rename.rename.to_string()), vec![rename.ident.to_string()])],
        UseTree::Glob(_) => vec![(None, Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

struct Tree<'m> {
    modules: &'m [Module],
    scopes: &'m [Scope],
}

impl Tree<'_> {
    /// The module that defines what a path names, as seen from a module; none if it is outside of the crate.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        if depth > 16 {
            return None;
        }
        match first.as_str() {
            "crate" => self.descend(self.find(&[])?, rest, depth),
            "self" => self.descend(from, rest, depth),
            "super" => {
                let own = &self.modules[from].path;
                let parent = self.find(own.get(..own.len().checked_sub(1)?)?)?;
                match rest.first() {
                    Some(next) if next == "super" => self.resolve(parent, rest, depth + 1),
                    _ => self.descend(parent, rest, depth),
                }
            }
            name => {
                if let Some(child) = self.child(from, name) {
                    return self.descend(child, rest, depth);
                }
                let import = self.scopes[from].imports.get(name)?;
                // `use serde_json;` and `use self::Name` would go round.
                if import.first() == Some(first) {
                    return None;
                }
                let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                self.resolve(from, &whole, depth + 1)
            }
        }
    }

    /// Follows the rest of a path from a module downwards.
    fn descend(&self, at: usize, path: &[String], depth: usize) -> Option<usize> {
        let Some((name, rest)) = path.split_first() else { return Some(at) };
        if let Some(child) = self.child(at, name) {
            return self.descend(child, rest, depth);
        }
        let scope = &self.scopes[at];
        if let Some(import) = scope.imports.get(name) {
            let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
            return self.resolve(at, &whole, depth + 1).or(Some(at));
        }
        let defines =
            self.modules[at].items.iter().any(|item| defined_name(item).is_some_and(|own| own == *name));
        if !defines {
            for glob in &scope.globs {
                let whole: Vec<String> = glob.iter().chain(path).cloned().collect();
                if let Some(found) = self.resolve(at, &whole, depth + 1)
                    && self.modules[found]
                        .items
                        .iter()
                        .any(|item| defined_name(item).is_some_and(|own| own == *name))
                {
                    return Some(found);
                }
            }
        }
        Some(at)
    }

    fn find(&self, path: &[String]) -> Option<usize> {
        self.modules.iter().position(|module| module.path == path)
    }

    fn child(&self, at: usize, name: &str) -> Option<usize> {
        let path: Vec<String> = self.modules[at].path.iter().cloned().chain([name.to_owned()]).collect();
        self.find(&path)
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Every path that the code of a file names.
struct Names {
    /// The inline modules around what is being read: a `super` leads out of one of them first.
    inline: Vec<String>,
    paths: Vec<Vec<String>>,
}

impl Names {
    fn push(&mut self, mut path: Vec<String>) {
        for _ in 0..self.inline.len() {
            if path.first().is_some_and(|first| first == "super") {
                path.remove(0);
            }
        }
        self.paths.push(path);
    }

    /// Paths inside a macro's arguments, which are tokens without a syntax: `a::b` and `crate::c`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 || path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Ident(ident) => {
                    self.push(std::mem::replace(&mut path, vec![ident.to_string()]));
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.push(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.push(path);
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for (_, path) in leaves(&item.tree) {
            self.push(path);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        visit_macro(self, call);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.inline.push(module.ident.to_string());
        visit_item_mod(self, module);
        self.inline.pop();
    }

    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}
