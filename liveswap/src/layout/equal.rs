//! Whether two descriptions are of one layout: the yes or no that [`Kept`](crate::Kept) asks for at each first look of
//! an image. (The host tells differences in words.)

use std::collections::HashSet;
use std::ptr;

use super::{Describe, Field, Kind, Method, TypeInfo};

/// Whether values may be shared between the two images that describe their types so.
///
/// Types are compared by name, size, alignment and all that they are made of. A type that is described down to its parts
/// may have moved to another module; of others the path is all there is, so it counts.
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
    if (a.size, a.align, a.repr) != (b.size, b.align, b.repr) || !same_name(a, b) {
        return false;
    }
    match (&a.kind, &b.kind) {
        (Kind::Primitive, Kind::Primitive) => true,
        // Their ids are not compared here: what those mean depends on how the two sides were built, which the host knows.
        (Kind::Opaque(_), Kind::Opaque(_)) => true,
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
        (
            Kind::Trait { methods: a, supertraits: a_traits, supers: a_supers },
            Kind::Trait { methods: b, supertraits: b_traits, supers: b_supers },
        ) => {
            open.extend(a_supers.iter().copied().zip(b_supers.iter().copied()));
            let methods = a.len() == b.len() && a.iter().zip(*b).all(|(a, b)| method(a, b, open));
            methods && a_traits == b_traits && a_supers.len() == b_supers.len()
        }
        _ => false,
    }
}

fn method(a: &'static Method, b: &'static Method, open: &mut Vec<(Describe, Describe)>) -> bool {
    open.extend(a.arguments.iter().copied().zip(b.arguments.iter().copied()));
    open.push((a.output, b.output));
    (a.name, a.signature, a.arguments.len()) == (b.name, b.signature, b.arguments.len())
}

fn fields(a: &'static [Field], b: &'static [Field], open: &mut Vec<(Describe, Describe)>) -> bool {
    open.extend(a.iter().map(|field| field.ty).zip(b.iter().map(|field| field.ty)));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a.name, a.offset) == (b.name, b.offset))
}

fn same_name(a: &TypeInfo, b: &TypeInfo) -> bool {
    let (a_name, b_name) = ((a.name)(), (b.name)());
    if a_name == b_name {
        return true;
    }
    let may_have_moved = match (&a.kind, &b.kind) {
        (Kind::Primitive | Kind::Opaque(_), _) => false,
        // What is in the brackets is compared by itself.
        (Kind::Over(_), _) => head(a_name) == head(b_name),
        _ => true,
    };
    may_have_moved && words(a_name).eq(words(b_name))
}

/// The path of a type without what it is made over.
fn head(name: &str) -> &str {
    name.split(['<', '(', '[', '&', '*']).next().unwrap_or_default()
}

/// The name's identifiers without their paths, and the characters between them.
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
        Some(word.rsplit("::").next().unwrap_or(word))
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
        let same = |a, b| words(a).eq(words(b));
        assert!(same("a::b::Map<x::K, y::V>", "c::Map<K, z::V>"));
        assert!(!same("a::Map<x::K>", "a::Map<x::V>"));
        assert!(!same("Map<K>", "Map<K, V>"));
    }

    #[test]
    fn the_path_counts_where_nothing_else_is_known() {
        assert!(!equal(std::rc::Weak::<u8>::info, std::sync::Weak::<u8>::info));
        mod a {
            pub struct Socket(#[allow(dead_code)] u32);
        }
        mod b {
            pub struct Socket(#[allow(dead_code)] u32);
        }
        assert!(!equal(super::super::opaque::<a::Socket>, super::super::opaque::<b::Socket>));
    }

    #[test]
    #[allow(dead_code)]
    fn a_traits_methods_are_compared() {
        mod old {
            #[crate::hot]
            pub trait Shape {
                fn area(&self, scale: f32) -> f32;
            }
        }
        mod new {
            #[crate::hot]
            pub trait Shape {
                fn area(&self, scale: f32) -> f32;
            }

            pub mod changed {
                #[crate::hot]
                pub trait Shape {
                    fn area(&self, scale: f64) -> f32;
                }
            }
        }
        assert!(equal(<dyn old::Shape>::info, <dyn new::Shape>::info));
        assert!(!equal(<dyn old::Shape>::info, <dyn new::changed::Shape>::info));
    }
}
