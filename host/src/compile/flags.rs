//! The flags of a build that `#[cfg(…)]` asks for, from rustc itself.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

use super::patch::Noted;
use crate::source::cfg::Flags;

/// What `#[cfg(…)]` finds in a crate that was compiled so.
///
/// # Errors
///
/// rustc does not start, or does not say it.
pub fn flags(noted: &Noted) -> io::Result<Flags> {
    let mut command = Command::new(&noted.rustc);
    command.args(["--print", "cfg"]).args(deciding(noted));
    command.current_dir(&noted.directory).envs(noted.variables.iter().cloned());
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(Flags::read(&String::from_utf8_lossy(&output.stdout)))
}

/// The arguments of rustc that decide about flags: crates of one workspace have the same where those are the same.
pub fn deciding(noted: &Noted) -> Vec<OsString> {
    let mut deciding = Vec::new();
    let mut arguments = noted.arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        match text {
            // With their values; the rest says nothing of flags, or where things go.
            "--cfg" | "--target" | "--edition" => {
                deciding.push(argument.clone());
                deciding.extend(arguments.next().cloned());
            }
            "-C" | "-Z" => match arguments.next() {
                Some(value) if decides(value.to_str().unwrap_or_default()) => {
                    deciding.extend([argument.clone(), value.clone()]);
                }
                _ => {}
            },
            _ if text.strip_prefix("-C").is_some_and(decides) => deciding.push(argument.clone()),
            _ => {}
        }
    }
    deciding
}

/// Whether a setting of code generation decides about flags.
fn decides(setting: &str) -> bool {
    let names = ["debug-assertions", "opt-level", "overflow-checks", "panic", "relocation-model", "target-"];
    names.iter().any(|name| setting.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Toolchain;

    #[test]
    fn rustc_says_what_is_set() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let arguments = "--crate-name x src/lib.rs --cfg of_mine --cfg feature=\"a\" -C debug-assertions=off -C metadata=1 --out-dir /o";
        let noted = Noted {
            name: "x".into(),
            rustc: toolchain.rustc,
            directory: directory.path().to_owned(),
            arguments: arguments.split(' ').map(Into::into).collect(),
            variables: Vec::new(),
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
