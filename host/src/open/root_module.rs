//! abi_stable's check of the root module.
//!
//! Not through `RootModule::load_*`, which keeps the first module in a static for ever. And with a fresh
//! `CheckingGlobals` for each check: the process-wide one keeps pointers into images.

use std::fmt::Write;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::{
    AbiInstabilityErrors, CheckingGlobals, check_layout_compatibility_with_globals,
};
use abi_stable::library::{AbiHeaderRef, LibHeader};
use liveswap::root::BoundaryRef;

/// The checked root module behind `header`.
///
/// # Errors
///
/// A short report: what abi_stable found to differ.
///
/// # Safety
///
/// `header` is the header of an image that stays loaded.
pub(super) unsafe fn check(header: &'static LibHeader) -> Result<BoundaryRef, String> {
    // SAFETY: `AbiHeaderRef` is a transparent pointer to the `AbiHeader`, which is the first member of the
    // `repr(C)` header.
    let header = unsafe { std::mem::transmute::<&'static LibHeader, AbiHeaderRef>(header) };
    let header = header.upgrade().map_err(|error| one_line(&error.to_string()))?;
    let found = header.layout().ok_or("the root module has no layout in it")?;
    check_layout_compatibility_with_globals(<BoundaryRef as StableAbi>::LAYOUT, found, &CheckingGlobals::new())
        .map_err(|errors| short(&errors))?;
    // SAFETY: the layout was checked just now.
    unsafe { header.unchecked_layout::<BoundaryRef>() }.map_err(|error| one_line(&format!("{error:?}")))
}

/// abi_stable's report has hundreds of lines; the first few differences say it all.
fn short(errors: &AbiInstabilityErrors) -> String {
    const MOST: usize = 5;
    let mut text = String::from("the root module differs");
    let all = errors.errors.iter().flat_map(|error| error.errs.iter());
    for error in all.take(MOST) {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {}", one_line(&format!("{error:?}")));
    }
    text.push_str("\nuse the same version of `liveswap` and `liveswap-host`");
    text
}

fn one_line(text: &str) -> String {
    const MOST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
