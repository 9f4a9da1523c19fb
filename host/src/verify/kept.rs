//! The states that a library's entries look into: what stands behind each `Kept` in their signatures.

use std::collections::HashSet;
use std::ptr;

use liveswap::layout::{Describe, Kind, TypeInfo};
use liveswap::state::StateInfo;

use super::entries::EntryView;
use super::layout::short;

/// A state as some code sees it.
pub type View = &'static StateInfo;

/// The type's full name.
pub fn type_name(view: View) -> &'static str {
    ((view.layout)().name)()
}

/// Which of these views is of the same type: the one of its full name; or, since a type may move to another module, the
/// only one of its short name.
pub fn find(views: &[View], of: View) -> Option<View> {
    let short_name = |view: View| short((view.layout)());
    let same = views.iter().find(|view| type_name(view) == type_name(of));
    let moved = || {
        let mut like = views.iter().filter(|view| short_name(view) == short_name(of));
        like.next().filter(|_| like.next().is_none())
    };
    same.or_else(moved).copied()
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

    #[test]
    fn a_type_that_moved_is_found_where_its_name_is_clear() {
        mod elsewhere {
            #[derive(liveswap::HotType, liveswap::HotState)]
            pub struct Game(u8);
            pub mod again {
                #[derive(liveswap::HotType, liveswap::HotState)]
                pub struct Game(u8);
            }
        }
        let (here, there, again) = (Game::state(), elsewhere::Game::state(), elsewhere::again::Game::state());
        let found = |views: &[View], of| find(views, of).map(type_name);
        assert_eq!(found(&[there, u8::state()], here), Some(type_name(there)));
        assert_eq!(found(&[there, again], here), None, "which of the two is not known");
        assert_eq!(found(&[there, here], here), Some(type_name(here)));
    }
}
