//! Terraform modules: the filters and alarms that they would make.
//!
//! The files of one folder are a module. Variables have the values that the user gives, those of `.tfvars` files among the
//! sources, or their defaults. Modules that are called have folders of their own, and are not followed; data sources and
//! attributes of other resources are known to Terraform only.
//!
//! Source: "Resources", "Variables" and "Meta-arguments" of the Terraform language documentation.

mod evaluate;
mod functions;
mod instances;
mod literal;
mod module;
mod plan;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::structure::Body;

use crate::{
    Source,
    omission::{Code, Report},
    resource::Resource,
};
use evaluate::Evaluator;
use module::{File, Module};

pub(crate) use plan::plan_resources;

/// A parsed file: its index among the sources, the source and its contents.
pub(crate) type ParsedFile<'s> = (usize, Source<'s>, &'s Body);

/// The filters and alarms of all modules.
pub(crate) fn resources(
    files: &[ParsedFile<'_>],
    values: &BTreeMap<String, String>,
    report: &mut Report,
) -> Vec<Resource> {
    let (values_files, module_files): (Vec<_>, Vec<_>) =
        files.iter().map(File::new).partition(|file| file.body.blocks().next().is_none());
    let mut folders = BTreeMap::<&str, Vec<File<'_>>>::new();
    for file in module_files {
        folders.entry(file.folder()).or_default().push(file);
    }
    let mut declared = BTreeSet::new();
    let mut resources = Vec::new();
    for files in folders.into_values() {
        let module = Module::new(files, &values_files, values);
        declared.extend(module.variable_names());
        for (block, file) in module.blocks_named("module") {
            let name = block.labels.first().map_or("", |label| label.as_str());
            let message = "a module that is called: import the files of its folder too";
            report.add(Code::OtherFiles, module.position(file, block), &format!("module.{name}"), message);
        }
        resources.extend(instances::resources(&Evaluator::new(&module), report));
    }
    for name in values.keys().filter(|name| !declared.contains(*name)) {
        report.add_general(Code::UnusedValue, format!("no module has a variable `{name}`"));
    }
    resources
}
