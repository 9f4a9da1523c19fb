//! The entries: each one that the host has must be in the library, with the same signature and layouts.

use std::collections::HashMap;

use liveswap::layout::Describe;
use liveswap::{Code, Entry};

use super::identity::Identities;
use super::{VerifyError, at_most, layout};

/// What is compared of an entry.
pub struct EntryView<'a> {
    /// The entry's path.
    pub name: &'a str,
    /// Its signature as text.
    pub signature: &'a str,
    /// The types of its arguments and, last, of its output.
    pub types: Vec<Describe>,
    /// For async entries, whether the future is `Send`.
    pub send: Option<bool>,
    /// Its code.
    pub code: Code,
}

/// Views of `entries`.
pub fn views(entries: &'static [Entry]) -> Vec<EntryView<'static>> {
    entries.iter().map(Entry::info).map(view).collect()
}

fn view(info: &'static liveswap::EntryInfo) -> EntryView<'static> {
    EntryView {
        name: info.name,
        signature: info.signature,
        types: info.arguments.iter().copied().chain([info.output]).collect(),
        send: info.send.map(|is_send| is_send()),
        code: info.code,
    }
}

/// The library's code for each of the host's entries, in the host's order.
///
/// Entries that only the library has are not the host's concern.
///
/// # Errors
///
/// Each entry that is gone, has another signature, or whose types have another layout.
pub fn match_entries(
    host: &[EntryView<'_>],
    library: &[EntryView<'_>],
    identities: &Identities,
) -> Result<Vec<Code>, VerifyError> {
    let found: HashMap<&str, &EntryView<'_>> = library.iter().map(|entry| (entry.name, entry)).collect();
    let mut differences = Vec::new();
    let mut codes = Vec::with_capacity(host.len());
    let mut layouts_seen = layout::Comparison::new(identities);
    for entry in host {
        let Some(new) = found.get(entry.name) else {
            differences
                .push(format!("entry `{}` is gone; the host was compiled with `{}`", entry.name, entry.signature));
            continue;
        };
        if entry.signature != new.signature {
            differences.push(format!(
                "entry `{}`: the host calls `{}`, the new code has `{}`",
                entry.name, entry.signature, new.signature
            ));
        } else if entry.send != new.send {
            let word = |send| if send == Some(true) { "is `Send`" } else { "is not `Send`" };
            differences.push(format!(
                "entry `{}`: in the host its future {}, in the new code it {}",
                entry.name,
                word(entry.send),
                word(new.send)
            ));
        } else {
            for (old, new) in entry.types.iter().zip(&new.types) {
                let changes = layouts_seen.compare(*old, *new);
                differences.extend(changes.into_iter().map(|change| format!("{change} (in entry `{}`)", entry.name)));
            }
        }
        codes.push(new.code);
    }
    let differences = at_most(differences, layouts_seen.untold());
    let mut way_out = "undo that, or restart the host to take it up".to_owned();
    if layouts_seen.found_any() {
        way_out += "; a state that the host holds in a `Kept` would be moved";
    }
    VerifyError::if_any(differences, way_out)?;
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use liveswap::HotType;

    use super::*;

    fn match_entries(host: &[EntryView<'_>], library: &[EntryView<'_>]) -> Result<Vec<Code>, VerifyError> {
        super::match_entries(host, library, &Identities::default())
    }

    fn entry<'a>(name: &'a str, signature: &'a str) -> EntryView<'a> {
        EntryView { name, signature, types: vec![u32::info], send: None, code: Code::NONE }
    }

    #[test]
    fn the_library_may_have_more_but_not_less() {
        let host = [entry("logic::update", "fn(u32)")];
        let both = [entry("logic::draw", "fn()"), entry("logic::update", "fn(u32)")];
        assert_eq!(match_entries(&host, &both).unwrap().len(), 1);
        let error = match_entries(&both, &host).unwrap_err().to_string();
        assert!(error.contains("entry `logic::draw` is gone; the host was compiled with `fn()`"), "{error}");
    }

    #[test]
    fn of_many_the_first_are_listed() {
        let names: Vec<String> = (0..20).map(|number| format!("logic::f{number}")).collect();
        let host: Vec<_> = names.iter().map(|name| entry(name, "fn(u32)")).collect();
        let differences = match_entries(&host, &[]).unwrap_err().differences;
        assert_eq!((differences.len(), differences[12].as_str()), (13, "… and 8 more differences"));
    }

    #[test]
    fn another_signature_shows_both() {
        let error =
            match_entries(&[entry("logic::update", "fn(u32)")], &[entry("logic::update", "fn(u64)")]).unwrap_err();
        assert_eq!(error.differences, ["entry `logic::update`: the host calls `fn(u32)`, the new code has `fn(u64)`"]);
    }

    #[test]
    fn another_layout_behind_the_same_text_is_seen() {
        let host = entry("logic::update", "fn(Number)");
        let library = EntryView { types: vec![f32::info], ..entry("logic::update", "fn(Number)") };
        let error = match_entries(&[host], &[library]).unwrap_err();
        assert_eq!(error.differences, ["type `u32` -> `f32` (in entry `logic::update`)"]);
    }

    #[test]
    fn a_future_that_is_no_longer_send_is_seen() {
        let host = EntryView { send: Some(true), ..entry("logic::get", "async fn()") };
        let library = EntryView { send: Some(false), ..entry("logic::get", "async fn()") };
        let error = match_entries(&[host], &[library]).unwrap_err().to_string();
        assert!(error.contains("in the host its future is `Send`, in the new code it is not `Send`"), "{error}");
    }
}
