//! The source of a patch: a small crate with the changed functions, to be compiled against the base.
//!
//! Each file that is needed is the user's, with everything but the changed functions, `use` lines and macros replaced by
//! blanks: so lines and columns are the user's in messages and panics. Each module takes everything else from the base
//! (`pub use ::base::module::*`), so `crate::`, `super::` and the paths in macros lead where they did. A method is
//! compiled as that of a trait of its own, since only the base's crate may add to its types.
//!
//! Pure: texts in, texts out.

mod blank;
mod compare;
mod methods;
pub mod private;
mod rows;

pub use compare::compare;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::SourceFile;

/// The name by which a patch knows the base's crate.
pub const BASE: &str = "liveswap_base";

/// The symbol of a patch's table: `&[&[Row]]`.
pub const TABLE: &str = "LIVESWAP_PATCH";

/// A function or another item of a file: the inline modules that it stands in, and its key.
pub type Name = (Vec<String>, String);

/// One file of the crate that is patched.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path from where rustc runs, as rustc is to name it.
    pub path: PathBuf,
    /// The module whose contents it has.
    pub module: Vec<String>,
    /// Its text now.
    pub contents: Arc<[u8]>,
    /// The same, taken apart.
    pub source: Arc<SourceFile>,
    /// The functions that are to be in the patch.
    pub functions: HashSet<Name>,
    /// Of these, those without a slot in the base: new ones, and copies.
    pub added: HashSet<Name>,
    /// Where they call methods that the patch has copies of, in bytes of the code.
    pub calls: Vec<usize>,
    /// Inline modules through which paths may lead to what the patch has of its own.
    pub ways: HashSet<Vec<String>>,
    /// Other items that are to be in it: changed constants, new types.
    pub items: HashSet<Name>,
}

/// The sources of a patch.
#[derive(Debug, PartialEq, Eq)]
pub struct PatchCrate {
    /// Texts by the path of the file that they stand for.
    pub files: BTreeMap<PathBuf, String>,
    /// The crate's root among them.
    pub root: PathBuf,
    /// The functions that are replaced, as people write them.
    pub functions: Vec<String>,
}

/// Writes the sources of a patch. `files` are all files of the crate, its root first.
///
/// # Errors
///
/// For people: what can't be in a patch.
pub fn generate(files: &[File]) -> Result<PatchCrate, String> {
    let Some(root) = files.first() else { return Err("the crate has no root".into()) };
    let needed = needed(files);
    let has_copies = files.iter().any(|file| !file.calls.is_empty());
    let mut found = BTreeMap::new();
    let mut functions = Vec::new();
    // Modules that have a table of rows.
    let mut tables: Vec<Vec<String>> = Vec::new();
    let mut traits: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| needed.contains(&file.module)) {
        let is_needed = |module: &[String]| needed.contains(module);
        let mut blanked = blank::blank(file, &is_needed, has_copies)?;
        functions.append(&mut blanked.functions);
        tables.append(&mut blanked.tables);
        traits.append(&mut blanked.traits);
        found.insert(file.path.clone(), blanked.text);
    }
    if let Some(text) = found.get_mut(&root.path) {
        if has_copies {
            text.push_str(&methods::all(&traits));
        }
        // Editions before 2018 know only crates that the root names.
        text.push_str(&format!(" extern crate {BASE};"));
        text.push_str(&rows::table(&tables));
    }
    Ok(PatchCrate { files: found, root: root.path.clone(), functions })
}

/// The modules that the patch has to have of its own: those with something in them, and those around these. A file that
/// defines macros is among them: a macro is known to what follows in the text.
fn needed(files: &[File]) -> BTreeSet<Vec<String>> {
    let has_macros = |file: &File| file.source.items.iter().any(|item| item.key.starts_with("macro "));
    let mut needed = BTreeSet::from([Vec::new()]);
    for file in files {
        let inline = file.functions.iter().chain(&file.items).map(|(module, _)| module).chain(&file.ways);
        let inside = inline.map(|module| [&file.module[..], &module[..]].concat());
        let own = has_macros(file).then(|| file.module.clone());
        for module in inside.chain(own) {
            (0..=module.len()).for_each(|length| {
                needed.insert(module[..length].to_vec());
            });
        }
    }
    needed
}

/// A path in the base's crate.
fn in_base(module: &[String]) -> String {
    let path: Vec<String> = module.iter().map(|name| raw(name)).collect();
    if path.is_empty() { format!("::{BASE}") } else { format!("::{BASE}::{}", path.join("::")) }
}

/// A module's name as code has to write it.
fn raw(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() { name.to_owned() } else { format!("r#{name}") }
}

/// Where a file of the crate stands in the directory of the patch.
pub fn place_in(directory: &Path, file: &Path) -> PathBuf {
    // What lies outside is not patched; see the session.
    directory.join(file.strip_prefix("/").unwrap_or(file))
}

#[cfg(test)]
mod tests;
