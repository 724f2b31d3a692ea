//! The SDK calls that a function's code makes, read from the sources of all workspace crates that it is built from.
//!
//! A call is a method without arguments that has the name of an operation of one of the linked SDKs: so begins every
//! request (`client.get_object()`). The names come from the SDK crates themselves. Macros are read, too; code that is
//! compiled for tests only, or for a feature that the function does not ask for, is not. The types of receivers are not known here, so that a method of our own with an
//! operation's name and no arguments counts as a call: it has to be named otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId, TargetKind};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// How the names of SDK crates begin.
const SDK: &str = "aws-sdk-";

/// Operation names with the SDK crates that have them.
type Operations = BTreeMap<String, BTreeSet<String>>;

/// One operation of one SDK, as the crates name them: `aws-sdk-s3` and `get_object`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) sdk: String,
    pub(crate) operation: String,
}

/// The platform that is built for: the packages of others need not be on this machine.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "host-tuple"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What the workspace is built from.
pub(crate) struct Workspace {
    metadata: Metadata,
    functions: PathBuf,
}

impl Workspace {
    pub(crate) fn read(root: &Path) -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(vec!["--offline".to_owned(), "--filter-platform".to_owned(), host()])
            .exec()
            .unwrap();
        Self { metadata, functions: root.join("functions") }
    }

    /// The names of all functions.
    pub(crate) fn functions(&self) -> Vec<String> {
        let packages = self.metadata.workspace_packages().into_iter();
        let functions = packages.filter(|package| package.manifest_path.starts_with(&self.functions));
        functions.map(|package| package.name.to_string()).collect()
    }

    /// The SDK crates that the crates of a function name.
    pub(crate) fn sdks(&self, function: &str) -> BTreeSet<String> {
        self.operations(&self.members(function)).into_values().flatten().collect()
    }

    /// Every call that the code of a function makes.
    pub(crate) fn calls(&self, function: &str) -> BTreeSet<Call> {
        let members = self.members(function);
        let operations = self.operations(&members);
        let mut calls = BTreeSet::new();
        for package in &members {
            let features = features(package, &members);
            for target in &package.targets {
                if target.kind.iter().any(|kind| matches!(kind, TargetKind::Lib | TargetKind::Bin)) {
                    let file = target.src_path.as_std_path();
                    let folder = file.parent().unwrap().to_path_buf();
                    read_file(file, folder, &features, &operations, &mut calls);
                }
            }
        }
        calls
    }

    /// The workspace crates that a function ships, itself included.
    fn members(&self, function: &str) -> Vec<&Package> {
        let packages = self.metadata.workspace_packages();
        let mut open: Vec<&PackageId> = packages
            .iter()
            .filter(|package| package.name.as_str() == function)
            .map(|package| &package.id)
            .collect();
        let mut members: BTreeMap<&PackageId, &Package> = BTreeMap::new();
        while let Some(id) = open.pop() {
            let Some(package) = packages.iter().find(|package| package.id == *id) else { continue };
            if members.insert(id, package).is_none() {
                open.extend(self.dependencies(id));
            }
        }
        members.into_values().collect()
    }

    /// What a crate uses in code that ships.
    fn dependencies(&self, id: &PackageId) -> impl Iterator<Item = &PackageId> {
        let nodes = &self.metadata.resolve.as_ref().unwrap().nodes;
        let node = nodes.iter().find(|node| node.id == *id).unwrap();
        let ships = |kinds: &[cargo_metadata::DepKindInfo]| {
            kinds.iter().any(|info| info.kind == DependencyKind::Normal)
        };
        node.deps
            .iter()
            .filter(move |dependency| ships(&dependency.dep_kinds))
            .map(|dependency| &dependency.pkg)
    }

    /// The operations of the SDKs that these crates name: an SDK has a file for each.
    fn operations(&self, members: &[&Package]) -> Operations {
        let mut operations = Operations::new();
        let dependencies = members.iter().flat_map(|member| {
            let left_out = left_out(member, &features(member, members));
            let dependencies = self.dependencies(&member.id).map(|id| &self.metadata[id]);
            dependencies.filter(move |package| !left_out.contains(package.name.as_str()))
        });
        for package in dependencies {
            if !package.name.starts_with(SDK) {
                continue;
            }
            let folder = package.manifest_path.with_file_name("src").join("client");
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let operation = path.file_stem().unwrap().to_string_lossy().into_owned();
                let is_operation = path.extension().is_some_and(|extension| extension == "rs");
                if is_operation && operation != "customize" {
                    operations.entry(operation).or_default().insert(package.name.to_string());
                }
            }
        }
        operations
    }
}

/// The features of a crate that the others ask for. What cargo resolves is no answer: a workspace is built with those that
/// any of its crates asks for.
fn features(package: &Package, members: &[&Package]) -> BTreeSet<String> {
    let dependencies = members.iter().flat_map(|member| &member.dependencies);
    let asked = dependencies.filter(|dependency| dependency.name == package.name.as_str());
    let mut open: Vec<String> = Vec::new();
    for dependency in asked.filter(|dependency| dependency.kind == DependencyKind::Normal) {
        open.extend(dependency.features.iter().cloned());
        open.extend(dependency.uses_default_features.then(|| "default".to_owned()));
    }
    let mut features = BTreeSet::new();
    while let Some(feature) = open.pop() {
        let implied = package.features.get(&feature).into_iter().flatten().cloned();
        if !features.contains(&feature) {
            open.extend(implied);
            features.insert(feature);
        }
    }
    features
}

/// The dependencies of a crate that it does not have with these features.
fn left_out(package: &Package, features: &BTreeSet<String>) -> BTreeSet<String> {
    let optional = package.dependencies.iter().filter(|dependency| dependency.optional);
    let names = optional.map(|dependency| dependency.name.clone());
    names.filter(|name| !features.contains(&format!("dep:{name}"))).collect()
}

/// Reads a file and those of its modules that ship with these features. `folder` is where its modules are.
fn read_file(
    file: &Path,
    folder: PathBuf,
    features: &BTreeSet<String>,
    operations: &Operations,
    calls: &mut BTreeSet<Call>,
) {
    let text = std::fs::read_to_string(file).unwrap();
    let found = Found::read(&text, folder, features);
    for operation in found.operations.iter().filter(|name| operations.contains_key(*name)) {
        calls.extend(resolve(operation, &operations[operation], &text));
    }
    for (folder, module) in found.modules {
        let beside = folder.join(format!("{module}.rs"));
        let inside = folder.join(&module);
        let file = if beside.exists() { beside } else { inside.join("mod.rs") };
        read_file(&file, inside, features, operations, calls);
    }
}

/// The SDKs that an operation can belong to: of several that know it those that the file names, or else all.
fn resolve(operation: &str, sdks: &BTreeSet<String>, text: &str) -> Vec<Call> {
    let named: Vec<&String> = sdks.iter().filter(|sdk| text.contains(&sdk.replace('-', "_"))).collect();
    let sdks = if named.is_empty() { sdks.iter().collect() } else { named };
    let call = |sdk: &String| Call { sdk: sdk.clone(), operation: operation.to_owned() };
    sdks.into_iter().map(call).collect()
}

/// What a file says.
#[derive(Debug, Default)]
struct Found {
    /// Names that are called as an operation is.
    operations: BTreeSet<String>,
    /// Modules in files of their own, with the folder that these are in.
    modules: Vec<(PathBuf, String)>,
}

impl Found {
    fn read(text: &str, folder: PathBuf, features: &BTreeSet<String>) -> Self {
        let mut found = Self::default();
        found.scan(text.parse().unwrap(), &folder, features);
        found
    }

    fn scan(&mut self, tokens: TokenStream, folder: &Path, features: &BTreeSet<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((token, behind)) = rest.split_first() {
            rest = behind;
            match (token, behind) {
                (TokenTree::Punct(hash), [TokenTree::Group(attribute), ..])
                    if hash.as_char() == '#' && is_left_out(attribute, features) =>
                {
                    rest = behind_item(behind);
                }
                (TokenTree::Ident(word), [TokenTree::Ident(name), TokenTree::Punct(end), ..])
                    if word == "mod" && end.as_char() == ';' =>
                {
                    self.modules.push((folder.to_path_buf(), name.to_string()));
                }
                (TokenTree::Ident(word), [TokenTree::Ident(name), TokenTree::Group(body), more @ ..])
                    if word == "mod" && body.delimiter() == Delimiter::Brace =>
                {
                    self.scan(body.stream(), &folder.join(name.to_string()), features);
                    rest = more;
                }
                (TokenTree::Punct(dot), [TokenTree::Ident(name), TokenTree::Group(arguments), ..])
                    if dot.as_char() == '.' && is_empty_list(arguments) =>
                {
                    self.operations.insert(name.to_string());
                }
                (
                    TokenTree::Ident(client),
                    [TokenTree::Punct(first), TokenTree::Punct(_), TokenTree::Ident(name), ..],
                ) if client == "Client" && first.as_char() == ':' => {
                    self.operations.insert(name.to_string());
                }
                (TokenTree::Ident(name), _) => {
                    assert!(name != "send_with", "`send_with` hides which operation is called");
                }
                (TokenTree::Group(group), _) => self.scan(group.stream(), folder, features),
                (TokenTree::Punct(_) | TokenTree::Literal(_), _) => {}
            }
        }
    }
}

/// Whether an attribute takes the item behind it away, in the forms that the code has.
fn is_left_out(attribute: &Group, features: &BTreeSet<String>) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    if attribute.delimiter() != Delimiter::Bracket || text == "cfg(test)" {
        return text == "cfg(test)";
    }
    let feature = text.strip_prefix("cfg(feature=\"").and_then(|text| text.strip_suffix("\")"));
    assert!(feature.is_some() || !text.contains("feature="), "`{text}` is a form that is not understood");
    feature.is_some_and(|feature| !features.contains(feature))
}

fn is_empty_list(arguments: &Group) -> bool {
    arguments.delimiter() == Delimiter::Parenthesis && arguments.stream().is_empty()
}

/// What follows an item: behind its block, or its semicolon.
fn behind_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let end = tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1);
    &tokens[end..]
}

#[test]
fn calls_are_found_wherever_they_stand() {
    let text = r##"
        //! client.in_a_comment()
        mod outside;
        mod inside { mod deeper; fn f() { a.in_a_module() } }
        fn f() {
            let text = "a.in_a_text()";
            client.plain().bucket(x).send().await;
            self.client(region)
                // a remark
                .broken()
                .send();
            tokio::select! { _ = client.in_a_macro().send() => {} }
            Client::by_path(&client);
            let make = aws_sdk_s3::Client::as_value;
            sink.with_arguments(1);
        }
        #[cfg(test)]
        mod tests;
        #[cfg(test)]
        mod unit { fn f() { a.in_a_test() } }
        #[cfg(test)]
        const N: [u8; 2] = [a.in_a_constant(), 1];
        #[cfg(feature = "asked-for")]
        mod featured;
        #[cfg(feature = "other")]
        mod other;
        impl A {
            #[cfg(feature = "asked-for")]
            fn h() { a.with_a_feature() }
            #[cfg(feature = "other")]
            fn i() { a.with_another_feature() }
        }
        fn g() { a.afterwards() }
    "##;
    let found = Found::read(text, PathBuf::from("src"), &["asked-for".to_owned()].into());
    let calls: Vec<&str> =
        found.operations.iter().map(String::as_str).filter(|name| *name != "send").collect();
    let expected = [
        "afterwards",
        "as_value",
        "broken",
        "by_path",
        "in_a_macro",
        "in_a_module",
        "plain",
        "with_a_feature",
    ];
    assert_eq!(calls, expected);
    let modules = [("src", "outside"), ("src/inside", "deeper"), ("src", "featured")];
    let modules = modules.map(|(folder, name)| (PathBuf::from(folder), name.to_owned()));
    assert_eq!(found.modules, modules);
}

#[test]
fn an_operation_of_several_sdks_is_that_of_the_one_that_the_file_names() {
    let sdks = BTreeSet::from(["aws-sdk-sns".to_owned(), "aws-sdk-sqs".to_owned()]);
    let found = |text| resolve("tag_queue", &sdks, text).into_iter().map(|call| call.sdk).collect::<Vec<_>>();
    assert_eq!(found("use aws_sdk_sqs::Client;"), ["aws-sdk-sqs"]);
    assert_eq!(found("use crate::Client;"), ["aws-sdk-sns", "aws-sdk-sqs"]);
}
