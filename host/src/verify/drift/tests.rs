//! Every kind of drift, with the words for it.

use super::*;

type Settings = &'static [(&'static str, &'static str)];

const BASE: Settings =
    &[("debuginfo", "2"), ("dependency", "liveswap 1"), ("dependency", "shared 2"), ("feature", "a")];

/// A build with the id of one type or another.
fn side(differs: bool, profile: &'static str, settings: Settings) -> Side {
    let id = if differs { TypeId::of::<u16>() } else { TypeId::of::<u8>() };
    Side { id, profile, settings, packages: Packages::default() }
}

fn versions(of: &[(&str, &str)]) -> Versions {
    of.iter().map(|(name, version)| (name.to_string(), vec![version.to_string()])).collect()
}

/// The warning of a host against a library with other ids.
fn warning(program: Program, profile: &'static str, settings: Settings) -> String {
    let drift = find(&side(false, "dev", BASE), &side(true, profile, settings), Against::Host(program));
    drift.warning("logic").expect("ids differ")
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

#[test]
fn equal_ids_are_no_warning_whatever_the_flags() {
    let flags: Settings = &[("debuginfo", "2"), ("feature", "a"), ("-Z", "randomize-layout")];
    let drift = find(&side(false, "dev", BASE), &side(false, "dev", flags), Against::Generation);
    assert_eq!(drift.warning("logic"), None);
    assert!(drift.identities().alike && !drift.identities().meaningless);
}

#[test]
fn a_feature_of_one_side_is_named_with_the_way_out() {
    let without: Settings = &[("debuginfo", "2"), ("dependency", "liveswap 1"), ("dependency", "shared 9")];
    let text = warning(Program::Beside, "dev", without);
    has(
        &text,
        &["`TypeId`s of `logic` differ between host and library: feature `a` is on in the host, off in the library;"],
    );
    has(&text, &["will not find each other's types", ".features([\"a\"])", "[package.metadata.liveswap]"]);
    assert!(!text.contains("shared"), "what depends on the feature is not named: {text}");
    has(&warning(Program::Unknown, "dev", without), &[".program(env!(\"CARGO_MANIFEST_DIR\"))"]);

    let more: Settings = &[("debuginfo", "2"), ("feature", "a"), ("feature", "extra")];
    let text = warning(Program::Beside, "dev", more);
    has(&text, &["feature `extra` is off in the host, on in the library", "enable `extra` where the host depends on"]);
}

#[test]
fn a_profile_is_named_with_what_it_sets_and_ids_mean_nothing_then() {
    let fast: Settings = &[("debug-assertions", "on"), ("feature", "a"), ("opt-level", "2")];
    let text = warning(Program::Beside, "fast", fast);
    has(&text, &["profile `dev` in the host, `fast` in the library", "opt-level is 0 in the host, 2 in the library"]);
    has(&text, &["debuginfo is 2 in the host, 0 in the library", "one profile (`.profile(…)`)"]);
    assert!(!text.contains("debug-assertions"), "on by default without optimisation: {text}");

    let of = |settings| {
        find(&side(false, "dev", BASE), &side(true, "fast", settings), Against::Generation).identities().clone()
    };
    assert!(of(fast).meaningless, "opaque types are compared by name, size and alignment");
    let off: Settings = &[("feature", "a"), ("opt-level", "2")];
    assert!(!of(off).meaningless, "fields may depend on debug assertions");
}

#[test]
fn targets_flags_and_configurations_are_named() {
    let other: Settings = &[("cfg", "tokio_unstable"), ("debuginfo", "2"), ("feature", "a"), ("target", "x")];
    let text = warning(Program::Beside, "dev", other);
    has(
        &text,
        &["target is not given in the host, x in the library", "`--cfg tokio_unstable` is given for the library only"],
    );
    has(&text, &["without `--target`", "the same `RUSTFLAGS`"]);
}

#[test]
fn a_dependency_is_named_where_nothing_else_is_known() {
    let other: Settings =
        &[("debuginfo", "2"), ("dependency", "liveswap 1"), ("dependency", "shared 9"), ("feature", "a")];
    let text = warning(Program::HasLibrary, "dev", other);
    has(
        &text,
        &[
            "other features, flags or sources of `shared` in the host than in the library",
            "move the program's `src/lib.rs` to a package of its own",
        ],
    );
    has(&warning(Program::Unknown, "dev", other), &[".program(env!(\"CARGO_MANIFEST_DIR\"))"]);
    let nothing = warning(Program::Beside, "dev", &[]);
    has(&nothing, &["how the two were compiled is not known", "in one workspace"]);
}

#[test]
fn versions_are_a_cause_between_generations() {
    let mut old = side(false, "dev", BASE);
    let mut new = side(true, "dev", BASE);
    old.packages.versions = versions(&[("a", "1.0.0"), ("b", "1.0.0"), ("c", "1.0.0"), ("d", "1.0.0"), ("e", "1.0.0")]);
    new.packages.versions = versions(&[("a", "1.0.1"), ("b", "1.0.1"), ("c", "1.0.1"), ("d", "1.0.1"), ("e", "1.0.0")]);
    let text = find(&old, &new, Against::Generation).warning("game").unwrap();
    has(
        &text,
        &[
            "differ from those of the generation in force: a 1.0.0 -> 1.0.1, b 1.0.0 -> 1.0.1, c 1.0.0 -> 1.0.1 and 1 more;",
        ],
    );
    has(&text, &["what the kept state holds by `TypeId`", "undo that, or restart"]);
}

fn refusal(lines: &[&str]) -> VerifyError {
    VerifyError { differences: lines.iter().map(ToString::to_string).collect(), way_out: "undo that".into() }
}

#[test]
fn a_refusal_is_led_by_the_drift_that_explains_it() {
    let without: Settings = &[("debuginfo", "2")];
    let drift = find(&side(false, "dev", BASE), &side(true, "dev", without), Against::Host(Program::Beside));
    let lines = [
        "Game.body > Body: the type of the same name from another build of its crate",
        "Game: field `speed: f32` added at offset 8",
        "Game.set > Set: the type of the same name from another build of its crate (in entry `logic::step`)",
        "Game.old > Old: another type of the same name now (old 1.0.0 -> 1.0.1)",
    ];
    let led = drift.lead(refusal(&lines), "logic");
    assert_eq!(
        led.differences,
        [
            "`TypeId`s of `logic` differ between host and library: feature `a` is on in the host, off in the library",
            "Game: field `speed: f32` added at offset 8",
            "Game.old > Old: another type of the same name now (old 1.0.0 -> 1.0.1)",
            "Game.body > Body and 1 opaque type more: the types of the same names from another build",
        ]
    );
    assert!(led.way_out.ends_with("; for the rest: undo that"), "{}", led.way_out);
    let one = drift.lead(refusal(&lines[..1]), "logic");
    assert_eq!(one.differences[1..], ["Game.body > Body: the type of the same name from another build of its crate"]);
    assert!(!one.way_out.contains("undo that"), "{}", one.way_out);
}

#[test]
fn an_edit_is_not_explained_by_what_has_no_part_in_layouts() {
    let lines =
        ["Game: field `speed: f32` added at offset 8", "Game.x > X: another type of the same name now (x 1 -> 2)"];
    let mut old = side(false, "dev", BASE);
    let mut new = side(true, "dev", BASE);
    (old.packages.versions, new.packages.versions) = (versions(&[("x", "1")]), versions(&[("x", "2")]));
    let drift = find(&old, &new, Against::Generation);
    assert_eq!(drift.lead(refusal(&lines), "game"), refusal(&lines));
    let none = find(&old, &old, Against::Generation);
    assert_eq!(none.lead(refusal(&lines), "game"), refusal(&lines));
}

#[test]
fn a_flag_that_leaves_the_ids_explains_other_layouts() {
    let flags: Settings = &[("-Z", "randomize-layout"), ("debuginfo", "2"), ("feature", "a")];
    let drift = find(&side(false, "dev", BASE), &side(false, "dev", flags), Against::Generation);
    let led = drift.lead(refusal(&["Game: `x` moved 0 -> 8"]), "game").to_string();
    has(&led, &["compiler flags of `game` differ", "`-Z randomize-layout` is given for the new one only"]);
}

#[test]
fn features_of_dependencies_are_named() {
    let features = |of: &[(&str, &[&str])]| {
        of.iter().map(|(name, all)| (name.to_string(), all.iter().map(ToString::to_string).collect())).collect()
    };
    let mut old = side(false, "dev", BASE);
    let mut new = side(true, "dev", BASE);
    old.packages.features = features(&[("libc", &["extra", "std"]), ("shared", &[]), ("host-only", &["std"])]);
    new.packages.features = features(&[("libc", &["std"]), ("shared", &["more"]), ("new", &["std"])]);
    let text = |program| find(&old, &new, Against::Host(program)).warning("logic").unwrap();
    let beside = text(Program::Beside);
    has(
        &beside,
        &["feature `extra` of `libc` is on in the host, off in the library, feature `more` of `shared` is off"],
    );
    has(&beside, &["enable libc/extra for the library as well"]);
    assert!(!beside.contains("host-only") && !beside.contains("`new`"), "{beside}");
    has(&text(Program::HasLibrary), &["move the program's `src/lib.rs` to a package of its own"]);
    assert!(!find(&old, &new, Against::Generation).identities().meaningless);
}
