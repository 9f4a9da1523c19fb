//! Types that can be moved, with all options.

#![deny(warnings)]
#![allow(dead_code)]

use std::collections::HashMap;
use std::rc::{Rc, Weak};

use liveswap::{HotState, HotType, MigrateError, Parts};

liveswap::hot_lib!();

#[derive(HotType, HotState)]
struct Generic<'a, T: Clone, const N: usize = 2>
where
    T: Ord,
{
    name: &'a str,
    items: [T; N],
    #[hot(opaque)]
    call: Option<Box<dyn Fn(&T) -> bool>>,
}

#[derive(HotType, HotState)]
#[hot(rename = "Happening", rename = "Occurrence")]
enum Event<T> {
    Nothing,
    #[hot(rename = "Go")]
    Move { x: f32, #[hot(rename = "why", default = 2.0 * HALF)] y: f32 },
    Tuple(T, #[hot(with = |old: &String| old.len())] usize),
}

const HALF: f32 = 0.5;

#[derive(HotType, HotState)]
enum Never {}

#[derive(HotType, HotState)]
struct Unit;

#[derive(HotType, HotState)]
struct Tree {
    value: u8,
    children: Vec<Tree>,
    parent: Option<Weak<Tree>>,
    others: HashMap<String, Rc<Tree>>,
}

#[derive(HotType, HotState)]
#[hot(migrate = Celsius::moved)]
struct Celsius(f64);

impl Celsius {
    fn moved(old: &Parts<'_>) -> Result<Self, MigrateError> {
        Ok(Celsius((old.get::<f64>("0")? - 32.0) / 1.8))
    }
}

#[derive(HotType, HotState)]
#[hot(migrate = |_: &Parts<'_>| Plain { n: 1 })]
struct Plain {
    #[hot(with = parsed)]
    n: u8,
}

fn parsed(old: &String) -> Result<u8, std::num::ParseIntError> {
    old.parse()
}

fn main() {
    let _: &'static liveswap::state::StateInfo = <Generic<'static, u8> as HotState>::state();
    let _ = <Event<Tree> as HotState>::state();
    let _ = (<Never as HotState>::state(), <Unit as HotState>::state());
    let _ = (<Celsius as HotState>::state(), <Plain as HotState>::state());
}
