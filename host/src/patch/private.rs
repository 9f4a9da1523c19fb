//! Whether the functions of a patch mean the same outside of their crate: what stays private in the base is not seen
//! there, and another thing of its name may be found instead.

use std::path::Path;

use super::File;
use crate::shadow::kept::{Kept, Part};

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
