//! rustc's arguments, in every spelling that rustc takes.
//!
//! `--cfg x`, `--cfg=x`, `-C name=v`, `-Cname=v`, `--codegen name=v`, several short flags in one word, and files with
//! arguments mean the same in all spellings, so there is one parser of them. It follows rustc's own (the crate
//! `getopts`). The program between cargo and rustc includes this file, so it names nothing but `std`.
//! Life cycle and synchronisation: plain values. Only [`expand`] reads files, by the function that it is given.

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// The file with the crate's root, or `-`.
    Input(String),
    /// `--cfg`.
    Cfg(String),
    /// `-C` or `--codegen`: the name, with `-` between its words, and the value if it has one.
    Codegen(String, Option<String>),
    /// `--crate-name`.
    CrateName(String),
    /// `--crate-type`: one of the kinds that it lists.
    CrateType(String),
    /// `--edition`.
    Edition(String),
    /// `--emit`: all that it lists.
    Emit(String),
    /// `--extern`.
    Extern(Extern),
    /// `-L`.
    SearchPath(String),
    /// `-l`.
    NativeLibrary(String),
    /// `-O`.
    Optimize,
    /// `--out-dir`.
    OutDir(String),
    /// `--target`.
    Target(String),
    /// `--test`.
    Test,
    /// `-Z`.
    Unstable(String),
    /// Any other option by its first spelling, with its value if it has one.
    Other(&'static str, Option<String>),
    /// A word that looks like an option, and that is none of those known here. A value would be a word of its own.
    Unknown(String),
}

/// The value of `--extern`: `OPTIONS:NAME=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extern {
    /// Such as `priv` or `noprelude`; empty if there are none.
    pub options: String,
    /// The name by which the crate knows it.
    pub name: String,
    /// Its file, unless rustc has to search for it.
    pub path: Option<String>,
}

impl Extern {
    fn parse(value: &str) -> Self {
        let (name, path) = match value.split_once('=') {
            Some((name, path)) => (name, Some(path.to_owned())),
            None => (value, None),
        };
        let (options, name) = name.rsplit_once(':').unwrap_or(("", name));
        Self { options: options.to_owned(), name: name.to_owned(), path }
    }

    fn value(&self) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!("{}:", self.options) };
        let path = self.path.as_ref().map_or(String::new(), |path| format!("={path}"));
        format!("{options}{}{path}", self.name)
    }
}

/// An option of rustc's: its spellings, the first one with one or two dashes as rustc writes it, and whether a value
/// follows.
struct Known {
    spellings: &'static [&'static str],
    has_value: bool,
}

const fn flag(spellings: &'static [&'static str]) -> Known {
    Known { spellings, has_value: false }
}

const fn valued(spellings: &'static [&'static str]) -> Known {
    Known { spellings, has_value: true }
}

/// All options that rustc has.
const KNOWN: &[Known] = &[
    flag(&["-h", "--help"]),
    flag(&["-V", "--version"]),
    flag(&["-v", "--verbose"]),
    flag(&["-g"]),
    flag(&["-O"]),
    flag(&["--test"]),
    valued(&["-A", "--allow"]),
    valued(&["-C", "--codegen"]),
    valued(&["-D", "--deny"]),
    valued(&["-F", "--forbid"]),
    valued(&["-L"]),
    valued(&["-W", "--warn"]),
    valued(&["-Z"]),
    valued(&["-l"]),
    valued(&["-o"]),
    valued(&["--cap-lints"]),
    valued(&["--cfg"]),
    valued(&["--check-cfg"]),
    valued(&["--color"]),
    valued(&["--crate-name"]),
    valued(&["--crate-type"]),
    valued(&["--diagnostic-width"]),
    valued(&["--edition"]),
    valued(&["--emit"]),
    valued(&["--env-set"]),
    valued(&["--error-format"]),
    valued(&["--explain"]),
    valued(&["--extern"]),
    valued(&["--force-warn"]),
    valued(&["--json"]),
    valued(&["--out-dir"]),
    valued(&["--print"]),
    valued(&["--remap-path-prefix"]),
    valued(&["--remap-path-scope"]),
    valued(&["--sysroot"]),
    valued(&["--target"]),
];

fn known(spelling: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.spellings.contains(&spelling))
}

/// Reads arguments. Files with arguments are not read: see [`expand`].
pub fn parse(words: impl IntoIterator<Item = String>) -> Vec<Argument> {
    let mut words = words.into_iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            found.extend(words.by_ref().map(Argument::Input));
        } else if !word.starts_with('-') || word == "-" {
            found.push(Argument::Input(word));
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            // One letter is a short option, also behind two dashes.
            let dashes = if name.chars().count() == 1 { "-" } else { "--" };
            match known(&format!("{dashes}{name}")) {
                Some(known) if known.has_value => match value.or_else(|| words.next()) {
                    Some(value) => add(&mut found, known, Some(value)),
                    None => found.push(Argument::Unknown(word)),
                },
                Some(known) if value.is_none() => add(&mut found, known, None),
                _ => found.push(Argument::Unknown(word)),
            }
        } else {
            short(&word, &mut words, &mut found);
        }
    }
    found
}

/// Reads a word of short options: flags, and at its end one that takes the rest, or the next word, as its value.
fn short(word: &str, words: &mut impl Iterator<Item = String>, found: &mut Vec<Argument>) {
    for (at, letter) in word.char_indices().skip(1) {
        let rest = &word[at + letter.len_utf8()..];
        match known(&format!("-{letter}")) {
            Some(known) if known.has_value => {
                let value = if rest.is_empty() { words.next() } else { Some(rest.to_owned()) };
                return match value {
                    Some(value) => add(found, known, Some(value)),
                    None => found.push(Argument::Unknown(format!("-{letter}"))),
                };
            }
            Some(known) => add(found, known, None),
            None => return found.push(Argument::Unknown(format!("-{letter}{rest}"))),
        }
    }
}

fn add(found: &mut Vec<Argument>, known: &'static Known, value: Option<String>) {
    let spelling = known.spellings[0];
    let argument = match (spelling, value) {
        ("-O", None) => Argument::Optimize,
        ("--test", None) => Argument::Test,
        ("--cfg", Some(value)) => Argument::Cfg(value),
        ("-C", Some(value)) => {
            let (name, value) = match value.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (value.as_str(), None),
            };
            Argument::Codegen(name.replace('_', "-"), value)
        }
        ("--crate-name", Some(value)) => Argument::CrateName(value),
        ("--crate-type", Some(value)) => {
            return found.extend(value.split(',').map(|kind| Argument::CrateType(kind.to_owned())));
        }
        ("--edition", Some(value)) => Argument::Edition(value),
        ("--emit", Some(value)) => Argument::Emit(value),
        ("--extern", Some(value)) => Argument::Extern(Extern::parse(&value)),
        ("-L", Some(value)) => Argument::SearchPath(value),
        ("-l", Some(value)) => Argument::NativeLibrary(value),
        ("--out-dir", Some(value)) => Argument::OutDir(value),
        ("--target", Some(value)) => Argument::Target(value),
        ("-Z", Some(value)) => Argument::Unstable(value),
        (_, value) => Argument::Other(spelling, value),
    };
    found.push(argument);
}

/// Puts the lines of files in the place of words such as `@file`, as rustc does. `read` gives a file's text.
///
/// # Errors
///
/// Those of `read`.
pub fn expand<E>(
    words: impl IntoIterator<Item = String>,
    mut read: impl FnMut(&str) -> Result<String, E>,
) -> Result<Vec<String>, E> {
    let mut expanded = Vec::new();
    for word in words {
        match word.strip_prefix('@') {
            Some(file) => expanded.extend(read(file)?.lines().map(str::to_owned)),
            None => expanded.push(word),
        }
    }
    Ok(expanded)
}

impl Argument {
    /// The words for rustc, in one spelling of the many.
    pub fn words(&self) -> Vec<String> {
        let pair = |option: &str, value: &str| vec![option.to_owned(), value.to_owned()];
        match self {
            Argument::Input(file) => vec![file.clone()],
            Argument::Cfg(value) => pair("--cfg", value),
            Argument::Codegen(name, None) => pair("-C", name),
            Argument::Codegen(name, Some(value)) => pair("-C", &format!("{name}={value}")),
            Argument::CrateName(value) => pair("--crate-name", value),
            Argument::CrateType(value) => pair("--crate-type", value),
            Argument::Edition(value) => pair("--edition", value),
            Argument::Emit(value) => pair("--emit", value),
            Argument::Extern(value) => pair("--extern", &value.value()),
            Argument::SearchPath(value) => pair("-L", value),
            Argument::NativeLibrary(value) => pair("-l", value),
            Argument::Optimize => vec!["-O".to_owned()],
            Argument::OutDir(value) => pair("--out-dir", value),
            Argument::Target(value) => pair("--target", value),
            Argument::Test => vec!["--test".to_owned()],
            Argument::Unstable(value) => pair("-Z", value),
            Argument::Other(option, None) => vec![(*option).to_owned()],
            Argument::Other(option, Some(value)) => pair(option, value),
            Argument::Unknown(word) => vec![word.clone()],
        }
    }
}

/// The words for all of these arguments.
pub fn words<'a>(arguments: impl IntoIterator<Item = &'a Argument>) -> Vec<String> {
    arguments.into_iter().flat_map(Argument::words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<Argument> {
        parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn all_spellings_mean_the_same() {
        let same = [
            ["--cfg fast", "--cfg=fast"],
            ["-C opt-level=3", "-Copt-level=3"],
            ["-C opt-level=3", "--codegen opt_level=3"],
            ["-C opt-level=3", "--codegen=opt-level=3"],
            ["-C opt-level=3", "--C=opt-level=3"],
            ["-C prefer-dynamic", "-Cprefer_dynamic"],
            ["-L dependency=/d", "-Ldependency=/d"],
            ["-l static=z", "-lstatic=z"],
            ["-Z a=b", "-Za=b"],
            ["--extern a=/a.rlib", "--extern=a=/a.rlib"],
            ["--crate-type rlib --crate-type cdylib", "--crate-type=rlib,cdylib"],
            ["--emit dep-info,link", "--emit=dep-info,link"],
            ["--target t --edition 2024", "--target=t --edition=2024"],
            ["-O -g -C debuginfo=1", "-OgCdebuginfo=1"],
            ["-W unused -F x", "--warn unused --forbid=x"],
            ["--crate-name n src/lib.rs", "--crate-name=n -- src/lib.rs"],
        ];
        for [one, other] in same {
            assert_eq!(read(one), read(other), "{one} | {other}");
            assert_eq!(words(&read(one)).join(" "), one);
        }
    }

    #[test]
    fn values_are_no_options() {
        assert_eq!(
            read("--cfg --test --check-cfg cfg(a) -o -O src/lib.rs"),
            [
                Argument::Cfg("--test".into()),
                Argument::Other("--check-cfg", Some("cfg(a)".into())),
                Argument::Other("-o", Some("-O".into())),
                Argument::Input("src/lib.rs".into()),
            ]
        );
        assert_eq!(read("-"), [Argument::Input("-".into())]);
    }

    #[test]
    fn an_extern_has_options_a_name_and_perhaps_a_file() {
        let of = |options: &str, name: &str, path: Option<&str>| {
            Argument::Extern(Extern { options: options.into(), name: name.into(), path: path.map(str::to_owned) })
        };
        let line = "--extern proc_macro --extern priv,noprelude:a=/d/lib:a=1.rlib";
        let arguments = [of("", "proc_macro", None), of("priv,noprelude", "a", Some("/d/lib:a=1.rlib"))];
        assert_eq!(read(line), arguments);
        assert_eq!(words(&arguments).join(" "), line);
    }

    #[test]
    fn what_is_not_known_or_cut_off_is_left_as_it_is() {
        for line in ["--new-option=1", "-y1", "--cfg", "-C", "--test=x"] {
            assert_eq!(read(line), [Argument::Unknown(line.into())]);
        }
    }

    #[test]
    fn files_with_arguments_are_taken_in_line_by_line() {
        let read = |file: &str| match file {
            "a b" => Ok("--cfg\nx y\n@c\n".to_owned()),
            _ => Err(file.to_owned()),
        };
        let expand = |words: &[&str]| expand(words.iter().map(|word| (*word).to_owned()), read);
        assert_eq!(expand(&["1", "@a b", "2"]).unwrap(), ["1", "--cfg", "x y", "@c", "2"]);
        assert_eq!(expand(&["@none"]), Err("none".to_owned()));
    }
}
