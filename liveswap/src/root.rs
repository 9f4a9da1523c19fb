//! The root of an image: its one exported symbol, and the root module behind it.
//!
//! The host goes in this order, and each step trusts only what the steps before have shown:
//! 1. the [handshake](crate::handshake), plain bytes, read from the file;
//! 2. load; fill the [allocator slot](crate::allocator), before any other code of the library is called;
//! 3. abi_stable's check of the [root module](Boundary), which compares the layout of everything below;
//! 4. [`attach`](Boundary::attach), then the entries and their types.

use abi_stable::StableAbi;
use abi_stable::library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;

use crate::allocator::AllocatorSlot;
use crate::app::AppDescription;
use crate::entry::Entry;
use crate::guard::{Ret, guard, install_hook};
use crate::handshake::Handshake;
use crate::hot_crate::HotCrate;
use crate::probe::Build;
use crate::services::{Opaque, Services};

/// What a hot library exports, under [`ROOT_SYMBOL_PREFIX`](crate::handshake::ROOT_SYMBOL_PREFIX) and its crate's name.
#[repr(C)]
pub struct Root {
    /// Who built it, and how.
    pub handshake: Handshake,
    /// Where the host puts its allocator; null where the library keeps its own.
    pub allocator: Option<&'static AllocatorSlot>,
    /// abi_stable's header of the root module.
    pub header: &'static LibHeader,
    /// The library, as the functions of the root module take it.
    pub hot_crate: &'static HotCrate,
}

impl Root {
    /// The root of a library.
    pub const fn new(
        handshake: Handshake,
        allocator: Option<&'static AllocatorSlot>,
        hot_crate: &'static HotCrate,
    ) -> Self {
        static HEADER: LibHeader = {
            // SAFETY: `construct` gives a `PrefixRef` of `BoundaryRef`.
            unsafe { LibHeader::from_constructor::<BoundaryRef>(construct, CheckTypeLayout::Yes) }
        };
        Self { handshake, allocator, header: &HEADER, hot_crate }
    }
}

extern "C" fn construct() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| {
        Boundary { attach, build, escape, entries, app, load, retires, retire }.leak_into_prefix()
    })
}

/// The root module: the functions that the host calls on an image.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = BoundaryRef)))]
#[sabi(missing_field(panic))]
pub struct Boundary {
    /// Takes the host's services; once, before anything else.
    pub attach: extern "C" fn(Opaque, Services),
    /// How the image was compiled: a [`Build`].
    pub build: extern "C" fn(Opaque) -> Opaque,
    /// How panics end and begin in the image: an [`Escape`](crate::escape::Escape).
    pub escape: extern "C" fn(Opaque) -> Opaque,
    /// The image's entries.
    pub entries: extern "C" fn(Opaque) -> EntryList,
    /// The image's application; null where it has none.
    pub app: extern "C" fn(Opaque) -> Opaque,
    /// Runs the library's load hook.
    pub load: extern "C" fn(Opaque) -> HookResult,
    /// Whether the library has a retire hook.
    pub retires: extern "C" fn(Opaque) -> bool,
    /// Runs the library's retire hook.
    #[sabi(last_prefix_field)]
    pub retire: extern "C" fn(Opaque) -> HookResult,
}

impl RootModule for BoundaryRef {
    abi_stable::declare_root_module_statics! {BoundaryRef}
    const BASE_NAME: &'static str = "liveswap";
    const NAME: &'static str = "liveswap";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// The entries of an image: address and number. Read as `[Entry]` after the handshake has shown the same compiler.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct EntryList {
    first: *const (),
    count: usize,
}

impl EntryList {
    /// Where the first entry is said to be.
    pub fn first(self) -> *const Entry {
        self.first.cast()
    }

    /// How many entries there are said to be.
    pub fn count(self) -> usize {
        self.count
    }

    /// The entries.
    ///
    /// # Safety
    ///
    /// The list came from an image whose handshake and root module were checked, and that stays loaded; its first entry
    /// is not null.
    pub unsafe fn get(self) -> &'static [Entry] {
        // SAFETY: made by `entries` below from a `&'static [Entry]`; same compiler and boundary version, so `Entry`
        // has the same layout on both sides.
        unsafe { std::slice::from_raw_parts(self.first.cast(), self.count) }
    }
}

/// What came of a hook: null where all went well, else a report.
#[repr(transparent)]
#[derive(StableAbi)]
pub struct HookResult(*mut ());

impl HookResult {
    fn of(hook: Option<fn() -> Ret<()>>) -> Self {
        Self(hook.map_or(std::ptr::null_mut(), |hook| Box::into_raw(Box::new(hook())).cast()))
    }

    /// # Errors
    ///
    /// The panic of the hook.
    pub fn into_result(self) -> Result<(), Box<crate::HotPanic>> {
        if self.0.is_null() {
            return Ok(());
        }
        // SAFETY: made by `of`, given out once; same compiler on both sides.
        unsafe { Box::from_raw(self.0.cast::<Ret<()>>()) }.into_result()
    }
}

/// The library behind an opaque pointer.
fn library(of: Opaque) -> &'static HotCrate {
    // SAFETY: the host hands back what stands in `Root::hot_crate` of this image.
    unsafe { &*of.address().cast::<HotCrate>() }
}

extern "C" fn attach(_: Opaque, services: Services) {
    crate::state::registry::attach(services.registry);
    install_hook(services.makes_backtraces, move |report| (services.panicked)(services.image, report));
    #[cfg(any(feature = "log", feature = "tracing"))]
    crate::logging::install(services);
}

extern "C" fn build(of: Opaque) -> Opaque {
    Opaque::of::<Build>(library(of).build())
}

extern "C" fn escape(_: Opaque) -> Opaque {
    Opaque::of(&crate::escape::HERE)
}

extern "C" fn entries(of: Opaque) -> EntryList {
    let entries = library(of).entries();
    EntryList { first: entries.as_ptr().cast(), count: entries.len() }
}

extern "C" fn app(of: Opaque) -> Opaque {
    match library(of).info().app {
        Some(describe) => Opaque::of::<AppDescription>(Box::leak(Box::new(describe()))),
        None => Opaque::NULL,
    }
}

extern "C" fn load(of: Opaque) -> HookResult {
    HookResult::of(library(of).info().on_load)
}

extern "C" fn retires(of: Opaque) -> bool {
    library(of).info().on_retire.is_some()
}

extern "C" fn retire(of: Opaque) -> HookResult {
    HookResult::of(library(of).info().on_retire)
}

/// Runs a hook in a guard; the expansion of `hot_lib!` wraps the hook in it.
pub fn run_hook(hook: impl FnOnce()) -> Ret<()> {
    guard(hook)
}
