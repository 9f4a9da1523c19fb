//! Methods that hide others: which method a call means depends on what its value's type has and leads to.

use std::collections::BTreeSet;

use super::mentions::Method;
use super::text::{Lexeme, name_print};
use super::{Function, SourceFile, std_traits};

/// Whether a call of one of these methods, which a patch has copies of, may have meant another one: a trait's method that
/// comes before it, or one of a type that leads to the method's own type by `Deref`. Gives that one, for people.
pub fn in_the_way(sources: &[&SourceFile], methods: &BTreeSet<Method>) -> Option<String> {
    let functions = || sources.iter().flat_map(|source| &source.functions);
    let is_own = |function: &Function, method: &Method| {
        function.is_inherent
            && name_print(&function.name) == method.name
            && function.self_type.as_deref().is_some_and(|of| name_print(of) == method.of)
    };
    let copied: Vec<(&Function, &Method)> = functions()
        .filter(|function| function.has_receiver)
        .filter_map(|function| Some((function, methods.iter().find(|method| is_own(function, method))?)))
        .collect();
    if copied.is_empty() {
        return None;
    }
    let derefs = ["Deref", "DerefMut"].map(name_print);
    let names_deref = |source: &&SourceFile| {
        let is_deref = |lexeme: &Lexeme| lexeme.is_name() && derefs.contains(&lexeme.print);
        !source.privacy.derefs.is_empty() || source.lexemes.all().iter().any(is_deref)
    };
    let leads_on = sources.iter().any(names_deref);
    let traits = || sources.iter().flat_map(|source| &source.privacy.traits);
    for (function, method) in copied {
        let is_other = |other: &&Function| {
            let is_same_name = other.has_receiver && name_print(&other.name) == method.name;
            is_same_name && if other.is_inherent { leads_on && !is_own(other, method) } else { true }
        };
        if let Some(other) = functions().find(is_other) {
            return Some(other.key.clone());
        }
        if traits().any(|(_, members)| members.contains(&method.name)) {
            return Some(function.name.clone());
        }
        // Traits of others that the type has.
        let is_own_trait = |of: &str| traits().any(|(name, _)| *name == name_print(of));
        let may_give = |of: &str| match std_traits::members(of) {
            Some(members) => members.contains(&method.name),
            None => std_traits::is_member(method.name) && !is_own_trait(of),
        };
        let impls = || sources.iter().flat_map(|source| &source.privacy.impls);
        let is_of_type = |of: Option<u64>| of.is_none_or(|of| of == method.of);
        let by_trait = impls().any(|known| (leads_on || is_of_type(known.for_type)) && may_give(&known.of));
        if by_trait || leads_on && std_traits::is_member(method.name) {
            return Some(function.name.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SourceFile {
        SourceFile::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_type_that_leads_to_another_may_have_a_method_of_the_same_name() {
        let text = "impl S<T> { fn a(&self) {} fn b(&self) {} } impl R { fn a(&self) {} fn b() {} }";
        let deref = format!("{text} impl Deref for R {{}}");
        let of = |text: &str, name| in_the_way(&[&read(text)], &BTreeSet::from([Method::new("S", name)])).is_some();
        assert_eq!([of(text, "a"), of(&deref, "a"), of(&deref, "b")], [false, true, false]);
    }
}
