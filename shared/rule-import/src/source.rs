//! The input of an import: named texts. They are read in [`crate::contents`].

/// A text to import, and its name in messages, usually the path of a file.
///
/// Terraform files whose names have the same folder belong to the same module.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// The name.
    pub name: &'t str,
    /// The contents.
    pub text: &'t str,
}
