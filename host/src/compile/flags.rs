//! The flags of a build that `#[cfg(…)]` asks for, from rustc itself.

use std::io;
use std::process::Stdio;

use super::arguments::{Argument, words};
use super::patch::Noted;
use crate::source::cfg::Flags;

/// What `#[cfg(…)]` finds in a crate that was compiled so.
///
/// # Errors
///
/// rustc does not start, or does not say it.
pub fn flags(noted: &Noted) -> io::Result<Flags> {
    let mut command = noted.command();
    command.args(["--print", "cfg"]).args(deciding(noted));
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(Flags::read(&String::from_utf8_lossy(&output.stdout)))
}

/// The arguments of rustc that decide about flags: crates of one workspace have the same where those are the same.
pub fn deciding(noted: &Noted) -> Vec<String> {
    words(noted.parsed().iter().filter(|argument| decides(argument)))
}

fn decides(argument: &Argument) -> bool {
    const SETTINGS: [&str; 7] = [
        "debug-assertions",
        "opt-level",
        "overflow-checks",
        "panic",
        "relocation-model",
        "target-cpu",
        "target-feature",
    ];
    match argument {
        Argument::Cfg(_) | Argument::Edition(_) | Argument::Optimize | Argument::Target(_) | Argument::Unstable(_) => {
            true
        }
        Argument::Codegen(name, _) => SETTINGS.contains(&name.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Toolchain;

    #[test]
    fn rustc_says_what_is_set() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let arguments = "--crate-name x src/lib.rs --cfg=of_mine --cfg feature=\"a\" -Cdebug_assertions=off -C metadata=1 --out-dir /o";
        let noted = Noted {
            rustc: toolchain.rustc,
            directory: directory.path().to_owned(),
            arguments: arguments.split(' ').map(Into::into).collect(),
            ..Noted::default()
        };
        let flags = flags(&noted).unwrap();
        let holds = |text: &str| {
            let item: syn::ItemStruct = syn::parse_str(&format!("#[cfg({text})] struct S;")).unwrap();
            crate::source::cfg::Cfg::of(&item.attrs).holds(&flags)
        };
        assert_eq!(holds("all(of_mine, feature = \"a\", not(debug_assertions), any(unix, windows))"), Some(true));
        assert_eq!(holds("any(test, feature = \"b\")"), Some(false));
    }
}
