//! Names: what an old and a new description have in common, and what to say where that is not enough.

use liveswap::state::{StateField, StateInfo};

use crate::verify::identity::Identities;
use crate::verify::layout::{diff, short};

/// A field's or a variant's name, and those that it had.
pub(super) type Names = (&'static str, &'static [&'static str]);

/// For each of the new ones which of the old ones it was. No old one is given twice.
///
/// A rename that this edit makes comes first, since another field may have taken the name that it leaves; then equal
/// names; then the other renames.
pub(super) fn matches(old: &[Names], new: &[Names]) -> Vec<Option<usize>> {
    let mut found = renames(old, new);
    let same = |(old, _): &Names, (new, _): &Names| old == new;
    let renamed = |(old, old_was): &Names, (new, new_was): &Names| new_was.contains(old) || old_was.contains(new);
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

/// The renames that lie between the two versions, for each of the new ones.
///
/// The attributes stay in the text after the edit that they were written for, and are taken out again at some time. So a
/// rename counts only if the other version does not have it already, and if it leaves no value without a heir: a name
/// that is in both versions must have gone to another field by a rename as well.
fn renames(old: &[Names], new: &[Names]) -> Vec<Option<usize>> {
    let mut found = vec![None; new.len()];
    for (place, (name, was)) in new.iter().enumerate() {
        let is_made_already = |source: &str| old.iter().any(|(there, was)| there == name && was.contains(&source));
        let source = was.iter().filter(|source| !is_made_already(source)).find_map(|source| position(old, source));
        found[place] = source.filter(|source| !found.contains(&Some(*source)));
    }
    // What is dropped may have been what gave another its place. Fields that exchange their names keep each other's.
    while let Some(place) = (0..new.len()).find(|place| {
        found[*place].is_some() && position(old, new[*place].0).is_some_and(|own| !found.contains(&Some(own)))
    }) {
        found[place] = None;
    }
    // The way back to older code, which does not have the attributes. Two fields that exchange their names are not
    // among these: in most cases the attributes were only taken out.
    loop {
        let before = found.clone();
        for (source, (name, was)) in old.iter().enumerate() {
            let Some(place) = was.iter().find_map(|target| position(new, target)) else { continue };
            let (target, _) = new[place];
            let is_made_already = new.iter().any(|(there, was)| there == name && was.contains(&target));
            let has_left = position(new, name).is_none_or(|own| found[own].is_some());
            if found[place].is_none() && !found.contains(&Some(source)) && !is_made_already && has_left {
                found[place] = Some(source);
            }
        }
        if before == found {
            return found;
        }
    }
}

fn position(names: &[Names], name: &str) -> Option<usize> {
    names.iter().position(|(there, _)| *there == name)
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

/// The path of the module that a type is in.
pub(super) fn module(state: &StateInfo) -> &'static str {
    let name = ((state.layout)().name)();
    let path = name.split('<').next().unwrap_or_default();
    path.rsplit_once("::").map_or("", |(module, _)| module)
}

/// A type's name without its arguments; tuples have all the same.
fn base(name: &str) -> &str {
    name.split(['<', '(']).next().unwrap_or_default()
}

/// A type's name without paths.
pub(super) fn name(state: &StateInfo) -> String {
    short((state.layout)())
}

#[cfg(test)]
mod tests {
    use super::{Names, matches};

    /// What each of the new ones was, by name; `-` if it is new.
    fn heirs(old: &[Names], new: &[Names]) -> String {
        let found = matches(old, new);
        let heirs =
            new.iter().zip(found).map(|((name, _), from)| format!("{name}<{}", from.map_or("-", |at| old[at].0)));
        heirs.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_rename_counts_also_if_another_field_takes_the_name() {
        let (before, after): (&[Names], &[Names]) =
            (&[("n", &[]), ("c", &[])], &[("n", &[]), ("c2", &["c"]), ("c", &[])]);
        assert_eq!(heirs(before, after), "n<n c2<c c<-");
        assert_eq!(heirs(after, before), "n<n c<c2", "and on the way back");
        assert_eq!(heirs(after, after), "n<n c2<c2 c<c", "it is made once");
        let later: &[Names] = &[("c", &[]), ("c2", &["c"]), ("new", &[])];
        assert_eq!(heirs(after, later), "c<c c2<c2 new<-", "also if more changes");
    }

    #[test]
    fn taking_an_attribute_out_moves_nothing() {
        let with: &[Names] = &[("c2", &["c"]), ("c", &[])];
        let without: &[Names] = &[("c2", &[]), ("c", &[])];
        assert_eq!(heirs(with, without), "c2<c2 c<c");
        assert_eq!(heirs(without, with), "c2<c2 c<c", "nor does undoing that");
        let exchanged: &[Names] = &[("a", &["b"]), ("b", &["a"])];
        assert_eq!(heirs(exchanged, &[("a", &[]), ("b", &[])]), "a<a b<b");
    }

    #[test]
    fn names_go_round_and_along() {
        let plain: &[Names] = &[("a", &[]), ("b", &[])];
        let exchanged: &[Names] = &[("a", &["b"]), ("b", &["a"])];
        assert_eq!(heirs(plain, exchanged), "a<b b<a");
        assert_eq!(heirs(exchanged, exchanged), "a<a b<b");
        let along: &[Names] = &[("a", &[]), ("b", &["a"]), ("c", &["b"])];
        assert_eq!(heirs(plain, along), "a<- b<a c<b");
        assert_eq!(heirs(along, plain), "a<b b<c");
        assert_eq!(heirs(along, &[("a", &[]), ("b", &[]), ("c", &[])]), "a<a b<b c<c");
    }

    #[test]
    fn a_field_that_was_there_keeps_its_value() {
        let old: &[Names] = &[("a", &[]), ("c", &[])];
        assert_eq!(heirs(old, &[("a", &["c"]), ("c", &[])]), "a<a c<c");
        assert_eq!(heirs(old, &[("a", &["c"])]), "a<a");
        assert_eq!(heirs(&[("b", &[])], &[("x", &["b"]), ("y", &["b"])]), "x<b y<-");
    }
}
