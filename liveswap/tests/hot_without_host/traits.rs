//! `#[hot]` on traits: their trait objects describe themselves, and the traits are as they were.

#![allow(dead_code)]

use std::fmt::Debug;
use std::sync::Arc;

use super::*;
use liveswap::layout::{Kind, Method};

#[hot]
trait Named {
    fn name(&self) -> &str;
}

struct Foreign;

/// A trait with methods of all sorts.
#[hot]
trait Shape<'a, 'b: 'a>: Named + Debug + Send + 'a
where
    Self: Sync,
{
    fn area(&self) -> f32;
    fn scale(&mut self, by: (f32, f32), _: &[Point]) {
        let _ = by;
    }
    fn nearest<'c>(&'c self, to: &'c Point, within: &'a str) -> Option<&'c Point>
    where
        'b: 'c;
    #[hot(opaque_output)]
    fn foreign(&self, #[hot(opaque)] foreign: &mut Foreign) -> Option<Foreign>;
    fn boxed(self: Box<Self>, other: Box<dyn Shape<'a, 'b> + 'a>);
    unsafe fn raw(&self, at: *const u8) -> !;
    fn callback(&self, f: &mut dyn FnMut(&Point));
    #[cfg(not(debug_assertions))]
    fn elsewhere(&self);
    fn generic<T>(&self, _: T)
    where
        Self: Sized,
    {
    }
    fn make() -> Self
    where
        Self: Sized;
}

#[hot]
pub(crate) trait Empty {}

#[derive(HotType)]
struct Scene<'a> {
    shapes: Vec<Box<dyn Shape<'static, 'static>>>,
    borrowed: &'a mut (dyn Shape<'a, 'static> + Send + 'a),
    shared: Option<Arc<dyn Empty + Send + Sync>>,
    synced: Rc<dyn Empty + Sync>,
}

#[hot]
fn draw(scene: &mut Scene<'_>, one: &dyn Named) -> usize {
    scene.shapes.len() + one.name().len()
}

impl Named for Point {
    fn name(&self) -> &str {
        "point"
    }
}

fn methods<T: HotType + ?Sized>() -> (&'static [Method], &'static str, &'static [liveswap::layout::Describe]) {
    match T::info().kind {
        Kind::Trait { methods, supertraits, supers } => (methods, supertraits, supers),
        _ => panic!("a trait object"),
    }
}

#[test]
fn describe_their_methods() {
    let (methods, supertraits, supers) = methods::<dyn Shape>();
    let described: Vec<_> = methods.iter().map(|method| (method.name, method.signature)).collect();
    assert_eq!(
        described.iter().filter(|(name, _)| *name != "elsewhere").copied().collect::<Vec<_>>(),
        [
            ("area", "fn(&Self) -> f32"),
            ("scale", "fn(&mut Self, (f32, f32), &[Point])"),
            ("nearest", "for<'c> fn(&'c Self, &'c Point, &'a str) -> Option<&'c Point>"),
            ("foreign", "fn(&Self, &mut Foreign) -> Option<Foreign>"),
            ("boxed", "fn(Box<Self>, Box<dyn Shape<'a, 'b> + 'a>)"),
            ("raw", "unsafe fn(&Self, *const u8) -> !"),
            ("callback", "fn(&Self, &mut dyn FnMut(&Point))"),
        ]
    );
    assert_eq!(described.iter().any(|(name, _)| *name == "elsewhere"), !cfg!(debug_assertions));
    assert_eq!(supertraits, "Named + Debug + Send + 'a + Sync");
    let supers: Vec<_> = supers.iter().map(|describe| (describe().name)()).collect();
    assert_eq!(supers, [std::any::type_name::<dyn Named>(), "dyn core::fmt::Debug"]);
}

#[test]
fn describe_arguments_and_outputs() {
    let (methods, ..) = methods::<dyn Shape + Send>();
    let names = |method: &Method| -> Vec<_> {
        let types = method.arguments.iter().chain([&method.output]);
        types.map(|describe| (describe().name)().replace("hot_without_host::", "")).collect()
    };
    assert_eq!(names(&methods[1]), ["(f32, f32)", "&[Point]", "()"]);
    assert_eq!(names(&methods[2]), ["&Point", "&str", "core::option::Option<&Point>"]);
    let (argument, output) = ((methods[3].arguments[0])(), (methods[3].output)());
    assert!(matches!((&argument.kind, &output.kind), (Kind::Opaque(_), Kind::Opaque(_))));
}

#[test]
fn cross_the_boundary() {
    let mut one = One;
    let mut scene = Scene { shapes: Vec::new(), borrowed: &mut one, shared: None, synced: Rc::new(One) };
    assert_eq!(draw(&mut scene, &Point { x: 0, y: 0 }), 5);
    let names = [<dyn Empty>::info(), <dyn Empty + Send + Sync>::info(), <dyn Empty + Sync>::info()];
    let names: Vec<_> = names.iter().map(|info| (info.name)()).collect();
    assert!(names[1].ends_with("Empty + core::marker::Send + core::marker::Sync"), "{names:?}");
    assert_eq!(methods::<dyn Empty>().0.len(), 0);
}

#[derive(Debug)]
struct One;

impl Empty for One {}

impl Named for One {
    fn name(&self) -> &str {
        "one"
    }
}

impl<'a, 'b: 'a> Shape<'a, 'b> for One {
    fn area(&self) -> f32 {
        1.0
    }
    fn nearest<'c>(&'c self, to: &'c Point, _: &'a str) -> Option<&'c Point>
    where
        'b: 'c,
    {
        Some(to)
    }
    fn foreign(&self, _: &mut Foreign) -> Option<Foreign> {
        None
    }
    fn boxed(self: Box<Self>, _: Box<dyn Shape<'a, 'b> + 'a>) {}
    unsafe fn raw(&self, _: *const u8) -> ! {
        unreachable!()
    }
    fn callback(&self, f: &mut dyn FnMut(&Point)) {
        f(&Point { x: 1, y: 1 });
    }
    #[cfg(not(debug_assertions))]
    fn elsewhere(&self) {}
    fn make() -> Self {
        One
    }
}
