//! Each type of std that is described: that it is, over what, and that it can be kept as state.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::cell::{Cell, LazyCell, OnceCell, RefCell, UnsafeCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::num::{NonZero, Saturating, Wrapping};
use std::pin::Pin;
use std::rc::{self, Rc};
use std::sync::atomic::*;
use std::sync::{self, Arc, LazyLock, Mutex, OnceLock, RwLock, mpsc};
use std::{io, net, ops, process, thread, time};

use crate::layout::{Kind, equal};
use crate::{HotState, HotType};

/// What a description says of a sized type is what the compiler says of it; and the type can be kept as state.
fn assert_measured<T: HotState>() {
    let info = T::info();
    assert!(equal(T::state().layout, T::info), "{}", type_name::<T>());
    assert_eq!(T::state().drop.is_some(), std::mem::needs_drop::<T>(), "{}", type_name::<T>());
    assert_eq!((info.name)(), type_name::<T>());
    assert_eq!((info.size, info.align, info.repr), (size_of::<T>(), align_of::<T>(), ""), "{}", type_name::<T>());
}

/// The names of what a type is over.
fn over<T: HotType + ?Sized>() -> Vec<&'static str> {
    match T::info().kind {
        Kind::Over(types) => types.iter().map(|describe| (describe().name)()).collect(),
        _ => panic!("{} is over nothing", type_name::<T>()),
    }
}

macro_rules! primitives {
    ($($ty:ty),* $(,)?) => {
        $(
            assert_measured::<$ty>();
            assert!(matches!(<$ty>::info().kind, Kind::Primitive), stringify!($ty));
        )*
    };
}

macro_rules! over {
    ($($ty:ty = [$($of:ty),*]),* $(,)?) => {
        $(
            assert_measured::<$ty>();
            assert_eq!(over::<$ty>(), [$(type_name::<$of>()),*] as [&str; _], stringify!($ty));
        )*
    };
}

/// As `over`, for types without a size of their own: they stand behind each kind of pointer.
macro_rules! behind_pointers {
    ($($ty:ty = [$($of:ty),*]),* $(,)?) => {
        $(
            assert_eq!(over::<$ty>(), [$(type_name::<$of>()),*] as [&str; _], stringify!($ty));
            over!(Box<$ty> = [$ty], Arc<$ty> = [$ty], Rc<$ty> = [$ty], &$ty = [$ty], &mut $ty = [$ty]);
            over!(rc::Weak<$ty> = [$ty], sync::Weak<$ty> = [$ty]);
            assert_eq!(<Box<$ty>>::info().size, 2 * size_of::<usize>(), "a pointer, and a length or a vtable");
        )*
    };
}

#[test]
fn numbers() {
    primitives!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char);
    primitives!(NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<u128>, NonZero<usize>, NonZero<char>);
    primitives!(NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<i128>, NonZero<isize>);
    primitives!(AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize);
    primitives!(AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize);
    primitives!(std::cmp::Ordering, std::sync::atomic::Ordering, ops::RangeFull);
    over!(
        Wrapping<u8> = [u8], Saturating<u8> = [u8], std::cmp::Reverse<u8> = [u8], ops::Bound<u8> = [u8],
        ops::Range<u8> = [u8], ops::RangeInclusive<u8> = [u8], ops::RangeFrom<u8> = [u8], ops::RangeTo<u8> = [u8],
        ops::RangeToInclusive<u8> = [u8], AtomicPtr<u8> = [u8],
    );
}

#[test]
fn texts_and_collections() {
    primitives!(String, std::ffi::OsString, std::ffi::CString, std::path::PathBuf);
    primitives!(std::hash::RandomState, std::hash::DefaultHasher);
    over!(
        &str = [str], Box<std::path::Path> = [std::path::Path], &std::ffi::OsStr = [std::ffi::OsStr],
        Arc<std::ffi::CStr> = [std::ffi::CStr], Cow<'_, str> = [str, String], Cow<'_, [u8]> = [[u8], Vec<u8>],
        [u16; 3] = [u16], Vec<u8> = [u8], VecDeque<u8> = [u8], LinkedList<u8> = [u8], BinaryHeap<u8> = [u8],
        BTreeSet<u8> = [u8], BTreeMap<u8, String> = [u8, String],
        HashMap<u8, String> = [u8, String, std::hash::RandomState],
        HashSet<u8> = [u8, std::hash::RandomState],
        HashMap<u8, (), std::hash::BuildHasherDefault<std::hash::DefaultHasher>> =
            [u8, (), std::hash::BuildHasherDefault<std::hash::DefaultHasher>],
        std::hash::BuildHasherDefault<std::hash::DefaultHasher> = [],
    );
    behind_pointers!([u8] = [u8]);
}

#[test]
fn a_hasher_is_compared_by_name_and_size_and_needs_no_description() {
    struct Undescribed(#[expect(dead_code)] u64);
    let Kind::Over([_, hasher]) = <HashSet<u8, Undescribed>>::info().kind else { panic!("elements and hasher") };
    let hasher = hasher();
    assert!(matches!(hasher.kind, Kind::Opaque(_)));
    assert_eq!(((hasher.name)(), hasher.size), (type_name::<Undescribed>(), 8));
}

#[test]
fn pointers_and_cells() {
    over!(
        &u8 = [u8], &mut u8 = [u8], *const u8 = [u8], *mut u8 = [u8], std::ptr::NonNull<u8> = [u8],
        Box<u8> = [u8], Rc<u8> = [u8], rc::Weak<u8> = [u8], Arc<u8> = [u8], sync::Weak<u8> = [u8],
        Pin<Box<u8>> = [Box<u8>], Cell<u8> = [u8], RefCell<u8> = [u8], UnsafeCell<u8> = [u8], OnceCell<u8> = [u8],
        LazyCell<u8> = [u8, fn() -> u8], std::mem::ManuallyDrop<u8> = [u8], std::mem::MaybeUninit<u8> = [u8],
        std::panic::AssertUnwindSafe<u8> = [u8],
    );
}

#[test]
fn a_marker_says_its_name_and_needs_no_description() {
    struct Undescribed;
    over!(PhantomData<Undescribed> = [], PhantomData<str> = [], PhantomData<*const Undescribed> = []);
}

#[test]
fn what_threads_share() {
    primitives!(sync::Barrier, sync::Condvar, sync::Once, thread::Thread, thread::ThreadId, std::task::Waker);
    primitives!(mpsc::RecvError, mpsc::TryRecvError);
    over!(
        Mutex<u8> = [u8], RwLock<u8> = [u8], OnceLock<u8> = [u8], LazyLock<u8> = [u8, fn() -> u8],
        mpsc::Sender<u8> = [u8], mpsc::SyncSender<u8> = [u8], mpsc::Receiver<u8> = [u8], mpsc::SendError<u8> = [u8],
        thread::JoinHandle<u8> = [u8],
    );
}

#[test]
fn values() {
    primitives!(std::convert::Infallible, std::alloc::Layout, std::fmt::Error, std::num::ParseIntError);
    primitives!(std::num::ParseFloatError, std::num::TryFromIntError, std::str::Utf8Error, std::string::FromUtf8Error);
    over!(
        Option<u8> = [u8], Result<u8, String> = [u8, String], std::task::Poll<u8> = [u8],
        ops::ControlFlow<u8, String> = [u8, String],
    );
    assert_measured::<(u8, u32)>();
    let Kind::Struct(fields) = <(u8, u32)>::info().kind else { panic!("a tuple has fields") };
    let fields: Vec<_> = fields.iter().map(|field| (field.name, field.offset, ((field.ty)().name)())).collect();
    let offsets = (std::mem::offset_of!((u8, u32), 0), std::mem::offset_of!((u8, u32), 1));
    assert_eq!(fields, [("0", Some(offsets.0), "u8"), ("1", Some(offsets.1), "u32")]);
    assert!(matches!(<()>::info().kind, Kind::Struct([])));
}

#[test]
fn the_systems_things() {
    primitives!(time::Duration, time::Instant, time::SystemTime, io::Error, io::ErrorKind, io::Empty);
    primitives!(io::Stdin, io::Stdout, io::Stderr, std::fs::File, std::fs::FileType, std::fs::Metadata);
    primitives!(std::fs::OpenOptions, std::fs::Permissions);
    primitives!(net::TcpStream, net::TcpListener, net::UdpSocket, net::SocketAddr, net::SocketAddrV4);
    primitives!(net::SocketAddrV6, net::IpAddr, net::Ipv4Addr, net::Ipv6Addr, net::AddrParseError);
    primitives!(process::Child, process::ChildStdin, process::ChildStdout, process::ChildStderr, process::Command);
    primitives!(process::ExitCode, process::ExitStatus, process::Output, process::Stdio);
    over!(
        io::Cursor<Vec<u8>> = [Vec<u8>], io::BufReader<std::fs::File> = [std::fs::File],
        io::BufWriter<net::TcpStream> = [net::TcpStream], io::LineWriter<io::Stdout> = [io::Stdout],
    );
    #[cfg(unix)]
    {
        use std::os::unix::net as unix;
        primitives!(unix::UnixStream, unix::UnixListener, unix::UnixDatagram, unix::SocketAddr, std::os::fd::OwnedFd);
    }
}

#[test]
fn function_pointers() {
    over!(
        fn() = [()], fn(u8) -> u16 = [u16, u8], unsafe fn(u8) = [(), u8], extern "C" fn(u8, u16) = [(), u8, u16],
        unsafe extern "C" fn() -> u8 = [u8], fn(u8, u8, u8, u8, u8, u16) = [(), u8, u8, u8, u8, u8, u16],
        fn(&'static str) = [(), &str],
    );
    // Of any lifetime.
    over!(
        fn(&str) -> u8 = [u8, str], fn(&mut u8) = [(), u8], fn(&mut u8, f32) = [(), u8, f32],
        fn(f32, &u8) = [(), u8, f32], fn(&mut u8, &str) = [(), u8, str],
    );
}

#[test]
fn closures_behind_pointers() {
    behind_pointers!(
        dyn Fn() = [()], dyn Fn(u8) -> u16 = [u16, u8], dyn FnMut(u8, u16) + Send = [(), u8, u16],
        dyn FnOnce(u8, u16, u32) + Send + Sync = [(), u8, u16, u32], dyn Fn(u8, u8, u8, u16) = [(), u8, u8, u8, u16],
    );
    behind_pointers!(
        dyn Fn(&str) -> u8 = [u8, str], dyn FnMut(&mut u8) + Send = [(), u8],
        dyn Fn(&mut u8, f32) + Send + Sync = [(), u8, f32], dyn FnOnce(f32, &u8) = [(), u8, f32],
        dyn Fn(&mut u8, &mut u16) = [(), u8, u16],
    );
    fn of_a_lifetime<'a>(_: &'a u8) {
        over!(Box<dyn Fn() + 'a> = [dyn Fn()], Box<dyn Fn(&'a u8) + 'a> = [dyn Fn(&'a u8)]);
    }
    of_a_lifetime(&0);
}

#[test]
fn trait_objects_of_std() {
    use std::error::Error;
    behind_pointers!(
        dyn Any = [], dyn Any + Send = [], dyn Any + Send + Sync = [], dyn Error = [], dyn Error + Send + Sync = [],
        dyn std::fmt::Debug = [], dyn std::fmt::Display = [], dyn std::fmt::Write = [], dyn io::Read = [],
        dyn io::Write + Send = [], dyn io::BufRead = [], dyn io::Seek = [], dyn Iterator<Item = u8> = [u8],
        dyn Future<Output = u8> + Send = [u8],
    );
    over!(Pin<Box<dyn Future<Output = u8>>> = [Box<dyn Future<Output = u8>>], Result<u8, Box<dyn Error>> = [u8, Box<dyn Error>]);
}
