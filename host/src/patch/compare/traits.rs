//! What a `use` line that comes or goes does to calls of methods: it may have brought in a trait.

use std::collections::HashSet;

use super::Files;
use super::workspace::Workspace;
use crate::classify::bodies::Changed;
use crate::source::std_traits;
use crate::source::text::name_print;
use crate::source::uses::{Given, UseLeaf};

/// What a name may bring in beside itself.
enum Effect {
    /// Methods of these names; none where it is no trait.
    Members(HashSet<u64>),
    /// A trait that nobody here can read.
    Unknown,
}

/// Takes into `changed` what `leaf`, which stands in `module`, may do to calls of methods.
///
/// # Errors
///
/// For people: other crates may see a trait whose members are not known.
pub(super) fn add(
    leaf: &UseLeaf,
    module: Vec<String>,
    files: &Files,
    workspace: &Workspace,
    changed: &mut Changed,
) -> Result<(), String> {
    match effect(leaf, files, workspace) {
        Effect::Members(members) => changed.called.extend(members),
        Effect::Unknown if leaf.is_public => {
            let path = leaf.path.join("::");
            return Err(format!("`pub use {path}` may be a trait, whose methods are not known here"));
        }
        Effect::Unknown => drop(changed.scopes.insert(module)),
    }
    Ok(())
}

fn effect(leaf: &UseLeaf, files: &Files, workspace: &Workspace) -> Effect {
    if leaf.given == Given::All {
        return Effect::Unknown;
    }
    let meant = workspace.meant_by(name_print(leaf.last()));
    // The crates may hand on traits of the standard library.
    let members: HashSet<u64> = workspace.members(&meant).chain(std_traits::members_of(&meant)).collect();
    let first = leaf.path.first().map(|first| name_print(first)).unwrap_or_default();
    let is_own = workspace.begins_path(files, first);
    if leaf.is_of_std() && !is_own {
        let is_known = std_traits::members(leaf.last()).is_some() || std_traits::is_no_trait(leaf.last());
        return if is_known { Effect::Members(members) } else { Effect::Unknown };
    }
    let is_defined = !members.is_empty() || meant.iter().any(|name| workspace.defines(*name));
    // By the custom of all crates, names with small letters are functions, modules and macros.
    let is_known = is_own && is_defined || leaf.last().starts_with(char::is_lowercase);
    if is_known && !workspace.has_external(&meant) { Effect::Members(members) } else { Effect::Unknown }
}
