//! What the macros accept and refuse, and in which words: each case is a crate of its own.
//!
//! What must compile and can share a crate is in `hot_without_host`. After a message was changed on purpose,
//! `TRYBUILD=overwrite cargo test -p liveswap --test ui` writes the new texts; read them.

#[test]
fn accepted_and_refused() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
