//! The modules among the sources, and which of them call which others by a local path. Nothing is evaluated here.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::{
    expr::Expression,
    structure::{Block, Body},
};

use super::{
    Given, SHOW,
    module::{File, Module, ParsedFile},
};

/// The modules of all folders.
pub(super) struct Project<'s> {
    modules: BTreeMap<String, Module<'s>>,
    /// The files that only give values to variables.
    pub(super) values_files: Vec<File<'s>>,
    pub(super) given: Given<'s>,
}

impl<'s> Project<'s> {
    pub(super) fn new(files: &[ParsedFile<'s>], given: Given<'s>) -> Self {
        let (values_files, module_files): (Vec<_>, Vec<_>) =
            files.iter().map(File::new).partition(|file| file.body.blocks().next().is_none());
        let mut folders = BTreeMap::<String, Vec<File<'s>>>::new();
        for file in module_files {
            folders.entry(normal(file.folder())).or_default().push(file);
        }
        let modules =
            folders.into_iter().map(|(folder, files)| (folder.clone(), Module::new(folder, files))).collect();
        Self { modules, values_files, given }
    }

    /// The module in the folder to which a call refers; `None` if it is not among the sources, or not local.
    pub(super) fn called(&self, caller: &Module<'_>, block: &Block) -> Option<&Module<'s>> {
        self.modules.get(&joined(caller.folder(), local_source(block)?))
    }

    /// The modules that no other module calls. Of modules that only call each other, the first by name counts as one.
    pub(super) fn roots(&self) -> Vec<&Module<'s>> {
        let callees = |module: &Module<'s>| -> BTreeSet<String> {
            let calls = module.blocks_named("module").filter_map(|(block, _)| local_source(block));
            let folders = calls.map(|source| joined(module.folder(), source));
            folders.filter(|folder| folder != module.folder()).collect()
        };
        let called: BTreeSet<String> = self.modules.values().flat_map(callees).collect();
        let uncalled = self.modules.keys().filter(|folder| !called.contains(*folder));
        let mut roots = Vec::new();
        let mut reached = BTreeSet::new();
        for folder in uncalled.chain(self.modules.keys()) {
            if reached.contains(folder) {
                continue;
            }
            roots.extend(self.modules.get(folder));
            let mut open = vec![folder.clone()];
            while let Some(folder) = open.pop() {
                if let Some(module) = self.modules.get(&folder).filter(|_| reached.insert(folder.clone())) {
                    open.extend(callees(module));
                }
            }
        }
        roots
    }
}

/// The folders of the modules that a file calls by a local path, in which `name` is the file's name.
pub(crate) fn local_calls(name: &str, body: &Body) -> BTreeSet<String> {
    let folder = normal(name.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder));
    body.get_blocks("module").filter_map(local_source).map(|source| joined(&folder, source)).collect()
}

/// The source of a called module, if it is a local path.
fn local_source(block: &Block) -> Option<&str> {
    let source = written_source(block)?;
    (source.starts_with("./") || source.starts_with("../")).then_some(source)
}

/// Why a called module is not expanded, and what to do.
pub(super) fn not_followed(block: &Block) -> String {
    match (local_source(block), written_source(block)) {
        (Some(source), _) => format!(
            "the called module `{source}` is not among the files: import the files of its folder as well, or {SHOW}"
        ),
        (None, Some(source)) => format!("the called module `{source}` is not downloaded: {SHOW}"),
        (None, None) => format!("the source of the called module is not text: {SHOW}"),
    }
}

/// The source of a called module, as written.
pub(super) fn written_source(block: &Block) -> Option<&str> {
    match block.body.get_attribute("source").map(|attribute| &attribute.value) {
        Some(Expression::String(source)) => Some(source.value().as_str()),
        _ => None,
    }
}

fn joined(folder: &str, source: &str) -> String {
    normal(&if folder.is_empty() { source.to_owned() } else { format!("{folder}/{source}") })
}

/// A path without `.`, with forward slashes, and with `..` only at its beginning.
pub(super) fn normal(path: &str) -> String {
    let is_absolute = path.starts_with(['/', '\\']);
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if is_absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_to_the_same_folder_are_equal() {
        for (folder, source, expected) in [
            ("", "./child", "child"),
            ("envs/prod", "../../modules/trail/", "modules/trail"),
            ("envs\\prod", "..\\shared", "envs/shared"),
            (".", "../up", "../up"),
            ("..", "../up", "../../up"),
            ("/a", "../../b", "/b"),
        ] {
            assert_eq!(joined(&normal(folder), source), expected, "{folder} {source}");
        }
    }
}
