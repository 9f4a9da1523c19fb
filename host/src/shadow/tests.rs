//! What a shadow looks like, and what slots do.

use std::task::{Context, Poll, Waker};

use super::*;

fn of(text: &str) -> String {
    with(text, false)
}

/// The same, where columns may be asked for.
pub(super) fn with(text: &str, is_exact: bool) -> String {
    let (macros, kept) = (macro_names(text.as_bytes()).unwrap(), BTreeSet::new());
    let shadowed = BTreeSet::from([Path::new("/w/src/lib.rs")]);
    let how = How { macros: &macros, kept: &kept, is_exact, directory: Path::new("/w/src/a"), shadowed: &shadowed };
    shadow(text.as_bytes(), how).unwrap()
}

/// The shadow without slots.
fn widened(text: &str) -> String {
    with_syntax(text.as_bytes(), |code, file, _| {
        let macros = widen::macro_names(file);
        apply(code, &mut widen::edits(code, file, &macros, &BTreeSet::new()))
    })
    .unwrap()
}

#[test]
fn everything_is_public() {
    let pairs = [
        ("struct A { b: u8, pub(crate) c: u8, pub d: u8 }", "pub struct A { pub b: u8, pub        c: u8, pub d: u8 }"),
        ("pub(super)struct A(u8, &'static str);", "pub       struct A(pub u8, pub &'static str);"),
        ("enum A { B, C { d: u8 } }", "pub enum A { B, C { d: u8 } }"),
        ("#[non_exhaustive] enum A { #[non_exhaustive] B }", "                  pub enum A {                   B }"),
        ("unsafe trait A { fn b(); }", "pub unsafe trait A { fn b(); }"),
        (
            "const A: u8 = 1; const _: () = (); static mut B: u8 = 1;",
            "pub const A: u8 = 1; const _: () = (); pub static mut B: u8 = 1;",
        ),
        ("mod a { type B = u8; union C { d: u8 } }", "pub mod a { pub type B = u8; pub union C { pub d: u8 } }"),
        ("use a::b; pub(crate) use c::d;", "use a::b; pub        use c::d;"),
        ("macro_rules! d { () => {} } pub(crate) use d;", "macro_rules! d { () => {} } pub(crate) use d;"),
        (
            "impl A { const B: u8 = 1; type C = u8; } impl D for A { type E = u8; }",
            "impl A { pub const B: u8 = 1; pub type C = u8; } impl D for A { type E = u8; }",
        ),
        ("extern \"C\" { fn a(); static B: u8; }", "extern \"C\" { pub fn a(); pub static B: u8; }"),
        ("async unsafe fn a() {}", "pub async unsafe fn a() {}"),
        ("pub(in crate::x) extern \"C\" fn a() {}", "pub              extern \"C\" fn a() {}"),
        (
            "thread_local! { static A: &'static u8 = &1; pub(crate) static B: u8 = 2; }",
            "thread_local! { pub static A: &'static u8 = &1; pub        static B: u8 = 2; }",
        ),
    ];
    for (source, expected) in pairs {
        assert_eq!(widened(source), expected, "of {source}");
    }
}

#[test]
fn a_function_begins_with_a_look_into_its_slot() {
    let text = of("fn a(x: u8, y: &str) -> u8 { x }");
    let slot = crate::source::function::slot_name(&[], "a");
    let look = format!(
        "pub fn a(x: u8, y: &str) -> u8 {{ crate::__liveswap_look!({slot}, unsafe fn(_,_,) -> _, (x,y,));  x }} #[doc(hidden)]"
    );
    assert!(text.starts_with(&look), "{text}");
    assert!(
        text.ends_with(&format!(
            "pub static {slot}: crate::__liveswap_base::Slot = crate::__liveswap_base::Slot::new();"
        )),
        "{text}"
    );
}

#[test]
fn patterns_are_bound_after_the_look() {
    let text = of("fn a((x, // a comment\n y): (u8, u8), _: u8, mut z: u8) { x }");
    assert!(
        text.contains("fn a(__liveswap_argument_0\n   : (u8, u8), __liveswap_argument_1: u8, mut z: u8)"),
        "{text}"
    );
    assert!(text.contains("(__liveswap_argument_0,__liveswap_argument_1,z,)); match"), "{text}");
    assert!(text.contains("match __liveswap_argument_0 { (x , y) => {  x }} }"), "{text}");
}

#[test]
fn the_look_has_the_type_of_the_function() {
    assert!(of("extern \"C\" fn a(_: u8) {}").contains("unsafe extern \"C\" fn(_,) -> _, (__liveswap_argument_0,))"));
    assert!(of("impl A { fn a(self) {} }").contains("unsafe fn(_,) -> _, (self,), captured)"), "it may be large");
    assert!(of("impl A { fn a(&self) {} }").contains("unsafe fn(_,) -> _, (self,))"));
}

#[test]
fn sources_are_read_as_the_user_has_them() {
    let text = of("fn a() {} const A: &str = include_str!(\"../lib.rs\"); const B: &str = include_str!(\"b.txt\");");
    assert!(text.contains("include_str!(\"/w/src/lib.rs\")") && text.contains("include_str!(\"b.txt\")"), "{text}");
}

#[test]
fn methods_have_their_slots_behind_the_block() {
    let text = of("impl A { #[inline] async fn b(&mut self) { #![allow(x)] 1 } fn c() {} }");
    assert!(text.contains("{ #![allow(x)] if __liveswap_slot_"), "{text}");
    assert!(text.contains(".call_async((self,)) }.await; }"), "{text}");
    assert!(text.find("} #[doc(hidden)]").unwrap() > text.find("fn c()").unwrap(), "{text}");
    assert_eq!(text.matches("pub static ").count(), 2, "{text}");
}

#[test]
fn what_can_have_no_slot_is_left_alone() {
    for source in ["const fn a() {}", "fn a<T>() {}", "fn a() -> impl Fn() { || () }", "#[track_caller] fn a() {}"] {
        assert!(!of(source).contains("slot"), "of {source}");
    }
}

#[test]
fn slots_have_the_names_that_the_source_is_said_to_have() {
    let source = "use b; fn b() {} trait T { fn a() {} } impl T { fn a(&self) {} } fn a() {} mod m { fn a() {} impl B { fn a() {} } } #[cfg(x)] fn a() {} impl<'a> Drop for C<'a> { fn drop(&mut self) {} }";
    let text = of(source);
    for function in crate::source::SourceFile::read(source.as_bytes()).unwrap().functions {
        let Ok(slot) = function.slot else { continue };
        assert_eq!(text.matches(&format!("pub static {slot}:")).count(), 1, "{} in {text}", function.key);
    }
}

#[test]
fn functions_in_branches_have_slots() {
    let text = of("cfg_if! { if #[cfg(a)] { fn a() {} struct B(u8); } else { fn a() {} } }");
    assert_eq!(text.matches("pub fn a()").count(), 2, "{text}");
    assert_eq!(text.matches("pub static ").count(), 2, "{text}");
    assert!(text.contains("pub struct B(pub u8);"), "{text}");
}

#[test]
fn lines_stay_where_they_are() {
    let source = include_str!("widen.rs");
    assert_eq!(of(source).matches('\n').count(), source.matches('\n').count());
    let windows = "fn a() {\r\n}\r\npub(\r\n    crate\r\n) fn b(\r\n(x,\r\n y): (u8, u8)) {}\r\n";
    assert_eq!(of(windows).matches('\n').count(), windows.matches('\n').count());
    assert!(of("\u{feff}#!/bin/run\nfn a() {}").starts_with("#!/bin/run\npub fn a()"));
}

#[test]
fn the_root_module_is_one_line_of_rust() {
    let text = root_module();
    assert!(!text.contains('\n'));
    assert!(!text.contains("//"), "a comment would swallow the rest");
    syn::parse_str::<syn::ItemMod>(&text).unwrap();
}

fn twice(text: String, times: usize) -> String {
    text.repeat(times)
}

/// A call of what a slot leads to.
///
/// # Safety
///
/// The slot is or was set, only ever to `twice`.
unsafe fn call(slot: &runtime::Slot, text: String, times: usize) -> String {
    // SAFETY: the slot leads to `twice`, which has this type.
    unsafe { std::mem::transmute::<*mut (), fn(String, usize) -> String>(slot.code())(text, times) }
}

const TWICE: runtime::Code = runtime::Code::new(twice as fn(String, usize) -> String as *const ());

#[test]
fn a_slot_that_is_set_leads_to_other_code() {
    let slot = runtime::Slot::new();
    assert!(!slot.is_set());
    slot.set(Some(TWICE));
    assert!(slot.is_set());
    // SAFETY: the slot is set to `twice`.
    assert_eq!(unsafe { call(&slot, "ab".to_owned(), 3) }, "ababab");
    slot.set(None);
    assert!(!slot.is_set());
    // SAFETY: the slot was set to `twice`.
    assert_eq!(unsafe { call(&slot, "ab".to_owned(), 2) }, "abab", "a call that looked before goes on");
}

unsafe fn later(arguments: *mut ()) -> runtime::Raw {
    // SAFETY: the tests below give such arguments.
    let (text,) = unsafe { arguments.cast::<(std::sync::Arc<str>,)>().read() };
    runtime::raw(async move {
        std::future::ready(()).await;
        text.len()
    })
}

#[test]
fn a_future_of_other_code_is_polled_and_dropped() {
    let slot = runtime::Slot::new();
    slot.set(Some(runtime::Code::new(later as runtime::AsyncCode as *const ())));
    let text: std::sync::Arc<str> = "four".into();
    // SAFETY: the slot was set to code for these arguments, whose future gives a `usize`.
    let mut future = Box::pin(unsafe { slot.call_async::<_, usize>((text.clone(),)) });
    assert_eq!(std::sync::Arc::strong_count(&text), 2);
    assert_eq!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(4));
    // SAFETY: as above.
    drop(unsafe { slot.call_async::<_, usize>((text.clone(),)) });
    drop(future);
    assert_eq!(std::sync::Arc::strong_count(&text), 1, "each future let go of what it held");
}

#[test]
fn it_is_known_whether_a_future_is_send() {
    use runtime::MayNotBeSend as _;
    async fn sendable(_: u8) {}
    async fn not_sendable(held: std::rc::Rc<u8>) -> u8 {
        std::future::ready(()).await;
        *held
    }
    assert!(runtime::future_of(|| sendable(runtime::any())).is_send());
    assert!(!runtime::future_of(|| not_sendable(runtime::any())).is_send());
}

#[test]
fn a_slot_may_be_set_and_cleared_while_others_call() {
    fn own(slot: &runtime::Slot, text: &str, times: usize) -> usize {
        if slot.is_set() {
            // SAFETY: the slot was set to `twice`, and never to anything else.
            return unsafe { call(slot, text.to_owned(), times) }.len();
        }
        0
    }
    let (slot, done) = (runtime::Slot::new(), std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let length = own(&slot, "ab", 3);
                    assert!(length == 0 || length == 6, "{length}");
                }
            });
        }
        for round in 0..100_000 {
            slot.set(if round % 2 == 0 { Some(TWICE) } else { None });
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
