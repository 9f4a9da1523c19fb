//! The crates that see each other: where their modules are, and what is known of types, traits and globs by their names.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::privacy::{Form, Glob};
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

/// Where a name is mentioned that is not that of something which the module has itself.
pub(super) struct Mentioned<'a> {
    file: &'a Place,
    /// In the file; none in a macro, which may be used anywhere.
    module: Option<&'a Vec<String>>,
    pub(super) form: Form,
    /// Whether its file may have traits of other crates in scope that any type implements.
    pub(super) has_foreign_traits: bool,
}

impl Mentioned<'_> {
    pub(super) fn is_outside_of(&self, scope: &Place) -> bool {
        let Some(module) = self.module else { return true };
        let (own, rest) = scope.module.split_at(scope.module.len().min(self.file.module.len()));
        scope.root != self.file.root || !self.file.module.starts_with(own) || !module.starts_with(rest)
    }
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
    std_traits: HashMap<&'static str, Vec<u64>>,
    /// All globs, with the places of their modules.
    globs: Vec<(Place, Glob)>,
    /// Whether what is private to a scope may come from a module by a glob outside of it.
    globbed: RefCell<HashMap<(Place, Place), bool>>,
}

/// What any type may have by a trait: by one that is implemented for all, or by a derive.
const GENERAL: [&str; 37] = [
    "assert_receiver_is_total_eq",
    "borrow",
    "borrow_mut",
    "cause",
    "clamp",
    "clone",
    "clone_from",
    "clone_into",
    "clone_to_uninit",
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
    "hash_slice",
    "into",
    "into_future",
    "into_iter",
    "le",
    "lt",
    "max",
    "min",
    "ne",
    "partial_cmp",
    "report",
    "serialize",
    "source",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
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
            general: prints(&GENERAL).into_iter().collect(),
            std_traits: STD_TRAITS.iter().map(|(name, members)| (*name, prints(members))).collect(),
            globs: Vec::new(),
            globbed: RefCell::default(),
        };
        let globs = world.files.iter().flat_map(|file| {
            let globs = file.source.privacy.globs.iter();
            globs.map(|glob| (file.place.inside(&glob.module), glob.clone()))
        });
        world.globs = globs.collect();
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
        let deref = name_print("Deref");
        // By another name it is the same trait.
        let is_deref = |name: u64| name == deref || self.meant_by(name).contains(&deref);
        let renamed =
            self.impls.iter().filter(|(_, traits)| traits.iter().any(|of| of != "Deref" && is_deref(name_print(of))));
        let renamed: Vec<u64> = renamed.filter_map(|(of, _)| *of).collect();
        // A macro that implements it does so for what it is given, and so may one of another crate.
        let is_in_macros = in_macros.iter().any(|name| is_deref(*name)) || self.has_foreign_item_macros();
        self.derefs_to_fields.extend(renamed);
        self.derefs_to_fields.extend(in_macros.iter().filter(|_| is_in_macros));
        // So may a derive that nobody here knows.
        let derives = self.files.iter().flat_map(|file| &file.source.privacy.opaque);
        self.derefs_to_fields.extend(derives);
        // What is said of an alias is said of what it stands for.
        let aliases: Vec<(u64, BTreeSet<u64>)> =
            self.aliases.keys().map(|alias| (*alias, self.meant_by(*alias))).collect();
        let said = self.impls.clone();
        let sets = [&mut self.opaque, &mut self.derefs, &mut self.derefs_to_fields].map(|set| (set.clone(), set));
        for (before, set) in sets {
            set.extend(aliases.iter().filter(|(alias, _)| before.contains(alias)).flat_map(|(_, names)| names));
        }
        for (alias, names) in &aliases {
            let Some(traits) = said.get(&Some(*alias)) else { continue };
            for name in names {
                self.impls.entry(Some(*name)).or_default().extend(traits.iter().cloned());
            }
        }
        self.derefs.extend(&self.derefs_to_fields);
        self.derefs.extend(&self.opaque);
    }

    /// Whether a macro of another crate stands where items do.
    fn has_foreign_item_macros(&self) -> bool {
        let items = self.files.iter().flat_map(|file| &file.source.items);
        let own = items.filter(|item| item.kind == ItemKind::Macro).flat_map(|item| &item.names);
        let own: HashSet<u64> = own.map(|name| name_print(name)).collect();
        self.files.iter().flat_map(|file| &file.source.privacy.item_macros).any(|name| !own.contains(name))
    }

    /// Whether traits of other crates that any type implements may be in scope somewhere.
    pub(super) fn has_foreign_traits(&self) -> bool {
        self.files.iter().any(|file| file.source.privacy.has_foreign_traits)
    }

    /// The names by which an alias says what it is, and those that stand for others, too.
    fn meant_by(&self, alias: u64) -> BTreeSet<u64> {
        let mut names = BTreeSet::new();
        let mut open = vec![alias];
        while let Some(alias) = open.pop() {
            let more = self.aliases.get(&alias).into_iter().flatten();
            open.extend(more.copied().filter(|name| names.insert(*name)));
        }
        names
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
            let of_std = self.std_traits.get(&**of);
            // Of a trait that nobody here knows, it may be anything.
            (own.is_none() && of_std.is_none())
                || [own, of_std].into_iter().flatten().any(|members| members.contains(&name))
        };
        let traits = [None, Some(of)].into_iter().filter_map(|of| self.impls.get(&of)).flatten();
        self.general.contains(&name) || self.opaque.contains(&of) || traits.into_iter().any(has)
    }

    /// Whether a path's segment may mean the type.
    pub(super) fn may_be(&self, segment: u64, of: Option<u64>) -> bool {
        let is_alias = |of: &u64| self.aliases.get(&segment).is_some_and(|names| names.contains(of));
        segment == name_print("Self") || of.is_none_or(|of| segment == of || is_alias(&of))
    }

    /// Where these names are mentioned.
    pub(super) fn mentions_of(&self, names: &HashSet<u64>) -> HashMap<u64, Vec<Mentioned<'_>>> {
        let mut found: HashMap<u64, Vec<Mentioned<'_>>> = HashMap::new();
        for file in &self.files {
            let facts = &file.source.privacy;
            let modules = facts.mentions.iter().map(|(module, mentions)| (Some(module), mentions));
            for (module, mentions) in modules.chain([(None, &facts.in_macros)]) {
                for mention in mentions.iter().filter(|mention| names.contains(&mention.name)) {
                    let declared = module.and_then(|module| facts.declared.get(module));
                    let is_own = mention.form == Form::Bare && declared.is_some_and(|own| own.contains(&mention.name));
                    if !is_own {
                        let has_foreign_traits = facts.has_foreign_traits;
                        let mentioned = Mentioned { file: &file.place, module, form: mention.form, has_foreign_traits };
                        found.entry(mention.name).or_default().push(mentioned);
                    }
                }
            }
        }
        found
    }

    /// Whether a glob could bring in, outside of a scope, what is private to the scope in this module.
    pub(super) fn has_glob_of(&self, module: &Place, scope: &Place) -> bool {
        let key = (module.clone(), scope.clone());
        *self.globbed.borrow_mut().entry(key).or_insert_with(|| {
            self.globs.iter().any(|(place, glob)| {
                let gives_on = glob.is_public || !scope.has(place.root, &place.module);
                gives_on && self.may_lead(glob, place, module)
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

fn prints(names: &[&str]) -> Vec<u64> {
    names.iter().map(|name| name_print(name)).collect()
}

/// The modules that a file has.
fn modules(place: &Place, source: &SourceFile) -> Vec<Place> {
    source.privacy.mentions.keys().map(|module| place.inside(module)).collect()
}
