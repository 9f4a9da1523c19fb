//! What a world of crates reaches, and what is said of an edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definitions::read;
use super::roots::Crossing;
use super::world::{CrateDefinitions, CrateLinks, World};

fn crate_of(text: &str) -> CrateDefinitions {
    let files = text.split("// ---\n").map(|file| Arc::new(read(file.as_bytes()).expect("a file")));
    CrateDefinitions::new(files.collect())
}

/// The library `logic`, which depends on the crate `ecs` from elsewhere.
fn world(text: &str) -> World {
    let links = |name: &str, dependencies: &[(&str, usize)]| CrateLinks {
        name: name.into(),
        dependencies: dependencies.iter().map(|(name, of)| ((*name).to_owned(), *of)).collect(),
    };
    let crates = vec![links("logic", &[("ecs", 1), ("web", 2)]), links("ecs", &[]), links("web", &[("ecs", 1)])];
    World::new(crates, BTreeMap::from([(0, crate_of(text))]))
}

const ECS: &str = "
    pub struct World { archetypes: Vec<Archetype> }
    struct Archetype { types: Vec<TypeInfo> }
    struct TypeInfo { id: std::any::TypeId }
    pub struct Entity(u64);
    pub trait Component { fn of(&self) -> std::any::TypeId; }
    pub struct Handle<T: Component>(T);
";
const WEB: &str = "
    mod extract { pub struct State<S>(pub S); }
    pub use extract::State;
    // ---
    pub use ecs::World as Registry;
    pub struct Extensions { map: std::collections::HashMap<std::any::TypeId, Box<dyn AnyClone>> }
    trait AnyClone: std::any::Any {}
    // ---
    pub struct Request { extensions: Extensions, port: u16 }
";

/// What is said of an edit, where `full_name` crosses unseen.
fn said(before: &str, after: &str, full_name: &str) -> Vec<String> {
    let foreign = |links: &CrateLinks| match links.name.as_str() {
        "ecs" => Some(Arc::new(crate_of(ECS))),
        "web" => Some(Arc::new(crate_of(WEB))),
        _ => None,
    };
    let crossing = Crossing::new(full_name, vec!["Game".into()]);
    super::changes(&world(before), &world(after), &[crossing], &foreign)
}

/// The same for an edit that replaces `from`.
fn edited(text: &str, from: &str, to: &str, full_name: &str) -> Vec<String> {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    said(text, &text.replace(from, to), full_name)
}

const APP: &str = "
    use std::collections::HashMap;
    /// The state.
    pub struct AppState { items: Mutex<HashMap<u64, Item>>, shapes: Vec<Box<dyn Shape>>, on: Box<dyn Fn(&Event) -> bool> }
    pub struct Item { price: f32, tags: Tags, sides: [u8; SIDES] }
    type Tags = Vec<Tag>;
    pub enum Tag { Red, Named(String) }
    pub trait Shape { fn area(&self) -> f32; fn name(&self) -> String { String::new() } }
    pub struct Circle { radius: f32 }
    impl Shape for Circle { fn area(&self) -> f32 { self.radius } }
    pub struct Event(u8);
    const SIDES: usize = 4;
    pub struct Unrelated { number: u8 }
    #[cfg(test)]
    mod tests { struct Item { other: u8 } }
";
const STATE: &str = "web::extract::State<alloc::sync::Arc<logic::AppState>>";

#[test]
fn a_change_behind_an_opaque_state_is_named() {
    let found = edited(APP, "HashMap<u64, Item>>", "HashMap<u64, Box<Item>>>", STATE);
    assert_eq!(
        found,
        [
            "AppState: field `items`: `Mutex<HashMap<u64, Item>>` -> `Mutex<HashMap<u64, Box<Item>>>` (behind opaque `State<Arc<AppState>>`)"
        ]
    );
    let found = edited(APP, "price: f32", "price: i32", STATE);
    assert_eq!(
        found,
        ["Item: field `price`: `f32` -> `i32` (behind opaque `State<Arc<AppState>>`, through `AppState`)"]
    );
}

#[test]
fn aliases_constants_traits_and_closures_are_followed() {
    for (from, to, name) in [
        ("Vec<Tag>;", "Box<[Tag]>;", "Tags: meaning: `Vec<Tag>` -> `Box<[Tag]>`"),
        ("Red, Named", "Named(u8), Red, Other", "Tag: "),
        ("SIDES: usize = 4", "SIDES: usize = 8", "SIDES: value: `4` -> `8`"),
        (
            "fn area(&self) -> f32; fn name",
            "fn name2(&self); fn area(&self) -> f32; fn name",
            "Shape: method `name2` added",
        ),
        ("Event(u8)", "Event(u16)", "Event: field `0`: `u8` -> `u16`"),
    ] {
        let found = edited(APP, from, to, STATE);
        assert!(found.len() == 1 && found[0].starts_with(name), "{name}: {found:?}");
    }
    let reordered = APP.replace(
        "fn area(&self) -> f32; fn name(&self) -> String { String::new() }",
        "fn name(&self) -> String { String::new() } fn area(&self) -> f32;",
    );
    let found = said(APP, &reordered, STATE);
    assert!(found[0].starts_with("Shape: its parts are in another order"), "{found:?}");
}

#[test]
fn what_is_not_reached_may_change() {
    for (from, to) in [
        ("number: u8", "number: u16"),
        ("radius: f32", "radius: f64"),
        ("String::new() }", "String::from(\"a\") }"),
        ("pub struct Item {", "#[derive(Debug)] #[allow(dead_code)] struct Item {"),
        ("/// The state.", "/// The state of all."),
        ("other: u8", "other: u16"),
        ("pub struct Event", "pub struct New(u8); pub struct Event"),
    ] {
        assert_eq!(edited(APP, from, to, STATE), Vec::<String>::new(), "{from} -> {to}");
    }
}

#[test]
fn imports_of_another_thing_are_seen() {
    let text = "
        use crate::a::Thing as Item;
        struct AppState(Item);
        // ---
        pub struct Thing(u8);
        // ---
        pub struct Other(u32);
    ";
    let found = edited(text, "a::Thing", "b::Other", "logic::AppState");
    assert!(found.len() == 1 && found[0].contains("meant there"), "{found:?}");
    assert_eq!(edited(text, "Other(u32)", "Other(u16)", "logic::AppState"), Vec::<String>::new());
    assert_eq!(edited(text, "Thing(u8)", "Thing(u16)", "logic::AppState").len(), 1);
}

#[test]
fn associated_types_decide_what_generics_hold() {
    let text = "
        struct AppState<T: Carrier>(T::Load);
        trait Carrier { type Load; }
        struct Truck;
        impl Carrier for Truck { type Load = u32; }
    ";
    let found = edited(text, "Load = u32", "Load = f32", "logic::AppState<logic::Truck>");
    assert!(found[0].contains("`u32` -> `f32`"), "{found:?}");
}

const WORLD: &str = "
    use ecs::World;
    struct Game { world: World, score: u32 }
    struct Position { x: f32 }
    struct Position2 { x: f32 }
    #[derive(Debug, Error)]
    enum Failure { One(u8) }
";

#[test]
fn a_container_of_anything_refuses_each_changed_type_but_what_holds_it() {
    let erased = |from, to| edited(WORLD, from, to, "ecs::World");
    let found = erased("Position { x: f32", "Position { x: i32");
    assert_eq!(
        found,
        [
            "Position: field `x`: `f32` -> `i32` (`TypeInfo` may hold a `Position`: which types are in it, nothing shows, behind opaque `World`, through `World` > `Archetype`)"
        ]
    );
    assert_eq!(erased("score: u32", "score: u64"), Vec::<String>::new(), "the state itself is moved");
    assert_eq!(erased("struct Position2", "struct New { x: u8 } struct Position2"), Vec::<String>::new());
    assert_eq!(erased("struct Position2 { x: f32 }", "").len(), 0, "nobody looks for it any more");
}

#[test]
fn any_errors_and_re_exports_are_containers_too() {
    let any = |full_name| !edited(WORLD, "Position { x: f32", "Position { x: i32", full_name).is_empty();
    assert!(any("dyn core::any::Any"));
    assert!(any("web::Request"), "its extensions");
    assert!(any("web::Registry"));
    assert!(any("elsewhere::Unknown"));
    assert!(!any("std::net::TcpStream"));
    assert!(!any("ecs::Entity"));
    assert!(!any("ecs::Handle<u8>"), "what a trait's methods give is not stored");
    assert!(!any("alloc::boxed::Box<dyn core::error::Error>"));
    let failure = edited(WORLD, "One(u8)", "One(u16)", "alloc::boxed::Box<dyn core::error::Error>");
    assert!(failure.len() == 1 && failure[0].starts_with("Failure: variant `One`"), "{failure:?}");
}
