//! The stack of the calling thread, as far as it is the business of loaded code.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::{Frame, Registers, symbols, walk};

/// The most frames that are told.
const FRAMES: usize = 256;

/// The functions of loaded libraries that the calling thread is in, as std shows a backtrace: from the first one on the
/// stack to where it was called by the program's own code.
///
/// Nothing is remembered. std, in whose copy each image would do the same, keeps what it has read of the debug information
/// of all files on the stack: more than a hundred megabytes for each image that ever panicked. And it makes its list of
/// files once, so that it does not know what was loaded later.
#[inline(never)]
pub fn text() -> String {
    let is_program = |frame: &Frame| {
        frame.module.as_ref().is_some_and(|module| program().is_some_and(|program| module.file == *program))
    };
    let all = frames();
    let loaded = all.iter().skip_while(|frame| is_program(frame)).take_while(|frame| !is_program(frame));
    let loaded: Vec<Frame> = loaded.cloned().collect();
    symbols::text(&symbols::of(&loaded), std::env::current_dir().ok().as_deref())
}

/// All frames of the calling thread.
#[inline(never)]
pub fn frames() -> Vec<Frame> {
    registers().map_or_else(Vec::new, |registers| walk(&registers, FRAMES))
}

/// The program's own file.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| std::fs::read_link("/proc/self/exe").ok()).as_ref()
}

#[inline(always)]
fn registers() -> Option<Registers> {
    // SAFETY: plain data, for which zeros are a value; the call fills it.
    unsafe {
        let mut context: libc::ucontext_t = std::mem::zeroed();
        (libc::getcontext(&mut context) == 0).then(|| Registers::of(&context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_of_a_program_without_libraries_ends_in_the_c_library() {
        let all = frames();
        let own =
            all.iter().filter(|frame| frame.module.as_ref().is_some_and(|module| Some(&module.file) == program()));
        assert!(own.count() > 3, "{all:?}");
        let text = text();
        assert!(!text.contains("the_stack_of_a_program"), "{text}");
    }
}
