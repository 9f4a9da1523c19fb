//! Whether the functions of a patch mean the same outside of their crate: what stays private in the base is not seen
//! there, and another thing of its name may be found instead.

use std::collections::HashSet;
use std::path::Path;

use super::File;
use crate::shadow::kept::{Kept, Part};
use crate::source::privacy::{Private, What};

/// Leaves out of a patch's files what would hand on things that the base does not show: `use` lines that stay private by
/// `now`, which is of the sources of the patch. Those that may have a trait stay, for without it another method could be
/// meant. `kept` is what stayed private in the base; `directory` is where rustc runs.
pub fn leave_out(files: &mut [File], directory: &Path, kept: &Kept, now: &Kept) {
    let hidden: HashSet<u64> = kept.items().chain(now.items()).collect();
    for file in files {
        file.hidden.clone_from(&hidden);
        let kept = now;
        let kept = kept.in_file(&directory.join(&file.path));
        let has_no_trait = |names: &str| !names.split(", ").any(|name| name.starts_with(|c: char| !c.is_lowercase()));
        let is_left_out = |private: &&Private| {
            let names = private.name.strip_prefix("use ").filter(|_| matches!(private.what, What::Use(_, false)));
            kept.contains(&private.at.start) && names.is_some_and(has_no_trait)
        };
        let privates = file.source.privacy.privates.iter();
        file.left_out = privates.filter(is_left_out).map(|private| private.at.start).collect();
    }
}

/// Checks the files of a patch of the crate with this root. `kept` is what stayed private in the base, `now` what would
/// have to by the sources of the patch.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn check(files: &[File], root: &Path, kept: &Kept, now: &Kept) -> Result<(), String> {
    let mut parts = Vec::new();
    for file in files {
        let functions = file.source.functions.iter().map(|function| (&function.module, &function.key, &function.at));
        let items = file.source.items.iter().map(|item| (&item.module, &item.key, &item.at));
        let wanted = functions.filter(|(module, key, _)| file.functions.contains(&((*module).clone(), (*key).clone())));
        let others = items.filter(|(module, key, _)| file.items.contains(&((*module).clone(), (*key).clone())));
        parts.extend(wanted.chain(others).map(|(module, _, at)| Part {
            module: [&file.module[..], module].concat(),
            lexemes: file.source.lexemes.within(at.clone()),
        }));
    }
    kept.obstacle(now, root, &parts).map_or(Ok(()), Err)
}
