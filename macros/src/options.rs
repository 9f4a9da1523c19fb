//! The options in `#[hot(…)]` of types, fields and variants, for both derives.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, LitStr, Token};

/// What stands in the `#[hot(…)]`s of one place.
#[derive(Default)]
pub(crate) struct Options {
    /// The option `opaque`.
    pub(crate) opaque: bool,
    /// The names in `rename = "…"`.
    pub(crate) rename: Vec<String>,
    /// The expression of `default = …`.
    pub(crate) default: Option<Expr>,
    /// The function of `with = …`.
    pub(crate) with: Option<Expr>,
    /// The function of `migrate = …`.
    pub(crate) migrate: Option<Expr>,
    /// The option `snapshot`.
    pub(crate) snapshot: Option<Ident>,
}

/// Where options stand: which of them fit.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Type,
    Variant,
    Field,
}

impl Place {
    fn fitting(self) -> &'static [&'static str] {
        match self {
            Place::Type => &["rename", "migrate", "snapshot"],
            Place::Variant => &["rename"],
            Place::Field => &["opaque", "rename", "default", "with"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Place::Type => "a type",
            Place::Variant => "a variant",
            Place::Field => "a field",
        }
    }
}

/// One option.
enum Item {
    Opaque(Ident),
    Rename(Ident, LitStr),
    Default(Ident, Expr),
    With(Ident, Expr),
    Migrate(Ident, Expr),
    Snapshot(Ident),
    Other(Ident),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        let value = |example: &str| -> syn::Result<()> {
            if !input.peek(Token![=]) {
                return Err(syn::Error::new(name.span(), format!("give it a value: `#[hot({name} = {example})]`")));
            }
            input.parse::<Token![=]>().map(drop)
        };
        Ok(match name.to_string().as_str() {
            "opaque" | "snapshot" if input.peek(Token![=]) => {
                return Err(syn::Error::new(name.span(), format!("`{name}` takes no value: `#[hot({name})]`")));
            }
            "opaque" => Item::Opaque(name),
            "snapshot" => Item::Snapshot(name),
            "rename" => {
                value("\"old_name\"")?;
                let in_quotes = |error: syn::Error| {
                    let message = "write the old name in quotes: `#[hot(rename = \"old_name\")]`";
                    syn::Error::new(error.span(), message)
                };
                Item::Rename(name, input.parse().map_err(in_quotes)?)
            }
            "default" => {
                value("EXPRESSION")?;
                Item::Default(name, input.parse()?)
            }
            "with" => {
                value("function")?;
                Item::With(name, input.parse()?)
            }
            "migrate" => {
                value("function")?;
                Item::Migrate(name, input.parse()?)
            }
            _ => {
                // The rest is of no use.
                input.parse::<proc_macro2::TokenStream>()?;
                Item::Other(name)
            }
        })
    }
}

impl Item {
    fn name(&self) -> &Ident {
        match self {
            Item::Opaque(name)
            | Item::Snapshot(name)
            | Item::Rename(name, _)
            | Item::Default(name, _)
            | Item::With(name, _)
            | Item::Migrate(name, _)
            | Item::Other(name) => name,
        }
    }
}

/// The options at a place.
pub(crate) fn of(attributes: &[Attribute], place: Place) -> syn::Result<Options> {
    let mut options = Options::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("hot")) {
        let syn::Meta::List(_) = attribute.meta else {
            let message =
                format!("say what is to be hot about {}: `#[hot({})]`", place.name(), place.fitting().join(" | "));
            return Err(syn::Error::new_spanned(attribute, message));
        };
        let items =
            attribute.parse_args_with(|input: ParseStream<'_>| input.parse_terminated(Item::parse, Token![,]))?;
        for item in items {
            take(item, place, &mut options)?;
        }
    }
    if let (true, Some(with)) = (options.opaque, &options.with) {
        let message = "an opaque field is moved as it is; leave out `opaque` or `with`";
        return Err(syn::Error::new_spanned(with, message));
    }
    Ok(options)
}

fn take(item: Item, place: Place, options: &mut Options) -> syn::Result<()> {
    let name = item.name().clone();
    if !place.fitting().iter().any(|fitting| name == fitting) {
        let fitting: Vec<_> = place.fitting().iter().map(|option| format!("`{option}`")).collect();
        let message = format!(
            "`{name}` does not fit {}; there {} {}",
            place.name(),
            if fitting.len() == 1 { "is" } else { "are" },
            fitting.join(", ")
        );
        return Err(syn::Error::new(name.span(), message));
    }
    let twice = match item {
        Item::Opaque(_) => std::mem::replace(&mut options.opaque, true),
        Item::Rename(_, old) => {
            options.rename.push(old.value());
            false
        }
        Item::Default(_, value) => options.default.replace(value).is_some(),
        Item::With(_, function) => options.with.replace(function).is_some(),
        Item::Migrate(_, function) => options.migrate.replace(function).is_some(),
        Item::Snapshot(name) => options.snapshot.replace(name).is_some(),
        Item::Other(_) => false,
    };
    if twice {
        return Err(syn::Error::new(name.span(), format!("`{name}` is given twice")));
    }
    Ok(())
}
