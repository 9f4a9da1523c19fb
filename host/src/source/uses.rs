//! What `use` lines bring in, name by name, and which files `include!` takes in.

use syn::visit::Visit;
use syn::{Macro, UseTree};

/// One name, or all names of something, that a `use` line or an `extern crate` brings into its module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UseLeaf {
    /// The full path, without `r#` and a leading `::`; of a glob, the path before `::*`.
    pub path: Vec<String>,
    /// What it brings in.
    pub given: Given,
    /// Whether a visibility stands before the line.
    pub is_public: bool,
    /// A hash of the line's attributes and its visibility.
    pub outside: u64,
}

/// What one leaf of a `use` line brings in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Given {
    /// This name.
    Name(String),
    /// The members of a trait alone: `as _`.
    Unnamed,
    /// All names: `*`.
    All,
}

impl UseLeaf {
    /// The last segment of its path; empty for `use ::*`.
    pub fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether the path begins in the standard library.
    pub fn is_of_std(&self) -> bool {
        matches!(self.path.first().map(String::as_str), Some("std" | "core" | "alloc"))
    }
}

/// The leaves of a `use` line.
pub(super) fn leaves(tree: &UseTree, is_public: bool, outside: u64) -> Vec<UseLeaf> {
    let mut found = Vec::new();
    let mut add = |path: &[String], given| found.push(UseLeaf { path: path.to_vec(), given, is_public, outside });
    walk(tree, &mut Vec::new(), &mut add);
    found
}

fn walk(tree: &UseTree, path: &mut Vec<String>, add: &mut impl FnMut(&[String], Given)) {
    let full = |path: &[String], name: &syn::Ident| match plain(name) {
        // `a::{self}` is `a`.
        name if name == "self" && !path.is_empty() => path.to_vec(),
        name => [path, &[name]].concat(),
    };
    match tree {
        UseTree::Path(inner) => {
            path.push(plain(&inner.ident));
            walk(&inner.tree, path, add);
            path.pop();
        }
        UseTree::Name(name) => {
            let path = full(path, &name.ident);
            let given = path.last().cloned().unwrap_or_default();
            add(&path, Given::Name(given));
        }
        UseTree::Rename(rename) if rename.rename == "_" => add(&full(path, &rename.ident), Given::Unnamed),
        UseTree::Rename(rename) => add(&full(path, &rename.ident), Given::Name(plain(&rename.rename))),
        UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, add)),
        UseTree::Glob(_) => add(path, Given::All),
    }
}

fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

/// A file that a source takes in by `include!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Included {
    /// The file with this path, relative to the source.
    File(String),
    /// A file that the build script has generated, in `OUT_DIR`.
    Generated,
    /// A path that the text does not show.
    Unknown,
}

/// The files that a source includes, in bodies too; what macros make of their input is not seen.
pub(super) fn included(file: &syn::File) -> Vec<Included> {
    struct Look(Vec<Included>);
    impl<'a> Visit<'a> for Look {
        fn visit_macro(&mut self, call: &'a Macro) {
            if call.path.segments.last().is_some_and(|segment| segment.ident == "include") {
                let text = call.tokens.to_string();
                self.0.push(match call.parse_body::<syn::LitStr>() {
                    Ok(path) => Included::File(path.value()),
                    Err(_) if text.contains("OUT_DIR") => Included::Generated,
                    Err(_) => Included::Unknown,
                });
            }
        }
    }
    let mut look = Look(Vec::new());
    look.visit_file(file);
    look.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_of_a_line_has_its_full_path() {
        let item: syn::ItemUse = syn::parse_str("use ::a::{self, b::{C as D, e::*}, r#type, T as _};").unwrap();
        let found = leaves(&item.tree, false, 0).into_iter().map(|leaf| (leaf.path.join("::"), leaf.given));
        let name = |name: &str| Given::Name(name.to_owned());
        let expected = [
            ("a", name("a")),
            ("a::b::C", name("D")),
            ("a::b::e", Given::All),
            ("a::type", name("type")),
            ("a::T", Given::Unnamed),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected.map(|(path, given)| (path.to_owned(), given)));
    }

    #[test]
    fn included_files_are_found_in_bodies_too() {
        let text = "include!(\"a.rs\"); fn f() { include!(concat!(env!(\"OUT_DIR\"), \"/b.rs\")) } include!(m!());";
        let found = included(&syn::parse_file(text).unwrap());
        assert_eq!(found, [Included::File("a.rs".into()), Included::Generated, Included::Unknown]);
    }
}
