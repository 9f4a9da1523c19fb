//! A stack for signal handlers, for each thread that makes guarded calls: where its own has overflowed there is no room.

use std::cell::OnceCell;
use std::ptr;

/// What our handler, and those that it hands faults to, may use, beside what the kernel puts there.
const ROOM: usize = 64 * 1024;

/// Threads that std has started have a stack for signals of two pages, which the kernel's own part may almost fill.
const ENOUGH: usize = 24 * 1024;

thread_local! {
    static OWN: OnceCell<Option<AlternateStack>> = const { OnceCell::new() };
}

/// Sees to it that the calling thread has one, as long as it lives.
pub(super) fn prepare() {
    // A thread that is ending goes without.
    let _ = OWN.try_with(|own| {
        own.get_or_init(AlternateStack::install);
    });
}

/// Memory behind a page that can't be touched.
struct AlternateStack {
    memory: *mut libc::c_void,
    size: usize,
}

impl AlternateStack {
    /// `None` where the thread has a large one, or gets no memory.
    fn install() -> Option<Self> {
        // SAFETY: asks for a number.
        let (kernels, page) = unsafe { (libc::getauxval(libc::AT_MINSIGSTKSZ), libc::sysconf(libc::_SC_PAGESIZE)) };
        let (kernels, page) = (kernels as usize, usize::try_from(page).unwrap_or(4096));
        let now = current();
        if now.ss_flags & libc::SS_DISABLE == 0 && now.ss_size >= kernels + ENOUGH {
            return None;
        }
        let size = (page + kernels + ROOM).next_multiple_of(page);
        // SAFETY: new memory of nobody's.
        let memory = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
            libc::mmap(ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
        if memory == libc::MAP_FAILED {
            return None;
        }
        let own = Self { memory, size };
        // SAFETY: the first page of our memory.
        unsafe { libc::mprotect(memory, page, libc::PROT_NONE) };
        let stack = libc::stack_t { ss_sp: memory.wrapping_byte_add(page), ss_flags: 0, ss_size: size - page };
        // SAFETY: the memory is ours until the thread ends, and `drop` takes it off before.
        let is_set = unsafe { libc::sigaltstack(&stack, ptr::null_mut()) } == 0;
        is_set.then_some(own)
    }

    fn contains(&self, address: *mut libc::c_void) -> bool {
        (self.memory.addr()..self.memory.addr() + self.size).contains(&address.addr())
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        if self.contains(current().ss_sp) {
            // The one before is std's, which has freed it by now.
            let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
            // SAFETY: the thread goes on without.
            unsafe { libc::sigaltstack(&none, ptr::null_mut()) };
        }
        // SAFETY: our memory; no handler runs on it, since this does.
        unsafe { libc::munmap(self.memory, self.size) };
    }
}

fn current() -> libc::stack_t {
    let mut now = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
    // SAFETY: writes to `now`.
    unsafe { libc::sigaltstack(ptr::null(), &mut now) };
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_a_large_one_from_its_first_guarded_call_on() {
        let size = std::thread::spawn(|| {
            prepare();
            let first = current();
            prepare();
            assert_eq!(first.ss_sp, current().ss_sp, "once");
            first.ss_size
        });
        assert!(size.join().unwrap() >= ROOM);
    }
}
