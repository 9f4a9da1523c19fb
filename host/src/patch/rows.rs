//! Rows: what a patch says of each function that it replaces.

use std::fmt::Write;

use syn::{FnArg, Signature};

use super::{BASE, in_base};
use crate::shadow::{MODULE, code_type};

/// The name of a module's rows.
const ROWS: &str = "__LIVESWAP_ROWS";

/// The name of a module's rows of functions that only patches have.
const NEW_ROWS: &str = "__LIVESWAP_NEW_ROWS";

/// The symbol of the table of these, by that of the other table.
pub fn new_table(symbol: &str) -> String {
    format!("{symbol}_NEW")
}

/// One function, as its row needs it.
pub(super) struct Row {
    /// The slot's name, in the base's module.
    pub(super) slot: String,
    /// For people.
    pub(super) name: String,
    /// The new code, as a path in the module.
    pub(super) new: String,
    /// The old code, as a path in the module; the function's own in the base.
    pub(super) old: String,
    pub(super) arguments: usize,
    pub(super) is_async: bool,
    /// The type of both functions, without their argument types; see [`code_type`].
    pub(super) code_type: String,
    /// Whether its slot is the patch's own, since the base does not have the function.
    pub(super) is_new: bool,
}

impl Row {
    pub(super) fn new(slot: String, name: String, new: String, old: String, signature: &Signature) -> Self {
        let arguments = signature.inputs.iter().map(|_: &FnArg| ()).count();
        Self {
            slot,
            name,
            new,
            old,
            arguments,
            is_async: signature.asyncness.is_some(),
            code_type: code_type(signature),
            is_new: false,
        }
    }
}

/// The rows of a module, in one line.
pub(super) fn rows(module: &[String], rows: &[Row]) -> String {
    let of = |is_new: bool| rows.iter().filter(move |row| row.is_new == is_new);
    listed(ROWS, &in_base(module), of(false)) + &listed(NEW_ROWS, "self", of(true))
}

/// Some rows under a name; their slots are in the module `slots`.
fn listed<'a>(list: &str, slots: &str, rows: impl Iterator<Item = &'a Row>) -> String {
    let base = format!("::{BASE}::{MODULE}");
    let mut text = format!(" #[doc(hidden)] pub static {list}: &[{base}::Row] = &[");
    for row in rows {
        let (new, slot, name, code_type) = (&row.new, &row.slot, &row.name, &row.code_type);
        let code = match row.is_async {
            true => {
                let names: String = (0..row.arguments).map(|place| format!("a{place},")).collect();
                let types = "_,".repeat(row.arguments);
                format!(
                    "{{ unsafe fn enter(arguments: *mut ()) -> {base}::Raw {{ unsafe {{ let ({names}) = ::std::ptr::read(arguments as *const ({types})); {base}::raw({new}({names})) }} }} enter as {base}::AsyncCode as *const () }}"
                )
            }
            false => format!("{new} as {code_type} as *const ()"),
        };
        let is_sound = match row.is_async {
            true => {
                let any = "::any(),".replace("::any", &format!("{base}::any")).repeat(row.arguments);
                format!(
                    "|| {{ #[allow(unused_imports)] use {base}::MayNotBeSend as _; !(&{base}::future_of(|| {}({any}))).is_send() || (&{base}::future_of(|| {new}({any}))).is_send() }}",
                    row.old
                )
            }
            false => "|| true".to_owned(),
        };
        // Writing to a text can't fail.
        let _ = write!(
            text,
            "{base}::Row {{ slot: &{slots}::{slot}, name: {name:?}, code: {base}::Code::new({code}), is_sound: {is_sound} }}, "
        );
    }
    text + "]; "
}

/// The tables of a whole part, for its root.
pub(super) fn tables(symbol: &str, modules: &[Vec<String>]) -> String {
    let table = |symbol: &str, rows: &str| {
        let each = modules.iter().map(|module| {
            let path: String = module.iter().map(|name| format!("{}::", super::raw(name))).collect();
            format!("crate::{path}{rows}, ")
        });
        let all: String = each.collect();
        format!(" #[unsafe(no_mangle)] pub static {symbol}: &[&[::{BASE}::{MODULE}::Row]] = &[{all}];")
    };
    format!("{}{}\n", table(symbol, ROWS), table(&new_table(symbol), NEW_ROWS))
}
