//! What is compiled: the conditions of `#[cfg(…)]`, and what is left of a file under the flags of a build.

use std::collections::BTreeSet;
use std::sync::Arc;

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::{Module, SourceFile};

/// The condition under which something is compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cfg {
    /// Always.
    #[default]
    Always,
    /// Where a flag is set: a name, or a name with a value.
    Set(String, Option<String>),
    /// Where all hold.
    All(Vec<Cfg>),
    /// Where one holds.
    Any(Vec<Cfg>),
    /// Where another one does not hold.
    Not(Box<Cfg>),
    /// Nobody here knows when.
    Unknown,
}

/// The flags of a build, as `rustc --print cfg` gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags(BTreeSet<(String, Option<String>)>);

impl Flags {
    /// Reads lines such as `unix` and `target_os="linux"`.
    pub fn read(lines: &str) -> Flags {
        let flag = |line: &str| match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.trim_matches('"').to_owned())),
            None => (line.to_owned(), None),
        };
        Flags(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(flag).collect())
    }
}

impl Cfg {
    /// What an item's attributes say.
    pub fn of(attributes: &[Attribute]) -> Cfg {
        let condition = |attribute: &Attribute| match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") => Some(list.parse_args().map_or(Cfg::Unknown, of_meta)),
            // Only the harness has a use for it.
            Meta::Path(path) if path.is_ident("test") || path.is_ident("bench") => Some(Cfg::Set("test".into(), None)),
            _ => None,
        };
        Cfg::all(attributes.iter().filter_map(condition).collect())
    }

    /// Where all of these hold.
    pub fn all(conditions: Vec<Cfg>) -> Cfg {
        let mut conditions: Vec<Cfg> = conditions.into_iter().filter(|one| *one != Cfg::Always).collect();
        match conditions.len() {
            0 => Cfg::Always,
            1 => conditions.remove(0),
            _ => Cfg::All(conditions),
        }
    }

    /// Whether it holds; `None` where nobody here knows.
    pub fn holds(&self, flags: &Flags) -> Option<bool> {
        match self {
            Cfg::Always => Some(true),
            Cfg::Set(name, value) => Some(flags.0.contains(&(name.clone(), value.clone()))),
            Cfg::Not(inner) => inner.holds(flags).map(|holds| !holds),
            Cfg::All(all) => among(all, flags, false),
            Cfg::Any(any) => among(any, flags, true),
            Cfg::Unknown => None,
        }
    }
}

/// `decides` where one of them is that, its opposite where none is.
fn among(conditions: &[Cfg], flags: &Flags, decides: bool) -> Option<bool> {
    let mut is_known = true;
    for condition in conditions {
        match condition.holds(flags) {
            Some(holds) if holds == decides => return Some(decides),
            holds => is_known &= holds.is_some(),
        }
    }
    is_known.then_some(!decides)
}

impl Cfg {
    /// The condition that stands in an attribute.
    pub fn of_meta(meta: Meta) -> Cfg {
        of_meta(meta)
    }

    /// Whether a part of it is nothing that is known here.
    pub fn has_unknown(&self) -> bool {
        match self {
            Cfg::Unknown => true,
            Cfg::Always | Cfg::Set(..) => false,
            Cfg::Not(inner) => inner.has_unknown(),
            Cfg::All(all) | Cfg::Any(all) => all.iter().any(Cfg::has_unknown),
        }
    }
}

fn of_meta(meta: Meta) -> Cfg {
    match meta {
        Meta::Path(path) => path.get_ident().map_or(Cfg::Unknown, |name| Cfg::Set(name.to_string(), None)),
        Meta::NameValue(pair) => match (pair.path.get_ident(), &pair.value) {
            (Some(name), syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(value), .. })) => {
                Cfg::Set(name.to_string(), Some(value.value()))
            }
            _ => Cfg::Unknown,
        },
        Meta::List(list) => {
            let Ok(inner) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
                return Cfg::Unknown;
            };
            let mut inner: Vec<Cfg> = inner.into_iter().map(of_meta).collect();
            match list.path.get_ident().map(ToString::to_string).as_deref() {
                Some("all") => Cfg::All(inner),
                Some("any") => Cfg::Any(inner),
                Some("not") if inner.len() == 1 => Cfg::Not(Box::new(inner.remove(0))),
                _ => Cfg::Unknown,
            }
        }
    }
}

impl Module {
    /// The module with the path that it has under these flags.
    fn under(&self, flags: &Flags) -> Module {
        let mut module = self.clone();
        module.paths.retain(|(condition, _)| condition.holds(flags) != Some(false));
        if let Some(at) = module.paths.iter().position(|(condition, _)| condition.holds(flags) == Some(true))
            && module.paths.iter().all(|(condition, _)| condition.holds(flags).is_some())
        {
            module.path = Some(module.paths.swap_remove(at).1);
            module.paths.clear();
        }
        module
    }
}

impl SourceFile {
    /// What is not compiled under these flags is left out of the lists; keys stay what they are.
    pub fn compiled(self: &Arc<Self>, flags: &Flags) -> Arc<SourceFile> {
        let is_on = |cfg: &Cfg| cfg.holds(flags) != Some(false);
        let is_whole = self.functions.iter().all(|function| is_on(&function.cfg))
            && self.items.iter().all(|item| is_on(&item.cfg))
            && self.modules.iter().all(|module| is_on(&module.cfg) && module.paths.is_empty());
        if is_whole {
            return Arc::clone(self);
        }
        Arc::new(SourceFile {
            functions: self.functions.iter().filter(|function| is_on(&function.cfg)).cloned().collect(),
            items: self.items.iter().filter(|item| is_on(&item.cfg)).cloned().collect(),
            modules: self
                .modules
                .iter()
                .filter(|module| is_on(&module.cfg))
                .map(|module| module.under(flags))
                .collect(),
            lexemes: self.lexemes.clone(),
            privacy: Arc::clone(&self.privacy),
            included: Arc::clone(&self.included),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> Flags {
        Flags::read("unix\ntarget_os=\"linux\"\nfeature=\"a\"\n")
    }

    #[test]
    fn conditions_are_decided_by_flags() {
        let cases = [
            ("unix", Some(true)),
            ("windows", Some(false)),
            ("target_os = \"linux\"", Some(true)),
            ("not(test)", Some(true)),
            ("all(unix, feature = \"a\")", Some(true)),
            ("all(unix, feature = \"b\")", Some(false)),
            ("any(windows, feature = \"b\")", Some(false)),
            ("any(windows, unix)", Some(true)),
            ("any()", Some(false)),
            ("all()", Some(true)),
            ("version(\"1.0\")", None),
            ("all(windows, version(\"1.0\"))", Some(false)),
            ("all(unix, version(\"1.0\"))", None),
            ("not(version(\"1.0\"))", None),
        ];
        for (text, expected) in cases {
            let item: syn::ItemStruct = syn::parse_str(&format!("#[cfg({text})] struct S;")).unwrap();
            assert_eq!(Cfg::of(&item.attrs).holds(&flags()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_off_is_left_out_with_all_that_is_in_it() {
        let text = "fn a() {} #[cfg(windows)] fn b() {} #[cfg(test)] mod tests { use super::*; mod c; fn d() {} }\n\
            #[cfg(unix)] impl S { #[cfg(test)] fn e() {} fn f() {} } #[cfg(any())] trait T { fn g() {} } #[test] fn h() {}";
        let compiled = |text: &str| Arc::new(SourceFile::read(text.as_bytes()).unwrap()).compiled(&flags());
        let file = compiled(text);
        let functions: Vec<&str> = file.functions.iter().map(|function| &*function.key).collect();
        assert_eq!(functions, ["a", "S::f"]);
        let items: Vec<&str> = file.items.iter().map(|item| &*item.key).collect();
        assert_eq!(items, ["impl S"]);
        assert!(file.modules.is_empty());
        let file = compiled("#![cfg(windows)] fn a() {} mod b;");
        assert!(file.functions.is_empty() && file.modules.is_empty());
    }
}
