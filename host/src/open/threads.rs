//! Has the threads seen that an image starts: its pointers to `pthread_create` lead to the host from here on.

use std::ops::Range;
use std::path::Path;

use super::mapped::{self, Mapped};
use super::replace;
use crate::threads::{add_code, hook};

/// Has the threads that the file's code starts seen as those of the image at these addresses: itself, or the base that it
/// is a patch of. Where that can't be, they are not seen, and nothing else is different.
///
/// # Safety
///
/// The file is what was loaded from there, and stays loaded.
pub(super) unsafe fn have_seen(file: &Path, image: &Range<usize>) {
    let mapped = mapped::mapped(file).ok_or_else(|| "it is not loaded".to_owned());
    // SAFETY: by the contract; that is where it lies.
    let set = mapped.and_then(|mapped| unsafe { have_seen_at(file, &mapped, image) });
    if let Err(reason) = set {
        tracing::debug!(%reason, file = %file.display(), "threads of an image are not seen");
    }
}

/// # Errors
///
/// What can't be read, is not understood, or can't be written.
///
/// # Safety
///
/// The file is what was loaded to there, and stays loaded.
unsafe fn have_seen_at(file: &Path, mapped: &Mapped, image: &Range<usize>) -> Result<(), String> {
    add_code(mapped.range.clone(), image);
    // SAFETY: by the contract; the host's function does what the other one does.
    unsafe { replace::in_file(file, mapped, hook::NAME, hook::replaced_address(), hook::address()) }.map(drop)
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::ptr;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::threads::living;

    fn names(image: &Range<usize>) -> Vec<String> {
        living(image).into_iter().map(|thread| thread.name).collect()
    }

    /// This test's own program is treated as an image; the loader knows it by no name. Other tests' threads stand in the
    /// list as well.
    #[test]
    fn threads_of_an_image_are_seen_until_they_end() {
        let mapped = mapped::mapped(Path::new("")).unwrap();
        let image = mapped.range.clone();
        let program = std::env::current_exe().unwrap();
        // SAFETY: that is this program.
        unsafe { have_seen_at(&program, &mapped, &image) }.unwrap();
        // SAFETY: as before.
        let again = unsafe { have_seen_at(&program, &mapped, &image) };
        assert!(again.unwrap_err().contains("another one"), "the pointer leads to the host already");

        let is_there = |name: &str| names(&image).iter().any(|other| other == name);
        let (began, begins) = channel();
        let (go, wait) = channel::<()>();
        let thread = std::thread::Builder::new().name("seen by itself".into());
        let thread = thread.spawn(move || {
            began.send(()).unwrap();
            wait.recv().unwrap_err();
        });
        begins.recv().unwrap();
        assert!(is_there("seen by itself"), "{:?}", names(&image));
        drop(go);
        thread.unwrap().join().unwrap();
        assert!(!is_there("seen by itself"));
    }

    #[test]
    fn a_thread_may_end_in_the_middle_of_its_code() {
        unsafe extern "C-unwind" fn exits(seen: *mut c_void) -> *mut c_void {
            unsafe extern "C-unwind" {
                fn pthread_exit(value: *mut c_void) -> !;
            }
            // SAFETY: the name is a text; whoever has started this waits for its end. No frame of this thread has anything
            // to drop.
            unsafe {
                libc::prctl(libc::PR_SET_NAME, c"exits".as_ptr());
                let (image, is_there) = &mut *seen.cast::<(Range<usize>, bool)>();
                *is_there = names(image).iter().any(|name| name == "exits");
                pthread_exit(seen)
            }
        }

        let mapped = mapped::mapped(Path::new("")).unwrap();
        add_code(mapped.range.clone(), &mapped.range);
        let mut seen = (mapped.range.clone(), false);
        // SAFETY: as `pthread_create` asks for; the thread ends before what it is given.
        unsafe {
            let create: unsafe extern "C" fn(
                *mut libc::pthread_t,
                *const libc::pthread_attr_t,
                unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void,
                *mut c_void,
            ) -> libc::c_int = std::mem::transmute(hook::address());
            let mut thread = std::mem::zeroed();
            assert_eq!(create(&mut thread, ptr::null(), exits, (&raw mut seen).cast()), 0);
            let mut value = ptr::null_mut();
            assert_eq!(libc::pthread_join(thread, &mut value), 0);
            assert_eq!(value.cast_const(), (&raw const seen).cast());
        }
        assert!(seen.1, "it was there");
        assert!(!names(&mapped.range).iter().any(|name| name == "exits"));
    }
}
