//! Function pointers and closures that take references of any lifetime, `fn(&State)`, `dyn Fn(&mut State)`.
//!
//! To the compiler each way of borrowing makes a type of its own; `liveswap` describes the plain ones. For the others it
//! would only say that an implementation "is not general enough".

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    BoundLifetimes, GenericParam, Lifetime, NamedArg, ParenthesizedGenericArguments, PathArguments, ReturnType, Token,
    Type, TypeFnPtr, TypeParamBound, TypeReference,
};

use crate::signature;

/// Says what [`find_undescribed`] found.
pub(crate) const MESSAGE: &str = "a function that borrows is described with at most two arguments, each of which may be a plain `&T` or `&mut T`, and an output that borrows nothing; write `#[hot(opaque)]` before the field or the argument";

/// A function type within `ty` for which there is no description.
pub(crate) fn find_undescribed(ty: &Type) -> Option<Type> {
    signature::find(ty, |ty| match ty {
        Type::FnPtr(function) => {
            let is_plain = function.unsafety.is_none() && function.abi.is_none();
            is_undescribed(function.lifetimes.as_ref(), &function.inputs, &function.output, is_plain)
        }
        Type::TraitObject(object) => object.bounds.iter().any(|bound| {
            let TypeParamBound::Trait(bound) = bound else { return false };
            match bound.path.segments.last().map(|segment| &segment.arguments) {
                Some(PathArguments::Parenthesized(closure)) => {
                    is_undescribed(bound.lifetimes.as_ref(), &closure.inputs, &closure.output, true)
                }
                _ => false,
            }
        }),
        _ => false,
    })
}

fn is_undescribed(
    bound: Option<&BoundLifetimes>,
    inputs: &Punctuated<NamedArg, Token![,]>,
    output: &ReturnType,
    is_plain: bool,
) -> bool {
    let bound: Vec<&Lifetime> = bound
        .iter()
        .flat_map(|bound| &bound.lifetimes)
        .filter_map(|parameter| match parameter {
            GenericParam::Lifetime(parameter) => Some(&parameter.lifetime),
            _ => None,
        })
        .collect();
    let mut borrowing = 0;
    let mut named: Vec<Lifetime> = Vec::new();
    for input in inputs {
        let mut ty = input.ty.clone();
        if let Type::Reference(reference) = &mut ty {
            match reference.lifetime.take() {
                Some(lifetime) if bound.contains(&&lifetime) => {
                    borrowing += 1;
                    if named.contains(&lifetime) {
                        return true;
                    }
                    named.push(lifetime);
                }
                Some(lifetime) if lifetime.ident != "_" => {}
                _ => borrowing += 1,
            }
            ty = (*reference.elem).clone();
        }
        if borrows(ty, &bound) {
            return true;
        }
    }
    let output_borrows = match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => borrows((**ty).clone(), &bound),
    };
    output_borrows || (borrowing > 0 && (!is_plain || inputs.len() > 2))
}

/// Whether `ty` has a lifetime that is one of `bound`, or is left out.
fn borrows(mut ty: Type, bound: &[&Lifetime]) -> bool {
    struct Borrows<'a>(&'a [&'a Lifetime], bool);
    impl VisitMut for Borrows<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            self.1 |= lifetime.ident == "_" || self.0.contains(&&*lifetime);
        }
        fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
            self.1 |= reference.lifetime.is_none();
            visit_mut::visit_type_reference_mut(self, reference);
        }
        // Lifetimes that are left out in these are their own.
        fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    }
    let mut found = Borrows(bound, false);
    found.visit_type_mut(&mut ty);
    found.1
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::find_undescribed;
    use crate::signature::tidy;

    #[test]
    fn plain_borrows_are_described_and_others_are_not() {
        for described in [
            parse_quote!(fn(&State)),
            parse_quote!(for<'a> fn(&'a mut State, u8) -> Vec<u8>),
            parse_quote!(Box<dyn Fn(&State, &mut [u8]) -> u8 + Send>),
            parse_quote!(fn(&'static str, u8, &'a u8) -> &'static str),
            parse_quote!(fn(fn(&u8), u8, Box<dyn Fn(&u8)>)),
            parse_quote!(&dyn Shape),
        ] {
            assert!(find_undescribed(&described).is_none(), "{}", tidy(&described));
        }
        for undescribed in [
            parse_quote!(fn(&State, u8, u8)),
            parse_quote!(extern "C" fn(&State)),
            parse_quote!(unsafe fn(&State)),
            parse_quote!(for<'a> fn(&'a str) -> &'a str),
            parse_quote!(for<'a> fn(&'a str, &'a str)),
            parse_quote!(Option<fn(&str) -> Option<&str>>),
            parse_quote!(Box<dyn FnMut(&Context<'_>)>),
            parse_quote!(fn(Option<&u8>)),
            parse_quote!(fn(u8, fn(&u8, u8, u8))),
        ] {
            assert!(find_undescribed(&undescribed).is_some(), "{}", tidy(&undescribed));
        }
    }
}
