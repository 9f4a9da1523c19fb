//! What a `use` line that comes or goes does to calls of methods: it may have brought in a trait.

use std::collections::HashSet;

use super::workspace::Workspace;
use crate::classify::bodies::Changed;
use crate::source::text::name_print;
use crate::source::uses::{Given, UseLeaf};
use crate::source::{SourceFile, std_traits};

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
    source: &SourceFile,
    workspace: &Workspace,
    changed: &mut Changed,
) -> Result<(), String> {
    match effect(leaf, source, workspace) {
        Effect::Members(members) => changed.called.extend(members),
        Effect::Unknown if leaf.is_public => {
            let path = leaf.path.join("::");
            return Err(format!("`pub use {path}` may be a trait, whose methods are not known here"));
        }
        Effect::Unknown => drop(changed.scopes.insert(module)),
    }
    Ok(())
}

fn effect(leaf: &UseLeaf, source: &SourceFile, workspace: &Workspace) -> Effect {
    if leaf.given == Given::All {
        return Effect::Unknown;
    }
    let meant = workspace.meant_by(name_print(leaf.last()));
    let mut members: HashSet<u64> = workspace.members(&meant).collect();
    let first = leaf.path.first().map(|first| name_print(first)).unwrap_or_default();
    let of_std = std_traits::members(leaf.last());
    if leaf.is_of_std() && !workspace.is_own(name_print("std")) {
        return match of_std {
            Some(more) => Effect::Members(members.into_iter().chain(more).collect()),
            None if std_traits::is_no_trait(leaf.last()) => Effect::Members(members),
            None => Effect::Unknown,
        };
    }
    // A path in the crates, or one that begins with another name that a `use` line has brought in.
    let is_own = ["crate", "self", "super"].iter().any(|word| name_print(word) == first)
        || workspace.is_own(first)
        || source
            .items
            .iter()
            .flat_map(|item| &item.leaves)
            .any(|other| other != leaf && matches!(&other.given, Given::Name(name) if name_print(name) == first));
    let is_defined = meant.iter().any(|name| workspace.defines(*name));
    // It may hand on one of the standard library.
    members.extend(of_std.into_iter().flatten());
    match is_own && (is_defined || !members.is_empty()) {
        true => Effect::Members(members),
        // By the custom of all crates, such names are functions, modules and macros.
        false if leaf.last().starts_with(char::is_lowercase) => Effect::Members(members),
        false => Effect::Unknown,
    }
}
