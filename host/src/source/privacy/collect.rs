//! From a file's syntax to what [`Privacy`] says of it.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Generics, ImplItem, ItemImpl, ItemMacro, ItemTrait, ItemUse, Macro, Type, UseTree, Visibility};

use super::mentions::{Stretches, summary};
use super::names::{declared, leaves, members, names_in, plain, print, type_name};
use super::privates::privates;
use super::{Glob, Impl, Privacy};
use crate::source::branches;
use crate::source::cfg::Cfg;
use crate::source::function::is_built_in;
use crate::source::text::{Lexemes, name_print};

/// What privacy is about in a file.
pub(in crate::source) fn collect(file: &syn::File, lexemes: &Lexemes) -> Privacy {
    let mut facts = Facts { found: Privacy::default(), module: Vec::new(), stretches: Stretches::default() };
    facts.visit_file(file);
    let Facts { mut found, stretches, .. } = facts;
    found.privates = privates(file);
    declared(&file.items, &mut Vec::new(), &mut found.declared);
    (found.mentions, found.in_macros) = summary(lexemes, &stretches);
    found.includes |= lexemes.all().iter().any(|lexeme| lexeme.is_name() && lexeme.print == name_print("include"));
    found
}

/// Goes through all of a file, function bodies too.
struct Facts {
    found: Privacy,
    module: Vec<String>,
    stretches: Stretches,
}

impl Facts {
    fn globs(&mut self, tree: &UseTree, path: &mut Vec<String>, is_public: bool) {
        match tree {
            UseTree::Path(inner) => {
                path.push(plain(&inner.ident));
                self.globs(&inner.tree, path, is_public);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.globs(tree, path, is_public)),
            UseTree::Glob(_) => {
                self.found.globs.push(Glob { module: self.module.clone(), path: path.clone(), is_public });
            }
            UseTree::Name(_) | UseTree::Rename(_) => {}
        }
    }

    fn alias(&mut self, name: &syn::Ident, ty: &Type) {
        let names = names_in(ty).iter().map(|name| name_print(name)).collect();
        self.found.aliases.push((print(name), names));
    }

    fn attributes(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        // Their code is known, and has no methods but those that any type may have; see the rules.
        const DERIVES: [&str; 24] = [
            "Args",
            "Clone",
            "Component",
            "Copy",
            "Debug",
            "Default",
            "Deserialize",
            "Eq",
            "Error",
            "Hash",
            "HotState",
            "HotType",
            "JsonSchema",
            "Ord",
            "Parser",
            "PartialEq",
            "PartialOrd",
            "Pod",
            "Resource",
            "Serialize",
            "Subcommand",
            "ToSchema",
            "ValueEnum",
            "Zeroable",
        ];
        const OTHERS: [&str; 11] =
            ["arg", "cfg", "clap", "command", "default", "derive", "error", "hot", "non_exhaustive", "repr", "serde"];
        for attribute in attributes {
            let names: Vec<String> = names_in(&attribute.meta);
            let is = |name: &str| attribute.path().is_ident(name);
            let mut known = OTHERS.iter().any(|name| is(name)) || is_built_in(attribute);
            if is("derive") {
                known =
                    names.iter().skip(1).all(|name| DERIVES.contains(&&**name) || name.starts_with(char::is_lowercase));
            }
            if !known {
                self.found.opaque.insert(print(name));
            }
            let is_deref =
                |name: &String| ["deref", "shrinkwrap"].iter().any(|part| name.to_lowercase().contains(part));
            if names.iter().any(is_deref) && !is("doc") {
                self.found.derefs.insert(print(name));
                self.found.derefs_to_fields.insert(print(name));
            }
        }
    }
}

/// Whether a `Deref` leads to a type of std without public fields.
fn leads_to_std(item: &ItemImpl) -> bool {
    const WITHOUT_FIELDS: [&str; 12] = [
        "BTreeMap", "BTreeSet", "HashMap", "HashSet", "OsStr", "OsString", "Path", "PathBuf", "String", "Vec",
        "VecDeque", "str",
    ];
    item.items.iter().any(|inner| match inner {
        ImplItem::Type(target) => match &target.ty {
            Type::Slice(_) => true,
            ty => type_name(ty).is_some_and(|name| WITHOUT_FIELDS.contains(&&*name)),
        },
        _ => false,
    })
}

/// Whether a `use` brings in a trait of another crate that may be implemented for any type, as far as its name shows it.
/// `root` is what the path begins with.
fn brings_foreign_traits(tree: &UseTree, root: Option<&syn::Ident>) -> bool {
    const FOR_ALL: [&str; 10] = [
        "Conv",
        "Downcast",
        "DowncastSync",
        "DynClone",
        "Instrument",
        "IntoEither",
        "OwoColorize",
        "Pipe",
        "Stylize",
        "Tap",
    ];
    const OWN: [&str; 6] = ["alloc", "core", "crate", "self", "std", "super"];
    let is_foreign = || root.is_some_and(|root| !OWN.iter().any(|own| root == own));
    let is_for_all = |name: &syn::Ident| {
        let name = name.to_string();
        FOR_ALL.contains(&&*name) || name.ends_with("Ext")
    };
    match tree {
        UseTree::Path(path) => brings_foreign_traits(&path.tree, root.or(Some(&path.ident))),
        UseTree::Group(group) => group.items.iter().any(|tree| brings_foreign_traits(tree, root)),
        UseTree::Name(name) => is_for_all(&name.ident) && is_foreign(),
        UseTree::Rename(rename) => (rename.rename == "_" || is_for_all(&rename.ident)) && is_foreign(),
        UseTree::Glob(_) => false,
    }
}

/// Whether a type is a parameter of its block: any type.
fn is_parameter(generics: &Generics, name: &str) -> bool {
    generics.type_params().any(|parameter| parameter.ident == name)
}

impl<'a> Visit<'a> for Facts {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if Cfg::of(&item.attrs) == Cfg::Set("test".into(), None) {
            return self.stretches.tests.push(item.span().byte_range());
        }
        self.module.push(plain(&item.ident));
        if item.content.is_some() {
            self.stretches.modules.push((item.span().byte_range(), self.module.clone()));
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.alias(&item.ident, &item.ty);
    }

    fn visit_impl_item_type(&mut self, item: &'a syn::ImplItemType) {
        self.alias(&item.ident, &item.ty);
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let mut names = Vec::new();
        leaves(&item.tree, None, &mut names);
        let renamed = names.into_iter().filter(|(from, to)| from != to);
        self.found.aliases.extend(renamed.map(|(from, to)| (print(to), vec![print(from)])));
        self.found.has_foreign_traits |= brings_foreign_traits(&item.tree, None);
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.globs(&item.tree, &mut Vec::new(), is_public);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'a ItemTrait) {
        self.found.traits.push((print(&item.ident), members(item)));
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            let of = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let name = type_name(&item.self_ty).filter(|name| !is_parameter(&item.generics, name));
            let for_type = name.as_deref().map(name_print);
            if of == "Deref" {
                self.found.derefs.extend(for_type);
                self.found.derefs_to_fields.extend(for_type.filter(|_| !leads_to_std(item)));
            }
            self.found.impls.push(Impl { of, for_type });
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        // What these make has nothing but values.
        const HARMLESS: [&str; 4] = ["hot_lib", "include", "lazy_static", "thread_local"];
        let name = item.mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let names = if HARMLESS.contains(&&*name) { Vec::new() } else { names_in(&item.mac.tokens) };
        self.found.includes |= item.ident.is_none() && names.iter().any(|name| name == "mod");
        self.found.in_item_macros.extend(names.iter().map(|name| name_print(name)));
        if item.ident.is_none() && !HARMLESS.contains(&&*name) && branches::of(item).is_empty() {
            self.found.item_macros.insert(name_print(&name));
        }
        if item.ident.is_some() {
            self.stretches.macros.push(item.span().byte_range());
        }
        for branch in branches::of(item) {
            branch.items.iter().for_each(|item| Visit::visit_item(self, item));
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        let text = item.tokens.to_string();
        for (at, _) in text.match_indices(":: *") {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let before = text[..at].trim_end();
            let name = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
            // What a parameter leads to is not known.
            let is_parameter = before[..before.len() - name.len()].trim_end().ends_with('$');
            let path = if is_parameter || name.is_empty() { Vec::new() } else { vec![name.to_owned()] };
            self.found.globs.push(Glob { module: self.module.clone(), path, is_public: true });
        }
        visit::visit_macro(self, item);
    }
}
