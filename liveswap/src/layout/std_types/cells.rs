//! Cells, and other wrappers of one value that belong to one thread.

use std::cell::{Cell, LazyCell, OnceCell, RefCell, UnsafeCell};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::AssertUnwindSafe;

over!([T] Cell<T>, [T] RefCell<T>, [T] UnsafeCell<T>, [T] OnceCell<T>, [T] AssertUnwindSafe<T>);

// Whether there is a value in these only their owner knows; or, in a lazy one, a function that makes it.
whole_over!([T] ManuallyDrop<T>, [T] MaybeUninit<T>, [T, F] LazyCell<T, F>);
