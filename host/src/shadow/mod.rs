//! The shadow: a copy of the sources that a base is built from.
//!
//! A patch is compiled as a crate of its own, against the base, and must name what is private there; and the base must
//! let its functions be replaced. So in the shadow everything is `pub` that can be, and each function that can have one begins with
//! a look into its *slot*: a static beside it, which a patch sets to the code that is to run instead.
//!
//! Pure: text in, text out. Nothing but blanks is put in the place of line breaks and nothing with a line break is put
//! in, so lines stay where the user wrote them.

pub mod kept;
pub mod refused;
#[cfg_attr(not(test), expect(dead_code, reason = "most of it is used in bases only"))]
pub(crate) mod runtime;
pub(crate) mod slots;
mod widen;
mod world;

use std::collections::{BTreeSet, HashSet};

use crate::source::edits::{Edit, apply};
use crate::source::{SourceError, text, with_syntax};

/// The name of the module that a base has beside the user's, in the root of each crate.
pub const MODULE: &str = "__liveswap_base";

/// Changes where the same sources give another shadow, so that a base of an earlier version is not taken for one of
/// this.
pub const VERSION: u32 = 2;

/// The text of a module for the crate root, in one line: slots, and how they are called.
pub fn root_module() -> String {
    let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with("#[allow(");
    let code: Vec<&str> = RUNTIME.lines().map(str::trim).filter(is_code).collect();
    // By a name of its own: the crate may have no `std`, or another one.
    let code = code.join(" ").replace("::std::", &format!("{STD}::"));
    format!(" #[doc(hidden)] pub mod {MODULE} {{ extern crate std as {STD}; {code} }} ")
}

/// What every generated name begins with. Sources with such names of their own have no shadow.
pub const OWN_NAMES: &str = "__liveswap";

/// The standard library in that module.
const STD: &str = "__liveswap_std";

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

/// The shadow of a file. `macros` are the crate's [`macro_names`]: a `use` of one can't become `pub`. `kept` are the
/// places of what stays private, see [`kept::Kept::in_file`].
///
/// # Errors
///
/// The file is no Rust: a part of an expression, say, that another file includes. It is taken as it is, then.
pub fn shadow(contents: &[u8], macros: &HashSet<String>, kept: &BTreeSet<usize>) -> Result<String, SourceError> {
    let whole = std::str::from_utf8(contents).map_err(|_| SourceError::NotText)?;
    let (start, _) = text::code_of(whole);
    let shadowed = with_syntax(contents, |code, file, _| {
        let mut edits: Vec<Edit> = widen::edits(code, file, macros, kept);
        edits.extend(slots::edits(file));
        apply(code, &mut edits)
    })?;
    // A byte order mark would not stand at the beginning where something is put before it.
    Ok(format!("{}{shadowed}", whole[..start].trim_start_matches('\u{feff}')))
}

#[cfg(test)]
mod tests;
