//! An application that the program `liveswap` can run: started once, called at a chosen rate, kept over swaps.

use std::time::Duration;

use abi_stable::StableAbi;

use crate::guard::{Ret, guard};
use crate::state::{CloneCode, DescribeState, HotState};

/// What `liveswap run` calls. The value is the program's state: the host keeps it, each generation's code works on it, and
/// it is moved where an edit changes the type.
///
/// ```
/// use liveswap::{App, Flow, HotState, HotType, Tick};
///
/// #[derive(HotType, HotState)]
/// struct Counter {
///     count: u64,
/// }
///
/// impl App for Counter {
///     const RATE: f64 = 2.0;
///
///     fn init() -> Self {
///         Counter { count: 0 }
///     }
///
///     fn tick(&mut self, _: Tick) -> Flow {
///         self.count += 1;
///         println!("{}", self.count);
///         Flow::Continue
///     }
/// }
///
/// liveswap::hot_lib!(app = Counter);
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no application",
    label = "this type needs `App`",
    note = "implement `liveswap::App` for `{Self}`: `init` makes the state, `tick` is one step"
)]
pub trait App: HotState + Sized + 'static {
    /// Ticks per second; more than 0. Each generation may choose its own.
    const RATE: f64 = 60.0;

    /// Makes the state; called once, by the first generation.
    fn init() -> Self;

    /// One step. Swaps become visible between ticks.
    fn tick(&mut self, tick: Tick) -> Flow;

    /// Called once before the program ends; the state is dropped afterwards.
    fn stop(&mut self) {}
}

/// What a tick is told.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, StableAbi)]
pub struct Tick {
    /// Counts from 0, over all generations.
    pub number: u64,
    /// The generation that runs this tick.
    pub generation: u64,
    /// Seconds since the tick before; 0 at the first.
    pub seconds: f64,
}

impl Tick {
    /// The time since the tick before.
    pub fn elapsed(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }
}

/// Whether the application goes on.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, StableAbi)]
pub enum Flow {
    /// There is a next tick.
    Continue,
    /// The program is to end.
    Stop,
}

/// An application as it crosses the boundary. The functions take a pointer to its state.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AppDescription {
    /// The state.
    pub state: DescribeState,
    /// Ticks per second.
    pub rate: f64,
    /// Writes a new state to memory of the layout's size and alignment.
    pub init: unsafe extern "C" fn(*mut ()) -> Ret<()>,
    /// One step.
    pub tick: unsafe extern "C" fn(*mut (), Tick) -> Ret<Flow>,
    /// The stop hook.
    pub stop: unsafe extern "C" fn(*mut ()) -> Ret<()>,
    /// Clones the state, where its type can be cloned.
    pub clone: Option<CloneCode>,
}

/// Describes `A`; `clone` is that of its [`CloneProbe`](crate::state::CloneProbe).
pub fn describe_app<A: App>(clone: Option<CloneCode>) -> AppDescription {
    AppDescription { state: A::state, rate: A::RATE, init: init::<A>, tick: tick::<A>, stop: stop::<A>, clone }
}

unsafe extern "C" fn init<A: App>(state: *mut ()) -> Ret<()> {
    // SAFETY: the host gives memory of `A`'s size and alignment, not yet initialised.
    guard(move || unsafe { state.cast::<A>().write(A::init()) })
}

unsafe extern "C" fn tick<A: App>(state: *mut (), tick: Tick) -> Ret<Flow> {
    // SAFETY: the host gives the state that `init` wrote, of a layout that it compared with `A`'s, to one call at a time.
    guard(move || unsafe { &mut *state.cast::<A>() }.tick(tick))
}

unsafe extern "C" fn stop<A: App>(state: *mut ()) -> Ret<()> {
    // SAFETY: as in `tick`.
    guard(move || unsafe { &mut *state.cast::<A>() }.stop())
}
