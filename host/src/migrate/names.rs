//! Names: what an old and a new description have in common, and what to say where that is not enough.

use liveswap::state::{StateField, StateInfo};

use crate::verify::identity::Identities;
use crate::verify::layout::{diff, short};

/// A field's or a variant's name, and those that it had.
pub(super) type Names = (&'static str, &'static [&'static str]);

/// For each of the new ones which of the old ones it was: the one of its name; or one that it was renamed from; or, on
/// the way back to older code, one that was renamed from it. No old one is given twice.
pub(super) fn matches(old: &[Names], new: &[Names]) -> Vec<Option<usize>> {
    let mut found = vec![None; new.len()];
    let same = |(old, _): &Names, (new, _): &Names| old == new;
    let renamed = |(old, old_was): &Names, (new, new_was): &Names| new_was.contains(old) || old_was.contains(new);
    // Names first, since a name that was left may have been given anew.
    for is_same in [&same as &dyn Fn(&Names, &Names) -> bool, &renamed] {
        for place in 0..new.len() {
            if found[place].is_none() {
                let fits = |source: &usize| !found.contains(&Some(*source)) && is_same(&old[*source], &new[place]);
                found[place] = (0..old.len()).find(fits);
            }
        }
    }
    found
}

/// The names of fields.
pub(super) fn field_names(fields: &'static [StateField]) -> Vec<Names> {
    fields.iter().map(|field| (field.name, field.was)).collect()
}

/// Why one can't become the other, where their names don't say it.
pub(super) fn why(old: &StateInfo, new: &StateInfo) -> String {
    if name(old) != name(new) {
        return String::new();
    }
    format!(" ({})", diff(old.layout, new.layout, &Identities::default()).join("; "))
}

/// Whether both are the same type by name, or by one that one of them had.
pub(super) fn same_type(old: &StateInfo, new: &StateInfo, old_was: &[&str], new_was: &[&str]) -> bool {
    let (old, new) = (name(old), name(new));
    base(&old) == base(&new) || new_was.contains(&base(&old)) || old_was.contains(&base(&new))
}

/// Whether both are the same kind of counted reference.
pub(super) fn same_reference(old: &StateInfo, new: &StateInfo) -> bool {
    // With their paths: there are two `Weak`s.
    base(((old.layout)().name)()) == base(((new.layout)().name)())
}

/// A type's name without its arguments; tuples have all the same.
fn base(name: &str) -> &str {
    name.split(['<', '(']).next().unwrap_or_default()
}

/// A type's name without paths.
pub(super) fn name(state: &StateInfo) -> String {
    short((state.layout)())
}
