//! The backtrace of a panic, made by the host for all images, where it can.

/// Whether it can here. Else each image makes its own, by its copy of std.
#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) const IS_MADE_HERE: bool = true;
#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) const IS_MADE_HERE: bool = false;

/// The backtrace of the calling thread; called where [`IS_MADE_HERE`].
#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn text() -> String {
    crate::stacks::here::text()
}
#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn text() -> String {
    String::new()
}

/// Whether the panic of this number at its place has one: the first ones, and then ever fewer. A panic in every call would
/// else cost more than all else.
pub(super) fn is_wanted(number: u64) -> bool {
    number <= 3 || number.is_power_of_two() || 10u64.pow(number.ilog10()) == number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_told_have_one() {
        let wanted: Vec<u64> = (1..=1000).filter(|number| is_wanted(*number)).collect();
        assert_eq!(wanted, [1, 2, 3, 4, 8, 10, 16, 32, 64, 100, 128, 256, 512, 1000]);
    }
}
