//! A hot library as its own code knows it: the static that `hot_lib!` makes.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::app::AppDescription;
use crate::entry::{Code, Entry};
use crate::failure::{Answer, Failure, Judge};
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
    /// Run for each generation after another image has taken its place.
    pub on_retire: Option<fn() -> Ret<()>>,
}

/// A hot library: in the host, what its functions are published to.
pub struct HotCrate {
    info: CrateInfo,
    table: Published<Code>,
    /// Decides what becomes of calls that fail.
    judge: RwLock<Option<Arc<dyn Judge>>>,
}

/// How long the code of a new generation is on trial, for each entry by itself: until so many calls came back, or for so
/// long after the first of them, whichever is over first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialTerms {
    /// How many calls; with 0 there is no trial.
    pub calls: u32,
    /// How long, to the millisecond.
    pub time: Duration,
}

impl TrialTerms {
    /// No trial.
    pub const NONE: TrialTerms = TrialTerms { calls: 0, time: Duration::ZERO };
}

/// 100 calls, or 2 seconds.
impl Default for TrialTerms {
    fn default() -> Self {
        Self { calls: 100, time: Duration::from_secs(2) }
    }
}

impl HotCrate {
    /// A library with nothing published: each function runs its own body.
    pub const fn new(info: CrateInfo) -> Self {
        Self { info, table: Published::empty(), judge: RwLock::new(None) }
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

    /// The generation in force; 0 before the first. Whoever reads this and then the table has code of this generation or of
    /// a newer one.
    pub(crate) fn generation(&self) -> u64 {
        self.table.generation()
    }

    /// Brings code into force for all entries at once: `code` has one element for each of
    /// [`entries`](Self::entries), in that order. The table is kept for ever. [`is_now`](Self::is_now) is to follow.
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

    /// Begins the trial of each entry for a generation whose code is about to come into force: before it does, so that
    /// none of its calls is untried.
    pub fn begin_trial(&self, generation: u64, terms: TrialTerms) {
        let milliseconds = u64::try_from(terms.time.as_millis()).unwrap_or(u64::MAX);
        for entry in self.entries() {
            entry.trial().begin(generation, terms.calls, milliseconds);
        }
    }

    /// The code in force is that of this generation from now on.
    pub fn is_now(&self, generation: u64) {
        self.table.is_now(generation);
    }

    /// Who decides what becomes of calls that fail, from now on.
    pub fn set_judge(&self, judge: Arc<dyn Judge>) {
        *self.judge.write().unwrap_or_else(PoisonError::into_inner) = Some(judge);
    }

    /// What becomes of a call that failed.
    pub(crate) fn judge(&self, failure: &Failure<'_>) -> Answer {
        let judge = self.judge.read().unwrap_or_else(PoisonError::into_inner).clone();
        judge.map_or(Answer::Panic, |judge| judge.judge(failure))
    }
}
