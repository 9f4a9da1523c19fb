//! Whether two descriptions are of one layout: the yes or no that [`Kept`](crate::Kept) asks for at each first look of
//! an image. (The host tells differences in words.)

use std::collections::HashSet;
use std::ptr;

use super::{Describe, Field, Kind, TypeInfo};

/// Whether values may be shared between the two images that describe their types so.
///
/// Types are compared by their names without module paths, by size, alignment and all that they are made of.
pub fn equal(a: Describe, b: Describe) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![(a, b)];
    while let Some((a, b)) = open.pop() {
        let (a, b): (&'static TypeInfo, &'static TypeInfo) = (a(), b());
        if ptr::eq(a, b) || !seen.insert((ptr::from_ref(a), ptr::from_ref(b))) {
            continue;
        }
        if !alike(a, b, &mut open) {
            return false;
        }
    }
    true
}

/// Compares two types without what they are made of, which is put on the list.
fn alike(a: &'static TypeInfo, b: &'static TypeInfo, open: &mut Vec<(Describe, Describe)>) -> bool {
    if (a.size, a.align, a.repr) != (b.size, b.align, b.repr) || !same_name((a.name)(), (b.name)()) {
        return false;
    }
    match (&a.kind, &b.kind) {
        (Kind::Primitive, Kind::Primitive) | (Kind::Opaque, Kind::Opaque) => true,
        // What a `Kept` holds is the handle's own concern.
        (Kind::Kept(_), Kind::Kept(_)) => true,
        (Kind::Over(a), Kind::Over(b)) => {
            open.extend(a.iter().copied().zip(b.iter().copied()));
            a.len() == b.len()
        }
        (Kind::Struct(a), Kind::Struct(b)) => fields(a, b, open),
        (Kind::Enum(a), Kind::Enum(b)) => {
            a.len() == b.len()
                && a.iter().zip(*b).all(|(a, b)| {
                    (a.name, a.discriminant) == (b.name, b.discriminant) && fields(a.fields, b.fields, open)
                })
        }
        _ => false,
    }
}

fn fields(a: &'static [Field], b: &'static [Field], open: &mut Vec<(Describe, Describe)>) -> bool {
    open.extend(a.iter().map(|field| field.ty).zip(b.iter().map(|field| field.ty)));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a.name, a.offset) == (b.name, b.offset))
}

/// Whether two full names differ in module paths at most: a type that moved to another module is the same type. Not so
/// the standard library's: there are two `Weak`s.
pub fn same_name(a: &str, b: &str) -> bool {
    a == b || words(a).eq(words(b))
}

/// The name's identifiers without their paths (but for the standard library's), and the characters between them.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
    let mut rest = name;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match is_word(first) {
            true => rest.find(|character| !is_word(character)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, tail) = rest.split_at(end);
        rest = tail;
        let is_std = ["std::", "core::", "alloc::"].iter().any(|root| word.starts_with(root));
        Some(if is_std { word } else { word.rsplit("::").next().unwrap_or(word) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HotType;

    mod old {
        #[derive(crate::HotType)]
        pub struct Tree {
            pub children: Vec<Tree>,
            pub value: u8,
        }
    }

    mod new {
        #[derive(crate::HotType)]
        pub struct Tree {
            pub children: Vec<Tree>,
            pub value: u8,
        }

        pub mod changed {
            #[derive(crate::HotType)]
            pub struct Tree {
                pub children: Vec<Tree>,
                pub value: i8,
            }
        }
    }

    #[test]
    fn a_recursive_type_equals_its_like_in_another_module() {
        assert!(equal(old::Tree::info, new::Tree::info));
        assert!(equal(Vec::<Option<old::Tree>>::info, Vec::<Option<new::Tree>>::info));
    }

    #[test]
    fn a_change_of_equal_size_deep_inside_is_seen() {
        assert!(!equal(old::Tree::info, new::changed::Tree::info));
        assert!(!equal(<[u8; 4]>::info, u32::info));
        assert!(!equal(<(u8, u16)>::info, <(u16, u8)>::info));
    }

    #[test]
    fn names_are_compared_without_paths() {
        assert!(same_name("a::b::Map<x::K, y::V>", "c::Map<K, z::V>"));
        assert!(!same_name("a::Map<x::K>", "a::Map<x::V>"));
        assert!(!same_name("Map<K>", "Map<K, V>"));
        assert!(same_name("Vec<a::Weak<u8>>", "Vec<b::Weak<u8>>"));
        assert!(!same_name(std::any::type_name::<std::rc::Weak<u8>>(), std::any::type_name::<std::sync::Weak<u8>>()));
    }
}
