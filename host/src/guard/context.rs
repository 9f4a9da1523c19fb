//! A call that a signal handler can end: it comes back a second way, with the registers as they were before it.
//!
//! This is what `sigsetjmp` does, but as a function that returns once from where the compiler looks: all that happens in
//! between is inside.

use std::arch::naked_asm;

/// Where a call comes back to when it is ended.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Place {
    stack: usize,
    instruction: usize,
}

impl Place {
    /// Not inside yet.
    pub(super) const NOWHERE: Place = Place { stack: 0, instruction: 0 };
}

/// Runs `run(data)` and gives 0; or 1, where a signal handler has called [`come_back`] with what was written to `place`.
///
/// Kept by the function called, and so saved here: `rbx`, `rbp`, `r12` to `r15`, the control words of SSE and x87.
///
/// # Safety
///
/// `run(data)` may be called. Where it is ended, none of its frames does any more: no destructor runs, locks stay held.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(super) unsafe extern "C" fn enter(run: unsafe extern "C" fn(*mut ()), data: *mut (), place: *mut Place) -> u32 {
    naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "stmxcsr [rsp]",
        "fnstcw [rsp + 4]",
        "lea rax, [rip + 2f]",
        "mov [rdx], rsp",
        "mov [rdx + 8], rax",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "xor eax, eax",
        "jmp 3f",
        // The second way back: `rsp` is as it was saved, all other registers are anything.
        "2:",
        "fninit",
        "fldcw [rsp + 4]",
        "ldmxcsr [rsp]",
        "mov eax, 1",
        "3:",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
    )
}

/// As on x86-64; saved are `x19` to `x30`, `d8` to `d15` and `fpcr`. Not tested.
///
/// # Safety
///
/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(super) unsafe extern "C" fn enter(run: unsafe extern "C" fn(*mut ()), data: *mut (), place: *mut Place) -> u32 {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-176]!",
        ".cfi_def_cfa_offset 176",
        ".cfi_offset x29, -176",
        ".cfi_offset x30, -168",
        "mov x29, sp",
        ".cfi_def_cfa x29, 176",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mrs x9, fpcr",
        "str x9, [sp, #160]",
        "adr x9, 2f",
        "mov x10, sp",
        "stp x10, x9, [x2]",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "mov w0, #0",
        "b 3f",
        "2:",
        "ldr x9, [sp, #160]",
        "msr fpcr, x9",
        "mov w0, #1",
        "3:",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #176",
        ".cfi_def_cfa sp, 0",
        "ret",
        ".cfi_endproc",
    )
}

/// Changes what a signal handler returns to: the second way out of the call that wrote `place`. Safe to call in one.
///
/// # Safety
///
/// That call is under way on the interrupted thread, and nothing above it on the stack is needed any more.
pub(super) unsafe fn come_back(context: &mut libc::ucontext_t, place: &Place) {
    #[cfg(target_arch = "x86_64")]
    {
        // Functions expect the direction to be forward; the code may have set it, or single steps, or alignment checks.
        const DIRECTION_TRAP_ALIGNMENT: i64 = 0x400 | 0x100 | 0x4_0000;
        let registers = &mut context.uc_mcontext.gregs;
        registers[libc::REG_RSP as usize] = place.stack as i64;
        registers[libc::REG_RIP as usize] = place.instruction as i64;
        registers[libc::REG_EFL as usize] &= !DIRECTION_TRAP_ALIGNMENT;
    }
    #[cfg(target_arch = "aarch64")]
    {
        context.uc_mcontext.sp = place.stack as u64;
        context.uc_mcontext.pc = place.instruction as u64;
    }
}
