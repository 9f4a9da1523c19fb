//! What a module of a patch takes from the base's module: by name, what that defines itself.
//!
//! So a name means in the patch what it means in the user's crate. What the module has of its own comes before what the
//! user's globs bring in, two globs with different things of one name are an error, and the module does not see what only
//! the base's module imports.

use std::collections::{BTreeMap, HashMap};

use super::{File, Mentioned, in_base, plain, raw};
use crate::source::text::name_print;
use crate::source::uses::Given;
use crate::source::{Item, ItemKind};

/// What a module has of its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OwnNames {
    /// Names that can be taken one by one, as code has to write them.
    pub(super) names: Vec<String>,
    /// The same of modules.
    pub(super) modules: Vec<String>,
    /// Whether it may have more than that: what macros make, names of two things, things that may be private.
    pub(super) has_more: bool,
    /// Whether it hands on all names of something else.
    pub(super) hands_on_all: bool,
}

impl OwnNames {
    /// The lines that take it into `module` of a patch. `may_differ` says that other modules may find something there that
    /// changed, `is_needed` which modules the patch has itself.
    ///
    /// # Errors
    ///
    /// For people: other modules could find the base's thing there.
    pub(super) fn taken(
        &self,
        module: &[String],
        may_differ: bool,
        is_needed: &dyn Fn(&[String]) -> bool,
    ) -> Result<String, String> {
        if self.has_more && self.hands_on_all && may_differ {
            let module =
                std::iter::once("crate").chain(module.iter().map(String::as_str)).collect::<Vec<_>>().join("::");
            return Err(format!(
                "`{module}` re-exports by `*` what may have changed, and a macro may define more in it"
            ));
        }
        let is_of_base = |name: &&String| !is_needed(&[module, &[plain(name)]].concat());
        let names: Vec<&str> =
            self.names.iter().chain(self.modules.iter().filter(is_of_base)).map(String::as_str).collect();
        let base = in_base(module);
        let each = match names.is_empty() {
            true => String::new(),
            false => format!(" #[allow(unused_imports, deprecated)] pub use {base}::{{{}}};", names.join(", ")),
        };
        let rest = if self.has_more { format!(" #[allow(unused_imports)] pub use {base}::*;") } else { String::new() };
        Ok(each + &rest)
    }
}

/// What the modules of a file have in the base, but for what the patch has of its own. A replaced function whose name is
/// mentioned is among it: the name is to mean the base's function.
pub(super) fn of(file: &File, mentioned: &Mentioned) -> HashMap<Vec<String>, OwnNames> {
    let mut found: BTreeMap<Vec<String>, OwnNames> = BTreeMap::new();
    let mut counts: HashMap<(&[String], String), usize> = HashMap::new();
    for item in &file.source.items {
        let given = item.leaves.iter().filter_map(|leaf| match &leaf.given {
            Given::Name(name) => Some(name),
            Given::Unnamed | Given::All => None,
        });
        let defined = item.names.iter().filter(|_| !matches!(item.kind, ItemKind::Use | ItemKind::AssociatedConst));
        for name in given.chain(defined) {
            *counts.entry((&item.module, plain(name))).or_default() += 1;
        }
    }
    let functions = || file.source.functions.iter().filter(|function| function.owner.is_none());
    for function in functions() {
        *counts.entry((&function.module, plain(&function.name))).or_default() += 1;
    }
    let is_one = |module: &[String], name: &str| {
        counts.get(&(module, plain(name))) == Some(&1) && !file.hidden.contains(&name_print(name))
    };
    for item in &file.source.items {
        let own = found.entry(item.module.clone()).or_default();
        own.hands_on_all |= item.leaves.iter().any(|leaf| leaf.given == Given::All && leaf.is_public);
        if file.items.contains(&(item.module.clone(), item.key.clone())) {
            continue;
        }
        let is_certain = item.keeps_names && !item.cfg.has_unknown();
        match item.kind {
            ItemKind::Const | ItemKind::Static | ItemKind::Type | ItemKind::Trait | ItemKind::Module => {
                for name in item.names.iter().filter(|name| *name != "_") {
                    match is_certain && is_one(&item.module, name) {
                        true if item.kind == ItemKind::Module => own.modules.push(raw(&plain(name))),
                        true => own.names.push(raw(&plain(name))),
                        false => own.has_more = true,
                    }
                }
            }
            ItemKind::Macro => own.has_more |= !has_listed_names(item),
            ItemKind::Impl | ItemKind::Methods => own.has_more |= !item.keeps_names,
            ItemKind::Other => own.has_more = true,
            ItemKind::Use | ItemKind::AssociatedConst | ItemKind::Attributes => {}
        }
    }
    for function in functions() {
        let own = found.entry(function.module.clone()).or_default();
        let name = (function.module.clone(), function.key.clone());
        let is_base = !file.added.contains(&name) && mentioned.has(&function.name);
        if file.functions.contains(&name) && !is_base {
            own.has_more |= !function.keeps_name;
            continue;
        }
        let is_certain = function.keeps_name && !function.cfg.has_unknown();
        match is_certain && is_one(&function.module, &function.name) {
            true => own.names.push(raw(&plain(&function.name))),
            false => own.has_more = true,
        }
    }
    found.into_iter().collect()
}

/// Whether a macro brings no names into its module but those that are listed: a definition, or a call of a macro whose items
/// are taken apart.
fn has_listed_names(item: &Item) -> bool {
    const LISTED: [&str; 5] = ["cfg_if!", "compile_error!", "hot_lib!", "lazy_static!", "thread_local!"];
    let name = item.key.split(" #").next().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or_default();
    !item.names.is_empty() || LISTED.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::source::SourceFile;

    fn own(text: &str, in_patch: &[&str], hidden: &[&str]) -> OwnNames {
        let source = Arc::new(SourceFile::read(text.as_bytes()).unwrap());
        let named = |name: &&str| (Vec::new(), (*name).to_owned());
        let file = File {
            path: "lib.rs".into(),
            module: Vec::new(),
            contents: Arc::from(text.as_bytes()),
            functions: in_patch.iter().map(named).collect(),
            is_new: false,
            added: HashSet::new(),
            new: HashSet::new(),
            items: in_patch.iter().map(named).collect(),
            calls: Vec::new(),
            ways: HashSet::new(),
            left_out: Default::default(),
            hidden: hidden.iter().map(|name| name_print(name)).collect(),
            source,
        };
        of(&file, &Mentioned::default()).remove(&Vec::new()).unwrap_or_default()
    }

    fn names(text: &str, in_patch: &[&str], hidden: &[&str]) -> (String, bool) {
        let OwnNames { names, modules, has_more, .. } = own(text, in_patch, hidden);
        ([names, modules].concat().join(" "), has_more)
    }

    #[test]
    fn what_the_module_defines_is_taken_by_name() {
        let text = "use a::b; struct S; enum E { A } type T = u8; trait R {} const C: u8 = 1; static D: u8 = 1; fn f() {} fn r#type() {} \
            mod m; mod n { fn inner() {} } impl S { const K: u8 = 1; fn g() {} } macro_rules! z { () => {} } const _: () = (); \
            thread_local! { static L: u8 = 1; } hot_lib!(app = S);";
        assert_eq!(names(text, &["f", "const C"], &[]), ("S E T R D L r#type m n".into(), false));
    }

    #[test]
    fn what_is_not_certain_is_left_to_a_glob() {
        for (text, expected) in [
            ("fn f() {} fn g() {}", "g"),
            ("mod f {} fn f() {} fn g() {}", "g"),
            ("use a::f; fn f() {} fn g() {}", "g"),
            ("make!(); fn g() {}", "g"),
            ("include!(\"a.rs\"); fn g() {}", "g"),
            ("#[attribute] fn f() {} fn g() {}", "g"),
            ("#[derive(Unknown)] struct S; fn g() {}", "g"),
            ("#[cfg(version(\"1\"))] fn f() {} fn g() {}", "g"),
            ("extern \"C\" { fn f(); } fn g() {}", "g"),
        ] {
            let own = names(text, &[], &["f"]);
            assert!(own.1 && own.0.contains(expected) && !own.0.contains('f'), "{text}: {own:?}");
        }
        assert!(own("pub use a::*;", &[], &[]).hands_on_all && !own("use a::*;", &[], &[]).hands_on_all);
    }
}
