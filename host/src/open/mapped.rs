//! Where an image lies in memory.

use std::ops::Range;
use std::path::Path;

/// The addresses from the first to the last that a loaded file has; `None` where it is not loaded, or the system does not
/// say.
pub fn range(file: &Path) -> Option<Range<usize>> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let file = file.to_str()?;
    let mut found: Option<Range<usize>> = None;
    for line in maps.lines() {
        let Some((from, to)) = line.split_whitespace().next().and_then(|range| range.split_once('-')) else { continue };
        let (from, to) = (usize::from_str_radix(from, 16).ok()?, usize::from_str_radix(to, 16).ok()?);
        // Memory without a file right behind is that of its statics which begin as zeros.
        let is_behind = found.as_ref().is_some_and(|found| found.end == from) && line.split_whitespace().count() == 5;
        if line.ends_with(file) || is_behind {
            found = Some(found.map_or(from, |found| found.start)..to);
        }
    }
    found
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_programs_code_lies_in_its_file() {
        let program = std::env::current_exe().unwrap();
        let address = this_programs_code_lies_in_its_file as fn() as usize;
        assert!(range(&program).unwrap().contains(&address));
        assert_eq!(range(Path::new("/none")), None);
    }
}
