//! What symbols are called in the sources.

use rustc_demangle::demangle;

use crate::source::function::SLOT;

/// A symbol as a path of the sources, without hashes: `game::Scene::draw`, `game::draw::{{closure}}`.
pub(super) fn path(symbol: &str) -> String {
    format!("{:#}", demangle(symbol))
}

/// The slot that a symbol is, as a path; `None` for all others.
pub(super) fn slot(symbol: &str) -> Option<String> {
    // Most symbols are none: taking them apart would take longer than all the rest.
    symbol.contains(SLOT).then(|| path(symbol))
}

/// The path of a slot, by the module of its function, with the crate's name first.
pub(crate) fn slot_path(crate_name: &str, module: &[String], slot: &str) -> String {
    let mut path = vec![crate_name.to_owned()];
    path.extend(module.iter().cloned());
    path.push(slot.to_owned());
    path.join("::")
}

/// The path of what a path stands in, if that is not the crate.
pub(super) fn parent(path: &str) -> Option<&str> {
    // What stands in brackets (`<impl a::T for b::U>`) is one part.
    let mut depth = 0usize;
    let mut end = None;
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' if at > 0 && path.as_bytes()[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && path[at..].starts_with("::") => end = Some(at),
            _ => {}
        }
    }
    end.map(|end| &path[..end])
}

/// The function that a closure or an item in a body belongs to, as people know it.
pub(super) fn owner(path: &str) -> &str {
    let mut path = path;
    while let Some(outer) = parent(path).filter(|outer| {
        let own = &path[outer.len() + 2..];
        own.starts_with("{{closure}}") || own.starts_with("{closure")
    }) {
        path = outer;
    }
    path
}

/// Whether a path has this name as one of its parts.
pub(super) fn has_part(path: &str, name: &str) -> bool {
    path.split("::").any(|part| part == name)
}

/// Whether this is the body of a closure or of an `async` function or block.
pub(super) fn is_closure(path: &str) -> bool {
    owner(path).len() < path.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_no_hashes() {
        assert_eq!(path("_ZN4game5Scene4draw17h05af221e174051e9E"), "game::Scene::draw");
        assert_eq!(path("_RNvMs_Cs4fqI2P2rA04_4gameNtB4_5Scene4draw"), "<game::Scene>::draw");
        assert_eq!(path("memcpy"), "memcpy");
        let slot_symbol = "_ZN4game4deep32__liveswap_slot_00000000000000ff17h05af221e174051e9E";
        let of_names = slot_path("game", &["deep".into()], "__liveswap_slot_00000000000000ff");
        assert_eq!(slot(slot_symbol), Some(of_names));
        assert_eq!(slot("_ZN4game5Scene4draw17h05af221e174051e9E"), None);
    }

    #[test]
    fn closures_belong_to_functions() {
        assert_eq!(owner("game::draw::{{closure}}::{{closure}}"), "game::draw");
        assert_eq!(
            owner("<game::A as std::ops::Fn(u8) -> b::C>::call::{closure#1}"),
            "<game::A as std::ops::Fn(u8) -> b::C>::call"
        );
        assert_eq!(owner("game::draw"), "game::draw");
        assert_eq!(parent("game"), None);
        assert_eq!(parent("<a::B as c::D<e::F>>::g"), Some("<a::B as c::D<e::F>>"));
        assert!(is_closure("game::draw::{{closure}}") && !is_closure("game::draw"));
        assert!(has_part("game::LIMIT::{{closure}}", "LIMIT") && !has_part("game::LIMITS", "LIMIT"));
    }
}
