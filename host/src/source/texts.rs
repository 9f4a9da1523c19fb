//! Which files a source reads as text: `include_str!` and `include_bytes!`.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// A file that is read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedText {
    /// The path as it is written; `None` where it is no literal.
    pub path: Option<String>,
    /// Where that stands, in bytes of the code.
    pub at: Range<usize>,
}

/// All that these tokens read, in macros' definitions too.
pub fn included(tokens: TokenStream) -> Vec<IncludedText> {
    let mut found = Vec::new();
    let mut open = vec![tokens];
    while let Some(tokens) = open.pop() {
        let (mut is_named, mut is_called) = (false, false);
        for tree in tokens {
            let was_named = std::mem::take(&mut is_named);
            let was_called = std::mem::take(&mut is_called);
            match tree {
                TokenTree::Group(group) => {
                    found.extend(was_called.then(|| argument(&group)));
                    open.push(group.stream());
                }
                TokenTree::Ident(ident) => is_named = ident == "include_str" || ident == "include_bytes",
                TokenTree::Punct(punct) => is_called = was_named && punct.as_char() == '!',
                TokenTree::Literal(_) => {}
            }
        }
    }
    found
}

fn text(literal: &proc_macro2::Literal) -> Option<String> {
    syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|literal| literal.value())
}

fn argument(group: &proc_macro2::Group) -> IncludedText {
    let mut trees = group.stream().into_iter();
    let first = trees.next();
    let is_alone = trees.next().is_none_or(|tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ','));
    let at = first.as_ref().map(|tree| tree.span().byte_range()).unwrap_or_default();
    let path = match first {
        Some(TokenTree::Literal(literal)) if is_alone => text(&literal),
        _ => None,
    };
    IncludedText { path, at }
}

/// The path from a file's directory, without `.` and `..`.
pub fn resolved(directory: &Path, path: &str) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in directory.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(whole.pop()),
            component => whole.push(component),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_wherever_they_are_read() {
        let code = "fn a() { include_str!(\"a.rs\"); m!(std::include_bytes![r\"b.rs\",]) } #[doc = include_str!(\"c\")] x; include_str!(concat!(\"d\")); macro_rules! m { ($e:expr) => { include_str!($e) } } include!(\"e\"); include_str();";
        let mut found: Vec<_> = included(code.parse().unwrap()).into_iter().map(|text| text.path).collect();
        found.sort();
        assert_eq!(found, [None, None, Some("a.rs".into()), Some("b.rs".into()), Some("c".into())]);
    }

    #[test]
    fn paths_lead_from_the_file() {
        assert_eq!(resolved(Path::new("/w/src"), "../b/./c.rs"), Path::new("/w/b/c.rs"));
        assert_eq!(resolved(Path::new("/w/src"), "/x.rs"), Path::new("/x.rs"));
    }
}
