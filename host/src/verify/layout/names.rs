//! Names of types: which may stand for the same type, and how they are shown.
//!
//! A type that is described down to its fields may have moved to another module: what was `a::Vec2` and is `b::Vec2`
//! with the same fields is laid out alike, and is taken for the same. Where the inside is not described the path is all
//! there is, so it counts: `std::net::TcpStream` is not another crate's `TcpStream` of the same size.

use liveswap::layout::{Kind, TypeInfo};

/// Two types' names where they show that these are not the same; paths are left out where the names differ without.
pub(super) fn difference(old: &TypeInfo, new: &TypeInfo) -> Option<(String, String)> {
    let (old_name, new_name) = ((old.name)(), (new.name)());
    if old_name == new_name {
        return None;
    }
    let (old_short, new_short) = (short(old_name), short(new_name));
    if old_short != new_short {
        return Some((old_short, new_short));
    }
    let may_be_the_same = match (&old.kind, &new.kind) {
        (Kind::Struct(_), Kind::Struct(_)) | (Kind::Enum(_), Kind::Enum(_)) => true,
        (Kind::Trait { .. }, Kind::Trait { .. }) => true,
        // What is in the brackets is compared by itself.
        (Kind::Over(_), Kind::Over(_)) => head(old_name) == head(new_name),
        _ => false,
    };
    (!may_be_the_same).then(|| (old_name.to_owned(), new_name.to_owned()))
}

/// The name for a place: short, but in full where the type has moved.
pub(super) fn shown(old: &TypeInfo, new: &TypeInfo) -> String {
    let (old_name, new_name) = ((old.name)(), (new.name)());
    if head(old_name) != head(new_name) {
        return format!("{new_name} (was {old_name})");
    }
    let name = short(old_name);
    match old.kind {
        // `dyn Shape + Send`: the trait.
        Kind::Trait { .. } => name.trim_start_matches("dyn ").split(" + ").next().unwrap_or_default().to_owned(),
        _ => name,
    }
}

/// A type's name without the paths of its parts: `Vec<logic::Vec2>` as `Vec<Vec2>`.
pub(super) fn short(full: &str) -> String {
    let mut text = String::with_capacity(full.len());
    let mut word = String::new();
    for character in full.chars() {
        if character.is_alphanumeric() || character == '_' || character == ':' {
            word.push(character);
        } else {
            text.push_str(last_segment(&word));
            word.clear();
            text.push(character);
        }
    }
    text.push_str(last_segment(&word));
    text.replace("<'_>", "").replace("'_, ", "")
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The path of a type without what it is made over: `alloc::vec::Vec` of `alloc::vec::Vec<logic::Vec2>`, nothing of
/// `&logic::Vec2`.
fn head(full: &str) -> &str {
    full.split(['<', '(', '[', '&', '*']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_unnamed_lifetimes_are_left_out() {
        assert_eq!(short("alloc::vec::Vec<(logic::Vec2, &[u8; 3])>"), "Vec<(Vec2, &[u8; 3])>");
        assert_eq!(short("logic::Tree<'_, logic::Leaf<'_>>"), "Tree<Leaf>");
        assert_eq!(short("dyn core::ops::function::Fn(logic::a::Vec2) -> u8"), "dyn Fn(Vec2) -> u8");
    }

    #[test]
    fn the_head_is_the_path_alone() {
        assert_eq!(head("alloc::vec::Vec<logic::Vec2>"), "alloc::vec::Vec");
        assert_eq!(head("&logic::Vec2"), "");
        assert_eq!(head("fn(logic::Vec2)"), "fn");
    }
}
