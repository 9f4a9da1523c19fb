//! The crates that see each other: where their modules are, and what is known of types, traits and globs by their names.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::privacy::{Form, Glob, Mention};
use crate::source::text::name_print;
use crate::source::{ItemKind, SourceFile, tree};

/// A module of one of the crates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The number of the crate's root. Files of no crate have numbers of their own.
    pub(super) root: usize,
    /// From the crate's root on.
    pub(super) module: Vec<String>,
}

impl Place {
    pub(super) fn inside(&self, module: &[String]) -> Place {
        Place { root: self.root, module: [&self.module[..], module].concat() }
    }

    pub(super) fn up(&self, steps: usize) -> Place {
        let rest = self.module.len().saturating_sub(steps);
        Place { root: self.root, module: self.module[..rest].to_vec() }
    }

    /// Whether a module is this one or stands in it.
    pub(super) fn has(&self, root: usize, module: &[String]) -> bool {
        self.root == root && module.starts_with(&self.module)
    }
}

/// A file that is compiled, as far as can be told, and whose contents it has.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) place: Place,
    pub(super) source: Arc<SourceFile>,
}

/// All of the crates.
pub(super) struct World {
    files: Vec<File>,
    modules: HashSet<Place>,
    traits: HashMap<u64, Vec<u64>>,
    /// The traits of a type; of `None`, those that any type may implement.
    impls: HashMap<Option<u64>, Vec<String>>,
    opaque: HashSet<u64>,
    derefs: HashSet<u64>,
    derefs_to_fields: HashSet<u64>,
    aliases: HashMap<u64, Vec<u64>>,
    general: HashSet<u64>,
}

/// What any type may have by a trait: by one that is implemented for all, or by a derive.
const GENERAL: [&str; 30] = [
    "borrow",
    "borrow_mut",
    "cause",
    "clamp",
    "clone",
    "clone_from",
    "clone_into",
    "cmp",
    "default",
    "description",
    "deserialize",
    "eq",
    "fmt",
    "from",
    "ge",
    "gt",
    "hash",
    "into",
    "le",
    "lt",
    "max",
    "min",
    "ne",
    "partial_cmp",
    "serialize",
    "source",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
];

/// Traits of std with all that they have beside that.
const STD_TRAITS: [(&str, &[&str]); 22] = [
    ("Add", &["add", "Output"]),
    ("AddAssign", &["add_assign"]),
    ("AsMut", &["as_mut"]),
    ("AsRef", &["as_ref"]),
    ("Clone", &[]),
    ("Debug", &[]),
    ("Default", &[]),
    ("Deref", &["deref", "Target"]),
    ("DerefMut", &["deref_mut"]),
    ("Display", &[]),
    ("Drop", &["drop"]),
    ("From", &[]),
    ("FromStr", &["from_str", "Err"]),
    ("Hash", &["hash_slice"]),
    ("Index", &["index", "Output"]),
    ("IndexMut", &["index_mut"]),
    ("IntoIterator", &["into_iter", "Item", "IntoIter"]),
    ("Mul", &["mul", "Output"]),
    ("PartialEq", &[]),
    ("Sub", &["sub", "Output"]),
    ("TryFrom", &["Error"]),
    ("Unpin", &[]),
];

impl World {
    pub(super) fn new<'a>(
        roots: &[PathBuf],
        paths: impl Iterator<Item = &'a Path>,
        unshadowed: &[&'a Path],
        read: impl Fn(&Path) -> Option<Arc<SourceFile>>,
    ) -> World {
        let mut files = Vec::new();
        let mut known = HashSet::new();
        for (number, root) in roots.iter().enumerate() {
            for (path, module) in tree::modules(root, &read) {
                let Some(source) = read(&path) else { continue };
                known.insert(path.clone());
                files.push(File { path, place: Place { root: number, module }, source });
            }
        }
        // Files that are no modules are tests and the like, unless they are included.
        let is_included = files.iter().any(|file| file.source.privacy.includes);
        let others = paths.filter(|path| is_included && !known.contains(*path));
        for (number, path) in others.chain(unshadowed.iter().copied()).enumerate() {
            let Some(source) = read(path) else { continue };
            let place = Place { root: roots.len() + number, module: Vec::new() };
            files.push(File { path: path.to_owned(), place, source });
        }
        let mut world = World {
            modules: files.iter().flat_map(|file| modules(&file.place, &file.source)).collect(),
            files,
            traits: HashMap::new(),
            impls: HashMap::new(),
            opaque: HashSet::new(),
            derefs: HashSet::new(),
            derefs_to_fields: HashSet::new(),
            aliases: HashMap::new(),
            general: GENERAL.iter().map(|name| name_print(name)).collect(),
        };
        world.learn();
        world
    }

    fn learn(&mut self) {
        let all = self.files.iter().map(|file| &file.source.privacy);
        let mut in_macros = BTreeSet::new();
        for facts in all {
            for (name, members) in &facts.traits {
                self.traits.entry(*name).or_default().extend(members);
            }
            for known in &facts.impls {
                self.impls.entry(known.for_type).or_default().push(known.of.clone());
            }
            for (alias, names) in &facts.aliases {
                self.aliases.entry(*alias).or_default().extend(names);
            }
            self.opaque.extend(facts.opaque.iter().chain(&facts.in_item_macros));
            self.derefs.extend(&facts.derefs);
            self.derefs_to_fields.extend(&facts.derefs_to_fields);
            in_macros.extend(&facts.in_item_macros);
        }
        // A macro that implements it does so for what it is given.
        if in_macros.contains(&name_print("Deref")) {
            self.derefs_to_fields.extend(&in_macros);
        }
        // What is said of an alias is said of what it stands for.
        for (alias, names) in &self.aliases {
            let traits = self.impls.get(&Some(*alias)).cloned().unwrap_or_default();
            for name in names {
                self.impls.entry(Some(*name)).or_default().extend(traits.iter().cloned());
                for set in [&mut self.opaque, &mut self.derefs, &mut self.derefs_to_fields] {
                    if set.contains(alias) {
                        set.insert(*name);
                    }
                }
            }
        }
        self.derefs.extend(&self.derefs_to_fields);
        self.derefs.extend(&self.opaque);
    }

    /// The files.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    /// Whether a field that is not found in a type may be found in another.
    pub(super) fn leads_to_fields(&self, of: u64) -> bool {
        self.derefs_to_fields.contains(&of)
    }

    /// Whether a method that is not found in a type may be found in another.
    pub(super) fn leads_on(&self, of: u64) -> bool {
        self.derefs.contains(&of)
    }

    /// Whether a trait may give something of this name to a type.
    pub(super) fn may_have_by_trait(&self, of: Option<u64>, name: u64) -> bool {
        let Some(of) = of else { return true };
        let has = |of: &String| {
            let own = self.traits.get(&name_print(of));
            let of_std = STD_TRAITS.iter().find(|(known, _)| known == of);
            match (own, of_std) {
                (None, None) => true,
                _ => {
                    own.is_some_and(|members| members.contains(&name))
                        || of_std.is_some_and(|(_, members)| members.iter().any(|member| name_print(member) == name))
                }
            }
        };
        let traits = [None, Some(of)].into_iter().filter_map(|of| self.impls.get(&of)).flatten();
        self.general.contains(&name) || self.opaque.contains(&of) || traits.into_iter().any(has)
    }

    /// Whether a path's segment may mean the type.
    pub(super) fn may_be(&self, segment: u64, of: Option<u64>) -> bool {
        let is_alias = |of: &u64| self.aliases.get(&segment).is_some_and(|names| names.contains(of));
        segment == name_print("Self") || of.is_none_or(|of| segment == of || is_alias(&of))
    }

    /// Whether a name is mentioned in one of these forms outside of a scope, or in a macro, which may be used anywhere.
    pub(super) fn is_mentioned_outside(&self, scope: &Place, name: u64, is_meant: impl Fn(Form) -> bool) -> bool {
        let any = |mentions: &BTreeSet<Mention>| {
            let (first, last) = (Mention { name, form: Form::Dot }, Mention { name, form: Form::Bare });
            mentions.range(first..=last).any(|mention| is_meant(mention.form))
        };
        self.files.iter().any(|File { place, source, .. }| {
            let of_module = |(module, mentions): (&Vec<String>, _)| {
                let is_inside = scope.root == place.root && place.inside(module).module.starts_with(&scope.module);
                !is_inside && any(mentions)
            };
            source.privacy.mentions.iter().any(of_module) || any(&source.privacy.in_macros)
        })
    }

    /// Whether a glob could bring in, outside of a scope, what is private to the scope in this module.
    pub(super) fn has_glob_of(&self, module: &Place, scope: &Place) -> bool {
        self.files.iter().any(|file| {
            file.source.privacy.globs.iter().any(|glob| {
                let place = file.place.inside(&glob.module);
                let gives_on = glob.is_public || !scope.has(place.root, &place.module);
                gives_on && self.may_lead(glob, &place, module)
            })
        })
    }

    fn may_lead(&self, glob: &Glob, place: &Place, to: &Place) -> bool {
        let Some(last) = glob.path.last() else { return true };
        let steps = glob.path.iter().filter(|segment| *segment == "super").count();
        match &**last {
            "self" | "super" => place.up(steps) == *to,
            "crate" => to.root == place.root && to.module.is_empty(),
            name => {
                let renamed = self.aliases.get(&name_print(name));
                let is_last = |module: &String| {
                    module == name || renamed.is_some_and(|names| names.contains(&name_print(module)))
                };
                // By one name, another crate may be meant; types do not have small letters.
                let is_crate = || {
                    let is_own = |place: &Place| self.modules.contains(place);
                    let own = [
                        place.inside(std::slice::from_ref(last)),
                        Place { root: place.root, module: vec![last.clone()] },
                    ];
                    glob.path.len() == 1 && !name.starts_with(char::is_uppercase) && !own.iter().any(is_own)
                };
                to.module.last().is_some_and(is_last) || (to.module.is_empty() && is_crate())
            }
        }
    }

    /// The macros of the crates, where one of them names one of these.
    pub(super) fn macros_with(&self, names: &HashSet<u64>) -> BTreeSet<u64> {
        let facts = self.files.iter().map(|file| &file.source.privacy);
        let is_named = facts.flat_map(|facts| &facts.in_macros).any(|mention| names.contains(&mention.name));
        let macros = self.files.iter().flat_map(|file| &file.source.items).filter(|item| item.kind == ItemKind::Macro);
        macros.filter(|_| is_named).flat_map(|item| &item.names).map(|name| name_print(name)).collect()
    }
}

/// The modules that a file has.
fn modules(place: &Place, source: &SourceFile) -> Vec<Place> {
    source.privacy.mentions.keys().map(|module| place.inside(module)).collect()
}
