//! Numbers, tuples, `Result`, and types that are moved as they are.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::state;
use crate::state::{
    DefaultProbe, EnumState, HotState, NoDefault, Number, StateField, StateKind, StateVariant, StructState,
};

macro_rules! numbers {
    ($($ty:ident $number:ident),* $(,)?) => { $(state!([] $ty, StateKind::Number(Number::$number));)* };
}

numbers!(u8 U8, u16 U16, u32 U32, u64 U64, u128 U128, usize Usize, i8 I8, i16 I16, i32 I32, i64 I64, i128 I128,
    isize Isize, f32 F32, f64 F64, bool Bool, char Char);

macro_rules! whole {
    ($([$($generics:tt)*] $ty:ty),* $(,)?) => { $(state!([$($generics)*] $ty, StateKind::Whole);)* };
}

whole!(
    [] String,
    [] Box<str>,
    [] PathBuf,
    [] Box<Path>,
    [] std::ffi::OsString,
    [] std::ffi::CString,
    [] Duration,
    [] Instant,
    [] SystemTime,
    [] std::io::Error,
    [] std::fs::File,
    [] std::net::TcpStream,
    [] std::net::TcpListener,
    [] std::net::UdpSocket,
    [] std::net::SocketAddr,
    [] std::net::IpAddr,
    [] std::thread::ThreadId,
    [] std::sync::Condvar,
    [] std::sync::atomic::AtomicBool,
    [] std::sync::atomic::AtomicI8,
    [] std::sync::atomic::AtomicI16,
    [] std::sync::atomic::AtomicI32,
    [] std::sync::atomic::AtomicI64,
    [] std::sync::atomic::AtomicIsize,
    [] std::sync::atomic::AtomicU8,
    [] std::sync::atomic::AtomicU16,
    [] std::sync::atomic::AtomicU32,
    [] std::sync::atomic::AtomicU64,
    [] std::sync::atomic::AtomicUsize,
    [] std::num::NonZero<u8>,
    [] std::num::NonZero<u16>,
    [] std::num::NonZero<u32>,
    [] std::num::NonZero<u64>,
    [] std::num::NonZero<u128>,
    [] std::num::NonZero<usize>,
    [] std::num::NonZero<i8>,
    [] std::num::NonZero<i16>,
    [] std::num::NonZero<i32>,
    [] std::num::NonZero<i64>,
    [] std::num::NonZero<i128>,
    [] std::num::NonZero<isize>,
    [] std::sync::Arc<str>,
    [] std::rc::Rc<str>,
    [T] std::marker::PhantomData<T>,
    // What these lead to stays where it is: they are moved only where its layout is the same.
    ['a, T: crate::HotType + ?Sized] &'a T,
    [T: crate::HotType + ?Sized] *const T,
    [T: crate::HotType + ?Sized] *mut T,
    [T: crate::HotType + ?Sized] std::ptr::NonNull<T>,
    [T: crate::HotType] std::sync::mpsc::Sender<T>,
    [T: crate::HotType] std::sync::mpsc::SyncSender<T>,
    [T: crate::HotType] std::sync::mpsc::Receiver<T>,
    [T: crate::HotType] std::thread::JoinHandle<T>,
    [P: crate::HotType] std::pin::Pin<P>,
    [T: crate::HotType] std::ops::RangeInclusive<T>,
    [T: crate::HotType] std::ops::Bound<T>,
    [T: crate::HotType] std::task::Poll<T>,
);

macro_rules! functions {
    ($(($($parameter:ident),*))*) => { $(
        whole!([R: crate::HotType, $($parameter: crate::HotType),*] fn($($parameter),*) -> R,
            [R: crate::HotType, $($parameter: crate::HotType),*] extern "C" fn($($parameter),*) -> R);
    )* };
}

functions!(()(A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F));

macro_rules! fields {
    ($($parameter:ident $name:tt),*) => {
        StateKind::Struct(StructState {
            fields: &[$(StateField {
                name: stringify!($name),
                offset: Some(std::mem::offset_of!(Self, $name)),
                ty: $parameter::state,
                was: &[],
                default: DefaultProbe::<$parameter>::FILL,
                with: None,
            }),*],
            hook: None,
            was: &[],
        })
    };
}

macro_rules! tuples {
    ($(($($parameter:ident $index:tt),*))*) => {
        $(state!([$($parameter: HotState),*] ($($parameter,)*), fields!($($parameter $index),*));)*
    };
}

tuples!((A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11));
whole!([]());

state!([T: HotState] std::ops::Range<T>, fields!(T start, T end));

state!([T: HotState, E: HotState] Result<T, E>, StateKind::Enum(EnumState {
    variants: &[
        StateVariant { name: "Ok", was: &[], fields: &[the_field(T::state)] },
        StateVariant { name: "Err", was: &[], fields: &[the_field(E::state)] },
    ],
    open: open_result::<T, E>,
    close: close_result::<T, E>,
    hook: None,
    was: &[],
}));

const fn the_field(ty: crate::state::DescribeState) -> StateField {
    StateField { name: "0", offset: None, ty, was: &[], default: None, with: None }
}

unsafe fn open_result<T, E>(value: *mut u8, fields: *mut *mut u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses, and room for one address.
    unsafe {
        let (variant, address): (_, *mut u8) = match &mut *value.cast::<Result<T, E>>() {
            Ok(value) => (0, std::ptr::from_mut(value).cast()),
            Err(error) => (1, std::ptr::from_mut(error).cast()),
        };
        fields.write(address);
        variant
    }
}

unsafe fn close_result<T, E>(to: *mut u8, variant: usize, fields: *const *mut u8) {
    // SAFETY: the host gives room for this type, and a value of the variant's type at the address, to be moved.
    unsafe {
        to.cast::<Result<T, E>>().write(match variant {
            0 => Ok(fields.read().cast::<T>().read()),
            _ => Err(fields.read().cast::<E>().read()),
        });
    }
}
