//! A hot library as its own code knows it: the static that `hot_lib!` makes.

use crate::app::AppDescription;
use crate::entry::{Code, Entry};
use crate::guard::Ret;
use crate::probe::Build;
use crate::table::Published;

/// What is known of a hot library at compile time.
#[derive(Clone, Copy)]
pub struct CrateInfo {
    /// The package's name.
    pub package: &'static str,
    /// The crate's name, as code names it.
    pub crate_name: &'static str,
    /// The directory of its `Cargo.toml`, absolute, when it was compiled.
    pub directory: &'static str,
    /// Whether its functions can be swapped in this build.
    pub hot: bool,
    /// How it was compiled.
    pub build: Build,
    /// The `#[hot]` functions that are linked in.
    pub entries: fn() -> &'static [Entry],
    /// Its application, where it has one.
    pub app: Option<fn() -> AppDescription>,
    /// Run for each generation after its checks, before it comes into force.
    pub on_load: Option<fn() -> Ret<()>>,
}

/// A hot library: in the host, what its functions are published to.
pub struct HotCrate {
    info: CrateInfo,
    table: Published<Code>,
}

impl HotCrate {
    /// A library with nothing published: each function runs its own body.
    pub const fn new(info: CrateInfo) -> Self {
        Self { info, table: Published::empty() }
    }

    /// The package's name.
    pub fn package(&self) -> &'static str {
        self.info.package
    }

    /// The directory of its `Cargo.toml` when it was compiled, absolute.
    pub fn directory(&self) -> &'static str {
        self.info.directory
    }

    /// Whether its functions can be swapped in this build; see the features of the crate `liveswap`.
    pub fn is_hot(&self) -> bool {
        self.info.hot
    }

    /// How it was compiled.
    pub fn build(&self) -> &Build {
        &self.info.build
    }

    /// The `#[hot]` functions that are linked into this program, or into this image.
    pub fn entries(&self) -> &'static [Entry] {
        (self.info.entries)()
    }

    pub(crate) fn info(&self) -> &CrateInfo {
        &self.info
    }

    #[inline(always)]
    pub(crate) fn table(&self) -> &Published<Code> {
        &self.table
    }

    /// Brings code into force for all entries at once: `code` has one element for each of
    /// [`entries`](Self::entries), in that order. The table is kept for ever.
    ///
    /// # Safety
    ///
    /// Each element is [`Code::NONE`], or code whose arguments and output have the layout of the entry's, from an
    /// image that stays loaded.
    ///
    /// # Panics
    ///
    /// Where `code` has another length than the entries.
    pub unsafe fn publish(&self, code: &[Code]) {
        let entries = self.entries();
        assert_eq!(code.len(), entries.len(), "one code for each entry");
        // Element 0 stands for "no place yet", see `Entry::index`.
        let table: Vec<Code> = std::iter::once(Code::NONE).chain(code.iter().copied()).collect();
        for (place, entry) in entries.iter().enumerate() {
            entry.set_index(place + 1);
        }
        self.table.publish(table.leak());
    }
}
