//! `#[hot(deadline = "50ms")]` and `#[hot(deadline = off)]`: how long calls of a hot function may last before they are
//! told of.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Lit, Token};

/// The option's name.
pub(crate) const NAME: &str = "deadline";

const WAY_OUT: &str = "write `deadline = \"50ms\"` (or with `s` or `min`), or `deadline = off`";

/// What stands at a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deadline {
    Unsaid,
    /// Calls may last for ever.
    Off,
    Nanoseconds(u64),
}

/// `deadline = …`.
struct Written(Deadline);

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if name != NAME {
            return Err(syn::Error::new(name.span(), format!("unknown option `{name}`; here only `{NAME}` fits")));
        }
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(name.span(), format!("give it a value: {WAY_OUT}")));
        }
        input.parse::<Token![=]>()?;
        let deadline = if input.peek(Ident) {
            let word: Ident = input.parse()?;
            if word != "off" {
                return Err(syn::Error::new(word.span(), format!("`{word}` is no deadline; {WAY_OUT}")));
            }
            Deadline::Off
        } else {
            let literal: Lit = input.parse().map_err(|error| syn::Error::new(error.span(), WAY_OUT))?;
            of_literal(&literal).map_err(|message| syn::Error::new(literal.span(), message))?
        };
        if !input.is_empty() {
            return Err(input.error(format!("`{NAME}` stands alone; write other options in an attribute of their own")));
        }
        Ok(Written(deadline))
    }
}

fn of_literal(literal: &Lit) -> Result<Deadline, String> {
    match literal {
        Lit::Str(text) => of_text(&text.value()),
        Lit::Int(number) if !number.suffix().is_empty() => {
            Err(format!("write it in quotes: `deadline = \"{number}\"`"))
        }
        Lit::Int(_) | Lit::Float(_) => Err(without_unit(&quote!(#literal).to_string())),
        _ => Err(WAY_OUT.into()),
    }
}

fn without_unit(number: &str) -> String {
    format!("say in which unit: `deadline = \"{number}ms\"`, `\"{number}s\"` or `\"{number}min\"`")
}

/// A number and its unit.
fn of_text(text: &str) -> Result<Deadline, String> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let Ok(value) = number.parse::<f64>() else {
        let way_out = if text == "off" { "write it without quotes: `deadline = off`" } else { WAY_OUT };
        return Err(format!("`{text}` is no deadline; {way_out}"));
    };
    let nanoseconds = match unit {
        "ms" => value * 1e6,
        "s" => value * 1e9,
        "min" => value * 60e9,
        "" => return Err(without_unit(number)),
        unit => return Err(format!("unknown unit `{unit}`; there are `ms`, `s` and `min`")),
    };
    // The last ones are no numbers of nanoseconds: see `liveswap::Deadline`.
    if nanoseconds < 1.0 {
        return Err("no call comes back in no time; for calls that may last for ever write `deadline = off`".into());
    }
    if nanoseconds >= u64::MAX as f64 {
        return Err(format!("it is too long; {WAY_OUT}"));
    }
    Ok(Deadline::Nanoseconds(nanoseconds as u64))
}

impl Deadline {
    /// What is in the parentheses of `#[hot(…)]`; `None` where that is another option.
    pub(crate) fn in_parentheses(tokens: &TokenStream) -> Option<syn::Result<Deadline>> {
        is_meant(tokens).then(|| syn::parse2::<Written>(tokens.clone()).map(|written| written.0))
    }

    /// Takes it out of a function's attributes; `before` is what was said already.
    pub(crate) fn take(attributes: &mut Vec<Attribute>, before: Deadline) -> syn::Result<Deadline> {
        let mut result = Ok(before);
        attributes.retain(|attribute| {
            let Some(said) = of_attribute(attribute) else { return true };
            result = match (&result, said) {
                (Ok(Deadline::Unsaid), said) => said,
                (Ok(_), _) => Err(syn::Error::new_spanned(attribute, "the deadline was said before; say it once")),
                (Err(error), _) => Err(error.clone()),
            };
            false
        });
        result
    }

    /// As a constant expression.
    pub(crate) fn tokens(self) -> TokenStream {
        match self {
            Deadline::Unsaid => quote!(::liveswap::Deadline::UNSAID),
            Deadline::Off => quote!(::liveswap::Deadline::OFF),
            Deadline::Nanoseconds(number) => quote!(::liveswap::Deadline::of_nanos(#number)),
        }
    }
}

/// Whether this is `#[hot(deadline …)]`.
pub(crate) fn is_in(attribute: &Attribute) -> bool {
    of_attribute(attribute).is_some()
}

/// The error for a place where no deadline belongs, where one is there.
pub(crate) fn refuse(attributes: &[Attribute], message: &str) -> syn::Result<()> {
    match attributes.iter().find(|attribute| is_in(attribute)) {
        Some(attribute) => Err(syn::Error::new_spanned(attribute, message)),
        None => Ok(()),
    }
}

fn of_attribute(attribute: &Attribute) -> Option<syn::Result<Deadline>> {
    if !attribute.path().is_ident("hot") {
        return None;
    }
    Deadline::in_parentheses(&attribute.meta.require_list().ok()?.tokens)
}

fn is_meant(tokens: &TokenStream) -> bool {
    let first = tokens.clone().into_iter().next();
    first.is_some_and(|first| first.to_string() == NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Deadline, String> {
        let tokens = format!("deadline = {text}").parse().expect("tokens");
        Deadline::in_parentheses(&tokens).expect("the option").map_err(|error| error.to_string())
    }

    #[test]
    fn units_are_milliseconds_seconds_and_minutes() {
        let nanoseconds = |text| match parsed(text) {
            Ok(Deadline::Nanoseconds(number)) => number,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(nanoseconds(r#""50ms""#), 50_000_000);
        assert_eq!(nanoseconds(r#""1.5 s""#), 1_500_000_000);
        assert_eq!(nanoseconds(r#""2min""#), 120_000_000_000);
        assert_eq!(parsed("off"), Ok(Deadline::Off));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_write() {
        let error = |text| parsed(text).expect_err(text);
        assert!(error("50").contains("`deadline = \"50ms\"`, `\"50s\"` or `\"50min\"`"));
        assert!(error(r#""0.5""#).contains("`deadline = \"0.5ms\"`"));
        assert_eq!(error("50ms"), "write it in quotes: `deadline = \"50ms\"`");
        assert_eq!(error(r#""3 h""#), "unknown unit `h`; there are `ms`, `s` and `min`");
        assert!(error(r#""0s""#).contains("`deadline = off`") && error(r#""1e9s""#).contains("unknown unit `e9s`"));
        assert!(error(r#""999999999999999min""#).starts_with("it is too long; "));
        assert_eq!(error(r#""off""#), "`off` is no deadline; write it without quotes: `deadline = off`");
        assert!(
            error("never").starts_with("`never` is no deadline; write ") && error(r#""""#).contains("is no deadline")
        );
        assert!(error("(5)").starts_with("write `deadline") && error("true").starts_with("write `deadline"));
        assert!(error(r#""5s", skip"#).contains("stands alone"));
    }
}
