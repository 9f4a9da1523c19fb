//! The descriptions of the standard library's types, by concern.
//!
//! What the compiler or std alone decides is a [`Kind::Primitive`]: compared by its full name, size and alignment. What
//! is made over types of the user's is a [`Kind::Over`], which names all of them.

use crate::layout::Kind;

mod cells;
mod collections;
mod dynamic;
mod functions;
mod numbers;
mod pointers;
mod system;
mod threads;
mod values;

// What is only a marker of a type holds none of it: its name is compared, not what it is made of.
described!([T: ?Sized] std::marker::PhantomData<T>, Kind::Over(&[]));

#[cfg(test)]
mod tests;
