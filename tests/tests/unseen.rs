//! Types behind `#[hot(opaque)]`: an edit of one that lies there is refused by its name, whatever the path and the id of
//! the opaque type say.

#![cfg(unix)]

use liveswap_tests::{Project, Run};

const LIB: &str = "src/lib.rs";

const SHOP: &str = r#"//! A shop behind an opaque handle.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use liveswap::{App, Flow, HotState, HotType, Tick};

type Shelf = HashMap<u64, Item>;

pub struct Item {
    price: f32,
}

pub struct Shop {
    shelf: Mutex<Shelf>,
    shape: Box<dyn Shape + Send + Sync>,
}

trait Shape {
    fn area(&self) -> f32;
}

struct Square(f32);

impl Shape for Square {
    fn area(&self) -> f32 {
        self.0 * self.0
    }
}

struct Unrelated(u8);

struct Position {
    x: f32,
}

#[derive(HotType, HotState)]
pub struct Game {
    #[hot(opaque)]
    shop: Arc<Shop>,
}

fn values() -> HashMap<u64, Box<dyn Any>> {
    HashMap::from([(1, Box::new(Position { x: 1.5 }) as Box<dyn Any>)])
}

impl App for Game {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        let shelf = Mutex::new(HashMap::from([(7, Item { price: 2.5 })]));
        Game { shop: Arc::new(Shop { shelf, shape: Box::new(Square(2.0)) }) }
    }

    fn tick(&mut self, tick: Tick) -> Flow {
        let price = self.shop.shelf.lock().unwrap()[&7].price;
        println!("price {price} area {} {} in {}", self.shop.shape.area(), Unrelated(1).0, tick.generation);
        Flow::Continue
    }
}

liveswap::hot_lib!(app = Game);
"#;

fn assert_refused(run: &mut Run, says: &[&str]) {
    let reason = run.refused("verify");
    for text in says {
        assert!(reason.contains(text), "{text:?} in {reason}");
    }
}

#[test]
fn a_changed_type_behind_an_opaque_one_is_refused_and_others_are_not() {
    let project = Project::new("counter");
    project.write(LIB, SHOP);
    let mut run = project.run();
    run.started();
    run.line("price 2.5 area 4 1 in 1");

    // Of another shape in memory, behind an alias and a lock.
    project.edit(LIB, "HashMap<u64, Item>;", "HashMap<u64, Box<Item>>;");
    project.edit(LIB, "Item { price: 2.5 }", "Box::new(Item { price: 2.5 })");
    assert_refused(
        &mut run,
        &[
            "Shelf: meaning: `HashMap<u64, Item>` -> `HashMap<u64, Box<Item>>` (behind opaque `Arc<Shop>`, through `Shop`)",
            "undo that, or restart to take it up",
        ],
    );
    run.line("price 2.5 area 4 1 in 1");

    // Of the same size.
    project.write(LIB, &SHOP.replace("    price: f32,", "    price: i32,").replace("price: 2.5", "price: 2"));
    assert_refused(
        &mut run,
        &["Item: field `price`: `f32` -> `i32` (behind opaque `Arc<Shop>`, through `Shop` > `Shelf`)"],
    );

    // Another table of methods.
    let methods = SHOP.replace(
        "    fn area(&self) -> f32;",
        "    fn name(&self) -> String {\n        String::new()\n    }\n    fn area(&self) -> f32;",
    );
    project.write(LIB, &methods);
    assert_refused(&mut run, &["Shape: method `name` added"]);

    // What lies elsewhere may change.
    let unrelated = SHOP.replace("Unrelated(u8)", "Unrelated(u64)").replace("Unrelated(1)", "Unrelated(2)");
    project.write(LIB, &unrelated);
    run.applied(2);
    run.line("price 2.5 area 4 2 in 2");

    // Values of any type.
    let erased = unrelated
        .replace("pub struct Game {", "pub struct Game {\n    #[hot(opaque)]\n    #[hot(default = values())]\n    values: HashMap<u64, Box<dyn Any>>,")
        .replace("Game { shop:", "Game { values: values(), shop:")
        .replace("Unrelated(2).0", "self.values[&1].downcast_ref::<Position>().unwrap().x");
    project.write(LIB, &erased);
    run.applied(3);
    run.line("price 2.5 area 4 1.5 in 3");
    project.write(LIB, &erased.replace("    x: f32,", "    x: i32,").replace("x: 1.5", "x: 1"));
    assert_refused(
        &mut run,
        &["Position: field `x`: `f32` -> `i32` (", "may hold a `Position`: which types are in it, nothing shows"],
    );
    run.line("price 2.5 area 4 1.5 in 3");
    run.stop();
}
