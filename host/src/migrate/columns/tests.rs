//! Enums and options in rows of several blocks: each value finds its place again, and a failure names the right one and
//! leaves nothing behind.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use liveswap::{HotState, HotType};

use crate::migrate::{Plan, carry};

/// More than two blocks.
const MANY: usize = 700;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// A value that counts how many of its kind there are.
#[derive(HotType, HotState, Debug, PartialEq)]
pub struct Counted(u32);

impl Counted {
    fn new(number: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        Counted(number)
    }
}

impl Default for Counted {
    fn default() -> Self {
        Counted::new(7)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

mod old {
    use super::Counted;

    #[derive(liveswap::HotType, liveswap::HotState, Debug, PartialEq)]
    pub enum Order {
        Rest,
        Wait(u64),
        Walk { to: (u8, u64), who: Counted },
        Guard { who: Counted, hours: i32 },
        Leave,
    }
}

mod new {
    use super::Counted;

    #[derive(liveswap::HotType, liveswap::HotState, Debug, PartialEq)]
    pub enum Order {
        Guard { since: Counted, hours: u16, who: Counted },
        Sleep,
        Walk { who: Counted, to: (u64, u64), by: Counted },
        Wait(u64),
        Rest,
    }
}

fn order(number: usize) -> old::Order {
    let small = number as u32;
    match number * 7 % 5 {
        0 => old::Order::Rest,
        1 | 2 => old::Order::Walk { to: (number as u8, number as u64), who: Counted::new(small) },
        3 => old::Order::Wait(number as u64),
        _ => old::Order::Guard { who: Counted::new(small), hours: small as i32 },
    }
}

fn expected(number: usize) -> new::Order {
    let by_default = Counted::default;
    match order(number) {
        old::Order::Rest | old::Order::Leave => new::Order::Rest,
        old::Order::Walk { to, who } => new::Order::Walk { who, to: (to.0.into(), to.1), by: by_default() },
        old::Order::Wait(until) => new::Order::Wait(until),
        old::Order::Guard { who, hours } => new::Order::Guard { since: by_default(), hours: hours as u16, who },
    }
}

/// Moves it; where that fails, gives the error and the value, which is as it was.
fn moved<Old: HotState, New: HotState>(old: Old) -> Result<New, (String, Old)> {
    let plan = Plan::new(Old::state(), New::state()).expect("there is a way");
    let mut old = ManuallyDrop::new(old);
    // SAFETY: the plan is of these types, and the value is used by nobody else.
    match unsafe { carry(&plan, (&raw mut old).cast()) } {
        Ok(carried) => {
            let finished = carried.finish();
            assert_eq!(finished.complaints, Vec::<String>::new());
            // SAFETY: the memory is a box's by its layout, and holds the new value; the old one was taken apart.
            Ok(*unsafe { Box::from_raw(finished.data.cast::<New>()) })
        }
        Err(failure) => Err((failure.text("it"), ManuallyDrop::into_inner(old))),
    }
}

/// Of three options, one is empty.
fn is_there(number: usize) -> bool {
    !number.is_multiple_of(3)
}

fn orders() -> Vec<old::Order> {
    (0..MANY).map(order).collect()
}

/// Moves these orders, which must fail, and sees that nothing has changed.
fn failed(orders: Vec<old::Order>) -> String {
    let (live, text) = (LIVE.get(), format!("{orders:?}"));
    let (error, left) = moved::<_, Vec<new::Order>>(orders).map(|_| ()).expect_err("it does not fit");
    assert_eq!((LIVE.get(), format!("{left:?}")), (live, text), "what was made is gone, and the old value is whole");
    error
}

#[test]
fn each_value_finds_its_place_again() {
    let moved: Vec<new::Order> = moved(orders()).map_err(|(error, _)| error).unwrap();
    assert_eq!(moved.len(), MANY);
    moved.into_iter().enumerate().for_each(|(number, order)| assert_eq!(order, expected(number)));
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn a_failure_in_a_later_block_is_named_and_undone() {
    let mut orders = orders();
    orders[511] = old::Order::Guard { who: Counted::new(1), hours: -1 };
    assert_eq!(failed(orders), "it[511].hours: -1 does not fit `u16`");
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn a_variant_that_is_gone_is_named_and_undone() {
    let mut orders = orders();
    orders[300] = old::Order::Leave;
    assert_eq!(failed(orders), "it[300]: it is a `Leave`, and there is no such variant any more");
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn options_keep_their_gaps_and_a_failure_behind_gaps_is_named() {
    let option = |number: usize| is_there(number).then(|| (Counted::new(number as u32), number as u32));
    let options = || (0..MANY).map(option).collect::<Vec<_>>();
    let wide: Vec<Option<(Counted, u64)>> = moved(options()).map_err(|(error, _)| error).unwrap();
    assert!(
        wide.iter()
            .map(|value| value.as_ref().map(|both| both.1))
            .eq((0..MANY).map(|number| { is_there(number).then_some(number as u64) }))
    );
    drop(wide);
    let mut options = options();
    options[601] = Some((Counted::new(0), 70_000));
    let live = LIVE.get();
    let (error, left) = moved::<_, Vec<Option<(Counted, u16)>>>(options).map(|_| ()).unwrap_err();
    assert_eq!((error.as_str(), LIVE.get()), ("it[601].1: 70000 does not fit `u16`", live));
    drop(left);
    assert_eq!(LIVE.get(), 0);
}

#[test]
fn wrapped_and_unwrapped_in_rows() {
    let counted = || (0..MANY as u32).map(Counted::new).collect::<Vec<_>>();
    let boxes: Vec<Box<Counted>> = moved(counted()).map_err(|(error, _)| error).unwrap();
    let options: Vec<Option<Counted>> = moved(boxes).map_err(|(error, _)| error).unwrap();
    let mut plain: Vec<Counted> = moved(options).map_err(|(error, _)| error).unwrap();
    assert_eq!(plain, counted());
    let mut options: Vec<Option<Counted>> = plain.drain(..).map(Some).collect();
    options[400] = None;
    let (error, _) = moved::<_, Vec<Counted>>(options).unwrap_err();
    assert_eq!(error, "it[400]: there is nothing in it, and a value is needed");
    drop(plain);
    assert_eq!(LIVE.get(), 0);
}
