//! The backtrace of a panic, made by the host for all images, where it can.

use liveswap::PanicReport;

/// Whether it can here. Else each image makes its own, by its copy of std.
#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) const IS_MADE_HERE: bool = true;
#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) const IS_MADE_HERE: bool = false;

#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn text() -> String {
    crate::stacks::here::text()
}
#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn text() -> String {
    String::new()
}

/// Adds the backtrace of the calling thread, where it is wanted and made here.
pub(crate) fn add_to(report: &mut PanicReport) {
    if IS_MADE_HERE && report.wants_backtrace {
        report.backtrace = text().into();
    }
}

/// The function that has this address, if that can be found out.
#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn function_at(address: usize) -> Option<String> {
    use crate::stacks::{Frame, Module, symbols};
    let lines = symbols::of(&[Frame { address, module: Some(Module::at(address)?) }]);
    let names: Vec<String> = lines.into_iter().map(|line| line.symbol).filter(|name| !name.is_empty()).collect();
    // The last one is the function itself; those before were inlined into it.
    names.last().cloned()
}
#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(crate) fn function_at(_: usize) -> Option<String> {
    None
}
