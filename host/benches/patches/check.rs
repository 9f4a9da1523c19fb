//! Whether a patch does what the edit says: base and patch are loaded, and all functions of a generated crate called.

use std::path::Path;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use liveswap_host::open::PatchImage;
use liveswap_host::patch::TABLE;

use crate::base::Base;
use crate::edits::Edit;
use crate::generate::{FIRST_NUMBER, Model};

pub struct Check<'a> {
    probe: unsafe extern "C" fn(usize) -> u64,
    image: std::path::PathBuf,
    model: &'a Model,
}

impl Check<'_> {
    pub fn load<'a>(base: &Base, model: &'a Model) -> Result<Check<'a>, String> {
        // Several generated crates have functions of the same names.
        // SAFETY: a generated crate has no constructors.
        let library = unsafe { Library::open(Some(&base.image), RTLD_NOW | RTLD_LOCAL) };
        let library = library.map_err(|error| error.to_string())?;
        // SAFETY: the generated root has this function.
        let probe = unsafe { library.get::<unsafe extern "C" fn(usize) -> u64>(b"liveswap_probe\0") };
        let probe = *probe.map_err(|error| error.to_string())?;
        // Patches are bound to it for ever.
        std::mem::forget(library);
        let check = Check { probe, image: base.image.clone(), model };
        check.compare(None)?;
        Ok(check)
    }

    /// Loads a patch, calls all functions, and again without the patch.
    pub fn patch(&mut self, patch: &Path, edit: &Edit) -> Result<(), String> {
        // SAFETY: it was compiled against this base, of what the host has generated.
        let image = unsafe { PatchImage::open(patch, &self.image, &[TABLE.to_owned()]) };
        let image = image.map_err(|error| error.to_string())?;
        image.rows().iter().for_each(|row| row.slot.set(Some(row.code)));
        let patched = self.compare(edit.number.map(|number| (number - FIRST_NUMBER) as usize));
        image.rows().iter().for_each(|row| row.slot.set(None));
        patched.and_then(|()| self.compare(None))
    }

    /// Calls all functions; `edited` gives one more than it did.
    fn compare(&self, edited: Option<usize>) -> Result<(), String> {
        for unit in 0..self.model.units {
            // SAFETY: the function of the generated crate takes the number of any of its units.
            let (given, expected) = (unsafe { (self.probe)(unit) }, self.model.expected(unit, edited));
            if given != expected {
                return Err(format!("function {unit} gives {given} instead of {expected}, edited {edited:?}"));
            }
        }
        Ok(())
    }
}
