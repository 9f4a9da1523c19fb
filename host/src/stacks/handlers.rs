//! Which frame will catch a panic: the stack is searched as the unwinder does before it unwinds anything.
//!
//! Each frame's function names its landing pads in a table (the *language-specific data area*, in the form that GCC and
//! LLVM write), by the addresses of its calls. std's personality function reads it as this does.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A frame of the calling thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The address of the call in it.
    pub address: usize,
    /// The address at which its function begins.
    pub function: usize,
    /// What it does about a panic that comes through this call.
    pub action: Action,
}

/// What a frame does about a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It lets it through; destructors may run.
    Passes,
    /// It catches it.
    Catches,
    /// It ends the process: an `extern "C"` function, a destructor during another panic.
    Ends,
}

#[repr(C)]
struct Context {
    _opaque: [u8; 0],
}

type Look = unsafe extern "C" fn(context: *mut Context, data: *mut c_void) -> c_int;

unsafe extern "C" {
    fn _Unwind_Backtrace(look: Look, data: *mut c_void) -> c_int;
    fn _Unwind_GetIPInfo(context: *mut Context, is_before: *mut c_int) -> usize;
    fn _Unwind_GetLanguageSpecificData(context: *mut Context) -> *const u8;
    fn _Unwind_GetRegionStart(context: *mut Context) -> usize;
}

/// Goes on.
const NO_REASON: c_int = 0;
/// Stops.
const NORMAL_STOP: c_int = 4;

/// Shows the frames of the calling thread, from this call outwards, until `go_on` says no.
pub fn visit(mut go_on: impl FnMut(Frame) -> bool) {
    struct Visit<'a> {
        go_on: &'a mut dyn FnMut(Frame) -> bool,
    }
    unsafe extern "C" fn look(context: *mut Context, data: *mut c_void) -> c_int {
        let mut is_before = 0;
        // SAFETY: the unwinder gives the context of a frame, and the data that `visit` passes, which nobody else uses.
        let (address, region, table, visit) = unsafe {
            let address = _Unwind_GetIPInfo(context, &mut is_before);
            let (region, table) = (_Unwind_GetRegionStart(context), _Unwind_GetLanguageSpecificData(context));
            (address, region, table, &mut *data.cast::<Visit<'_>>())
        };
        // What is returned to stands behind the call.
        let address = if is_before == 0 { address.wrapping_sub(1) } else { address };
        let action = match table.is_null() {
            true => Action::Passes,
            // SAFETY: the table that the function at this address has for the unwinder, which reads it in the same way.
            false => unsafe { action(table, region, address) },
        };
        let go_on = catch_unwind(AssertUnwindSafe(|| (visit.go_on)(Frame { address, function: region, action })));
        if go_on.unwrap_or(false) { NO_REASON } else { NORMAL_STOP }
    }
    let mut visit = Visit { go_on: &mut go_on };
    // SAFETY: `look` takes what it is passed here, and is called before this returns.
    unsafe { _Unwind_Backtrace(look, (&raw mut visit).cast()) };
}

/// What the table of the function that begins at `region` says of a call at `address`.
///
/// # Safety
///
/// `table` is a whole table in the form of GCC.
unsafe fn action(table: *const u8, region: usize, address: usize) -> Action {
    const OMITTED: u8 = 0xff;
    let mut reader = Reader(table);
    // SAFETY: by the contract all that the headers name is there.
    unsafe {
        let pads = reader.byte();
        if pads != OMITTED && reader.number(pads).is_none() {
            return Action::Passes;
        }
        if reader.byte() != OMITTED {
            reader.unsigned();
        }
        let encoding = reader.byte();
        let length = reader.unsigned() as usize;
        let actions = reader.0.wrapping_add(length);
        while reader.0 < actions {
            let (Some(start), Some(length), Some(pad)) =
                (reader.number(encoding), reader.number(encoding), reader.number(encoding))
            else {
                return Action::Passes;
            };
            let chosen = reader.unsigned() as usize;
            let start = region.wrapping_add(start);
            if address < start {
                break;
            }
            if address >= start.wrapping_add(length) {
                continue;
            }
            if pad == 0 || chosen == 0 {
                return Action::Passes;
            }
            return match Reader(actions.wrapping_add(chosen - 1)).signed() {
                0 => Action::Passes,
                1.. => Action::Catches,
                _ => Action::Ends,
            };
        }
    }
    // A call that is not in the table can't be unwound.
    Action::Ends
}

/// Reads a table.
struct Reader(*const u8);

impl Reader {
    /// # Safety
    ///
    /// Here and below: so many bytes are there.
    unsafe fn take<const SIZE: usize>(&mut self) -> [u8; SIZE] {
        // SAFETY: by the contract; an array of bytes has no alignment.
        let bytes = unsafe { self.0.cast::<[u8; SIZE]>().read() };
        self.0 = self.0.wrapping_add(SIZE);
        bytes
    }

    unsafe fn byte(&mut self) -> u8 {
        // SAFETY: by the contract.
        let [byte] = unsafe { self.take() };
        byte
    }

    /// A number of the form `encoding`; `None` for forms that tables of calls don't have.
    unsafe fn number(&mut self, encoding: u8) -> Option<usize> {
        // SAFETY: by the contract.
        unsafe {
            Some(match encoding {
                0x00 | 0x04 | 0x0c => u64::from_ne_bytes(self.take()) as usize,
                0x01 => self.unsigned() as usize,
                0x02 => u16::from_ne_bytes(self.take()).into(),
                0x03 => u32::from_ne_bytes(self.take()) as usize,
                0x09 => self.signed() as usize,
                _ => return None,
            })
        }
    }

    /// LEB128.
    unsafe fn unsigned(&mut self) -> u64 {
        let (mut value, mut shift) = (0u64, 0u32);
        loop {
            // SAFETY: by the contract.
            let byte = unsafe { self.byte() };
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    }

    /// Signed LEB128.
    unsafe fn signed(&mut self) -> i64 {
        let (mut value, mut shift) = (0i64, 0u32);
        loop {
            // SAFETY: by the contract.
            let byte = unsafe { self.byte() };
            value |= i64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                let is_negative = byte & 0x40 != 0 && shift < i64::BITS;
                return if is_negative { value | (-1i64 << shift) } else { value };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Noise;

    impl Drop for Noise {
        fn drop(&mut self) {
            std::hint::black_box(());
        }
    }

    /// The first frame that does not let a panic of this call through, and how many do before it.
    #[inline(never)]
    fn first() -> (Action, usize) {
        let (mut found, mut passed) = (Action::Passes, 0);
        visit(|frame| {
            found = frame.action;
            passed += usize::from(found == Action::Passes);
            found == Action::Passes
        });
        std::hint::black_box((found, passed))
    }

    #[test]
    fn a_catch_is_found_and_a_destructor_is_none() {
        let mut seen = (Action::Passes, 0);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _noise = Noise;
            seen = first();
            std::hint::black_box(());
        }));
        assert!(caught.is_ok());
        assert_eq!(seen.0, Action::Catches);
        let outer = first();
        assert_eq!(outer.0, Action::Catches, "the test's own");
        assert!(outer.1 > seen.1 || seen.1 < 12, "{seen:?} {outer:?}");
    }

    #[test]
    fn a_function_that_may_not_unwind_ends_the_process() {
        #[inline(never)]
        extern "C" fn may_not_unwind(seen: &mut (Action, usize)) {
            *seen = first();
            std::hint::black_box(());
        }
        let mut seen = (Action::Passes, 0);
        may_not_unwind(&mut seen);
        // `first` can't be known not to unwind, as it calls what it is given.
        assert_eq!(seen.0, Action::Ends);
    }

    #[test]
    fn numbers_are_read() {
        let bytes = [0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 3, 0, 0, 0];
        let mut reader = Reader(bytes.as_ptr());
        // SAFETY: so many bytes are there.
        unsafe {
            assert_eq!((reader.unsigned(), reader.signed(), reader.signed()), (624_485, -1, -128));
            assert_eq!((reader.number(0x03), reader.number(0x55)), (Some(3), None));
        }
    }
}
