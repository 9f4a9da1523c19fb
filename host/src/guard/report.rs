//! What is told of a crash.

use std::path::Path;

use liveswap::PanicReport;

use super::images;
use super::signals::{Addresses, Fault, SIGNALS};
use crate::patch::users_names;
use crate::stacks::{Frame, Module, symbols};

/// An access this near to the end of the stack is one beyond it.
const NEAR: u64 = 64 * 1024;

/// What std calls before it aborts over a panic that may not go on.
const RAISES: &str = "rust_begin_unwind";

/// Tells of a crash that has ended a call, and gives its report.
pub(super) fn of_call(fault: &Fault, addresses: &Addresses) -> Box<PanicReport> {
    let mut modules: Vec<Module> = Vec::new();
    let frames: Vec<Frame> = addresses
        .iter()
        .take_while(|address| **address != 0)
        .map(|address| {
            let known = modules.iter().find(|module| module.range.contains(address)).cloned();
            let module = known.or_else(|| Module::at(*address));
            modules.extend(module.clone().filter(|module| !modules.contains(module)));
            Frame { address: *address, module }
        })
        .collect();
    let mut report = new(fault);
    fill_in(&mut report, &frames);
    if fault.signal == libc::SIGABRT && report.backtrace.contains(RAISES) {
        // The panic was told when it happened.
        report.message = "SIGABRT: aborted by a panic that may not go on".into();
    } else if let Some(image) = images::at(report.address) {
        (image.crashed)(&mut report);
    }
    report
}

/// Tells of a crash that no guard has caught.
pub(super) fn tell_that_the_process_ends(fault: &Fault, frames: &[Frame]) {
    let mut report = new(fault);
    fill_in(&mut report, frames);
    let Some(image) = images::at(report.address) else { return };
    let name = std::fs::read_to_string(format!("/proc/self/task/{}/comm", fault.thread)).unwrap_or_default();
    report.thread = name.trim_end().into();
    if !(image.ends)(&report) {
        let (library, generation) = (&image.crate_name, image.generation);
        let place = if report.file.is_empty() { String::new() } else { format!(" at {}:{}", report.file, report.line) };
        eprintln!("{} in generation {generation} of {library}{place}; the process ends", report.message);
        eprintln!("{}", report.backtrace);
    }
}

fn new(fault: &Fault) -> Box<PanicReport> {
    let message = message(fault.signal, fault.code, fault.address as u64, fault.registers.stack);
    PanicReport::of_crash(message, fault.signal)
}

/// Puts a stack into a report: its place is that of the first frame of hot code that is not the standard library's.
pub(crate) fn fill_in(report: &mut PanicReport, frames: &[Frame]) {
    // What called the hot code is not of interest, and its debug information may be large.
    let last = frames.iter().rposition(|frame| images::at(frame.address).is_some()).unwrap_or(0);

    let mut lines = symbols::of(&frames[..frames.len().min(last + 2)]);
    without_repetition(&mut lines);
    let hot = || lines.iter().filter(|line| images::at(line.address).is_some());
    let users = hot().find(|line| line.file.is_some() && !line.is_std());
    report.address = users.or_else(|| hot().next()).map_or(0, |line| line.address);
    let image = images::at(report.address);
    let root = image.map(|image| image.root.as_path());
    if let Some(line) = users {
        let file = line.file.as_deref().unwrap_or_default();
        let below = root.and_then(|root| Path::new(file).strip_prefix(root).ok());
        report.file = below.map_or_else(|| file.into(), |below| below.display().to_string().into());
        (report.line, report.column) = (line.line, line.column);
    }
    report.backtrace = users_names(&symbols::text(&lines, root)).into();
}

/// Of a function that calls itself again and again, two frames tell as much as all.
fn without_repetition(lines: &mut Vec<symbols::Line>) {
    let is_same = |one: &symbols::Line, other: &symbols::Line| (&one.symbol, one.line) == (&other.symbol, other.line);
    let mut kept: Vec<symbols::Line> = Vec::new();
    for line in lines.drain(..) {
        let is_third = matches!(&kept[..], [.., one, other] if is_same(one, &line) && is_same(other, &line));
        if !is_third {
            kept.push(line);
        }
    }
    *lines = kept;
}

/// What happened: the signal, the reason and the address.
fn message(signal: libc::c_int, code: libc::c_int, address: u64, stack: u64) -> String {
    let name = SIGNALS.iter().find(|(known, _)| *known == signal).map_or("a signal", |(_, name)| name);
    let is_sent = code <= 0;
    if signal == libc::SIGABRT {
        return format!("{name}: aborted");
    }
    if is_sent {
        return format!("{name}, raised by the code itself");
    }
    if signal == libc::SIGSEGV && address.abs_diff(stack) < NEAR {
        return format!("stack overflow ({name} at address {address:#x})");
    }
    // The kernel knows no address where one is none.
    const SI_KERNEL: libc::c_int = 0x80;
    if code == SI_KERNEL {
        return format!("{name} at an address that can't be one");
    }
    let reason = match (signal, code) {
        (libc::SIGFPE, FPE_INTDIV) => ": division by zero or out of range",
        (libc::SIGILL, _) => ": no such instruction",
        (libc::SIGBUS, BUS_ADRALN) => ": not aligned",
        (libc::SIGBUS, BUS_ADRERR) => ": beyond the end of a mapped file",
        (libc::SIGSEGV, SEGV_ACCERR) => ": not permitted there",
        _ => "",
    };
    format!("{name} at address {address:#x}{reason}")
}

/// The kernel's codes for reasons, which it defines alike everywhere.
const FPE_INTDIV: libc::c_int = 1;
const BUS_ADRALN: libc::c_int = 1;
const BUS_ADRERR: libc::c_int = 2;
const SEGV_ACCERR: libc::c_int = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recursion_is_cut() {
        let line = |symbol: &str| symbols::Line { symbol: symbol.into(), file: None, line: 1, column: 1, address: 0 };
        let mut lines: Vec<_> = ["a", "deep", "deep", "deep", "deep", "b", "deep"].map(line).into();
        without_repetition(&mut lines);
        assert_eq!(lines, ["a", "deep", "deep", "b", "deep"].map(line));
    }

    #[test]
    fn a_crash_is_told_by_signal_address_and_reason() {
        const STACK: u64 = 0x7fff_0000_0000;
        let text = |signal, code, address| message(signal, code, address, STACK);
        assert_eq!(text(libc::SIGSEGV, 1, 0), "SIGSEGV at address 0x0");
        assert_eq!(text(libc::SIGSEGV, 2, 0x1000), "SIGSEGV at address 0x1000: not permitted there");
        assert_eq!(text(libc::SIGSEGV, 0x80, 0), "SIGSEGV at an address that can't be one");
        assert_eq!(text(libc::SIGSEGV, 2, STACK - 8), "stack overflow (SIGSEGV at address 0x7ffefffffff8)");
        assert_eq!(text(libc::SIGABRT, -6, 0), "SIGABRT: aborted");
        assert_eq!(text(libc::SIGFPE, -6, 0), "SIGFPE, raised by the code itself");
        assert_eq!(text(libc::SIGFPE, 1, 0x55), "SIGFPE at address 0x55: division by zero or out of range");
        assert_eq!(text(libc::SIGILL, 2, 0x55), "SIGILL at address 0x55: no such instruction");
        assert_eq!(text(libc::SIGBUS, 2, 0x55), "SIGBUS at address 0x55: beyond the end of a mapped file");
    }
}
