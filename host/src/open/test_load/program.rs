//! A program that loads a library, removes a file once the loader has come back, and ends.
//!
//! A program of its own, which the host compiles when it is first needed; so it names nothing but `std`. Its arguments:
//! the process id of the host, the file, and the library. A file can be removed where the disk is full.

use std::env;
use std::ffi::{CStr, CString, OsString, c_char, c_int, c_ulong, c_void};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::parent_id;

const RTLD_NOW: c_int = 2;

#[cfg(target_os = "linux")]
const PR_SET_PDEATHSIG: c_int = 1;
#[cfg(target_os = "linux")]
const SIGKILL: c_ulong = 9;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlerror() -> *const c_char;
    fn _exit(status: c_int) -> !;
    #[cfg(target_os = "linux")]
    fn prctl(option: c_int, ...) -> c_int;
}

fn main() {
    let mut arguments = env::args_os().skip(1);
    let mut next = || arguments.next().expect("three arguments: a process id, a file and a library");
    let (host, file, library): (OsString, OsString, OsString) = (next(), next(), next());
    // Whatever the library does, this process must not outlive the host.
    #[cfg(target_os = "linux")]
    // SAFETY: it takes numbers only.
    unsafe {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    if host.to_str() != Some(&parent_id().to_string()) {
        return;
    }
    let library = CString::new(library.into_vec()).expect("a path");
    // SAFETY: the path is a C string. What constructors do is what is to be found out.
    let loaded = unsafe { dlopen(library.as_ptr(), RTLD_NOW) };
    fs::remove_file(file).expect("the file can be removed");
    if loaded.is_null() {
        // SAFETY: after a failure it gives a C string.
        eprintln!("{}", unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy());
    }
    // SAFETY: it takes a number. Destructors are not run, as they are not in the host.
    unsafe { _exit(0) }
}
