//! Layouts: two descriptions of a type, compared field by field, and the difference in the user's words.

use std::collections::HashSet;

use liveswap::layout::{Describe, Field, Kind, TypeInfo, Variant, same_name};

/// The differences between two types, each a place and a change; empty where they are laid out alike.
pub fn diff(old: Describe, new: Describe) -> Vec<String> {
    Comparison::default().compare(old, new)
}

/// Several comparisons that tell each difference once.
#[derive(Default)]
pub struct Comparison {
    /// Pairs that were compared, or are being compared: descriptions may be recursive. The names are part of the key
    /// since equal functions may share an address.
    seen: HashSet<(usize, usize, &'static str, &'static str)>,
    differences: Vec<String>,
}

impl Comparison {
    /// The differences that were not told before.
    pub fn compare(&mut self, old: Describe, new: Describe) -> Vec<String> {
        self.types(old, new, "");
        std::mem::take(&mut self.differences)
    }

    fn types(&mut self, old: Describe, new: Describe, place: &str) {
        let (a, b) = (old(), new());
        if !self.seen.insert((old as usize, new as usize, (a.name)(), (b.name)())) {
            return;
        }
        let (a_name, b_name) = (short(a), short(b));
        // A pointer or a container is passed through: what changed is what it holds.
        let place = match (&a.kind, place) {
            (Kind::Over(_), place) => place.to_owned(),
            (_, "") => a_name.clone(),
            (Kind::Primitive, place) => place.to_owned(),
            (_, place) => format!("{place} > {a_name}"),
        };
        if !same_name((a.name)(), (b.name)()) {
            // Two types of the standard library may have one name.
            let (a_name, b_name) =
                if a_name == b_name { ((a.name)().into(), (b.name)().into()) } else { (a_name, b_name) };
            return self.tell(
                &place_or(&place, &a_name, |place| place.trim_end_matches(&a_name)),
                format!("type `{a_name}` -> `{b_name}`"),
            );
        }
        if (a.size, a.align) != (b.size, b.align) && !matches!(a.kind, Kind::Over(_)) {
            let align = if a.align == b.align { String::new() } else { format!(", align {} -> {}", a.align, b.align) };
            self.tell(&place, format!("size {} -> {}{align}", a.size, b.size));
        }
        if a.repr != b.repr {
            let repr = |repr: &str| if repr.is_empty() { "none".to_owned() } else { format!("`{repr}`") };
            self.tell(&place, format!("repr {} -> {}", repr(a.repr), repr(b.repr)));
        }
        match (&a.kind, &b.kind) {
            (Kind::Struct(old), Kind::Struct(new)) => self.fields(old, new, &place),
            (Kind::Enum(old), Kind::Enum(new)) => self.variants(old, new, &place),
            (Kind::Over(old), Kind::Over(new)) => {
                for (old, new) in old.iter().zip(*new) {
                    self.types(*old, *new, &place);
                }
                // Where nothing inside differs, and yet the size does: another version of the type itself.
                if a.size != b.size && self.differences.is_empty() {
                    self.tell(&a_name, format!("size {} -> {}", a.size, b.size));
                }
            }
            (Kind::Primitive, Kind::Primitive) | (Kind::Opaque, Kind::Opaque) => {}
            _ => self.tell(&place, "is another kind of type now".into()),
        }
    }

    fn fields(&mut self, old: &'static [Field], new: &'static [Field], place: &str) {
        for field in new {
            let at = field.offset.map_or_else(String::new, |offset| format!(" at offset {offset}"));
            let Some(before) = old.iter().find(|before| before.name == field.name) else {
                self.tell(place, format!("field `{}: {}` added{at}", field.name, short((field.ty)())));
                continue;
            };
            let (a, b) = (short((before.ty)()), short((field.ty)()));
            if a != b {
                self.tell(place, format!("field `{}`: type `{a}` -> `{b}`", field.name));
                continue;
            }
            if let (Some(from), Some(to)) = (before.offset, field.offset)
                && from != to
            {
                self.tell(place, format!("`{}` moved {from} -> {to}", field.name));
            }
            self.types(before.ty, field.ty, &format!("{place}.{}", field.name));
        }
        for field in old.iter().filter(|field| !new.iter().any(|after| after.name == field.name)) {
            self.tell(place, format!("field `{}: {}` removed", field.name, short((field.ty)())));
        }
        // Within a variant no offsets are known; the order stands for them.
        let common = |fields: &'static [Field], others: &'static [Field]| -> Vec<&str> {
            let names = fields.iter().map(|field| field.name);
            names.filter(|name| others.iter().any(|other| other.name == *name)).collect()
        };
        let unknown_offsets = old.iter().chain(new).any(|field| field.offset.is_none());
        if unknown_offsets && common(old, new) != common(new, old) {
            self.tell(place, "fields are in another order".into());
        }
    }

    fn variants(&mut self, old: &'static [Variant], new: &'static [Variant], place: &str) {
        for (position, variant) in new.iter().enumerate() {
            let Some(before) = old.iter().position(|before| before.name == variant.name) else {
                self.tell(place, format!("variant `{}` added", variant.name));
                continue;
            };
            if before != position {
                self.tell(place, format!("variant `{}` moved {before} -> {position}", variant.name));
            }
            let before = &old[before];
            if before.discriminant != variant.discriminant {
                let (a, b) = (or_none(before.discriminant), or_none(variant.discriminant));
                self.tell(place, format!("variant `{}`: discriminant {a} -> {b}", variant.name));
            }
            self.fields(before.fields, variant.fields, &format!("{place}::{}", variant.name));
        }
        for variant in old.iter().filter(|variant| !new.iter().any(|after| after.name == variant.name)) {
            self.tell(place, format!("variant `{}` removed", variant.name));
        }
    }

    fn tell(&mut self, place: &str, change: String) {
        self.differences.push(if place.is_empty() { change } else { format!("{place}: {change}") });
    }
}

fn or_none(discriminant: &str) -> &str {
    if discriminant.is_empty() { "none" } else { discriminant }
}

/// The place of a type that was exchanged for another: without the old type's own name.
fn place_or(place: &str, name: &str, cut: impl Fn(&str) -> &str) -> String {
    if place == name { String::new() } else { cut(place).trim_end_matches(" > ").to_owned() }
}

/// A type's name without the paths of its parts: `Vec<logic::Vec2>` as `Vec<Vec2>`.
pub(crate) fn short(info: &TypeInfo) -> String {
    let full = (info.name)();
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

#[cfg(test)]
mod tests {
    use liveswap::HotType;

    use super::*;

    /// Two versions of the same types, in modules of the same last segment.
    macro_rules! versions {
        ({ $($old:tt)* } { $($new:tt)* }) => {
            #[allow(dead_code)]
            mod old { use liveswap::HotType; $($old)* }
            #[allow(dead_code)]
            mod new { use liveswap::HotType; $($new)* }
        };
    }

    #[test]
    fn equal_types_have_no_difference() {
        assert_eq!(diff(<Vec<Option<String>>>::info, <Vec<Option<String>>>::info), Vec::<String>::new());
    }

    #[test]
    fn an_added_field_is_named_with_its_place() {
        versions!(
            { #[derive(HotType)] #[repr(C)] pub struct Game { pub hp: u64, pub flag: u32 } }
            { #[derive(HotType)] #[repr(C)] pub struct Game { pub hp: u64, pub speed: f32, pub flag: u32 } }
        );
        assert_eq!(
            diff(old::Game::info, new::Game::info),
            ["Game: field `speed: f32` added at offset 8", "Game: `flag` moved 8 -> 12"]
        );
    }

    #[test]
    fn a_change_of_equal_size_deep_inside_is_seen() {
        versions!(
            { #[derive(HotType)] pub struct Vec2 { pub x: u32 }
              #[derive(HotType)] pub struct Game { pub all: Vec<Option<Box<Vec2>>> } }
            { #[derive(HotType)] pub struct Vec2 { pub x: f32 }
              #[derive(HotType)] pub struct Game { pub all: Vec<Option<Box<Vec2>>> } }
        );
        assert_eq!(diff(old::Game::info, new::Game::info), ["Game.all > Vec2: field `x`: type `u32` -> `f32`"]);
    }

    #[test]
    fn types_of_one_name_in_the_standard_library_are_told_apart() {
        assert_eq!(
            diff(std::rc::Weak::<u8>::info, std::sync::Weak::<u8>::info),
            ["type `alloc::rc::Weak<u8>` -> `alloc::sync::Weak<u8>`"]
        );
    }

    #[test]
    fn enums_show_variants_and_their_fields() {
        versions!(
            { #[derive(HotType)] pub enum Ev { Tick(f32), Named { name: String, id: u8 } }
              #[derive(HotType)] pub struct Game { pub ev: Ev } }
            { #[derive(HotType)] pub enum Ev { Tick(f64), Quit, Named { id: u8, name: String } }
              #[derive(HotType)] pub struct Game { pub ev: Ev } }
        );
        assert_eq!(
            diff(old::Game::info, new::Game::info),
            [
                "Game.ev > Ev::Tick: field `0`: type `f32` -> `f64`",
                "Game.ev > Ev: variant `Quit` added",
                "Game.ev > Ev: variant `Named` moved 1 -> 2",
                "Game.ev > Ev::Named: fields are in another order",
            ]
        );
    }

    #[test]
    fn removed_and_renamed_fields_are_named() {
        versions!(
            { #[derive(HotType)] pub struct Game { pub hp: u32 } }
            { #[derive(HotType)] pub struct Game { pub health: u32 } }
        );
        assert_eq!(
            diff(old::Game::info, new::Game::info),
            ["Game: field `health: u32` added at offset 0", "Game: field `hp: u32` removed"]
        );
    }

    #[test]
    fn a_recursive_type_ends() {
        versions!(
            { #[derive(HotType)] pub struct Tree { pub children: Vec<Tree>, pub value: u8 } }
            { #[derive(HotType)] pub struct Tree { pub children: Vec<Tree>, pub value: i8 } }
        );
        assert_eq!(diff(old::Tree::info, new::Tree::info), ["Tree: field `value`: type `u8` -> `i8`"]);
    }
}
