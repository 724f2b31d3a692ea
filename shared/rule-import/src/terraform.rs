//! Terraform modules: the filters and alarms that they would create.
//!
//! The files of a folder make up a module. Variables of a module that no other module calls get the values that the
//! user provides, the values in `.tfvars` files among the sources, or their defaults. A module that is called by a
//! local path is expanded with the arguments of each call. Other modules are not downloaded, and only Terraform knows
//! data sources and most attributes of other resources.
//!
//! Source: "Resources", "Variables", "Modules" and "Meta-arguments" of the Terraform language documentation.

mod arguments;
mod evaluate;
mod functions;
mod instances;
mod json;
mod literal;
mod long_objects;
mod module;
mod plan;
mod project;
mod scope;
mod stack;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    node::Node,
    omission::{OmissionCode, Omissions},
    resource::Resource,
};
use arguments::Arguments;
use evaluate::Evaluator;
use project::Project;

pub(crate) use json::{body_of_module, body_of_values};
pub(crate) use long_objects::divided;
pub(crate) use module::ParsedFile;
pub(crate) use plan::plan_resources;
pub(crate) use project::local_calls;
pub(crate) use state::state_resources;

/// What to do about something that only Terraform can answer; the end of a message.
const SHOW: &str = "import the output of `terraform show -json` instead";

/// What the user provides for the modules.
#[derive(Clone, Copy)]
pub(crate) struct Given<'o> {
    /// The values of variables, in the syntax of `terraform plan -var`.
    pub(crate) variables: &'o BTreeMap<String, String>,
    /// The values of CloudFormation parameters, for the stacks within the modules.
    pub(crate) parameters: &'o BTreeMap<String, String>,
    /// The name of the workspace.
    pub(crate) workspace: Option<&'o str>,
}

/// The filters and alarms of all modules. Those of CloudFormation stacks within them are included.
pub(crate) fn resources(
    files: &[ParsedFile<'_>],
    given: Given<'_>,
    omissions: &mut Omissions,
) -> Vec<Resource> {
    let project = Project::new(files, given);
    let mut declared = BTreeSet::new();
    let mut resources = Vec::new();
    for module in project.roots() {
        declared.extend(module.variable_names());
        let evaluator = Evaluator::new(&project, module, Arguments::of_root(&project, module));
        resources.extend(instances::resources(&evaluator, omissions));
        declared.extend(evaluator.undeclared_variables());
    }
    for name in given.variables.keys().filter(|name| !declared.contains(*name)) {
        omissions.add_general(OmissionCode::UnusedValue, format!("no module declares a variable `{name}`"));
    }
    resources
}

/// An unknown value that the user cannot provide.
fn only_terraform(what: impl std::fmt::Display) -> Node {
    Node::unknown(format!("{what}: {SHOW}"))
}
