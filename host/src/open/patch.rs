//! Patches: small images that belong to a base. They stay loaded for ever, as all images do.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::image::{OpenError, loaded_size};
use super::{artifact, library};
use crate::patch::new_table;
use crate::shadow::runtime::Row;

/// A loaded patch.
pub struct PatchImage {
    rows: Vec<&'static Row>,
    new_rows: Vec<(usize, &'static Row)>,
    memory: u64,
    range: Range<usize>,
}

impl PatchImage {
    /// Loads a patch with tables of these names, one for each crate that it changes.
    ///
    /// # Errors
    ///
    /// The loader refuses it, it has a constructor or no table, or a function of it can't take the place of the old one.
    ///
    /// # Safety
    ///
    /// It was compiled by this host's compiler from what [`crate::patch`] has generated, against a base that is loaded,
    /// has the name that the patch asks the loader for, and was verified.
    pub unsafe fn open(path: &Path, base: &Path, tables: &[String]) -> Result<PatchImage, OpenError> {
        let wrong = |reason: String| OpenError::Patch { path: path.to_owned(), reason };
        // A macro may put one into a function. The whole library is tried in another process first, a patch is not.
        let at_load = artifact::at_load(path).map_err(|error| wrong(error.to_string()))?;
        if !at_load.constructors.is_empty() {
            return Err(OpenError::PatchConstructor);
        }
        // SAFETY: by the contract; a patch has no constructors of the user's.
        let library = unsafe { library::load(path)? };
        // SAFETY: the generated roots have these symbols, with this type; each crate has its own `Row`, and they are alike.
        let table = |symbol: &str| unsafe {
            let table = library.get::<*const &'static [&'static [Row]]>(symbol.as_bytes());
            match table.map(|table| (*table).as_ref()) {
                Ok(Some(table)) => Ok(table.iter().copied().flatten()),
                _ => Err(OpenError::NoRoot { path: path.to_owned(), symbol: symbol.to_owned() }),
            }
        };
        let mut rows: Vec<&'static Row> = Vec::new();
        let mut new_rows: Vec<(usize, &'static Row)> = Vec::new();
        for (part, symbol) in tables.iter().enumerate() {
            rows.extend(table(symbol)?);
            new_rows.extend(table(&new_table(symbol))?.map(|row| (part, row)));
        }
        // The image stays loaded.
        std::mem::forget(library);
        let range = super::mapped::range(base).ok_or_else(|| wrong(format!("{} is not loaded", base.display())))?;
        // The base's std starts its threads; this is for those that it starts without std.
        #[cfg(target_os = "linux")]
        // SAFETY: it was loaded just now, and stays so.
        unsafe {
            super::threads::have_seen(path, &range);
        }
        for row in &rows {
            // A program that exports its own symbols can put itself between the patch and the base.
            if !range.contains(&std::ptr::from_ref(row.slot).addr()) {
                return Err(wrong(format!("the slot of `{}` is not that of the base", row.name)));
            }
            if !(row.is_sound)() {
                return Err(wrong(format!("the future of `{}` was `Send`, and is not any more", row.name)));
            }
        }
        let own = super::mapped::range(path).unwrap_or_default();
        super::escape::add_patch(&own, &range);
        for (_, row) in &new_rows {
            if !own.contains(&std::ptr::from_ref(row.slot).addr()) {
                return Err(wrong(format!("the slot of `{}` is not its own", row.name)));
            }
        }
        Ok(PatchImage { rows, new_rows, memory: loaded_size(path), range: own })
    }

    /// What it replaces.
    pub fn rows(&self) -> &[&'static Row] {
        &self.rows
    }

    /// The functions that it has a slot for, since the base does not have them; each with the place of its table.
    pub fn new_rows(&self) -> &[(usize, &'static Row)] {
        &self.new_rows
    }

    /// The addresses at which it is loaded; none where that is not known.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Bytes of memory that its loaded segments take.
    pub fn memory(&self) -> u64 {
        self.memory
    }
}

/// The addresses of the native functions and data that a patch needs, and that a loaded base has without exporting them:
/// what could not be loaded may be linked with these.
pub fn natives(patch: &Path, base: &Path) -> BTreeMap<String, u64> {
    #[cfg(target_os = "linux")]
    return super::natives::needed(patch, base);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (patch, base);
        BTreeMap::new()
    }
}

/// Where a patch may be loaded from: beside its base, under a name that no other image had.
pub fn place(base: &Path, number: u64) -> PathBuf {
    let base_name = base.file_stem().unwrap_or_default().to_string_lossy();
    base.with_file_name(format!("{base_name}-patch-{number}{}", std::env::consts::DLL_SUFFIX))
}
