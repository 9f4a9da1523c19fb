//! The descriptions of the standard library's types.

use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::num::NonZero;
use std::ops::{Bound, Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    AtomicUsize,
};
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock, Weak, mpsc};
use std::time::{Duration, Instant, SystemTime};

use super::{Field, HotType, Kind, TypeInfo};

/// Implements `HotType` for a sized type of the given kind.
macro_rules! described {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        // SAFETY: name, size and alignment are the type's own, and the kind names all types that it is made over.
        unsafe impl<$($generics)*> HotType for $ty {
            fn info() -> &'static TypeInfo {
                const {
                    &TypeInfo { name: type_name::<Self>, size: size_of::<Self>(), align: align_of::<Self>(), repr: "", kind: $kind }
                }
            }
        }
    };
}

macro_rules! primitives {
    ($($ty:ty),* $(,)?) => { $(described!([] $ty, Kind::Primitive);)* };
}

primitives!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    bool,
    char,
    String,
    Duration,
    Instant,
    SystemTime,
    PathBuf,
    AtomicBool,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize,
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize,
    Condvar,
    std::ffi::OsString,
    std::ffi::CString,
    std::io::Error,
    std::fs::File,
    std::net::TcpStream,
    std::net::TcpListener,
    std::net::UdpSocket,
    std::net::SocketAddr,
    std::net::IpAddr,
    std::thread::ThreadId,
    NonZero<u8>,
    NonZero<u16>,
    NonZero<u32>,
    NonZero<u64>,
    NonZero<u128>,
    NonZero<usize>,
    NonZero<i8>,
    NonZero<i16>,
    NonZero<i32>,
    NonZero<i64>,
    NonZero<i128>,
    NonZero<isize>,
);

macro_rules! over {
    ($([$($parameter:ident),*] $ty:ty),* $(,)?) => {
        $(described!([$($parameter: HotType),*] $ty, Kind::Over(&[$($parameter::info),*]));)*
    };
}

over!(
    [T] Vec<T>, [T] VecDeque<T>, [T] BinaryHeap<T>, [T] BTreeSet<T>, [K, V] BTreeMap<K, V>,
    [T] Option<T>, [T, E] Result<T, E>, [T] Cell<T>, [T] RefCell<T>, [T] Mutex<T>, [T] RwLock<T>, [T] OnceLock<T>,
    [T] Range<T>, [T] RangeInclusive<T>, [T] Bound<T>, [P] Pin<P>, [T] std::mem::ManuallyDrop<T>,
    [T] std::cmp::Reverse<T>, [T] std::num::Wrapping<T>, [T] std::task::Poll<T>,
    [T] mpsc::Sender<T>, [T] mpsc::Receiver<T>, [T] mpsc::SyncSender<T>, [T] std::thread::JoinHandle<T>,
);

// Hashers are part of a map's layout, and are rarely described.
described!([K: HotType, V: HotType, S] HashMap<K, V, S>, Kind::Over(&[K::info, V::info, super::opaque::<S>]));
described!([T: HotType, S] HashSet<T, S>, Kind::Over(&[T::info, super::opaque::<S>]));
described!([T: HotType, const N: usize] [T; N], Kind::Over(&[T::info]));
described!([T] PhantomData<T>, Kind::Primitive);

// Pointers, also to types without a size of their own: those are described by what their elements are.
macro_rules! pointers {
    ($([$($lifetime:tt)*] $ty:ty),* $(,)?) => {
        $(described!([$($lifetime)* T: HotType + ?Sized] $ty, Kind::Over(&[T::info]));)*
    };
}

pointers!(['a,] &'a T, ['a,] &'a mut T, [] *const T, [] *mut T, [] Box<T>, [] Rc<T>, [] Arc<T>, [] Weak<T>,
    [] std::rc::Weak<T>, [] std::ptr::NonNull<T>);

/// A type without a size of its own: described by name and elements.
macro_rules! without_size {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        // SAFETY: the name is the type's own, and the kind names the elements. Values have no size that all share, and
        // only cross behind pointers, whose own size is described.
        unsafe impl<$($generics)*> HotType for $ty {
            fn info() -> &'static TypeInfo {
                const { &TypeInfo { name: type_name::<Self>, size: 0, align: 1, repr: "", kind: $kind } }
            }
        }
    };
}

without_size!([] str, Kind::Primitive);
without_size!([] Path, Kind::Primitive);
without_size!([] std::ffi::OsStr, Kind::Primitive);
without_size!([] std::ffi::CStr, Kind::Primitive);
without_size!([T: HotType] [T], Kind::Over(&[T::info]));

macro_rules! tuples {
    ($(($($parameter:ident $index:tt),*))*) => {
        $(described!([$($parameter: HotType),*] ($($parameter,)*), Kind::Struct(&[
            $(Field { name: stringify!($index), offset: Some(std::mem::offset_of!(Self, $index)), ty: $parameter::info }),*
        ]));)*
    };
}

tuples!(() (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11));

macro_rules! functions {
    ($(($($parameter:ident),*))*) => {
        $(
            described!([R: HotType, $($parameter: HotType),*] fn($($parameter),*) -> R, Kind::Over(&[R::info, $($parameter::info),*]));
            described!([R: HotType, $($parameter: HotType),*] extern "C" fn($($parameter),*) -> R, Kind::Over(&[R::info, $($parameter::info),*]));
        )*
    };
}

functions!(()(A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F));
