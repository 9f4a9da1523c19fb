//! The shadow: a copy of the sources that a base is built from.
//!
//! A patch is compiled as a crate of its own, against the base, and must name what is private there; and the base must
//! let its functions be replaced. So in the shadow everything is `pub` that can be, and each function that can have one begins with
//! a look into its *slot*: a static beside it, which a patch sets to the code that is to run instead.
//!
//! Pure: text in, text out. Nothing but blanks is put in the place of line breaks and nothing with a line break is put
//! in, so lines stay where the user wrote them; `columns.rs` sees to the columns of code.

mod columns;
pub mod kept;
mod parameters;
pub mod refused;
#[cfg_attr(not(test), expect(dead_code, reason = "most of it is used in bases only"))]
pub(crate) mod runtime;
pub(crate) mod slots;
mod widen;
mod world;

pub(crate) use slots::code_type;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::source::edits::{Edit, apply};
use crate::source::texts::{self, IncludedText};
use crate::source::{SourceError, text, with_syntax};

/// The name of the module that a base has beside the user's, in the root of each crate.
pub const MODULE: &str = "__liveswap_base";

/// Changes where the same sources give another shadow, so that a base of an earlier version is not taken for one of
/// this.
pub const VERSION: u32 = 3;

/// The text of a module for the crate root, in one line: slots, and how they are called.
pub fn root_module() -> String {
    let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with("#[allow(");
    let code: Vec<&str> = RUNTIME.lines().map(str::trim).filter(is_code).collect();
    // By a name of its own: the crate may have no `std`, or another one.
    let code = code.join(" ").replace("use ::std::", &format!("use self::{STD}::"));
    let code = code.replace("::std::", &format!("{STD}::"));
    let code = code.replace("macro_rules! look", &format!("#[macro_export] macro_rules! {LOOK}"));
    format!(" #[doc(hidden)] pub mod {MODULE} {{ extern crate std as {STD}; {code} }} ")
}

/// What every generated name begins with. Sources with such names of their own have no shadow.
pub const OWN_NAMES: &str = "__liveswap";

/// The standard library in that module.
const STD: &str = "__liveswap_std";

/// The macro by which a function looks into its slot.
const LOOK: &str = "__liveswap_look";

/// Compiled here as well, so that it is checked and tested like all else.
const RUNTIME: &str = include_str!("runtime.rs");

/// The names of a file's macros that other crates can't see.
///
/// # Errors
///
/// As for [`shadow`].
pub fn macro_names(contents: &[u8]) -> Result<HashSet<String>, SourceError> {
    with_syntax(contents, |_, file, _| widen::macro_names(file))
}

/// What the shadow of a file depends on besides its contents.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// The crate's [`macro_names`]: a `use` of one can't become `pub`.
    pub macros: &'a HashSet<String>,
    /// The places of what stays private, see [`kept::Kept::in_file`].
    pub kept: &'a BTreeSet<usize>,
    /// Whether no code may have other columns, though fewer functions have slots; see `columns.rs`.
    pub is_exact: bool,
    /// The file's directory, from which it names files that it reads as text.
    pub directory: &'a Path,
    /// The files that have a shadow. What reads one of them as text has to read the user's.
    pub shadowed: &'a BTreeSet<&'a Path>,
}

/// Whether a file reads others as text, by paths that are computed: no shadow can have them lead to the user's files.
///
/// # Errors
///
/// As for [`shadow`].
pub fn reads_by_computed_paths(contents: &[u8]) -> Result<bool, SourceError> {
    with_syntax(contents, |_, _, tokens| texts::included(tokens).iter().any(|text| text.path.is_none()))
}

/// The shadow of a file.
///
/// # Errors
///
/// The file is no Rust: a part of an expression, say, that another file includes. It is taken as it is, then.
pub fn shadow(contents: &[u8], how: How<'_>) -> Result<String, SourceError> {
    let whole = std::str::from_utf8(contents).map_err(|_| SourceError::NotText)?;
    let (start, _) = text::code_of(whole);
    let shadowed = with_syntax(contents, |code, file, tokens| {
        let texts = texts::included(tokens.clone());
        let mut groups: Vec<columns::Group> =
            widen::edits(code, file, how.macros, how.kept).into_iter().map(|edit| vec![edit]).collect();
        groups.extend(slots::edits(file));
        let mut edits = columns::keep(code, file, tokens, groups, how.is_exact);
        // An edit inside of what moves is made there.
        edits.extend(texts.into_iter().filter_map(|text| original(text, how)));
        apply(code, &mut edits)
    })?;
    // A byte order mark would not stand at the beginning where something is put before it.
    Ok(format!("{}{shadowed}", whole[..start].trim_start_matches('\u{feff}')))
}

/// The edit by which a file that has a shadow is read as the user has it.
fn original(text: IncludedText, how: How<'_>) -> Option<Edit> {
    let path = texts::resolved(how.directory, &text.path?);
    how.shadowed.contains(&*path).then(|| Edit { at: text.at, text: format!("{:?}", path.display().to_string()) })
}

#[cfg(test)]
mod tests;
