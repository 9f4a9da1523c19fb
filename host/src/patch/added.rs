//! Functions that only patches have.
//!
//! Each patch has a copy of its own, and an earlier one may have handed out pointers to its copy, or run it in a thread.
//! Where such a copy has a slot, later patches lead it to theirs; where it has none, it must not change any more. A copy
//! has another address in each patch, so it must not be a value in two of them.

use std::collections::{BTreeMap, HashSet};

use super::blank::path_of;
use super::visible::{functions_of, is_value};
use super::{File, Part};
use crate::source::Function;
use crate::source::text::name_print;

/// A function that only patches have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// What stands before its body, and the body, as hashes.
    text: (u64, u64),
    /// Whether patches give it a slot.
    has_slot: bool,
    is_value: bool,
}

/// The functions that only patches have, by crate and path.
pub type AddedFunctions = BTreeMap<(usize, String), Added>;

impl File {
    /// The name of the slot that a patch gives to a function which the base does not have; `None` if that is none.
    pub(super) fn new_slot(&self, module: &[String], key: &str) -> Option<String> {
        let function =
            self.source.functions.iter().find(|function| function.module == module && function.key == key)?;
        // A future of another patch's may not be as sendable.
        function.slot.clone().ok().filter(|_| is_new(self, function) && !function.is_async)
    }
}

/// Whether the base has nothing of this function. What it has without a slot is a copy.
fn is_new(file: &File, function: &Function) -> bool {
    let name = (function.module.clone(), function.key.clone());
    file.added.contains(&name) && (function.slot.is_ok() || file.new.contains(&name))
}

/// The functions of a patch that the base does not have.
pub fn added(parts: &[Part]) -> AddedFunctions {
    let files = || parts.iter().flat_map(|part| part.files.iter().map(move |file| (part.place, file)));
    let new = || {
        files().flat_map(|(place, file)| {
            functions_of(file).filter(|function| is_new(file, function)).map(move |function| (place, file, function))
        })
    };
    let names: HashSet<u64> = new().map(|(.., function)| name_print(&function.name)).collect();
    let values: HashSet<u64> =
        names.into_iter().filter(|name| files().any(|(_, file)| is_value(file, *name))).collect();
    let one = |(place, file, function): (usize, &File, &Function)| {
        let module = [&file.module[..], &function.module].concat();
        let added = Added {
            text: (function.outside, function.body),
            has_slot: file.new_slot(&function.module, &function.key).is_some() && function.owner.is_none(),
            is_value: values.contains(&name_print(&function.name)),
        };
        ((place, path_of(&module, &function.key)), added)
    };
    new().map(one).collect()
}

/// Checks the functions of a patch against those of earlier ones.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn check(added: &AddedFunctions, earlier: &AddedFunctions) -> Result<(), String> {
    for (name, now) in added {
        let Some(before) = earlier.get(name) else { continue };
        let key = &name.1;
        if now.is_value || before.is_value {
            return Err(format!("`{key}`, which only patches have, is used as a value, another one in each patch"));
        }
        let is_same = now.text == before.text || now.has_slot && before.has_slot && now.text.0 == before.text.0;
        if !is_same {
            return Err(format!("`{key}`, which only patches have, changed, and calls may be in an earlier patch's"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_patches_have_changes_through_its_slot_or_not_at_all() {
        let one = |text, has_slot, is_value| {
            AddedFunctions::from([((0, "f".to_owned()), Added { text, has_slot, is_value })])
        };
        let is_well = |now, before| check(&now, &before).is_ok();
        assert!(is_well(one((1, 1), false, true), AddedFunctions::new()), "it is the first one");
        assert!(is_well(one((1, 2), true, false), one((1, 1), true, false)));
        assert!(!is_well(one((2, 1), true, false), one((1, 1), true, false)), "another signature");
        assert!(is_well(one((1, 1), false, false), one((1, 1), false, false)));
        assert!(!is_well(one((1, 2), false, false), one((1, 1), false, false)));
        assert!(!is_well(one((1, 1), true, true), one((1, 1), true, false)));
    }
}
