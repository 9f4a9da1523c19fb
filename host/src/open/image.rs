//! Images: loaded libraries. They stay loaded for ever.
//!
//! Unloading is unsound where a thread-local, a thread, a `&'static str` or a vtable of the image is still in use, and
//! none of these can be seen from outside; an image costs about its file's loaded segments. [`Image::memory`] says how
//! much.

use std::ffi::CString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use liveswap::escape::Escape;
use liveswap::probe::Build;
use liveswap::root::{BoundaryRef, Root};
use liveswap::services::Opaque;
use liveswap::{AppDescription, Entry, HotPanic, allocator, handshake};

use super::services::{self, OnPanic, SameCrates};
use super::{entry_list, library, root_module};

/// Why a library could not be loaded, or not be talked to.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The loader refused it.
    #[error("load {}: {reason}", path.display())]
    Load {
        /// The staged artifact.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// The root symbol is not there.
    #[error("{} has no symbol `{symbol}`: call `liveswap::hot_lib!();` at the crate's root", path.display())]
    NoRoot {
        /// The staged artifact.
        path: PathBuf,
        /// What was looked for.
        symbol: String,
    },
    /// Its list of entries can't be one.
    #[error("{}: {reason}; build the library anew", path.display())]
    Entries {
        /// The staged artifact.
        path: PathBuf,
        /// What is wrong with the list.
        reason: String,
    },
    /// It is a patch, and has a constructor, which a macro has put into a function.
    #[error("a patch of it would have a constructor of its own")]
    PatchConstructor,
    /// It is a patch that can't be used.
    #[error("{}: {reason}", path.display())]
    Patch {
        /// The staged artifact.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// abi_stable's check failed.
    #[error("{reason}")]
    RootModule {
        /// The short report.
        reason: String,
    },
}

/// A loaded hot library whose root module was checked.
pub struct Image {
    path: PathBuf,
    module: BoundaryRef,
    hot_crate: Opaque,
    entries: &'static [Entry],
    early_allocations: usize,
    memory: u64,
    range: Range<usize>,
}

impl Image {
    /// Loads the staged artifact at `path` and hands it the host's services. Its handshake was compared before.
    ///
    /// # Errors
    ///
    /// The loader, or abi_stable's check, refuses it, or its list of entries is none. What was loaded stays loaded, unused.
    ///
    /// # Safety
    ///
    /// The file's handshake was read and equals what this host expects: the same compiler built it, and it is an
    /// image of this boundary version. Its constructors are code of the user's project.
    pub unsafe fn open(path: &Path, crate_name: &str, on_panic: OnPanic, same: SameCrates) -> Result<Image, OpenError> {
        let root = root(path, crate_name)?;
        // Before anybody reads the file by mapping it.
        let range = super::mapped::range(path).unwrap_or_default();
        // Before anybody calls it.
        #[cfg(target_os = "linux")]
        // SAFETY: it was loaded just now, and stays so.
        unsafe {
            super::threads::have_seen(path, &range);
        }
        // First of all: what the library allocates from here on, the host may free.
        let early_allocations = root.allocator.map_or(0, |slot| slot.fill(&allocator::OF_THIS_PROGRAM));
        // SAFETY: the header is a static of the image, which stays loaded.
        let module = unsafe { root_module::check(root.header) }.map_err(|reason| OpenError::RootModule { reason })?;
        let hot_crate = Opaque::of(root.hot_crate);
        // SAFETY: a static of the image, which stays loaded; same compiler and boundary version.
        unsafe {
            let escape = &*module.escape()(hot_crate).address().cast::<Escape>();
            super::escape::add_image(path, &range, escape);
        }
        module.attach()(hot_crate, services::for_image(on_panic, same));
        let list = module.entries()(hot_crate);
        entry_list::check(list.first(), list.count())
            .map_err(|reason| OpenError::Entries { path: path.to_owned(), reason })?;
        // SAFETY: handshake and root module were checked, images stay loaded, and the list may be one.
        let entries = unsafe { list.get() };
        let (path, memory) = (path.to_owned(), loaded_size(path));
        Ok(Image { path, module, hot_crate, entries, early_allocations, memory, range })
    }

    /// Where it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it was compiled.
    pub fn build(&self) -> &'static Build {
        // SAFETY: a static of the image, which stays loaded; same compiler and boundary version.
        unsafe { &*self.module.build()(self.hot_crate).address().cast::<Build>() }
    }

    /// Its `#[hot]` functions.
    pub fn entries(&self) -> &'static [Entry] {
        self.entries
    }

    /// Its application, where it has one.
    pub fn app(&self) -> Option<&'static AppDescription> {
        let address = self.module.app()(self.hot_crate).address().cast::<AppDescription>();
        // SAFETY: null, or a description that the image has leaked; same compiler and boundary version.
        unsafe { address.as_ref() }
    }

    /// Its hooks.
    pub fn hooks(&self) -> Hooks {
        Hooks { module: self.module, hot_crate: self.hot_crate }
    }

    /// How many allocations its constructors made, before the host's allocator served it.
    pub fn early_allocations(&self) -> usize {
        self.early_allocations
    }

    /// The addresses at which it is loaded; none where that is not known.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Bytes of memory that its loaded segments take.
    pub fn memory(&self) -> u64 {
        self.memory
    }
}

/// The hooks of an image, to be run from any thread.
#[derive(Clone, Copy)]
pub struct Hooks {
    module: BoundaryRef,
    hot_crate: Opaque,
}

impl Hooks {
    /// Runs the load hook, if there is one.
    ///
    /// # Errors
    ///
    /// The hook's panic.
    pub fn load(&self) -> Result<(), Box<HotPanic>> {
        self.module.load()(self.hot_crate).into_result()
    }

    /// Whether there is a retire hook.
    pub fn has_retire(&self) -> bool {
        self.module.retires()(self.hot_crate)
    }

    /// Runs the retire hook, if there is one.
    ///
    /// # Errors
    ///
    /// The hook's panic.
    pub fn retire(&self) -> Result<(), Box<HotPanic>> {
        self.module.retire()(self.hot_crate).into_result()
    }
}

/// Loads the file and finds the root.
fn root(path: &Path, crate_name: &str) -> Result<&'static Root, OpenError> {
    // SAFETY: its handshake was compared, and its symbols are used below as what they are.
    let library = unsafe { library::load(path)? };
    let name = format!("{}{crate_name}", handshake::ROOT_SYMBOL_PREFIX);
    let symbol = CString::new(name.clone()).unwrap_or_default();
    // SAFETY: the symbol is the static `Root` that `hot_lib!` exports under this name; the handshake in it was read
    // from the file and fits, so the type is this boundary version's.
    let root: &'static Root = unsafe {
        let root = library.get::<*const Root>(symbol.as_bytes_with_nul());
        match root.map(|root| (*root).as_ref()) {
            Ok(Some(root)) => root,
            _ => return Err(OpenError::NoRoot { path: path.to_owned(), symbol: name }),
        }
    };
    // The image stays loaded: see the module's text.
    std::mem::forget(library);
    Ok(root)
}

/// What the file's loaded segments take in memory.
pub(super) fn loaded_size(path: &Path) -> u64 {
    use object::read::{Object, ObjectSegment, ReadCache};
    let Ok(file) = std::fs::File::open(path) else { return 0 };
    let cache = ReadCache::new(file);
    object::File::parse(&cache).map_or(0, |file| file.segments().map(|segment| segment.size()).sum())
}
