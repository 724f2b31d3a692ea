//! Where the values of a module's variables come from: the user for a root module, the call for any other module.

use std::collections::HashMap;

use super::{
    literal::literal,
    module::{Located, Module},
    project::{Project, normal},
};
use crate::node::Node;

/// The values that a module's variables are given.
pub(super) enum Arguments<'p> {
    /// Of a root module: texts from the command line, and expressions in files of values.
    Root { project: &'p Project<'p>, files: Vec<usize> },
    /// Of a called module: the evaluated arguments of the call.
    Call(HashMap<String, Node>),
}

/// A value that is given to a variable.
pub(super) enum GivenValue<'p> {
    Text(&'p str),
    Expression(Located<'p>),
    Node(&'p Node),
}

impl<'p> Arguments<'p> {
    /// The arguments of a module that nothing calls. If files of values lie beside a root module, they only apply to
    /// that module, as for Terraform.
    pub(super) fn of_root(project: &'p Project<'p>, module: &Module<'_>) -> Self {
        let roots = project.roots();
        let files = project.values_files.iter().enumerate().filter(|(_, file)| {
            let folder = normal(file.folder());
            folder == module.folder() || roots.iter().all(|root| root.folder() != folder)
        });
        Self::Root { project, files: files.map(|(index, _)| index).collect() }
    }

    pub(super) fn is_call(&self) -> bool {
        matches!(self, Self::Call(_))
    }

    /// The value given to a variable; the command line wins over files, and later files over earlier ones.
    pub(super) fn value(&self, name: &str) -> Option<GivenValue<'_>> {
        match self {
            Self::Call(arguments) => arguments.get(name).map(GivenValue::Node),
            Self::Root { project, files } => {
                if let Some(text) = project.given.variables.get(name) {
                    return Some(GivenValue::Text(text));
                }
                files.iter().rev().find_map(|index| {
                    let file = project.values_files.get(*index)?;
                    let attribute = file.body.get_attribute(name)?;
                    Some(GivenValue::Expression(Located { expression: &attribute.value, file }))
                })
            }
        }
    }
}

/// The value of a text from the command line for a variable that is not declared: a list or mapping if it looks like
/// one, otherwise text.
pub(super) fn untyped(text: &str) -> Node {
    let is_structure = text.trim_start().starts_with(['[', '{']);
    literal(text).filter(|_| is_structure).unwrap_or_else(|| Node::text(text))
}
