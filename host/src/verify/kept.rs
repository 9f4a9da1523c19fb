//! The states that a library's entries look into: what stands behind each `Kept` in their signatures.

use std::collections::HashSet;
use std::ptr;

use liveswap::layout::{Describe, Kind, TypeInfo};
use liveswap::state::StateInfo;

use super::entries::EntryView;

/// A state as some code sees it.
pub type View = &'static StateInfo;

/// The type's full name, by which views of the same state find each other.
pub fn type_name(view: View) -> &'static str {
    ((view.layout)().name)()
}

/// The states behind the `Kept`s in these signatures, each once.
pub fn views(entries: &[EntryView<'_>]) -> Vec<View> {
    let mut seen: HashSet<*const TypeInfo> = HashSet::new();
    let mut open: Vec<Describe> = entries.iter().flat_map(|entry| entry.types.iter().copied()).collect();
    let mut views: Vec<View> = Vec::new();
    while let Some(ty) = open.pop() {
        let info = ty();
        if !seen.insert(ptr::from_ref(info)) {
            continue;
        }
        match &info.kind {
            Kind::Primitive | Kind::Opaque(_) => {}
            Kind::Over(types) => open.extend(*types),
            Kind::Struct(fields) => open.extend(fields.iter().map(|field| field.ty)),
            Kind::Enum(variants) => {
                open.extend(variants.iter().flat_map(|variant| variant.fields).map(|field| field.ty));
            }
            Kind::Trait { methods, supers, .. } => {
                open.extend(*supers);
                open.extend(methods.iter().flat_map(|method| method.arguments.iter().copied().chain([method.output])));
            }
            Kind::Kept(state) => {
                let view = state();
                if !views.iter().any(|known| type_name(known) == type_name(view)) {
                    views.push(view);
                }
            }
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use liveswap::{Code, HotState, HotType, Kept};

    use super::*;

    #[derive(HotType, HotState)]
    struct Game {
        score: u32,
    }

    #[derive(HotType)]
    struct World {
        games: Vec<Option<Kept<Game>>>,
        score: Kept<u32>,
    }

    #[test]
    fn states_are_found_behind_references_and_in_structs() {
        let entry = |types| EntryView { name: "logic::draw", signature: "fn()", types, send: None, code: Code::NONE };
        let found = |types| views(&[entry(types)]).into_iter().map(type_name).collect::<Vec<_>>();
        assert_eq!(found(vec![u32::info, <&mut Kept<Game>>::info]), [std::any::type_name::<Game>()]);
        assert_eq!(found(vec![<&World>::info, <&Kept<Game>>::info]).len(), 2, "each once");
        assert_eq!(found(vec![<Vec<Game>>::info]), Vec::<&str>::new());
    }
}
