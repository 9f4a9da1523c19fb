//! Every form of function that may be hot, without a host: it compiles, and runs its own body.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType, Debug, PartialEq, Clone, Copy, Default)]
struct Point {
    x: i32,
    y: i32,
}

/// Polls to the end a future that never has to wait.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Is pending once.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

mod arguments {
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
}

mod results {
    use super::*;

    #[hot]
    fn elided(text: &str) -> &str {
        &text[1..]
    }

    #[hot]
    fn named<'a, 'b>(first: &'a str, second: &'b str) -> (&'a str, &'b str)
    where
        'b: 'a,
    {
        (first, second)
    }

    #[hot]
    fn of_static() -> &'static str {
        "static"
    }

    #[hot]
    fn early(n: i32) -> Result<i32, String> {
        let n = u8::try_from(n).map_err(|error| error.to_string())?;
        if n > 7 {
            return Err("too many".into());
        }
        Ok(i32::from(n))
    }

    /// Documented.
    #[hot]
    #[must_use]
    #[inline]
    #[allow(clippy::let_and_return)]
    #[cfg(test)]
    #[track_caller]
    fn with_attributes() -> i32 {
        let n = 3;
        n
    }

    #[hot]
    fn factorial(n: u64) -> u64 {
        if n == 0 { 1 } else { n * factorial(n - 1) }
    }

    #[hot]
    fn with_items_of_its_own() -> i32 {
        #![allow(clippy::items_after_statements)]
        const CODE: i32 = 3;
        static ENTRY: i32 = 4;
        fn describe() -> i32 {
            5
        }
        CODE + ENTRY + describe()
    }

    /// Its own names don't change what its signature means.
    #[hot]
    fn with_imports(point: Point, result: Result<i32, String>) -> Result<Point, String> {
        use std::fmt::Result;
        #[allow(dead_code)]
        struct Point;
        fn inner() -> Result {
            Ok(())
        }
        assert_eq!(inner(), Ok(()));
        result.map(|_| point)
    }

    #[hot]
    fn big() -> [u64; 32] {
        [7; 32]
    }

    #[test]
    fn come_back() {
        assert_eq!(elided("text"), "ext");
        assert_eq!(named("a", "b"), ("a", "b"));
        assert_eq!(of_static(), "static");
        assert_eq!(early(7), Ok(7));
        assert_eq!(early(8), Err("too many".into()));
        assert!(early(-1).is_err());
        assert_eq!(with_attributes(), 3);
        assert_eq!(factorial(10), 3_628_800);
        assert_eq!(with_items_of_its_own(), 12);
        assert_eq!(with_imports(Point::default(), Ok(1)), Ok(Point::default()));
        assert_eq!(big(), [7; 32]);
    }
}

mod blocks {
    use super::*;

    #[hot]
    impl Point {
        const STEP: i32 = 2;

        fn new(x: i32, y: i32) -> Self {
            Self { x, y }
        }

        fn sum(&self) -> i32 {
            self.x + self.y
        }

        fn go(&mut self, Point { x, .. }: Self) -> &mut Self {
            self.x += x * Self::STEP;
            self
        }

        fn into_pair(self) -> (i32, i32) {
            let Self { x, y } = self;
            (x, y)
        }

        fn twice(mut self) -> Self {
            self.x *= 2;
            self
        }

        fn boxed(self: Box<Self>) -> i32 {
            self.x
        }

        fn counted(self: Rc<Self>) -> usize {
            Rc::strong_count(&self)
        }

        fn pinned(mut self: Pin<&mut Self>) -> i32 {
            self.y = 9;
            self.y
        }

        #[hot(skip)]
        fn generic<T: Into<i32>>(&self, by: T) -> i32 {
            self.x + by.into()
        }

        #[hot(skip)]
        const fn constant() -> i32 {
            Self::STEP
        }
    }

    #[derive(HotType)]
    struct Parser<'a> {
        rest: &'a str,
    }

    #[hot]
    impl<'a> Parser<'a> {
        fn new(rest: &'a str) -> Self {
            Self { rest }
        }

        fn word(&mut self) -> Option<&'a str> {
            let (word, rest) = self.rest.split_once(' ')?;
            self.rest = rest;
            Some(word)
        }

        fn longest<'b>(&self, other: &'b Parser<'a>) -> &'b str
        where
            'a: 'b,
        {
            if self.rest.len() > other.rest.len() { self.rest } else { other.rest }
        }
    }

    #[hot]
    impl Parser<'_> {
        fn left(&self) -> usize {
            self.rest.len()
        }
    }

    #[hot]
    impl<'a> Iterator for Parser<'a> {
        type Item = &'a str;

        fn next(&mut self) -> Option<Self::Item> {
            self.word()
        }
    }

    #[hot]
    impl From<u8> for Point {
        fn from(n: u8) -> Self {
            Self { x: n.into(), y: 0 }
        }
    }

    #[hot]
    impl From<u16> for Point {
        fn from(n: u16) -> Point {
            Point { x: 0, y: n.into() }
        }
    }

    trait Shape {
        const SIDES: u32;
        type Unit;
        fn area(&self) -> Self::Unit;
        fn name() -> String
        where
            Self: Sized;
        fn default_body(&self) -> u32 {
            Self::SIDES
        }
    }

    #[hot]
    impl Shape for Point {
        const SIDES: u32 = 3;
        type Unit = i32;
        fn area(&self) -> Self::Unit {
            self.x * self.y
        }
        fn name() -> String {
            "point".into()
        }
    }

    #[hot]
    impl std::ops::Add for Point {
        type Output = Self;
        fn add(self, other: Self) -> Self::Output {
            Self { x: self.x + other.x, y: self.y + other.y }
        }
    }

    #[hot]
    impl std::ops::AddAssign<&Point> for Point {
        fn add_assign(&mut self, other: &Point) {
            self.x += other.x;
        }
    }

    #[test]
    fn of_all_kinds() {
        let mut point = Point::new(1, 2);
        assert_eq!(point.sum(), 3);
        assert_eq!(point.go(Point::new(2, 0)).into_pair(), (5, 2));
        assert_eq!(point.twice(), Point::new(10, 2));
        assert_eq!(Box::new(point).boxed(), 5);
        assert_eq!(Rc::new(point).counted(), 1);
        assert_eq!(Pin::new(&mut point).pinned(), 9);
        assert_eq!(point.generic(1u8) + Point::constant(), 8);
        let mut parser = Parser::new("one two three");
        assert_eq!((parser.word(), parser.next(), parser.left()), (Some("one"), Some("two"), 5));
        assert_eq!(parser.longest(&Parser::new("x")), "three");
        assert_eq!((Point::from(1u8), Point::from(2u16)), (Point::new(1, 0), Point::new(0, 2)));
        assert_eq!((Point::new(3, 4).area(), Point::name(), point.default_body()), (12, "point".into(), 3));
        let mut sum = Point::new(1, 2) + Point::new(3, 4);
        sum += &Point::new(1, 1);
        assert_eq!(sum, Point::new(5, 6));
    }
}

mod asynchronous {
    use super::*;

    #[hot]
    async fn nothing() {}

    #[hot]
    async fn borrows(text: &str, log: &mut Vec<String>) -> usize {
        Once(true).await;
        log.push(text.into());
        text.len()
    }

    #[hot]
    async fn lends<'a>(text: &'a str, _other: &str) -> &'a str {
        &text[1..]
    }

    #[hot]
    async fn patterns((a, b): (i32, i32), mut n: i32) -> i32 {
        n += 1;
        a + b + n
    }

    #[hot]
    async fn is_not_send(shared: Rc<Cell<i32>>) -> i32 {
        let held = Rc::clone(&shared);
        Once(true).await;
        held.set(held.get() + 1);
        shared.get()
    }

    #[hot]
    async fn fails(n: i32) -> Result<i32, String> {
        let n = block_on(async { u8::try_from(n) }).map_err(|error| error.to_string())?;
        Ok(n.into())
    }

    #[hot]
    impl Point {
        async fn shifted(&self, by: &Point) -> Self {
            Once(true).await;
            *self + *by
        }

        async fn shift(&mut self, by: i32) -> &mut Self {
            self.x += by;
            self
        }

        async fn consumed(self) -> i32 {
            self.x
        }
    }

    fn send<T: Send>(value: T) -> T {
        value
    }

    #[test]
    fn runs_to_the_end() {
        block_on(nothing());
        let mut log = vec![];
        assert_eq!(block_on(send(borrows("text", &mut log))), 4);
        assert_eq!(log, ["text"]);
        assert_eq!(block_on(lends("text", "")), "ext");
        assert_eq!(block_on(patterns((1, 2), 3)), 7);
        assert_eq!(block_on(is_not_send(Rc::default())), 1);
        assert_eq!(block_on(fails(7)), Ok(7));
        let mut point = Point { x: 1, y: 2 };
        assert_eq!(block_on(point.shifted(&point)), Point { x: 2, y: 4 });
        assert_eq!(block_on(async { point.shift(4).await.x }), 5);
        assert_eq!(block_on(send(point.consumed())), 5);
    }

    #[test]
    fn waits_where_its_body_waits() {
        #[hot]
        async fn waits() -> i32 {
            Once(false).await;
            3
        }
        let mut future = pin!(waits());
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(3));
    }
}

mod opaque {
    use super::*;

    trait Draw {
        fn draw(&self) -> String;
    }

    impl Draw for i32 {
        fn draw(&self) -> String {
            self.to_string()
        }
    }

    /// A type that describes nothing.
    struct Foreign(i32);

    #[hot]
    fn of_a_trait(#[hot(opaque)] what: &dyn Draw, #[hot(opaque)] boxed: Box<dyn Draw>) -> String {
        what.draw() + &boxed.draw()
    }

    #[hot]
    #[hot(opaque_output)]
    fn output(n: i32) -> Foreign {
        Foreign(n)
    }

    #[hot]
    #[hot(opaque_output)]
    async fn output_of_a_future(n: i32) -> Box<dyn Draw> {
        Box::new(n)
    }

    #[hot]
    impl Foreign {
        fn get(#[hot(opaque)] &self) -> i32 {
            self.0
        }

        #[hot(opaque_output)]
        fn new(n: i32) -> Self {
            Self(n)
        }
    }

    #[test]
    fn goes_through() {
        assert_eq!(of_a_trait(&1, Box::new(2)), "12");
        assert_eq!(output(3).0 + Foreign::new(4).get(), 7);
        assert_eq!(block_on(output_of_a_future(5)).draw(), "5");
    }
}

mod nested {
    pub(crate) mod deeper {
        use liveswap::hot;

        #[hot]
        pub(in crate::nested) fn here() -> u32 {
            line!()
        }
    }

    #[test]
    fn modules() {
        assert_ne!(deeper::here(), 0);
    }

    #[test]
    fn in_functions_and_from_macros() {
        macro_rules! make {
            ($name:ident, $ty:ty, $value:expr) => {
                #[liveswap::hot]
                fn $name(n: $ty) -> $ty {
                    n + $value
                }
            };
        }
        make!(one, i32, 1);
        make!(two, u64, 2);
        assert_eq!((one(1), two(1)), (2, 3));
    }
}

/// Names of the prelude, and of ours, that mean something else here.
mod shadowed {
    #![allow(dead_code, non_camel_case_types)]

    struct Option;
    struct Some;
    struct None;
    struct Box;
    struct Result;
    type u32 = u64;
    mod core {}
    mod std {}

    #[liveswap::hot]
    fn sum(a: u32, b: u32) -> u32 {
        a + b
    }

    #[derive(liveswap::HotType)]
    struct Described {
        field: u32,
    }

    #[test]
    fn names_are_ours() {
        assert_eq!(sum(1, 2), 3);
    }
}

mod described {
    #![allow(dead_code)]

    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use super::*;
    use liveswap::layout::Kind;

    #[derive(HotType)]
    struct Unit;

    #[derive(HotType)]
    struct Tuple(i32, #[hot(opaque)] std::process::Command, pub Option<Box<Tuple>>);

    #[derive(HotType)]
    #[repr(C, align(16))]
    struct Generic<'a, T: Clone, const N: usize>
    where
        T: 'a,
    {
        borrowed: &'a [T],
        owned: [T; N],
        r#type: Arc<Mutex<HashMap<String, T>>>,
    }

    #[derive(HotType)]
    enum Empty {}

    #[derive(HotType)]
    #[repr(i8)]
    enum Numbered {
        Low = -1,
        Zero,
        High = 1 + 2,
    }

    #[derive(HotType)]
    enum Tree<K, V> {
        Leaf,
        Pair(K, V),
        Node { left: Box<Tree<K, V>>, right: Box<Tree<K, V>> },
        Foreign(#[hot(opaque)] std::process::Command),
    }

    #[derive(HotType)]
    struct Shared {
        cell: RefCell<Vec<Rc<Shared>>>,
        callback: fn(i32) -> Option<Rc<Shared>>,
        #[hot(opaque)]
        dynamic: Box<dyn Fn()>,
    }

    #[test]
    fn in_every_shape() {
        let Kind::Struct([]) = Unit::info().kind else { panic!("a unit struct has no fields") };
        let Kind::Struct(fields) = Tuple::info().kind else { panic!("a struct") };
        assert_eq!(fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["0", "1", "2"]);
        let info = <Generic<'_, u8, 3>>::info();
        assert_eq!((info.align, info.repr), (16, "C, align(16)"));
        let Kind::Struct(fields) = info.kind else { panic!("a struct") };
        assert_eq!(fields[2].name, "r#type");
        let Kind::Enum([]) = Empty::info().kind else { panic!("an enum without variants") };
        let Kind::Enum(variants) = Numbered::info().kind else { panic!("an enum") };
        let discriminants: Vec<_> = variants.iter().map(|variant| variant.discriminant).collect();
        assert_eq!(discriminants, ["- 1", "", "1 + 2"]);
        let Kind::Enum(variants) = <Tree<u8, String>>::info().kind else { panic!("an enum") };
        assert_eq!(variants.iter().map(|variant| variant.fields.len()).collect::<Vec<_>>(), [0, 2, 2, 1]);
        assert_eq!(Shared::info().size, size_of::<Shared>());
    }
}

#[test]
fn each_is_an_entry_with_its_own_name() {
    if !HOT.is_hot() {
        assert!(HOT.entries().is_empty(), "where hot code is off, there are no entries");
        return;
    }
    let mut names: Vec<_> = HOT.entries().iter().map(|entry| entry.info().name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let expected = [
        "hot_without_host::arguments::twelve",
        "hot_without_host::blocks::Point::sum",
        "hot_without_host::blocks::Parser<'a>::word",
        "hot_without_host::blocks::<Point as From<u8>>::from",
        "hot_without_host::blocks::<Point as From<u16>>::from",
        "hot_without_host::nested::deeper::here",
    ];
    for name in expected {
        assert!(names.contains(&name), "{name} in {names:#?}");
    }
    assert!(!names.iter().any(|name| name.ends_with("generic") || name.ends_with("constant")), "{names:#?}");
    assert_eq!(names.len(), count, "no name twice");
    assert_eq!(HOT.package(), "liveswap");
}
