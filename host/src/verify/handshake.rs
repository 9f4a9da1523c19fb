//! The handshake: compiler, target, profile, panic strategy, and how the compiler orders fields.

use liveswap::handshake::{Handshake, Identity};

use super::VerifyError;

/// Who this host is, with the profile that it asks cargo for.
pub fn expected(profile: &str) -> Identity {
    let here = Handshake::of_this_build(cfg!(debug_assertions), "unwind").identity();
    Identity { profile: profile.to_owned(), ..here }
}

/// Compares a library's handshake with what is expected.
///
/// Debug assertions are not compared here: a difference shows in the layouts where it matters.
///
/// # Errors
///
/// Each difference, both sides named.
pub fn check(expected: &Identity, found: &Identity) -> Result<(), VerifyError> {
    let mut differences = Vec::new();
    let mut way_out = String::new();
    let mut compare = |what: &str, expected: &str, found: &str, fix: &str| {
        if expected != found {
            differences.push(format!("{what}: the library has {found}, the host expects {expected}"));
            if !way_out.is_empty() {
                way_out.push_str("; ");
            }
            way_out.push_str(fix);
        }
    };
    compare("rustc", &expected.rustc, &found.rustc, "build host and library with the same toolchain");
    compare("target", &expected.target, &found.target, "build the library for the host's target");
    // One that is not known says nothing: cargo was asked for the host's.
    let profile = if found.profile.is_empty() { &expected.profile } else { &found.profile };
    compare("profile", &expected.profile, profile, "save again to rebuild the library with the host's profile");
    compare(
        "panic strategy",
        &expected.panic,
        &found.panic,
        "remove `panic = \"abort\"` from the profile: a panic could not be caught",
    );
    // Not an edit: it is a type of the crate `liveswap`, and compiler and target are the same.
    if expected.offsets != found.offsets && differences.is_empty() {
        differences.push(format!(
            "layouts: the compiler orders fields in another way in the library than in the host (offsets {:?} and {:?} in the same type)",
            found.offsets, expected.offsets
        ));
        way_out = "give both builds the same flags, without such as `-Z randomize-layout` (`RUSTFLAGS`, `build.rustflags`); this is no change of a type of yours".into();
    }
    VerifyError::if_any(differences, way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_both_sides_and_the_fix() {
        let expected = expected("dev");
        assert_eq!(check(&expected, &expected), Ok(()));
        let other = Identity { rustc: "1.2.3 abc".into(), panic: "abort".into(), ..expected.clone() };
        let error = check(&expected, &other).unwrap_err().to_string();
        assert!(error.contains("rustc: the library has 1.2.3 abc, the host expects "), "{error}");
        assert!(error.contains(&expected.rustc) && error.contains("same toolchain"), "{error}");
        assert!(error.contains("panic strategy: the library has abort, the host expects unwind"), "{error}");
    }

    #[test]
    fn fields_in_another_order_are_a_flags_doing() {
        let expected = expected("dev");
        let mut other = expected.clone();
        other.offsets.reverse();
        let error = check(&expected, &other).unwrap_err().to_string();
        assert!(error.contains("orders fields in another way") && error.contains("-Z randomize-layout"), "{error}");
        other.rustc = "1.2.3 abc".into();
        let error = check(&expected, &other).unwrap_err().to_string();
        assert!(!error.contains("orders fields"), "another compiler says it all: {error}");
    }
}
