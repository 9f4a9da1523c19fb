//! The source of a patch: a small crate with the changed functions, to be compiled against the base.
//!
//! Each file that is needed is the user's, with everything but the changed functions, `use` lines and macros replaced by
//! blanks: so lines and columns are the user's in messages and panics. Each module takes what it defines itself from the base,
//! name by name (`pub use ::base::module::{…}`, see `own_names`), and keeps the user's `use` lines; so names and paths
//! mean what they do in the user's crate. A method is compiled as that of a trait of its own, since only the base's crate
//! may add to its types.
//! Where several crates of the base change, the patch has a part for each. For those behind it a part stands in the
//! place of its crate: it has what changed, and takes the rest from there.
//!
//! Pure: texts in, texts out.

pub mod added;
mod attributes;
mod blank;
mod compare;
pub mod lazies;
mod mentioned;
mod methods;
mod own_names;
pub mod private;
mod render;
mod rows;
mod unnoticed;
mod users_name;
pub mod visible;

pub use compare::{BaseModules, Compared, Crate, Part, Surroundings, compare};
pub use mentioned::Mentioned;
pub use rows::new_table;
pub use unnoticed::Unnoticed;
pub use users_name::users_names;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::slot_path;
use crate::source::function::slot_name;
use crate::source::{Function, SourceFile};

/// The name by which a patch knows the base's crate.
pub const BASE: &str = "liveswap_base";

/// The symbol of a patch's table: `&[&[Row]]`.
pub const TABLE: &str = "LIVESWAP_PATCH";

/// The name by which a patch knows the base's image, whatever crate of it is [`BASE`].
pub const IMAGE: &str = "liveswap_image";

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
    /// Whether the base does not have its module.
    pub is_new: bool,
    /// The functions that are to be in the patch.
    pub functions: HashSet<Name>,
    /// Of these, those without a slot in the base: new ones, and copies.
    pub added: HashSet<Name>,
    /// Of these, the new methods.
    pub new: HashSet<Name>,
    /// Where they call methods that the patch has copies of, in bytes of the code.
    pub calls: Vec<usize>,
    /// Inline modules through which paths may lead to what the patch has of its own.
    pub ways: HashSet<Vec<String>>,
    /// Other items that are to be in it: changed constants, new types.
    pub items: HashSet<Name>,
    /// `use` lines that are not to be in it, by where their visibility stands; see [`private::leave_out`].
    pub left_out: BTreeSet<usize>,
    /// Names of what may be private in the base, as hashes.
    pub hidden: HashSet<u64>,
}

impl File {
    /// The contents with blanks in the bodies of functions that the patch does not have: what is in them need not be parsed
    /// once more. The code begins at `start`; all bytes stay where they are.
    fn without_other_bodies(&self, start: usize) -> Vec<u8> {
        let mut contents = self.contents.to_vec();
        let is_other =
            |function: &&Function| !self.functions.contains(&(function.module.clone(), function.key.clone()));
        for function in self.source.functions.iter().filter(is_other) {
            let Range { start: open, end: behind } = function.body_at;
            contents[start + open + 1..start + behind - 1].fill(b' ');
        }
        contents
    }

    fn leaves_out(&self, Range { start, end }: Range<usize>) -> bool {
        self.left_out.range(start..end).next().is_some()
    }
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
    /// Whether other parts can find copies of methods in it.
    pub has_methods: bool,
}

/// How a part of a patch hangs together with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The symbol of its table.
    pub table: String,
    /// Crates that it is linked with, whether or not it names them.
    pub crates: Vec<String>,
    /// Parts that have copies of methods.
    pub methods: Vec<String>,
    /// What code of any part mentions.
    pub mentioned: Mentioned,
}

impl Default for Links {
    /// Those of a patch of one part.
    fn default() -> Self {
        Self { table: TABLE.into(), crates: Vec::new(), methods: Vec::new(), mentioned: Mentioned::default() }
    }
}

/// Writes the sources of a patch's part. `files` are all files of the crate, its root first.
///
/// # Errors
///
/// For people: what can't be in a patch.
pub fn generate(files: &[File], links: &Links) -> Result<PatchCrate, String> {
    let Some(root) = files.first() else { return Err("the crate has no root".into()) };
    let needed = needed(files);
    let has_own = files.iter().any(|file| !file.calls.is_empty() || !file.new.is_empty());
    // New methods of other crates are called by their own names.
    let has_copies = has_own || !links.methods.is_empty();
    let mut found = BTreeMap::new();
    let mut functions = Vec::new();
    // Modules that have a table of rows.
    let mut tables: Vec<Vec<String>> = Vec::new();
    let mut traits: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| needed.contains(&file.module)) {
        let is_needed = |module: &[String]| needed.contains(module);
        let mut blanked = blank::blank(file, &is_needed, has_copies, &links.mentioned)?;
        functions.append(&mut blanked.functions);
        tables.append(&mut blanked.tables);
        traits.append(&mut blanked.traits);
        if found.insert(file.path.clone(), blanked.text).is_some() {
            return Err(format!("{} has the contents of two modules", file.path.display()));
        }
    }
    let has_methods = has_copies || !traits.is_empty() || !links.methods.is_empty();
    if let Some(text) = found.get_mut(&root.path) {
        if has_methods {
            text.push_str(&methods::all(&traits, &links.methods));
        }
        // Editions before 2018 know only crates that the root names.
        text.push_str(&format!(" extern crate {BASE};"));
        links.crates.iter().for_each(|name| *text += &format!(" extern crate {name} as _; "));
        text.push_str(&rows::tables(&links.table, &tables));
    }
    Ok(PatchCrate { files: found, root: root.path.clone(), functions, has_methods })
}

/// The modules that the patch has to have of its own: those with something in them, new ones, and those around these. A file that
/// defines macros is among them: a macro is known to what follows in the text.
fn needed(files: &[File]) -> BTreeSet<Vec<String>> {
    let has_macros = |file: &File| file.source.items.iter().any(|item| item.key.starts_with("macro "));
    let mut needed = BTreeSet::from([Vec::new()]);
    for file in files {
        let inline = file.functions.iter().chain(&file.items).map(|(module, _)| module).chain(&file.ways);
        let inside = inline.map(|module| [&file.module[..], &module[..]].concat());
        let own = (file.is_new || has_macros(file)).then(|| file.module.clone());
        let new = file.items.iter().filter_map(|(within, key)| Some((within, key.strip_prefix("mod ")?)));
        let new = new.map(|(within, name)| [&file.module[..], &within[..], &[plain(name)]].concat());
        for module in inside.chain(own).chain(new) {
            (0..=module.len()).for_each(|length| {
                needed.insert(module[..length].to_vec());
            });
        }
    }
    needed
}

/// The paths of the slots that a patch sets of the crate of this name; `files` are all files of the crate.
pub fn slots<'a>(crate_name: &'a str, files: &'a [File]) -> impl Iterator<Item = String> + 'a {
    let of_file = move |file: &'a File| {
        let replaced = file.functions.iter().filter(|name| !file.added.contains(*name));
        replaced.map(move |(inline, key)| {
            let module: Vec<String> = file.module.iter().chain(inline).map(|name| plain(name)).collect();
            slot_path(crate_name, &module, &slot_name(inline, key))
        })
    };
    files.iter().flat_map(of_file)
}

/// A path in the base's crate.
fn in_base(module: &[String]) -> String {
    let path: Vec<String> = module.iter().map(|name| raw(name)).collect();
    if path.is_empty() { format!("::{BASE}") } else { format!("::{BASE}::{}", path.join("::")) }
}

/// A module's name as paths here have it.
fn plain(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).to_owned()
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
