//! What images call in the place of `pthread_create`.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::time::Instant;

use libc::{pthread_attr_t, pthread_t};

use super::registry::{self, ImageId};

/// Where a thread begins. It may be ended by `pthread_exit`, which unwinds through it.
type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

type Create = unsafe extern "C" fn(*mut pthread_t, *const pthread_attr_t, Routine, *mut c_void) -> c_int;

unsafe extern "C" {
    fn pthread_create(
        thread: *mut pthread_t,
        attributes: *const pthread_attr_t,
        routine: Routine,
        argument: *mut c_void,
    ) -> c_int;
}

/// The name of the function that is replaced.
pub(crate) const NAME: &str = "pthread_create";

/// The function that is replaced: that of the first look, since this program's own pointer to it could be replaced too.
fn replaced() -> Create {
    static REPLACED: OnceLock<Create> = OnceLock::new();
    *REPLACED.get_or_init(|| pthread_create)
}

/// The address of the function that is replaced.
pub(crate) fn replaced_address() -> usize {
    replaced() as usize
}

/// The address of the function in its place. It stays there, and does what the other one does.
pub(crate) fn address() -> usize {
    create as Create as usize
}

/// A thread that is about to begin.
struct Start {
    routine: Routine,
    argument: *mut c_void,
    image: ImageId,
    started: Instant,
}

/// As `pthread_create`; the thread is known from its first step to its last.
///
/// # Safety
///
/// That of `pthread_create`.
unsafe extern "C" fn create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    let Some(image) = registry::image_of(routine as usize) else {
        // SAFETY: by the contract.
        return unsafe { replaced()(thread, attributes, routine, argument) };
    };
    let start = Box::into_raw(Box::new(Start { routine, argument, image, started: Instant::now() }));
    // SAFETY: by the contract; `begin` takes such a start, once.
    let error = unsafe { replaced()(thread, attributes, begin, start.cast()) };
    if error != 0 {
        // SAFETY: made above, and no thread has begun that took it.
        drop(unsafe { Box::from_raw(start) });
    }
    error
}

/// The first function of a thread.
///
/// # Safety
///
/// `start` leads to a [`Start`] in a box of its own, which nobody else takes.
unsafe extern "C-unwind" fn begin(start: *mut c_void) -> *mut c_void {
    // SAFETY: by the contract.
    let (routine, argument) = unsafe { note(start.cast()) };
    // SAFETY: what `pthread_create` would have done, on its new thread. Nothing in this frame is to be dropped, so
    // `pthread_exit` may leave it.
    unsafe { routine(argument) }
}

/// Has the calling thread stand in the registry, and gives what it was started for.
///
/// # Safety
///
/// As that of [`begin`].
unsafe fn note(start: *mut Start) -> (Routine, *mut c_void) {
    // SAFETY: by the contract.
    let Start { routine, argument, image, started } = *unsafe { Box::from_raw(start) };
    // SAFETY: asks for a number.
    let system_id = unsafe { libc::gettid() };
    // It is taken out by the thread's last destructor: those run in the reverse order of their first use.
    if ENDS.try_with(|ends| ends.0.set(system_id)).is_ok() {
        registry::begun(system_id, image, started);
    }
    (routine, argument)
}

thread_local! {
    static ENDS: Ends = const { Ends(std::cell::Cell::new(0)) };
}

/// Takes its thread, by its number, out of the registry: also after `pthread_exit`.
struct Ends(std::cell::Cell<i32>);

impl Drop for Ends {
    fn drop(&mut self) {
        registry::ends(self.0.get());
    }
}
