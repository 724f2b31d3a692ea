//! The names that an expression can use in addition to the names of the module.

use super::module::File;
use crate::node::Node;

/// A name with its value, such as `each` or the variable of a `for` expression.
pub(super) struct Binding<'o> {
    name: &'o str,
    value: Node,
    outer: Option<&'o Binding<'o>>,
}

impl<'o> Binding<'o> {
    pub(super) fn new(name: &'o str, value: Node, outer: Option<&'o Binding<'o>>) -> Self {
        Self { name, value, outer }
    }
}

/// The surroundings of an expression.
#[derive(Clone, Copy)]
pub(super) struct Scope<'o> {
    pub(super) file: &'o File<'o>,
    pub(super) bindings: Option<&'o Binding<'o>>,
}

impl<'o> Scope<'o> {
    /// The innermost value of a name.
    pub(super) fn find(&self, name: &str) -> Option<&'o Node> {
        let mut binding = self.bindings;
        while let Some(Binding { name: bound, value, outer }) = binding {
            if *bound == name {
                return Some(value);
            }
            binding = *outer;
        }
        None
    }
}
