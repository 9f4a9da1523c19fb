//! What stays private in a shadow, since made public it would change what the user's names mean.
//!
//! A method, say, that is private to a module: outside, `value.name()` may call a trait's method, and would call this one
//! were it public. Whatever is named only where it is visible anyway can be made public: nobody else notices. So
//! something stays private where its name is mentioned outside, and could have meant another thing there:
//!
//! - a field, where its type leads to another by `Deref`;
//! - what an `impl` block has, where the type implements a trait with something of that name, or leads to another;
//! - an item, where `use …::*` could bring it in; with a trait come the names of its members.
//!
//! This reads texts, not types: one thing too many is kept rather than one too few. Patches can't name what is kept, nor
//! may they newly name something outside of where it is private; see [`Kept::obstacle`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::refused::Refused;
use super::world::{File, Mentioned, Place, World};
use crate::source::SourceFile;
use crate::source::privacy::{Form, Private, Reach, What, with_pairs};
use crate::source::text::{Lexeme, name_print, print};

/// What stays private in the shadows of several crates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// By file, where its visibility stands.
    places: BTreeMap<PathBuf, BTreeSet<usize>>,
    /// All, with what people call it.
    names: BTreeMap<Key, String>,
    /// The roots of the crates; scopes name them by number.
    roots: Vec<PathBuf>,
    /// Names of the crates' macros that may name something of it.
    macros: BTreeSet<u64>,
}

/// One thing that stays private.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    /// Where it can be named.
    scope: Place,
    of: Option<u64>,
    name: u64,
}

/// A stretch of a module that is to be in a patch.
pub struct Part<'a> {
    /// The module, from the crate's root on.
    pub module: Vec<String>,
    /// Its tokens.
    pub lexemes: &'a [Lexeme],
}

impl Kept {
    /// What is to stay private in the crates with these roots, of all these files. `unshadowed` are files that are
    /// compiled as they are: all that is private there stays it, and so does what rustc has `refused` to have public.
    /// `read` gives a file that is there.
    pub fn of<'a>(
        roots: &[PathBuf],
        paths: impl Iterator<Item = &'a Path>,
        unshadowed: &[&'a Path],
        refused: &Refused,
        read: impl Fn(&Path) -> Option<Arc<SourceFile>>,
    ) -> Kept {
        let world = World::new(roots, paths, unshadowed, read);
        let mut kept = Kept { roots: roots.to_vec(), ..Kept::default() };
        for file in world.files().iter().filter(|file| unshadowed.contains(&&*file.path)) {
            let anywhere = Place { root: ANYWHERE, module: Vec::new() };
            file.source.privacy.privates.iter().for_each(|private| kept.add(&file.path, anywhere.clone(), private));
        }
        let shadowed = world.files().iter().filter(|file| !unshadowed.contains(&&*file.path));
        let all = shadowed.flat_map(|file| file.source.privacy.privates.iter().map(move |private| (file, private)));
        let (refused, all): (Vec<_>, Vec<_>) = all.partition(|(file, private)| refused.has(&file.path, private));
        let doubtful: Vec<(&File, &Private, Place)> = all
            .into_iter()
            .filter(|(file, private)| may_mean_another(&world, &file.place, private))
            .map(|(file, private)| (file, private, scope(&file.place, private)))
            .collect();
        let names = doubtful.iter().flat_map(|(_, private, _)| given(&private.what)).collect();
        let mut rules = Rules { mentions: world.mentions_of(&names), world: &world, kept: HashSet::new() };
        for (file, private) in refused {
            rules.kept.extend(given(&private.what));
            kept.add(&file.path, scope(&file.place, private), private);
        }
        loop {
            let before = kept.names.len();
            for (file, private, scope) in &doubtful {
                if rules.must_stay(&file.place, scope, private) {
                    rules.kept.extend(given(&private.what));
                    kept.add(&file.path, scope.clone(), private);
                }
            }
            // A `use` can't give on more than what it takes.
            if kept.names.len() == before {
                break;
            }
        }
        kept.macros = world.macros_with(&kept.names.keys().map(|key| key.name).collect());
        kept
    }

    fn add(&mut self, path: &Path, scope: Place, private: &Private) {
        self.places.entry(path.to_owned()).or_default().insert(private.at.start);
        let of = match private.what {
            What::Field(of, _) => Some(of),
            What::Member(of, _) => of,
            _ => None,
        };
        for name in given(&private.what) {
            self.names.insert(Key { scope: scope.clone(), of, name }, private.name.clone());
        }
    }

    /// Of one file, where the visibility of what stays private stands, in bytes of the code.
    pub fn in_file(&self, path: &Path) -> BTreeSet<usize> {
        self.places.get(path).cloned().unwrap_or_default()
    }

    /// What stays private, as people write it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }

    /// The names of items among it, as hashes.
    pub fn items(&self) -> impl Iterator<Item = u64> {
        self.names.keys().filter(|key| key.of.is_none()).map(|key| key.name)
    }

    /// Whether all that stays private by another one does by this.
    pub fn covers(&self, other: &Kept) -> bool {
        self.missing_of(other).is_none()
    }

    fn missing_of<'a>(&self, other: &'a Kept) -> Option<&'a String> {
        other.names.iter().find(|(key, _)| !self.names.contains_key(key)).map(|(_, name)| name)
    }

    /// A hash of what stays private, wherever it stands in its file.
    pub fn print(&self) -> u64 {
        print(&format!("{:?}", self.names.keys()))
    }

    /// Why a base with these things private can't be patched by these parts of the crate with this root; `None` where
    /// it can. `now` is what is to stay private by the new sources.
    pub fn obstacle(&self, now: &Kept, root: &Path, parts: &[Part<'_>]) -> Option<String> {
        if let Some(name) = self.missing_of(now) {
            return Some(format!("`{name}`, which is private, could be meant where it is public in the base"));
        }
        let root = self.roots.iter().position(|known| known == root);
        let tokens: HashMap<&Key, HashSet<u64>> =
            self.names.keys().map(|key| (key, with_pairs(HashSet::from([key.name])))).collect();
        for part in parts {
            let is_in = |key: &Key| root.is_none_or(|root| key.scope.has(root, &part.module));
            let is_visible = |key: &Key| key.scope.root == ANYWHERE || is_in(key);
            let visible: HashMap<u64, &String> = self
                .names
                .iter()
                .filter(|(key, _)| is_visible(key))
                .flat_map(|(key, name)| tokens[key].iter().map(move |token| (*token, name)))
                .collect();
            if visible.is_empty() {
                continue;
            }
            for lexeme in part.lexemes {
                if let Some(name) = visible.get(&lexeme.print) {
                    return Some(format!("`{name}` has to stay private, and is used"));
                }
                if lexeme.is_name() && self.macros.contains(&lexeme.print) {
                    return Some("a macro is used that may name what has to stay private".to_owned());
                }
            }
        }
        None
    }
}

/// Stands for the root of a crate that is not known.
const ANYWHERE: usize = usize::MAX;

/// What the prelude has of constructors and functions.
const PRELUDE: [&str; 4] = ["Some", "Ok", "Err", "drop"];

/// The names by which something can be meant.
pub(super) fn given(what: &What) -> Vec<u64> {
    match what {
        What::Item(name) | What::Field(_, name) | What::Member(_, name) => vec![*name],
        What::Trait(name, members) => [std::slice::from_ref(name), members].concat(),
        What::Use(names, _) => names.iter().map(|(_, to)| *to).collect(),
    }
}

/// Where something private can be named.
fn scope(file: &Place, private: &Private) -> Place {
    let own = file.inside(&private.module);
    match &private.reach {
        Reach::Module | Reach::Public => own,
        Reach::Up(steps) => own.up(*steps),
        Reach::In(path) => Place { root: own.root, module: path.clone() },
    }
}

/// Whether its name could mean another thing somewhere, as far as can be told without asking where it is mentioned.
fn may_mean_another(world: &World, file: &Place, private: &Private) -> bool {
    match &private.what {
        What::Field(of, _) => world.leads_to_fields(*of) || is_of_prelude(*of),
        What::Member(of, name) => {
            let leads_on = of.is_some_and(|of| world.leads_on(of));
            leads_on || world.may_have_by_trait(*of, *name) || world.has_foreign_traits()
        }
        What::Item(_) | What::Trait(..) => world.has_glob_of(&file.inside(&private.module), &scope(file, private)),
        // It may take what stays private.
        What::Use(..) => true,
    }
}

fn is_of_prelude(name: u64) -> bool {
    PRELUDE.iter().any(|known| name_print(known) == name)
}

/// What decides about all of the crates.
struct Rules<'a> {
    world: &'a World,
    mentions: HashMap<u64, Vec<Mentioned<'a>>>,
    /// Names of what stays private.
    kept: HashSet<u64>,
}

impl Rules<'_> {
    fn is_mentioned_outside(&self, scope: &Place, name: u64, is_meant: impl Fn(&Mentioned<'_>) -> bool) -> bool {
        let mentions = self.mentions.get(&name).into_iter().flatten();
        mentions.into_iter().any(|mention| is_meant(mention) && mention.is_outside_of(scope))
    }

    /// Whether it could be meant newly somewhere outside of where it is visible, of what may mean another thing.
    fn must_stay(&self, file: &Place, scope: &Place, private: &Private) -> bool {
        let is_item = |form: Form| form != Form::Dot;
        let is_meant = |name: &u64, as_what: &dyn Fn(Form) -> bool| {
            self.is_mentioned_outside(scope, *name, |mention| as_what(mention.form))
        };
        match &private.what {
            What::Field(of, name) => {
                // Who sees all fields of a tuple sees its constructor, which a glob brings in before the prelude's.
                let is_constructor = is_of_prelude(*of) && self.world.has_glob_of(&file.inside(&private.module), scope);
                is_constructor || self.world.leads_to_fields(*of) && is_meant(name, &|form| form == Form::Dot)
            }
            What::Member(of, name) => {
                let by_trait = self.world.may_have_by_trait(*of, *name);
                let is_doubtful = by_trait || of.is_some_and(|of| self.world.leads_on(of));
                self.is_mentioned_outside(scope, *name, |mention| match mention.form {
                    Form::Dot => is_doubtful || mention.has_foreign_traits,
                    Form::Path(segment) => by_trait && segment.is_none_or(|segment| self.world.may_be(segment, *of)),
                    Form::Bare => false,
                })
            }
            What::Item(name) => is_meant(name, &is_item),
            What::Trait(name, members) => {
                is_meant(name, &is_item) || members.iter().any(|name| is_meant(name, &|form| form != Form::Bare))
            }
            What::Use(names, has_glob) => {
                let takes_kept = names.iter().any(|(from, _)| self.kept.contains(from));
                let by_glob = self.world.has_glob_of(&file.inside(&private.module), scope);
                takes_kept || by_glob && (*has_glob || names.iter().any(|(_, to)| is_meant(to, &|_| true)))
            }
        }
    }
}
