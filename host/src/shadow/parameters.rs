//! The parameters of a function with a slot: the names by which its call is handed on, before anything is bound.
//!
//! A parameter whose pattern is not a name gets a name of its own, and the body binds the pattern by a `match` around it.
//! What a call drops, and in which order, stays what the user wrote: for each parameter, the last one first, what its
//! pattern has bound and then the rest of the value. So the parameters behind a pattern are bound by the same nest of
//! `match`es, unless their types show that nothing is dropped. A `match` it is, not a `let`: temporaries at the end of the
//! body are dropped before what the parameters have bound, in all editions.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{FnArg, Pat, PatType, ReceiverKind, Signature, Type};

use crate::source::edits::{Edit, blanks};

/// A function's parameters, as a base has them.
#[derive(Default)]
pub(super) struct Parameters {
    /// The names by which all are handed on, with a comma behind each.
    pub(super) names: String,
    /// What gives names to those that have none.
    pub(super) edits: Vec<Edit>,
    /// What stands before and behind the body.
    pub(super) around_body: (String, String),
    /// Whether all are handed on in registers, and drop nothing.
    pub(super) are_small: bool,
}

impl Parameters {
    pub(super) fn of(signature: &Signature) -> Self {
        let mut all = Parameters { are_small: true, ..Self::default() };
        let mut is_behind_a_pattern = false;
        for (number, input) in signature.inputs.iter().enumerate() {
            match input {
                FnArg::Receiver(receiver) => {
                    all.are_small &= match &receiver.kind {
                        ReceiverKind::Reference(..) => true,
                        ReceiverKind::Typed(_, ty) => is_small(ty),
                        _ => false,
                    };
                    all.names += "self,";
                }
                FnArg::Typed(typed) => {
                    all.are_small &= is_small(&typed.ty);
                    is_behind_a_pattern |= all.typed(number, typed, is_behind_a_pattern && !is_plain_data(&typed.ty));
                }
            }
        }
        all
    }

    /// Adds a parameter; `is_moved` tells whether its value has to be bound by the body. Gives whether that of a pattern is.
    fn typed(&mut self, number: usize, PatType { pat, ty, .. }: &PatType, is_moved: bool) -> bool {
        let own = format!("__liveswap_argument_{number}");
        let is_name = match &**pat {
            Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
                if !is_moved {
                    self.names += &format!("{},", pattern.ident);
                    return false;
                }
                true
            }
            Pat::Wild(_) => true,
            _ => false,
        };
        self.names += &format!("{own},");
        // Further lines of the pattern are blank, comments too.
        let written = pat.span().source_text().unwrap_or_default();
        let lines = written.find('\n').map_or(String::new(), |at| blanks(&written[at..]));
        let pattern = pat.to_token_stream().to_string();
        let mutable = if !is_name && pattern.contains("mut") { "mut " } else { "" };
        self.edits.push(Edit { at: pat.span().byte_range(), text: format!("{mutable}{own}{lines}") });
        let value = format!("__liveswap_value_{number}");
        match (is_name, is_moved) {
            // Dropped where any parameter is.
            (true, false) => return false,
            (true, true) if matches!(**pat, Pat::Wild(_)) => self.bind(&own, &value),
            (true, true) => self.bind(&own, &pattern),
            (false, false) => self.bind(&own, &pattern),
            (false, true) => {
                self.bind(&own, &format!("{mutable}{value}"));
                self.bind(&value, &pattern);
            }
        }
        !is_name && !is_plain_data(ty)
    }

    fn bind(&mut self, value: &str, pattern: &str) {
        let (before, behind) = &mut self.around_body;
        *before += &format!("match {value} {{ {pattern} => {{ ");
        *behind += "}} ";
    }
}

/// Whether a value of the type drops nothing, as far as can be read.
fn is_plain_data(ty: &Type) -> bool {
    match ty {
        Type::Array(array) => is_plain_data(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_plain_data),
        Type::Paren(inner) => is_plain_data(&inner.elem),
        ty => is_small(ty),
    }
}

/// Whether a value of the type is handed on in registers, and drops nothing, as far as can be read.
fn is_small(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Tuple(tuple) => tuple.elems.len() <= 2 && tuple.elems.iter().all(is_number),
        Type::Paren(inner) => is_small(&inner.elem),
        ty => is_number(ty),
    }
}

fn is_number(ty: &Type) -> bool {
    const NUMBERS: [&str; 14] =
        ["bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];
    matches!(ty, Type::Path(path) if path.qself.is_none() && NUMBERS.iter().any(|name| path.path.is_ident(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names, and what stands around the body.
    fn of(signature: &str) -> (String, String, String) {
        let Parameters { names, around_body: (before, behind), .. } =
            Parameters::of(&syn::parse_str::<Signature>(signature).unwrap());
        (names, before, behind)
    }

    fn owned(names: &str, before: &str, behind: &str) -> (String, String, String) {
        (names.into(), before.into(), behind.into())
    }

    #[test]
    fn names_are_handed_on_as_they_are() {
        assert_eq!(of("fn a(&mut self, x: T, mut y: &str)"), owned("self,x,y,", "", ""));
        assert_eq!(of("fn a(_: T, y: T)"), owned("__liveswap_argument_0,y,", "", ""));
    }

    #[test]
    fn patterns_are_bound_around_the_body() {
        let expected = owned("__liveswap_argument_0,y,", "match __liveswap_argument_0 { (a , _) => { ", "}} ");
        assert_eq!(of("fn a((a, /* x */ _): (T, T), y: &T)").0, expected.0);
        let (_, before, behind) = of("fn a((a, /* x */ _): (T, T), y: &T)");
        assert_eq!((before.replace(' ', ""), behind), (expected.1.replace(' ', ""), expected.2));
    }

    #[test]
    fn what_may_drop_something_behind_a_pattern_is_bound_behind_it() {
        let (names, before, behind) = of("fn a((_, a): (T, T), mut b: T, _: T, n: u8, B(c): B)");
        assert_eq!(names, "__liveswap_argument_0,__liveswap_argument_1,__liveswap_argument_2,n,__liveswap_argument_4,");
        let bound = [
            "match __liveswap_argument_0{(_,a)=>{",
            "match __liveswap_argument_1{mut b=>{",
            "match __liveswap_argument_2{__liveswap_value_2=>{",
            "match __liveswap_argument_4{__liveswap_value_4=>{",
            "match __liveswap_value_4{B(c)=>{",
        ];
        assert_eq!(before.replace(' ', ""), bound.concat().replace(' ', ""));
        assert_eq!(behind.matches("}}").count(), bound.len());
        let (names, before, _) = of("fn a((x, y): (f32, f32), b: T)");
        assert_eq!(names, "__liveswap_argument_0,b,", "numbers are not dropped");
        assert_eq!(before.matches("match").count(), 1);
    }
}
