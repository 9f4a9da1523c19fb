//! Trait objects: what changed of the trait is told, since their vtable has.

use super::diff;

#[test]
fn methods_are_told_by_name() {
    let told = told!(dyn Shape:
        { #[hot] #[allow(dead_code)] trait Shape { fn area(&self) -> f32; fn gone(&self); fn scale(&mut self, by: f32); } }
        { #[hot] #[allow(dead_code)] trait Shape {
            fn area(&self) -> f32; fn name(&self) -> String; fn scale(&mut self, by: f64); } }
    );
    assert_eq!(
        told,
        [
            "Shape: method `name` added",
            "Shape: method `scale`: `fn(&mut Self, f32)` -> `fn(&mut Self, f64)`",
            "Shape: method `gone` removed",
        ]
    );
    let told = told!(Game:
        { #[hot] #[allow(dead_code)] trait Shape { fn area(&self) -> f32; fn name(&self) -> String; }
          #[derive(HotType)] struct Game { _shapes: Vec<Box<dyn Shape + Send>> } }
        { #[hot] #[allow(dead_code)] trait Shape { fn name(&self) -> String; fn area(&self) -> f32; }
          #[derive(HotType)] struct Game { _shapes: Vec<Box<dyn Shape + Send>> } }
    );
    assert_eq!(told, ["Game._shapes > Shape: methods are in another order"]);
}

#[test]
fn only_what_is_in_the_vtable_counts() {
    let told = told!(dyn Shape:
        { #[hot] #[allow(dead_code)] trait Shape { fn area(&self) -> f32; fn new() -> Self where Self: Sized; } }
        { #[hot] #[allow(dead_code)] trait Shape {
            fn map<T>(&self, _: T) where Self: Sized {}
            fn area(&self) -> f32 { 1.0 } } }
    );
    assert_eq!(told, [""; 0]);
}

#[test]
fn types_of_arguments_and_outputs_are_followed() {
    let told = told!(dyn Shape:
        { #[derive(HotType)] struct Canvas { _width: u32 }
          type Number = f32;
          #[hot] #[allow(dead_code)] trait Shape {
              fn draw(&self, canvas: &mut Canvas); fn area(&self) -> Number; fn scale(&self, by: Number); } }
        { #[derive(HotType)] struct Canvas { _width: u64 }
          type Number = f64;
          #[hot] #[allow(dead_code)] trait Shape {
              fn draw(&self, canvas: &mut Canvas); fn area(&self) -> Number; fn scale(&self, by: Number); } }
    );
    assert_eq!(
        told,
        [
            "Shape::draw > Canvas: size 4 -> 8, align 4 -> 8",
            "Shape::draw > Canvas: field `_width`: type `u32` -> `u64`",
            "Shape::area: output of type `f32` -> `f64`",
            "Shape::scale: argument of type `f32` -> `f64`",
        ]
    );
}

#[test]
fn supertraits_are_followed() {
    let told = told!(dyn Shape:
        { #[hot] #[allow(dead_code)] trait Shape { fn area(&self) -> f32; } }
        { #[hot] #[allow(dead_code)] trait Shape: std::fmt::Debug { fn area(&self) -> f32; } }
    );
    assert_eq!(told, ["Shape: supertraits none -> `std::fmt::Debug`"]);
    let told = told!(dyn Shape:
        { #[hot] #[allow(dead_code)] trait Named { fn name(&self) -> &str; }
          #[hot] #[allow(dead_code)] trait Shape: Named { fn area(&self) -> f32; } }
        { #[hot] #[allow(dead_code)] trait Named { fn name(&self) -> String; }
          #[hot] #[allow(dead_code)] trait Shape: Named { fn area(&self) -> f32; } }
    );
    assert_eq!(told, ["Shape > Named: method `name`: `fn(&Self) -> &str` -> `fn(&Self) -> String`"]);
}

#[test]
fn objects_that_refer_to_their_own_trait_end() {
    let told = told!(dyn Node:
        { #[hot] #[allow(dead_code)] trait Node { fn children(&self) -> Vec<Box<dyn Node>>; fn value(&self) -> u8; } }
        { #[hot] #[allow(dead_code)] trait Node { fn children(&self) -> Vec<Box<dyn Node>>; fn value(&self) -> i8; } }
    );
    assert_eq!(told, ["Node: method `value`: `fn(&Self) -> u8` -> `fn(&Self) -> i8`"]);
}

#[test]
fn other_markers_are_another_type() {
    let told = told!(Game:
        { #[hot] #[allow(dead_code)] trait Shape {}
          #[derive(HotType)] struct Game { _shape: Box<dyn Shape> } }
        { #[hot] #[allow(dead_code)] trait Shape {}
          #[derive(HotType)] struct Game { _shape: Box<dyn Shape + Send> } }
    );
    assert_eq!(told, ["Game: field `_shape`: type `Box<dyn Shape>` -> `Box<dyn Shape + Send>`"]);
}
