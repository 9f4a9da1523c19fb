//! What a Rust source file says, item by item, as plain values: which functions it has, what else, and how to compare
//! it with what it said before.
//!
//! Pure. A file is parsed on a thread of its own: places of tokens live in a map of the thread that parses, which only
//! grows.

pub mod aliases;
mod attributes;
pub mod branches;
pub mod cfg;
mod collect;
pub use collect::{EXTERN_CRATE, head, tidy};
pub mod edits;
mod endless;
pub mod function;
pub mod keys;
pub mod macros;
pub mod mentions;
pub mod privacy;
pub mod shadowing;
mod statics;
pub mod std_traits;
pub mod text;
pub mod texts;
pub mod tree;
pub mod uses;

use std::ops::Range;
use std::sync::Arc;

use cfg::Cfg;
use privacy::Privacy;
use proc_macro2::TokenStream;
use text::{Lexemes, digest};
use uses::{Included, UseLeaf};

/// A Rust source file, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// All functions that stand by themselves or in an `impl` or `trait` block, in their order.
    pub functions: Vec<Function>,
    /// All else, in its order; of `impl` and `trait` blocks what is not a function.
    pub items: Vec<Item>,
    /// The modules whose contents stand in files of their own.
    pub modules: Vec<Module>,
    /// The tokens; their places count from where the code begins, see [`text::code_of`].
    pub lexemes: Lexemes,
    /// What is not public, and what is named where.
    pub privacy: Arc<Privacy>,
    /// The files that it takes in by `include!`.
    pub included: Arc<[Included]>,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The inline modules that it stands in, from the file's own module on.
    pub module: Vec<String>,
    /// The head of its `impl` or `trait` block.
    pub owner: Option<String>,
    /// Its name.
    pub name: String,
    /// Its owner and name as people write them, `Point::norm`; of functions with one such name in one module the second
    /// has ` #2` behind it.
    pub key: String,
    /// All of it, attributes included.
    pub at: Range<usize>,
    /// Line and column where the body begins, from 1.
    pub place: (usize, usize),
    /// Its body, with the braces.
    pub body_at: Range<usize>,
    /// What stands before the body: attributes (but for its documentation), visibility, signature, owner.
    pub outside: u64,
    /// The body.
    pub body: u64,
    /// The name of its slot, or why it can have none; see [`function`].
    pub slot: Result<String, &'static str>,
    /// Whether a static or a thread-local is declared inside of it.
    pub has_static: bool,
    /// Whether calls stay in it, as `endless` tells it.
    pub is_endless: bool,
    /// Whether it is an `async fn`.
    pub is_async: bool,
    /// When it is compiled.
    pub cfg: Cfg,
    /// The name of the type that its `impl` block is of.
    pub self_type: Option<String>,
    /// Whether it is called by a value, as `value.name()`.
    pub has_receiver: bool,
    /// Whether a patch could have a copy of it beside the functions that use it, where it can have no slot.
    pub is_copyable: bool,
    /// Whether it is no more than what is written; see [`function::is_plain`].
    pub is_plain: bool,
    /// Whether it stands in a type's own `impl` block.
    pub is_inherent: bool,
    /// Whether its name is certainly that of a function in its module: no macro's attribute can rename or remove it.
    pub keeps_name: bool,
}

/// Something that is not a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The inline modules that it stands in, from the file's own module on.
    pub module: Vec<String>,
    /// What it is.
    pub kind: ItemKind,
    /// Kind and name as people write them: `struct Point`; of several alike the second has ` #2` behind it.
    pub key: String,
    /// The names that it brings into its module.
    pub names: Vec<String>,
    /// All of it.
    pub at: Range<usize>,
    /// Its own parts: of `impl` and `trait` blocks and modules what is not a function or an item inside.
    pub of: Vec<Range<usize>>,
    /// The tokens of these.
    pub digest: u64,
    /// When it is compiled.
    pub cfg: Cfg,
    /// The name of the type that `Self` means in it.
    pub self_type: Option<String>,
    /// The initial value of a static, which is not among its own parts.
    pub value: Option<Range<usize>>,
    /// What a `use` line or an `extern crate` brings in.
    pub leaves: Vec<UseLeaf>,
    /// Whether its names are certainly all that it brings into its module: no macro's attribute adds or removes any.
    pub keeps_names: bool,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// `use`, and `extern crate`.
    Use,
    /// `const`, and a `static` of data that nothing can change.
    Const,
    /// A `const` of a type's own `impl` block.
    AssociatedConst,
    /// Any other `static`.
    Static,
    /// `struct`, `enum`, `union`, `type`.
    Type,
    /// `trait`.
    Trait,
    /// `impl`.
    Impl,
    /// A type's own `impl` block that has nothing but functions and constants, which are listed by themselves.
    Methods,
    /// The definition or the call of a macro.
    Macro,
    /// A module, inline or not.
    Module,
    /// What the file begins with: `#![…]`.
    Attributes,
    /// Anything else.
    Other,
}

/// A module in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The inline modules that the declaration stands in.
    pub within: Vec<String>,
    /// Its name.
    pub name: String,
    /// What `#[path = "…"]` says.
    pub path: Option<String>,
    /// What `#[cfg_attr(…, path = "…")]` says, as far as it is not known whether the condition holds.
    pub paths: Vec<(Cfg, String)>,
    /// When it is compiled.
    pub cfg: Cfg,
}

/// Why a file can't be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotText,
    /// It is no Rust.
    #[error("line {line}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The system gives no thread to parse on.
    #[error("no thread to parse on")]
    NoThread,
}

impl SourceFile {
    /// Takes a file's contents apart.
    ///
    /// # Errors
    ///
    /// It is not UTF-8, or not Rust.
    pub fn read(contents: &[u8]) -> Result<SourceFile, SourceError> {
        with_syntax(contents, |_, file, tokens| collect::collect(file, Lexemes::of(tokens)))
    }

    /// The names that stand in a stretch, as hashes; see [`text::name_print`].
    pub fn names_in(&self, stretch: Range<usize>) -> impl Iterator<Item = u64> {
        self.lexemes.within(stretch).iter().filter(|lexeme| lexeme.is_name()).map(|lexeme| lexeme.print)
    }

    /// What a stretch says.
    pub fn digest_of(&self, stretch: Range<usize>) -> u64 {
        digest(self.lexemes.within(stretch))
    }
}

/// Parses a file's contents on a thread of its own, and gives what `use_it` makes of it there: of the code, its syntax
/// and its tokens, whose places are in bytes of the code.
///
/// # Errors
///
/// The contents are not UTF-8, or not Rust.
pub fn with_syntax<R: Send>(
    contents: &[u8],
    use_it: impl FnOnce(&str, &syn::File, TokenStream) -> R + Send,
) -> Result<R, SourceError> {
    let text = std::str::from_utf8(contents).map_err(|_| SourceError::NotText)?;
    let (_, code) = text::code_of(text);
    let parse = move || {
        let syntax =
            |error: syn::Error| SourceError::Syntax { line: error.span().start().line, message: error.to_string() };
        let stream: TokenStream = code.parse().map_err(|error: proc_macro2::LexError| SourceError::Syntax {
            line: error.span().start().line,
            message: error.to_string(),
        })?;
        let file = syn::parse2::<syn::File>(stream.clone()).map_err(syntax)?;
        Ok(use_it(code, &file, stream))
    };
    // Generous: the parser recurses as deep as expressions are nested.
    const STACK: usize = 64 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("liveswap syntax".into()).stack_size(STACK);
        thread.spawn_scoped(scope, parse).map_err(|_| SourceError::NoThread)?.join().map_err(|_| SourceError::NoThread)
    })?
}

#[cfg(test)]
mod tests;
