//! What crosses unseen: the opaque types, and those that hold values of any type, in what is described.

use std::collections::HashSet;

use liveswap::layout::{Describe, Kind, TypeInfo};

use super::super::layout::{short, short_name};
use super::erased;
use super::world::is_std;

/// A type of which nothing but its name is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Its name for people.
    pub name: String,
    /// Its full name.
    full_name: String,
    /// The names of the described types that hold it: these are compared or moved themselves, and are not in it.
    pub within: Vec<String>,
}

impl Crossing {
    /// A type of this full name.
    pub fn new(full_name: &str, within: Vec<String>) -> Self {
        Self { name: short_name(full_name), full_name: full_name.to_owned(), within }
    }

    /// The paths in its full name, each with whether it is the trait of a trait object.
    pub fn paths(&self) -> Vec<(Vec<String>, bool)> {
        let mut paths = Vec::new();
        let mut is_dyn = false;
        let words = self.full_name.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | ':'));
        for word in words.filter(|word| !word.is_empty()) {
            if word == "dyn" {
                is_dyn = true;
            } else if word.contains("::") {
                let path = word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                paths.push((path, std::mem::take(&mut is_dyn)));
            }
        }
        paths
    }
}

/// The types that cross unseen, in what these types are made of; each once.
pub fn crossings(types: impl IntoIterator<Item = Describe>) -> Vec<Crossing> {
    let mut found: Vec<Crossing> = Vec::new();
    let mut seen: HashSet<(usize, &'static str)> = HashSet::new();
    let mut work: Vec<(Describe, Vec<String>)> = types.into_iter().map(|describe| (describe, Vec::new())).collect();
    while let Some((describe, within)) = work.pop() {
        let info = describe();
        let name = (info.name)();
        if !seen.insert((describe as usize, name)) {
            continue;
        }
        if is_unseen(info) && found.iter().all(|other| other.full_name != name) {
            found.push(Crossing::new(name, within.clone()));
        }
        let parts: Vec<Describe> = match &info.kind {
            Kind::Primitive | Kind::Opaque(_) | Kind::Kept(_) => Vec::new(),
            Kind::Struct(fields) => fields.iter().map(|field| field.ty).collect(),
            Kind::Enum(variants) => variants.iter().flat_map(|variant| variant.fields).map(|field| field.ty).collect(),
            Kind::Over(parts) => parts.to_vec(),
            Kind::Trait { methods, supers, .. } => {
                let of_methods =
                    methods.iter().flat_map(|method| method.arguments.iter().copied().chain([method.output]));
                of_methods.chain(supers.iter().copied()).collect()
            }
        };
        let within = match info.kind {
            Kind::Struct(_) | Kind::Enum(_) => {
                let head = short(info);
                let head = head.split('<').next().unwrap_or_default().to_owned();
                [within, vec![head]].concat()
            }
            _ => within,
        };
        work.extend(parts.into_iter().map(|part| (part, within.clone())));
    }
    found
}

/// Whether a type may hold what its description does not show.
fn is_unseen(info: &TypeInfo) -> bool {
    let name = (info.name)();
    match &info.kind {
        // What of std names all that it holds, and holds nothing of the user's, is the same in every build.
        Kind::Opaque(_) => {
            let paths = Crossing::new(name, Vec::new()).paths();
            paths.iter().any(|(path, is_dyn)| !is_std(&path[0]) || erased(path, *is_dyn).is_some())
        }
        Kind::Trait { supertraits, .. } => supertraits.split([' ', '+', ':']).any(|word| word == "Any"),
        // The trait objects of std that can be asked which type they are; `Box` and the like are passed through.
        Kind::Over(_) => ["dyn core::any::Any", "dyn core::error::Error"].iter().any(|of| name.starts_with(of)),
        Kind::Primitive => name == "std::io::error::Error",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::collections::HashMap;

    use liveswap::HotType;

    use super::*;

    #[derive(HotType)]
    struct Game {
        values: HashMap<u64, Box<dyn Any>>,
        inner: Vec<Inner>,
    }

    #[derive(HotType)]
    struct Inner {
        #[hot(opaque)]
        foreign: std::sync::Arc<Foreign>,
        #[hot(opaque)]
        socket: std::sync::Arc<std::net::TcpStream>,
        number: u8,
    }

    struct Foreign;

    #[test]
    fn opaque_fields_and_any_are_found_with_what_holds_them() {
        let mut found = crossings([Game::info as Describe]);
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let found: Vec<(&str, &[String])> = found.iter().map(|of| (of.name.as_str(), &of.within[..])).collect();
        let within = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (outer, inner) = (within(&["Game"]), within(&["Game", "Inner"]));
        assert_eq!(found, [("Arc<Foreign>", &inner[..]), ("dyn Any", &outer[..])]);
    }

    #[test]
    fn paths_of_a_full_name() {
        let crossing = Crossing::new("alloc::sync::Arc<dyn logic::a::Shape + core::marker::Send>", Vec::new());
        let paths: Vec<(String, bool)> =
            crossing.paths().into_iter().map(|(path, is_dyn)| (path.join("::"), is_dyn)).collect();
        let expected = [("alloc::sync::Arc", false), ("logic::a::Shape", true), ("core::marker::Send", false)];
        assert_eq!(paths, expected.map(|(path, is_dyn)| (path.to_owned(), is_dyn)));
    }
}
