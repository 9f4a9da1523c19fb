//! What outlives a call: statics, pointers to functions, threads.

use crate::case::{Case, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "a pointer to a function that a patch has stored",
        &[(
            "src/lib.rs",
            r#"
use std::sync::Mutex;
static STORED: Mutex<Vec<fn() -> u32>> = Mutex::new(Vec::new());
const STORES: bool = false;
fn handler() -> u32 { 1 }
fn store() { let mut stored = STORED.lock().unwrap(); if STORES && stored.is_empty() { stored.push(handler); stored.push(|| handler() + 10); } }
pub fn answer() -> String { store(); let stored = STORED.lock().unwrap().clone(); format!("{:?}", stored.iter().map(|f| f()).collect::<Vec<_>>()) }
"#,
        )],
        "[]",
    )
    .edits(&[
        patched("src/lib.rs", "STORES: bool = false", "STORES: bool = true", "[1, 11]"),
        patched("src/lib.rs", "handler() -> u32 { 1 }", "handler() -> u32 { 2 }", "[2, 12]"),
        patched("src/lib.rs", "handler() -> u32 { 2 }", "handler() -> u32 { 3 }", "[3, 13]"),
    ]),
    Case::new(
        "a pointer to a function that only patches have",
        &[(
            "src/lib.rs",
            r#"
use std::sync::OnceLock;
static STORED: OnceLock<fn() -> u32> = OnceLock::new();
fn ask() -> u32 { STORED.get().map_or(0, |f| f()) }
pub fn answer() -> String { ask().to_string() }
"#,
        )],
        "0",
    )
    .edits(&[
        edit("src/lib.rs", "fn ask() -> u32 { STORED.get()", "fn late() -> u32 { 1 }\nfn ask() -> u32 { STORED.set(late).ok(); STORED.get()", "1"),
        edit("src/lib.rs", "late() -> u32 { 1 }", "late() -> u32 { 2 }", "2"),
        edit("src/lib.rs", "late() -> u32 { 2 }", "late() -> u32 { 3 }", "3"),
    ]),
    Case::new(
        "addresses of functions that are compared",
        &[(
            "src/lib.rs",
            r#"
use std::sync::OnceLock;
static FIRST: OnceLock<usize> = OnceLock::new();
fn handler() -> u32 { 1 }
fn is_same() -> bool { let now = handler as fn() -> u32 as usize; *FIRST.get_or_init(|| now) == now && 1 < 2 }
pub fn answer() -> String { format!("{} {}", is_same(), handler()) }
"#,
        )],
        "true 1",
    )
    .edits(&[
        edit("src/lib.rs", "u32 { 1 }", "u32 { 2 }", "true 2"),
        edit("src/lib.rs", "1 < 2", "2 < 3", "true 2"),
    ]),
    Case::new(
        "a thread that a patch has started",
        &[(
            "src/lib.rs",
            r#"
use std::sync::atomic::{AtomicU32, Ordering};
static SEEN: AtomicU32 = AtomicU32::new(0);
static ROUNDS: AtomicU32 = AtomicU32::new(0);
fn start() {}
fn value() -> u32 { 1 }
fn wait() { let before = ROUNDS.load(Ordering::SeqCst); while before > 0 && ROUNDS.load(Ordering::SeqCst) < before + 2 { std::thread::yield_now() } }
pub fn answer() -> String { start(); wait(); SEEN.load(Ordering::SeqCst).to_string() }
"#,
        )],
        "0",
    )
    .edits(&[
        edit(
            "src/lib.rs",
            "fn start() {}",
            "fn start() { static ONCE: std::sync::Once = std::sync::Once::new(); ONCE.call_once(|| { std::thread::spawn(|| loop { SEEN.store(value(), Ordering::SeqCst); ROUNDS.fetch_add(1, Ordering::SeqCst); }); while ROUNDS.load(Ordering::SeqCst) == 0 {} }) }",
            "1",
        ),
        edit("src/lib.rs", "value() -> u32 { 1 }", "value() -> u32 { 2 }", "2"),
        edit("src/lib.rs", "value() -> u32 { 2 }", "value() -> u32 { 3 }", "3"),
    ]),
    Case::new(
        "statics that were made by what changes",
        &[(
            "src/lib.rs",
            r#"
use std::cell::Cell;
use std::sync::{LazyLock, OnceLock};
static TABLE: LazyLock<u32> = LazyLock::new(|| made());
static ONCE: OnceLock<u32> = OnceLock::new();
thread_local! { static LOCAL: Cell<u32> = Cell::new(started()); }
fn made() -> u32 { deeper() + 1 }
fn deeper() -> u32 { 0 }
fn started() -> u32 { 5 }
fn first() -> u32 { 10 }
fn once() -> u32 { *ONCE.get_or_init(|| first()) }
pub fn answer() -> String { format!("{} {} {}", *TABLE, once(), LOCAL.get()) }
"#,
        )],
        "1 10 5",
    )
    .edits(&[
        edit("src/lib.rs", "deeper() + 1", "deeper() + 2", "2 10 5"),
        edit("src/lib.rs", "deeper() -> u32 { 0 }", "deeper() -> u32 { 1 }", "3 10 5"),
        edit("src/lib.rs", "first() -> u32 { 10 }", "first() -> u32 { 20 }", "3 20 5"),
        edit("src/lib.rs", "started() -> u32 { 5 }", "started() -> u32 { 6 }", "3 20 6"),
    ]),
    Case::new(
        "a static that a macro declares in a function",
        &[(
            "src/lib.rs",
            r#"
use std::sync::atomic::{AtomicU32, Ordering};
static CALLS: AtomicU32 = AtomicU32::new(0);
macro_rules! hit { () => {{ static HITS: AtomicU32 = AtomicU32::new(0); HITS.fetch_add(1, Ordering::SeqCst) }} }
fn counted() -> (u32, u32) { (hit!(), 1) }
pub fn answer() -> String { let calls = CALLS.fetch_add(1, Ordering::SeqCst); let (hits, number) = counted(); format!("lost {} number {number}", calls - hits) }
"#,
        )],
        "lost 0 number 1",
    )
    .edits(&[edit("src/lib.rs", "(hit!(), 1)", "(hit!(), 2)", "lost 0 number 2")]),
];
