//! Threads that hot libraries have started: which of them live, and of which image they are.
//!
//! An image starts threads by a call of `pthread_create`, through a pointer that the loader has set. When an image is
//! loaded, [`open`](crate::open) sets it to the function in `hook`, which starts the thread all the same, and has it stand
//! in the `registry` until it ends.
//!
//! Known so on Linux only. Not seen is what was started by constructors, which run before the pointer is set; by code of
//! other libraries that the image uses; or in another way than by `pthread_create`, as `thrd_create` or a system call.

#[cfg(target_os = "linux")]
pub(crate) mod hook;
#[cfg_attr(not(any(test, target_os = "linux")), expect(dead_code, reason = "nobody starts threads that are seen"))]
mod registry;

#[cfg(target_os = "linux")]
pub(crate) use registry::add_code;
pub(crate) use registry::{Living, living};
