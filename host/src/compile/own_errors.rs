//! Whose errors are those of a patch: the user's own, or a consequence of how patches are made?
//!
//! A patch shows the user's lines as they are, so what rustc says of them can be shown as it is. But a name that it does
//! not find may only be missing in the patch. So errors are the user's where all of them are of kinds that do not come
//! from a name, and point at nothing but lines that are the user's whole; else cargo decides, as it would have.
//! Life cycle and synchronisation: functions.

use cargo_metadata::diagnostic::{Diagnostic as RustcDiagnostic, DiagnosticSpan};

use super::messages::diagnostic;
use crate::events::{Diagnostic, Level};

/// Types that don't match, values that are moved, borrows that last too long, arms that lack, and the like.
const NOT_OF_NAMES: [&str; 34] = [
    "E0004", "E0005", "E0023", "E0026", "E0027", "E0040", "E0061", "E0067", "E0069", "E0070", "E0106", "E0308",
    "E0369", "E0373", "E0381", "E0382", "E0384", "E0499", "E0502", "E0503", "E0505", "E0506", "E0507", "E0515",
    "E0594", "E0596", "E0597", "E0600", "E0604", "E0605", "E0606", "E0614", "E0618", "E0716",
];

/// The errors in what rustc said, in JSON lines, where they are the user's own. `line` gives a line of a file as the user
/// has it, from 1.
pub fn own_errors(said: &str, line: impl Fn(&str, usize) -> Option<String>) -> Option<Vec<Diagnostic>> {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<RustcDiagnostic>(line).ok());
    let mut errors = Vec::new();
    for message in messages {
        let Some(told) = diagnostic(&message).filter(|told| told.level == Level::Error) else { continue };
        let is_known = message.code.as_ref().is_some_and(|code| NOT_OF_NAMES.contains(&&*code.code));
        let spans = message.spans.iter().chain(message.children.iter().flat_map(|child| &child.spans));
        if !is_known || !spans.into_iter().all(|span| is_the_users(span, &line)) {
            return None;
        }
        errors.push(told);
    }
    (!errors.is_empty()).then_some(errors)
}

/// Whether a place shows lines as the user has them.
fn is_the_users(span: &DiagnosticSpan, line: &impl Fn(&str, usize) -> Option<String>) -> bool {
    // The standard library's own sources are shown now and then.
    if span.file_name.starts_with("/rustc/") || span.file_name.contains("/rustlib/src/") {
        return true;
    }
    let lines = span.line_start..=span.line_end;
    !span.text.is_empty()
        && lines
            .zip(&span.text)
            .all(|(number, shown)| line(&span.file_name, number).is_some_and(|own| own == shown.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, file: &str, text: &str) -> String {
        serde_json::json!({
            "message": "mismatched types", "code": { "code": code, "explanation": null }, "level": "error", "children": [],
            "rendered": "error: mismatched types", "spans": [{
                "file_name": file, "byte_start": 0, "byte_end": 1, "line_start": 2, "line_end": 2, "column_start": 5,
                "column_end": 6, "is_primary": true, "text": [{ "text": text, "highlight_start": 5, "highlight_end": 6 }],
                "label": null, "suggested_replacement": null, "suggestion_applicability": null, "expansion": null
            }]
        })
        .to_string()
    }

    fn line(file: &str, number: usize) -> Option<String> {
        (file == "src/lib.rs" && number == 2).then(|| "    x + \"ten\"".to_owned())
    }

    #[test]
    fn errors_at_the_users_own_lines_are_the_users() {
        let said = error("E0308", "src/lib.rs", "    x + \"ten\"");
        let errors = own_errors(&said, line).unwrap();
        assert_eq!((errors[0].line, errors[0].file.as_deref()), (Some(2), Some("src/lib.rs")));
    }

    #[test]
    fn what_may_come_from_the_patch_is_left_to_cargo() {
        for said in [
            error("E0425", "src/lib.rs", "    x + \"ten\""),
            error("E0308", "src/lib.rs", "pub use ::base::*;     x + \"ten\""),
            error("E0308", "src/other.rs", "    x + \"ten\""),
            format!(
                "{}\n{}",
                error("E0308", "src/lib.rs", "    x + \"ten\""),
                error("E0412", "src/lib.rs", "    x + \"ten\"")
            ),
            String::new(),
            "rustc panicked".to_owned(),
        ] {
            assert_eq!(own_errors(&said, line), None, "{said}");
        }
    }
}
