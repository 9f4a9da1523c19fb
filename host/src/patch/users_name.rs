//! Names of a patch's functions, back to what the user calls them.

/// The text with the user's names for functions of patches: `game::step` for `game::__liveswap_step`, `game::S::hit` for
/// `<game::S as game::__LiveswapPatch0>::__liveswap_hit`.
pub fn users_names(text: &str) -> String {
    without_prefixes(&without_traits(text))
}

/// What a patch's traits of methods begin with.
const TRAIT: &str = "__LiveswapPatch";

fn without_traits(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some((open, behind_type, close)) = next_trait(&text) {
        let ty = text[open + 1..behind_type].to_owned();
        text.replace_range(open..=close, &ty);
    }
    text
}

/// Of the first `<Type as …::__LiveswapPatch0<…>>`: where it opens, where its type ends, and where it closes.
fn next_trait(text: &str) -> Option<(usize, usize, usize)> {
    let at = text.find(TRAIT)?;
    let before = &text[..at];
    let behind_type = before.rfind(" as ")?;
    let open = matching(before[..behind_type].char_indices().rev(), '>', '<')?;
    let close = matching(text[at..].char_indices(), '<', '>')?;
    Some((open, behind_type, at + close))
}

/// The first bracket of the kind `closes` that no other one has `opened` before.
fn matching(characters: impl Iterator<Item = (usize, char)>, opens: char, closes: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in characters {
        if character == opens {
            depth += 1;
        } else if character == closes {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

fn without_prefixes(text: &str) -> String {
    const PREFIX: &str = "::__liveswap_";
    // The runtime of the base, and the statics beside functions.
    const OTHERS: [&str; 2] = ["base::", "slot_"];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let behind = &rest[at + PREFIX.len()..];
        let is_other = OTHERS.iter().any(|other| behind.starts_with(other));
        clean += &rest[..at];
        clean += if is_other { PREFIX } else { "::" };
        rest = behind;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_patches_have_the_users_names() {
        for (symbol, expected) in [
            ("game::__liveswap_step", "game::step"),
            ("game::a::__liveswap_step::{{closure}}", "game::a::step::{{closure}}"),
            ("<game::S as game::__LiveswapPatch0>::__liveswap_hit", "game::S::hit"),
            (
                "<game::S<T> as game::a::__LiveswapPatch12<T>>::__liveswap_hit at src/lib.rs:1:2",
                "game::S<T>::hit at src/lib.rs:1:2",
            ),
            ("core::ops::call<<&game::S as game::__LiveswapPatch0>::__liveswap_hit>", "core::ops::call<&game::S::hit>"),
            ("game::__liveswap_base::Current::call", "game::__liveswap_base::Current::call"),
            ("__LiveswapPatch0", "__LiveswapPatch0"),
            ("game::step", "game::step"),
        ] {
            assert_eq!(users_names(symbol), expected);
        }
    }
}
