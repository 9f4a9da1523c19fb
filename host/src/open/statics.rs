//! The statics and thread-locals of an ELF library that can change while it runs, by its symbols. Pure.
//!
//! The compiler has decided which statics are constant: it places these in read-only memory. A text can't show it, since
//! the type of a static may hide an atomic or a lock, and since macros declare statics.

use std::collections::BTreeSet;

use object::elf;
use object::read::ReadRef;
use object::read::elf::FileHeader;

use crate::stacks::symbols::demangled;

/// The names of the statics that can change, as messages have them: `static HITS`, `thread-local log::LINES`; sorted.
/// Only those of the given crates, of which the first is not named. Empty if the file has no symbols.
pub(super) fn find<'data>(data: impl ReadRef<'data>, crates: &[String]) -> BTreeSet<String> {
    names(data, crates).unwrap_or_default()
}

fn names<'data>(data: impl ReadRef<'data>, crates: &[String]) -> Option<BTreeSet<String>> {
    let header = elf::FileHeader64::<object::LittleEndian>::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, data).ok()?;
    let symbols = sections.symbols(endian, data, elf::SHT_SYMTAB).ok()?;
    let mut names = BTreeSet::new();
    for (index, symbol) in symbols.enumerate() {
        let is_thread_local = match symbol.st_type() {
            elf::STT_OBJECT => false,
            elf::STT_TLS => true,
            _ => continue,
        };
        let section = symbols.symbol_section(endian, symbol, index).ok().flatten();
        let section = section.and_then(|section| sections.section(section).ok());
        let name = section.and_then(|section| sections.section_name(endian, section).ok()).unwrap_or_default();
        // Constants that have pointers in them are written by the loader alone.
        let can_change = [&b".data"[..], b".bss", b".tdata", b".tbss"].iter().any(|start| name.starts_with(start))
            && !name.starts_with(b".data.rel.ro");
        if !can_change {
            continue;
        }
        let Some(symbol) = symbols.symbol_name(endian, symbol).ok().and_then(|name| std::str::from_utf8(name).ok())
        else {
            continue;
        };
        names.extend(shown(&demangled(symbol), is_thread_local, crates));
    }
    Some(names)
}

/// The name of a static for people, by its demangled symbol: `game::stats::HITS`, `<game::App as liveswap::App>::tick::COUNT`,
/// `game::LOG::{constant#0}::VAL`, `<game::CONFIG as Deref>::deref::__stability::LAZY`.
fn shown(symbol: &str, is_thread_local: bool, crates: &[String]) -> Option<String> {
    let (head, tail) = match symbol.strip_prefix('<').and_then(|rest| rest.split_once(">::")) {
        // The static of a `lazy_static!`: the type has its name.
        Some((of, tail)) if tail.contains("__stability") => (of, ""),
        Some(parts) => parts,
        None => ("", symbol),
    };
    let of = head.split(" as ").next().unwrap_or_default();
    let parts = of.split("::").chain(tail.split("::")).filter(|part| !part.is_empty() && !is_hash(part));
    // What a thread-local consists of has names of its own.
    let parts = parts.take_while(|part| !is_thread_local || !part.starts_with('{'));
    let path: Vec<&str> = parts.filter(|part| !part.starts_with('{')).collect();
    let (of, rest) = path.split_first()?;
    let name = rest.last()?;
    let is_static = name.chars().all(|character| !character.is_lowercase()) && name.starts_with(char::is_alphabetic);
    if !crates.iter().any(|one| one == of) || !is_static || is_generated(rest) {
        return None;
    }
    let kind = if is_thread_local { "thread-local" } else { "static" };
    let path = if crates.first().is_some_and(|first| first == of) { rest.join("::") } else { path.join("::") };
    Some(format!("{kind} {path}"))
}

/// What stands at the end of a symbol of the older kind: `h5374903eff7d7495`.
fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a macro has declared it for itself, as those of liveswap and of `tracing` do.
fn is_generated(path: &[&str]) -> bool {
    path == ["HOT"] || path.iter().any(|part| part.starts_with("__") || part.starts_with("call_liveswap"))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::AtomicU8;

    use super::*;

    static CAN_CHANGE: AtomicU8 = AtomicU8::new(1);
    static IS_CONSTANT: [u8; 3] = [1, 2, 3];
    thread_local! {
        static OF_A_THREAD: Cell<u8> = const { Cell::new(1) };
        static MADE_LATE: Cell<u8> = Cell::new(IS_CONSTANT[0]);
    }

    #[test]
    fn the_compiler_says_what_can_change() {
        static WITHIN: AtomicU8 = AtomicU8::new(1);
        let use_all = [CAN_CHANGE.load(std::sync::atomic::Ordering::Relaxed), OF_A_THREAD.get(), MADE_LATE.get()];
        assert_eq!((use_all, WITHIN.load(std::sync::atomic::Ordering::Relaxed)), ([1; 3], 1));
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let all = find(&*this, &["liveswap_host".into()]);
        let own: Vec<&str> =
            all.iter().filter_map(|name| name.split_once("open::statics::tests::")).map(|(_, name)| name).collect();
        assert_eq!(
            own,
            ["CAN_CHANGE", "the_compiler_says_what_can_change::WITHIN", "MADE_LATE", "OF_A_THREAD"],
            "{all:#?}"
        );
        assert!(all.contains("thread-local open::statics::tests::OF_A_THREAD"));
    }

    #[test]
    fn names_are_those_of_the_text() {
        let crates = ["game".to_owned(), "units".to_owned()];
        let shown = |symbol: &str, is_thread_local| shown(symbol, is_thread_local, &crates);
        assert_eq!(shown("game::HITS", false).as_deref(), Some("static HITS"));
        assert_eq!(shown("units::stats::ALL", false).as_deref(), Some("static units::stats::ALL"));
        assert_eq!(shown("game::run::{closure#0}::COUNT", false).as_deref(), Some("static run::COUNT"));
        assert_eq!(shown("game::LOG::{constant#0}::{closure#1}::VAL", true).as_deref(), Some("thread-local LOG"));
        assert_eq!(shown("game::LOG::{{constant}}::{{closure}}::VAL", true).as_deref(), Some("thread-local LOG"));
        let lazy = "<game::CONFIG as core::ops::deref::Deref>::deref::__stability::LAZY";
        assert_eq!(shown(lazy, false).as_deref(), Some("static CONFIG"));
        let in_a_method = "<game::App as liveswap::app::App>::tick::COUNT::h981eb2291664b9f7";
        assert_eq!(shown(in_a_method, false).as_deref(), Some("static App::tick::COUNT"));
        assert_eq!(shown("<game::App>::tick::COUNT", false).as_deref(), Some("static App::tick::COUNT"));
        for generated in
            ["step::__LIVESWAP_ENTRY", "HOT", "call_liveswap_hot_lib_once_at_the_crate_root::_::SLOT", "__S"]
        {
            assert_eq!(shown(&format!("game::{generated}"), false), None, "{generated}");
        }
        assert_eq!(shown("std::HITS", false), None);
        assert_eq!(shown("game::vtable.1", false), None);
    }
}
