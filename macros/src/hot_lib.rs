//! `hot_lib!`: the crate's static, its list of entries, its exported root, and its allocator.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Path, Token, Type};

use crate::{HOT, build_settings, hot_cfg};

/// The module that the expansion of `#[hot]` looks for. Its name is what rustc shows where it is missing or there
/// twice, so it says what to do.
pub(crate) const MODULE: &str = "call_liveswap_hot_lib_once_at_the_crate_root";

/// The crate's list of entries. The crate's name is part of it, since linkme names a section of the whole program
/// after it, and several hot libraries may be linked into one host.
pub(crate) fn entries() -> Ident {
    format_ident!("LIVESWAP_ENTRIES_{}", crate_name())
}

fn crate_name() -> String {
    std::env::var("CARGO_CRATE_NAME").unwrap_or_default()
}

/// The variable with which the host says which crate it builds as a cdylib. Only that one gets the forwarding
/// allocator: a program may have one global allocator, and the same source is also linked into hosts as an rlib. (Not
/// a cfg or a feature: those would give the library's types other ids than the host's.)
const BUILT_FOR_HOST: &str = "LIVESWAP_HOT_CRATE";

#[derive(Default)]
struct Options {
    app: Option<Type>,
    on_load: Option<Path>,
    on_retire: Option<Path>,
    own_allocator: bool,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Options::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            if !input.peek(Token![=]) {
                return Err(syn::Error::new(name.span(), format!("give it a value: `{name} = …`")));
            }
            input.parse::<Token![=]>()?;
            let twice = match name.to_string().as_str() {
                "app" => options.app.replace(input.parse()?).is_some(),
                "on_load" => options.on_load.replace(input.parse()?).is_some(),
                "on_retire" => options.on_retire.replace(input.parse()?).is_some(),
                "allocator" => {
                    let value: Path = input.parse()?;
                    if !value.is_ident("own") {
                        let message = "`allocator` can only be `own`; leave it out otherwise";
                        return Err(syn::Error::new_spanned(value, message));
                    }
                    std::mem::replace(&mut options.own_allocator, true)
                }
                _ => {
                    let message =
                        format!("unknown option `{name}`; there are `app`, `on_load`, `on_retire` and `allocator`");
                    return Err(syn::Error::new(name.span(), message));
                }
            };
            if twice {
                return Err(syn::Error::new(name.span(), format!("`{name}` is given twice")));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    match syn::parse2::<Options>(input) {
        Ok(options) => expansion(&options),
        Err(error) => error.to_compile_error(),
    }
}

fn expansion(options: &Options) -> TokenStream {
    let module = Ident::new(MODULE, Span::call_site());
    let crate_name = crate_name();
    let entries = entries();
    let app = match &options.app {
        Some(app) => quote! {
            ::core::option::Option::Some(|| {
                #[allow(unused_imports)]
                use ::liveswap::__private::NoClone as _;
                ::liveswap::__private::describe_app::<#app>(::liveswap::__private::CloneProbe::<#app>::CODE)
            })
        },
        None => quote!(::core::option::Option::None),
    };
    let hook = |function: &Option<Path>| match function {
        Some(hook) => quote!(::core::option::Option::Some(|| ::liveswap::__private::run_hook(#hook))),
        None => quote!(::core::option::Option::None),
    };
    let (on_load, on_retire) = (hook(&options.on_load), hook(&options.on_retire));
    let settings = build_settings::of_this_build();
    let (names, values): (Vec<_>, Vec<_>) = settings.iter().map(|(name, value)| (name, value)).unzip();
    let info = |hot: TokenStream, entries: TokenStream, [app, on_load, on_retire]: [&TokenStream; 3]| {
        quote! {
            ::liveswap::HotCrate::new(::liveswap::__private::CrateInfo {
                package: ::core::env!("CARGO_PKG_NAME"),
                crate_name: #crate_name,
                directory: ::core::env!("CARGO_MANIFEST_DIR"),
                hot: #hot,
                build: ::liveswap::__private::Build {
                    id: ::core::any::TypeId::of::<#module::Probe>,
                    profile: ::liveswap::probe::PROFILE,
                    settings: &[#((#names, #values)),*],
                },
                entries: #entries,
                app: #app,
                on_load: #on_load,
                on_retire: #on_retire,
            })
        }
    };
    // A type of this crate: its id tells whether two builds of the crate were compiled alike.
    let probe = quote!(
        pub enum Probe {}
    );
    let none = quote!(::core::option::Option::None);
    let cold = info(quote!(false), quote!(|| &[]), [&none; 3]);
    let doc = "This hot library, for a host to name.";
    if !HOT {
        return quote! {
            #[doc = #doc]
            pub static HOT: ::liveswap::HotCrate = #cold;
            #[doc(hidden)]
            pub mod #module {
                #probe
            }
        };
    }

    let hot_cfg = hot_cfg();
    let cold_static = (!hot_cfg.is_empty()).then(|| {
        quote! {
            #[doc = #doc]
            #[cfg(not(debug_assertions))]
            pub static HOT: ::liveswap::HotCrate = #cold;
        }
    });
    let hot = info(quote!(true), quote!(|| &#module::#entries), [&app, &on_load, &on_retire]);
    let symbol = format!("liveswap_root_{crate_name}");
    let (allocator, slot) = match built_for_host() && !options.own_allocator {
        true => (
            quote! {
                static SLOT: ::liveswap::__private::AllocatorSlot = ::liveswap::__private::AllocatorSlot::new();
                #[global_allocator]
                static ALLOCATOR: ::liveswap::__private::Forward = ::liveswap::__private::Forward(&SLOT);
            },
            quote!(::core::option::Option::Some(&SLOT)),
        ),
        false => (quote!(), none),
    };
    quote! {
        #cold_static
        #[doc = #doc]
        #hot_cfg
        pub static HOT: ::liveswap::HotCrate = #hot;

        #[doc(hidden)]
        #[allow(unsafe_code)]
        pub mod #module {
            pub use super::HOT;

            #probe

            #hot_cfg
            #[::liveswap::__private::linkme::distributed_slice]
            #[linkme(crate = ::liveswap::__private::linkme)]
            #[allow(non_upper_case_globals)]
            pub static #entries: [::liveswap::Entry];

            #hot_cfg
            const _: () = {
                #allocator

                #[unsafe(export_name = #symbol)]
                pub static ROOT: ::liveswap::__private::Root = ::liveswap::__private::Root::new(
                    ::liveswap::__private::Handshake::of_this_build(
                        ::core::cfg!(debug_assertions),
                        if ::core::cfg!(panic = "unwind") { "unwind" } else { "abort" },
                    ),
                    #slot,
                    &HOT,
                );
            };
        }
    }
}

/// Whether the crate is built as an image, for a host to load.
pub(crate) fn built_for_host() -> bool {
    std::env::var(BUILT_FOR_HOST).is_ok_and(|built| !built.is_empty() && built == crate_name())
}
