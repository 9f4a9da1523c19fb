//! From the registers of an interrupted thread to the addresses on its stack, by the tables that compilers leave for
//! unwinding.

use std::num::NonZeroU64;

use framehop::{
    CacheNative, ExplicitModuleSectionInfo, FrameAddress, MayAllocateDuringUnwind, Unwinder, UnwinderNative,
};
use object::read::{Object, ObjectSection, ReadCache};
use parking_lot::Mutex;

use super::memory;
use super::modules::Module;

/// What was in the registers when a thread was interrupted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registers {
    /// Where it was.
    pub instruction: u64,
    /// Where its stack was.
    pub stack: u64,
    #[cfg(target_arch = "x86_64")]
    general: [u64; 16],
    #[cfg(target_arch = "aarch64")]
    frame: u64,
    #[cfg(target_arch = "aarch64")]
    link: u64,
}

impl Registers {
    /// Out of what a signal handler is given. Safe to call there.
    #[cfg(target_arch = "x86_64")]
    pub fn of(context: &libc::ucontext_t) -> Self {
        let all = &context.uc_mcontext.gregs;
        let get = |register: libc::c_int| all[register as usize] as u64;
        let general = [
            get(libc::REG_RAX),
            get(libc::REG_RDX),
            get(libc::REG_RCX),
            get(libc::REG_RBX),
            get(libc::REG_RSI),
            get(libc::REG_RDI),
            get(libc::REG_RBP),
            get(libc::REG_RSP),
            get(libc::REG_R8),
            get(libc::REG_R9),
            get(libc::REG_R10),
            get(libc::REG_R11),
            get(libc::REG_R12),
            get(libc::REG_R13),
            get(libc::REG_R14),
            get(libc::REG_R15),
        ];
        Self { instruction: get(libc::REG_RIP), stack: get(libc::REG_RSP), general }
    }

    /// Out of what a signal handler is given. Safe to call there.
    #[cfg(target_arch = "aarch64")]
    pub fn of(context: &libc::ucontext_t) -> Self {
        let all = &context.uc_mcontext;
        Self { instruction: all.pc, stack: all.sp, frame: all.regs[29], link: all.regs[30] }
    }

    #[cfg(target_arch = "x86_64")]
    fn for_framehop(&self) -> framehop::x86_64::UnwindRegsX86_64 {
        use framehop::x86_64::{Reg, UnwindRegsX86_64};
        const ORDER: [Reg; 16] = [
            Reg::RAX,
            Reg::RDX,
            Reg::RCX,
            Reg::RBX,
            Reg::RSI,
            Reg::RDI,
            Reg::RBP,
            Reg::RSP,
            Reg::R8,
            Reg::R9,
            Reg::R10,
            Reg::R11,
            Reg::R12,
            Reg::R13,
            Reg::R14,
            Reg::R15,
        ];
        let mut registers = UnwindRegsX86_64::new(self.instruction, self.stack, 0);
        ORDER.iter().zip(self.general).for_each(|(register, value)| registers.set(*register, value));
        registers
    }

    #[cfg(target_arch = "aarch64")]
    fn for_framehop(&self) -> framehop::aarch64::UnwindRegsAarch64 {
        framehop::aarch64::UnwindRegsAarch64::new(self.link, self.stack, self.frame)
    }

    /// As right after a return from a function that is none: the call went to nowhere.
    fn back_from_nowhere(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if let Some(back) = memory::word(self.stack) {
            self.instruction = back.wrapping_sub(1);
            self.stack += 8;
            self.general[7] = self.stack;
        }
        #[cfg(target_arch = "aarch64")]
        {
            self.instruction = self.link.wrapping_sub(1);
        }
    }
}

type Tables = framehop::Module<Vec<u8>>;

/// A function on the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// An address in the instruction that was interrupted, or that called the frame above.
    pub address: usize,
    /// The file that it belongs to, where there is one.
    pub module: Option<Module>,
}

/// The frames of a thread that waits in a signal handler, nearest first, at most `most`.
pub fn walk(registers: &Registers, most: usize) -> Vec<Frame> {
    let mut modules: Vec<Module> = Vec::new();
    let mut unwinder: UnwinderNative<Vec<u8>, MayAllocateDuringUnwind> = UnwinderNative::new();
    let mut cache = CacheNative::new();
    let mut frames = Vec::new();
    let mut module_of = |address: usize, unwinder: &mut UnwinderNative<Vec<u8>, MayAllocateDuringUnwind>| {
        if let Some(known) = modules.iter().find(|module| module.range.contains(&address)) {
            return Some(known.clone());
        }
        let module = Module::at(address)?;
        if let Some(tables) = known_tables(&module) {
            unwinder.add_module(tables);
        }
        modules.push(module.clone());
        Some(module)
    };

    let mut start = *registers;
    if module_of(start.instruction as usize, &mut unwinder).is_none() {
        start.back_from_nowhere();
    }
    let mut registers = start.for_framehop();
    let mut address = FrameAddress::from_instruction_pointer(start.instruction);
    let mut read = |address: u64| memory::word(address).ok_or(());
    while frames.len() < most {
        let here = address.address_for_lookup() as usize;
        let module = module_of(here, &mut unwinder);
        let is_known = module.is_some();
        frames.push(Frame { address: here, module });
        if !is_known {
            break;
        }
        match unwinder.unwind_frame(address, &mut registers, &mut cache, &mut read) {
            Ok(Some(back)) => match NonZeroU64::new(back) {
                Some(back) => address = FrameAddress::ReturnAddress(back),
                None => break,
            },
            Ok(None) | Err(_) => break,
        }
    }
    frames
}

/// As `tables`, read once for each file that is loaded.
fn known_tables(module: &Module) -> Option<Tables> {
    static KNOWN: Mutex<Vec<(Module, Tables)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock();
    if let Some((_, tables)) = known.iter().find(|(other, _)| other == module) {
        return Some(tables.clone());
    }
    let tables = tables(module)?;
    known.push((module.clone(), tables.clone()));
    Some(tables)
}

/// The unwinding tables of a file.
fn tables(module: &Module) -> Option<Tables> {
    let data = ReadCache::new(std::fs::File::open(&module.file).ok()?);
    let file = object::File::parse(&data).ok()?;
    let section = |name: &str| {
        let section = file.section_by_name(name)?;
        let range = section.address()..section.address() + section.size();
        Some((range, section.data().ok()?.to_vec()))
    };
    let range =
        |name: &str| file.section_by_name(name).map(|section| section.address()..section.address() + section.size());
    let (eh_frame_svma, eh_frame) = section(".eh_frame")?;
    let (eh_frame_hdr_svma, eh_frame_hdr) = section(".eh_frame_hdr").unzip();
    let sections = ExplicitModuleSectionInfo {
        base_svma: 0,
        text_svma: range(".text"),
        got_svma: range(".got"),
        eh_frame_svma: Some(eh_frame_svma),
        eh_frame: Some(eh_frame),
        eh_frame_hdr_svma,
        eh_frame_hdr,
        ..ExplicitModuleSectionInfo::default()
    };
    let range = module.range.start as u64..module.range.end as u64;
    Some(framehop::Module::new(module.file.display().to_string(), range, module.bias, sections))
}
