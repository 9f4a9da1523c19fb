//! The macros of `liveswap`. Use them through that crate, which re-exports and documents them.
//!
//! Thin expansion only: what is expanded names things of `liveswap::__private`, where ordinary Rust does the work.

use proc_macro::TokenStream;

mod borrowing;
mod build_settings;
mod deadline;
mod describe;
mod hot;
mod hot_lib;
mod hot_state;
mod hot_trait;
mod hot_type;
mod options;
mod signature;

/// Makes a function hot: calls of it reach the newest code that the host has published.
///
/// On a free function, or on an `impl` block, inherent or of a trait: then each of its functions is hot, but for those
/// marked `#[hot(skip)]`. Arguments and output must describe their layout ([`HotType`](derive@HotType)); an argument
/// of a foreign type or a trait object takes `#[hot(opaque)]`, an output of that kind `#[hot(opaque_output)]` on the
/// function.
///
/// `#[hot(deadline = "50ms")]` on a function, also on one of a `#[hot]` `impl` block, says how long a call of it, or a poll
/// of its future, may last before the host tells of it, in `ms`, `s` or `min`; `#[hot(deadline = off)]`, that it may last
/// for ever. It counts from the generation on in which it is written. The host's `call_deadline_of` counts before it; and
/// where neither says anything, what holds for all calls. Calls from within the library have none, and so neither have
/// those under `liveswap run`, which calls the application.
///
/// An `async fn` keeps its signature; its future runs to the end on the code that it was first polled with.
///
/// On a trait: the trait stays as it is, and its trait objects (`dyn Shape`, with `Send` and `Sync` too) describe their
/// methods, so that they may cross and be kept: `Box<dyn Shape>` in a field or an argument. Methods whose arguments or
/// output are not described take `#[hot(opaque)]` and `#[hot(opaque_output)]`, as functions do. An object keeps the
/// methods of the generation that made it; those of new objects are the new ones. State with objects of a trait whose
/// methods have changed is refused. Traits with type parameters or associated types are refused.
///
/// In a build without debug assertions, and with the feature `hot` of the crate `liveswap` off, the function is left as
/// it is.
///
/// # Errors
///
/// At compile time: functions with type or const parameters, `impl Trait`, `const fn`, `unsafe fn`, variadics, and
/// more than twelve arguments can't be hot; the message says what to write instead.
///
/// # Panics
///
/// A call panics where the new code panicked, with `liveswap::HotPanic` as the payload.
#[proc_macro_attribute]
pub fn hot(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hot::expand(attribute.into(), item.into()).into()
}

/// Makes a crate a hot library. Say it once, at the crate's root.
///
/// ```text
/// liveswap::hot_lib!();
/// liveswap::hot_lib!(app = Game);                    // `liveswap run` drives `Game`, an `App`
/// liveswap::hot_lib!(app = Game, on_load = set_up);  // `fn set_up()` runs for each generation, before it is in force
/// liveswap::hot_lib!(on_retire = join_threads);      // runs for each generation after another has taken its place
/// liveswap::hot_lib!(allocator = own);               // the library has a `#[global_allocator]` of its own
/// ```
///
/// It defines `pub static HOT: liveswap::HotCrate`, which a typed host names, and the library's one exported symbol.
#[proc_macro]
pub fn hot_lib(input: TokenStream) -> TokenStream {
    hot_lib::expand(input.into()).into()
}

/// Describes a type's layout: structs and enums whose fields describe theirs. A field of a foreign type takes
/// `#[hot(opaque)]`: then only its name, size, alignment and `TypeId` are compared.
#[proc_macro_derive(HotType, attributes(hot))]
pub fn hot_type(input: TokenStream) -> TokenStream {
    hot_type::expand(input.into()).into()
}

/// Says how values of a type are moved to a new layout: see the trait `liveswap::HotState`.
///
/// On the type: `#[hot(rename = "Old")]`, `#[hot(migrate = function)]`, `#[hot(snapshot)]`. On variants: `#[hot(rename = "Old")]`. On fields:
/// `#[hot(rename = "old")]`, `#[hot(default = EXPR)]`, `#[hot(with = function)]`, `#[hot(opaque)]`.
///
/// # Errors
///
/// At compile time: unions and packed structs can't be moved; a field's type that is not `HotState` is named.
#[proc_macro_derive(HotState, attributes(hot))]
pub fn hot_state(input: TokenStream) -> TokenStream {
    hot_state::expand(input.into()).into()
}

/// Whether `#[hot]` makes functions hot at all.
const HOT: bool = cfg!(feature = "hot");

/// The condition, within the user's crate, under which the hot parts of an expansion are compiled.
fn hot_cfg() -> proc_macro2::TokenStream {
    if cfg!(feature = "hot-in-release") { quote::quote!() } else { quote::quote!(#[cfg(debug_assertions)]) }
}
