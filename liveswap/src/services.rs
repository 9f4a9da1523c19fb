//! What the host does for an image, handed over once when it is loaded.

use abi_stable::StableAbi;
use abi_stable::std_types::RStr;

use crate::guard::PanicReport;

/// A pointer of a library, for the host to hand back.
#[repr(transparent)]
#[derive(Clone, Copy, StableAbi)]
pub struct Opaque(*const ());

// SAFETY: an address is plain data; who reads through it says why that is sound.
unsafe impl Send for Opaque {}
// SAFETY: as above.
unsafe impl Sync for Opaque {}

impl Opaque {
    /// Nothing.
    pub const NULL: Opaque = Opaque(std::ptr::null());

    /// Hides a reference.
    pub fn of<T>(reference: &'static T) -> Self {
        Self(std::ptr::from_ref(reference).cast())
    }

    /// The address.
    pub fn address(self) -> *const () {
        self.0
    }
}

/// What the host does for an image.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Services {
    /// Handed back with each call: which image it is.
    pub image: u64,
    /// Told of each panic, at once, on the panicking thread. May add the backtrace.
    pub panicked: extern "C" fn(image: u64, &mut PanicReport),
    /// Whether it does; else the image makes it.
    pub makes_backtraces: bool,
    /// Told of each record of `log` and each event of `tracing`, where the host's own logger and dispatcher can't be
    /// handed over.
    pub logged: extern "C" fn(image: u64, &LogLine<'_>),
    /// The names of the program's `Kept`s.
    pub registry: Registry,
    /// A `&'static dyn log::Log` behind a pointer, or null; only where both sides have the same `log`.
    pub logger: Opaque,
    /// A `tracing_core::Dispatch` behind a pointer, or null; only where both sides have the same `tracing-core`.
    pub dispatch: Opaque,
    /// The most verbose level that is of use: 0 none, 1 error … 5 trace.
    pub level: u8,
}

/// The host's list of its [`Kept`](crate::Kept)s, as functions. States go as pointers to a
/// [`StateInfo`](crate::state::StateInfo).
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Registry {
    /// Adds a name; gives null, or the state that has the name already.
    pub add: extern "C" fn(name: RStr<'_>, state: Opaque) -> Opaque,
    /// Sets what a name holds.
    pub set: extern "C" fn(name: RStr<'_>, state: Opaque),
    /// Takes a name off.
    pub remove: extern "C" fn(name: RStr<'_>),
}

/// A line of the library's log as plain data.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct LogLine<'a> {
    /// 1 error … 5 trace.
    pub level: u8,
    /// What wrote it, usually the module.
    pub target: RStr<'a>,
    /// The message, and fields as ` name=value`.
    pub message: RStr<'a>,
}
