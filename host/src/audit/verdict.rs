//! From what two builds differ in to what a patch has left out.
//!
//! A function that has a slot may differ if the patch sets its slot. One without a slot (a generic function, a closure,
//! drop glue) may differ if only patched functions lead to it, which use the copy that the patch has of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::build::{Build, ByName, Kind, NameId};
use super::difference::{Differing, difference};
use super::names::{has_part, is_closure, owner, parent, path, slot};

/// What a patch changes, as the audit has to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The paths of the slots that it sets.
    pub slots: BTreeSet<String>,
    /// Names of the statics that keep their values, of which the user knows.
    pub statics: BTreeSet<String>,
}

/// What the audit has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many functions were compared.
    pub functions: usize,
    /// How many of them differ.
    pub differing: usize,
    /// What runs as it was before the edit, although the edit has changed it.
    pub wrong: Vec<Wrong>,
}

/// Code that the patch should have replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrong {
    /// The function or static, as a path of the sources.
    pub name: String,
    /// Why it should have been replaced, to be read after its name.
    pub reason: String,
}

/// Compares the base that runs with a build of the sources that are said to run, and both with what the patch changes.
pub fn audit(base: &Build, now: &Build, patched: &Replaced) -> Verdict {
    let difference = difference(base, now);
    let judge = Judge::new(base, patched);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for differing in &difference.differing {
        for Wrong { name, reason } in judge.judge(differing) {
            wrong.entry(name).or_insert(reason);
        }
    }
    let is_function = |one: &&Differing| one.kind == Kind::Function;
    Verdict {
        functions: difference.functions,
        differing: difference.differing.iter().filter(is_function).count(),
        wrong: wrong.into_iter().map(|(name, reason)| Wrong { name, reason }).collect(),
    }
}

struct Judge<'a> {
    base: &'a Build,
    patched: &'a Replaced,
    /// The slots that each function looks into.
    slots: ByName<Vec<String>>,
    /// Who refers to each symbol.
    users: ByName<Vec<NameId>>,
    /// What belongs to patched `async` functions: their bodies, their drop glue.
    own: HashSet<NameId>,
    /// What may hold a future of these in itself.
    holders: HashSet<NameId>,
    /// The paths of all functions.
    functions: HashSet<String>,
    /// How paths in the base's crates begin: `game::`.
    crates: HashSet<String>,
}

impl<'a> Judge<'a> {
    fn new(base: &'a Build, patched: &'a Replaced) -> Self {
        let is_slot: ByName<Option<String>> = ByName::of(&base.names, |name| slot(base.names.text(name)));
        let slots = ByName::of(&base.names, |name| match base.kind(name) {
            Some(Kind::Function) => base.references(name).filter_map(|of| is_slot.get(of).clone()).collect(),
            _ => Vec::new(),
        });
        let mut users: ByName<Vec<NameId>> = ByName::of(&base.names, |_| Vec::new());
        for user in base.definitions.keys() {
            for used in base.references(*user) {
                users.get_mut(used).push(*user);
            }
        }
        let of_function = |name: &&NameId| base.kind(**name) == Some(Kind::Function);
        let functions = base.definitions.keys().filter(of_function).map(|name| path(base.names.text(*name))).collect();
        let of_slot = |name: NameId| Some(format!("{}::", is_slot.get(name).as_ref()?.split("::").next()?));
        let crates = base.names.all().filter_map(of_slot).collect();
        let mut judge =
            Self { base, patched, slots, users, own: HashSet::new(), holders: HashSet::new(), functions, crates };
        judge.find_futures();
        judge
    }

    /// Finds what belongs to patched `async` functions, and what may hold their futures.
    ///
    /// Such a function may have a larger or smaller future than it had. The base's functions hold the base's futures, which
    /// lead to those of the patch. So their code is right, and differs from that of the new build in sizes and offsets.
    fn find_futures(&mut self) {
        let definitions = || self.base.definitions.keys().copied();
        let path = |name: NameId| path(self.base.names.text(name));
        let is_body = |name: &NameId| self.is_patched(*name) && is_closure(&path(*name));
        let mut left: Vec<NameId> = definitions().filter(is_body).collect();
        if left.is_empty() {
            return;
        }
        // A future's type has the path of its body; it is named in what is compiled for that type, such as its drop glue.
        let paths: Vec<(NameId, String)> = definitions().map(|name| (name, path(name))).collect();
        let of_future = |name: NameId| {
            let body = path(name);
            let (owner, inside) = (owner(&body).to_owned(), format!("{}::{{", owner(&body)));
            paths.iter().filter(move |(_, path)| *path == owner || path.contains(&inside)).map(|(name, _)| *name)
        };
        let own: HashSet<NameId> = left.iter().flat_map(|name| of_future(*name)).collect();
        left.extend(&own);
        let mut holders: HashSet<NameId> = left.iter().copied().collect();
        while let Some(name) = left.pop() {
            let mut next = self.users.get(name).clone();
            if is_closure(&path(name)) {
                next.extend(of_future(name));
            }
            left.extend(next.into_iter().filter(|user| holders.insert(*user)));
        }
        (self.own, self.holders) = (own, holders);
    }

    fn is_patched(&self, name: NameId) -> bool {
        self.own.contains(&name) || self.slots.get(name).iter().any(|slot| self.patched.slots.contains(slot))
    }

    /// What is wrong about a symbol that differs.
    fn judge(&self, Differing { name, kind, has_same_references }: &Differing) -> Vec<Wrong> {
        let path = path(self.base.names.text(*name));
        if self.is_known(&path) || *has_same_references && self.holders.contains(name) {
            return Vec::new();
        }
        match kind {
            // What a function has of its own (the description of a log line, with its number) is the function's.
            Kind::Data if parent(&path).is_some_and(|parent| self.functions.contains(owner(parent))) => Vec::new(),
            Kind::Data => {
                vec![Wrong { name: path, reason: "is a static whose initial value has changed".to_owned() }]
            }
            // What other crates have for any type is made anew for a future of another size.
            Kind::Function => self.unpatched(*name, *has_same_references && self.is_foreign(&path)),
        }
    }

    /// Whether this belongs to a static that keeps its value.
    fn is_known(&self, path: &str) -> bool {
        self.patched.statics.iter().any(|name| has_part(path, name))
    }

    /// Whether no crate of the base has anything to do with it.
    fn is_foreign(&self, path: &str) -> bool {
        !self.crates.iter().any(|name| path.contains(name))
    }

    /// The functions through which the base's code of this function still runs; `is_for_sizes` are those right that hold a
    /// future of a patched function.
    fn unpatched(&self, name: NameId, is_for_sizes: bool) -> Vec<Wrong> {
        let changed = path(self.base.names.text(name));
        let mut wrong = Vec::new();
        let (mut left, mut seen) = (vec![name], HashSet::from([name]));
        while let Some(one) = left.pop() {
            if self.is_patched(one) || is_for_sizes && self.holders.contains(&one) {
                continue;
            }
            let path = path(self.base.names.text(one));
            let reason = match one == name {
                true => "has other code".to_owned(),
                false => format!("uses `{}`, which has other code", owner(&changed)),
            };
            let is_data = self.base.kind(one) == Some(Kind::Data);
            if is_data && self.is_known(&path) {
                continue;
            }
            if !self.slots.get(one).is_empty() || is_data {
                wrong.push(Wrong { name: owner(&path).to_owned(), reason });
                continue;
            }
            left.extend(self.users.get(one).iter().filter(|user| seen.insert(**user)));
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// What stands in front of all sources.
    const FRONT: &str = "#![allow(warnings)]
        use std::sync::atomic::{AtomicUsize, Ordering};
        #[inline(always)] pub fn is_set(slot: &'static AtomicUsize) -> bool { slot.load(Ordering::Relaxed) != 0 }
        pub trait Named { fn name(&self) -> u32 { 1 } }
        pub mod one { pub fn speed() -> u32 { 1 } }
        pub mod other { pub use crate::one::*; }
        pub fn any<T>() -> T { panic!() }
        pub mod user { use super::*; use super::other::*;";

    /// A function as a base has it: it looks into its slot first.
    fn function(name: &str, arguments: &str, body: &str) -> String {
        slotted(name, &format!("pub fn {name}({arguments}) -> u32"), body)
    }

    fn slotted(name: &str, head: &str, body: &str) -> String {
        let slot = format!("__liveswap_slot_{name}");
        format!(
            "pub static {slot}: AtomicUsize = AtomicUsize::new(0); {head} {{ if is_set(&{slot}) {{ return any(); }} {body} }}\n"
        )
    }

    fn compile(directory: &Path, items: &str) -> Build {
        fs::write(directory.join("t.rs"), format!("{FRONT}\n{items} }}")).unwrap();
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2024", "--crate-type=rlib", "-Cdebuginfo=0", "-Ccodegen-units=4", "t.rs"]);
        let output = rustc.current_dir(directory).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut build = Build::default();
        build.add("libt.rlib", &fs::read(directory.join("libt.rlib")).unwrap(), &|| true).unwrap();
        build
    }

    /// What is wrong where a patch of these functions is in force.
    fn wrong(old: &str, new: &str, patched: &[&str]) -> Vec<String> {
        let verdict = verdict(old, new, patched);
        verdict.wrong.into_iter().map(|one| format!("{} {}", one.name, one.reason)).collect()
    }

    fn verdict(old: &str, new: &str, patched: &[&str]) -> Verdict {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = (compile(directory.path(), old), compile(directory.path(), new));
        let slots = patched.iter().map(|name| format!("t::user::__liveswap_slot_{name}")).collect();
        audit(&old, &new, &Replaced { slots, statics: ["KNOWN".to_owned()].into() })
    }

    #[test]
    fn what_a_patch_leaves_out_is_found() {
        let (f, g) = (function("f", "", "LIMIT + 1"), function("g", "a: u32", "if a > LIMIT { 1 } else { f() }"));
        let source = |limit: u32| format!("pub const LIMIT: u32 = {limit}; {f} {g}");
        assert_eq!(wrong(&source(1), &source(2), &["f", "g"]), [""; 0]);
        assert_eq!(wrong(&source(1), &source(2), &["f"]), ["t::user::g has other code"]);
        // A name of the crate's own comes before one that a glob brings.
        let f = function("f", "", "speed()");
        let shadowing = format!("fn speed() -> u32 {{ 2 }} {f}");
        assert_eq!(wrong(&f, &shadowing, &[]), ["t::user::f has other code"]);
        // Literals and tables have no names that last.
        let text = |text: &str| function("f", "a: &'static str", &format!("(a == {text:?}) as u32"));
        assert_eq!(wrong(&text("one"), &text("two"), &[]), ["t::user::f has other code"]);
    }

    #[test]
    fn places_of_panics_are_no_difference() {
        let f = function("f", "a: &[u32]", "if a.is_empty() { panic!(\"none\") } a[1] + a[2]");
        let verdict = verdict(&f, &format!("// Further down.\n\n   {f}"), &[]);
        assert_eq!((verdict.differing, verdict.wrong), (0, Vec::new()));
        assert!(verdict.functions > 3);
        let line = function("f", "", "line!()");
        assert_eq!(wrong(&line, &format!("\n{line}"), &[]), ["t::user::f has other code"]);
    }

    #[test]
    fn functions_without_slots_are_those_of_their_users() {
        let (f, g) = (function("f", "", "copy(1u8)"), function("g", "", "copy(1u16)"));
        let source = |body: &str| format!("fn copy<T>(_: T) -> u32 {{ {body} }} {f} {g}");
        assert_eq!(wrong(&source("1"), &source("2"), &["f", "g"]), [""; 0]);
        let expected = ["t::user::g uses `t::user::copy`, which has other code"];
        assert_eq!(wrong(&source("1"), &source("2"), &["f"]), expected);
        // Closures are parts of the function around them, and so is what is made for them.
        let f = |number: u32| function("f", "", &format!("Some(1).map(|a| {{ let b = a + {number}; b }}).unwrap()"));
        assert_eq!(wrong(&f(1), &f(2), &["f"]), [""; 0]);
        assert_eq!(wrong(&f(1), &f(2), &[]), ["t::user::f uses `t::user::f`, which has other code"]);
        // A method that only a table of methods leads to.
        let user = function("f", "", "let a: Box<dyn Named> = Box::new(A); a.name()");
        let named =
            |number: u32| format!("struct A; impl Named for A {{ fn name(&self) -> u32 {{ {number} }} }} {user}");
        let expected = ["t::user::f uses `<t::user::A as t::Named>::name`, which has other code"];
        assert_eq!(wrong(&named(1), &named(2), &[]), expected);
    }

    #[test]
    fn what_is_only_numbered_anew_is_the_same() {
        let f = slotted("m", "pub fn m(&self) -> u32", "(1..3).map(|a| a * 2).sum()");
        let (slot, method) = f.split_once("; ").unwrap();
        let user = function("f", "", "S.m() + S.n()");
        let block =
            |name: &str| format!("impl S {{ pub fn {name}(&self) -> u32 {{ [1, 2].iter().map(|a| a + 1).sum() }} }}");
        let source = |first: &str| format!("pub struct S; {first} {slot}; {} impl S {{ {method} }} {user}", block("n"));
        assert_eq!(wrong(&source(""), &source(&block("new")), &[]), [""; 0]);
    }

    #[test]
    fn statics_keep_their_values_if_the_user_knows() {
        let source = |one: &str, other: u32| {
            let f = function("f", "", "KNOWN.load(Ordering::Relaxed) as u32");
            format!("static KNOWN: AtomicUsize = AtomicUsize::new({other}); pub static {one}: u32 = {other}; {f}")
        };
        assert_eq!(
            wrong(&source("X", 1), &source("X", 2), &[]),
            ["t::user::X is a static whose initial value has changed"]
        );
        let local = |number: u32| function("f", "", &format!("static X: AtomicUsize = AtomicUsize::new({number}); 1"));
        assert_eq!(wrong(&local(1), &local(2), &[]), [""; 0]);
    }

    #[test]
    fn futures_may_change_their_sizes() {
        let asynchronous = |name: &str, body: &str| slotted(name, &format!("pub async fn {name}(a: u32) -> u32"), body);
        let source = |inner: &str, outer: &str| {
            let (inner, outer) = (asynchronous("inner", inner), asynchronous("outer", outer));
            let top = function(
                "top",
                "",
                "std::pin::pin!(outer(1)).poll(&mut Context::from_waker(Waker::noop())).is_ready() as u32",
            );
            format!("use std::future::*; use std::task::*; {inner} {outer} {top}")
        };
        let (small, large) = ("ready(a).await", "let b = [a; 99]; ready(a).await + b[a as usize]");
        assert_eq!(wrong(&source(small, "inner(a).await"), &source(large, "inner(a).await"), &["inner"]), [""; 0]);
        let other = "inner(a).await + super::one::speed()";
        let wrong = wrong(&source(small, "inner(a).await"), &source(large, other), &["inner"]);
        assert_eq!(wrong, ["t::user::outer has other code"]);
    }
}
