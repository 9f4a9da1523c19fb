//! Arguments of every form.

use super::*;

#[hot]
fn nothing() {}

#[hot]
fn by_value(point: Point, name: String) -> String {
    format!("{name} {} {}", point.x, point.y)
}

#[hot]
fn by_reference(point: &Point, sum: &mut i32) {
    *sum += point.x + point.y;
}

#[hot]
fn patterns(mut n: i32, (a, mut b): (i32, i32), Point { x, y: other }: Point, _: u8, [first, ..]: [i32; 3]) -> i32 {
    n += 1;
    b += 1;
    n + a + b + x + other + first
}

#[hot]
fn references_in_patterns(&Point { x, .. }: &Point, &mut ref mut n: &mut i32, ref text: String) -> usize {
    *n += x;
    text.len()
}

#[hot]
#[rustfmt::skip]
#[expect(clippy::too_many_arguments, reason = "the most that are possible")]
fn twelve(a: u8, b: u16, c: u32, d: u64, e: i8, f: i16, g: i32, h: i64, i: f32, j: f64, k: bool, l: char) -> f64 {
    f64::from(a) + f64::from(b) + f64::from(c) + d as f64 + f64::from(e) + f64::from(f) + f64::from(g) + h as f64
        + f64::from(i) + j + f64::from(u8::from(k)) + f64::from(u32::from(l))
}

#[hot]
fn named_like_itself(named_like_itself: i32) -> i32 {
    named_like_itself + 1
}

#[hot]
fn named_like_ours(code: i32, function: i32, describe: i32, is_send: i32) -> i32 {
    code + function + describe + is_send
}

#[hot]
fn raw(r#type: i32) -> i32 {
    r#type + 1
}

#[hot]
fn r#match(n: i32) -> i32 {
    n + 2
}

#[hot]
fn with_attributes(#[allow(unused_variables)] unused: i32, n: i32) -> i32 {
    n
}

#[hot]
fn pointers(of: *const i32, function: fn(i32) -> i32, #[hot(opaque)] boxed: Box<dyn Fn() -> i32>) -> bool
where
    Point: Copy,
{
    of.is_null() && function(1) == 2 && boxed() == 3
}

// Names that the expansion might take for its own.
#[hot]
fn describe(describe: i32) -> i32 {
    describe + 1
}

#[hot]
async fn is_send(entry: i32) -> i32 {
    entry + 2
}

#[hot]
fn current(code: &str) -> String {
    code.into()
}

#[test]
fn arrive() {
    assert_eq!((describe(1), block_on(is_send(1)), current("c")), (2, 3, "c".into()));
    nothing();
    assert_eq!(by_value(Point { x: 1, y: 2 }, "p".into()), "p 1 2");
    let mut sum = 1;
    by_reference(&Point { x: 1, y: 2 }, &mut sum);
    assert_eq!(sum, 4);
    assert_eq!(patterns(1, (10, 100), Point { x: 1_000, y: 10_000 }, 0, [100_000, 0, 0]), 111_113);
    assert_eq!(references_in_patterns(&Point { x: 5, y: 0 }, &mut sum, "four".into()), 4);
    assert_eq!(sum, 9);
    assert_eq!(twelve(1, 1, 1, 1, 1, 1, 1, 1, 1.0, 1.0, true, 'a'), 108.0);
    assert_eq!(named_like_itself(1), 2);
    assert_eq!(named_like_ours(1, 2, 3, 4), 10);
    assert_eq!(raw(1), 2);
    assert_eq!(r#match(1), 3);
    assert_eq!(with_attributes(1, 7), 7);
    assert!(pointers(std::ptr::null(), |n| n + 1, Box::new(|| 3)));
}
