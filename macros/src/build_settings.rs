//! How the crate is compiled: what stands in the arguments of the compiler in which a macro runs.
//!
//! Only what decides about ids and layouts is kept, as pairs of a kind and a value. Where a macro runs elsewhere (an
//! editor's server), or the arguments come in a file, nothing is known.

/// The settings of the build that this macro runs in; empty where they are not known.
pub(crate) fn of_this_build() -> Vec<(String, String)> {
    // Arguments may be paths in any encoding; those don't matter here.
    parse(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()))
}

/// The settings in rustc's arguments, sorted; empty where they are not rustc's.
fn parse(arguments: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let mut arguments = arguments.peekable();
    let mut found = Vec::new();
    let mut is_rustc = false;
    while let Some(argument) = arguments.next() {
        // `--cfg x`, `--cfg=x`, `-C x`, `-Cx`.
        let (option, mut value) = match argument.split_once('=') {
            Some((option, value)) if argument.starts_with("--") => (option.to_owned(), Some(value.to_owned())),
            _ => match argument.get(..2) {
                Some(option @ ("-C" | "-Z")) if argument.len() > 2 => (option.to_owned(), Some(argument[2..].into())),
                _ => (argument, None),
            },
        };
        let takes_value = ["--crate-name", "--cfg", "--check-cfg", "--extern", "--target", "--codegen", "-C", "-Z"];
        if takes_value.contains(&option.as_str()) && value.is_none() {
            value = arguments.next();
        }
        let Some(value) = value else { continue };
        match option.as_str() {
            "--crate-name" => is_rustc = true,
            "--cfg" => found.push(cfg(&value)),
            "--target" => found.push(("target".into(), value)),
            "--extern" => found.extend(dependency(&value)),
            "-C" | "--codegen" => found.extend(codegen(&value)),
            "-Z" => found.push(("-Z".into(), value)),
            _ => {}
        }
    }
    if !is_rustc {
        return Vec::new();
    }
    found.sort();
    found.dedup();
    found
}

fn cfg(text: &str) -> (String, String) {
    match text.strip_prefix("feature=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(feature) => ("feature".into(), feature.into()),
        None => ("cfg".into(), text.into()),
    }
}

/// Those flags of the code generation that cargo takes into the ids of a crate, or that layouts may depend on.
fn codegen(text: &str) -> Option<(String, String)> {
    const KEPT: [&str; 9] = [
        "codegen-units",
        "debug-assertions",
        "debuginfo",
        "lto",
        "opt-level",
        "overflow-checks",
        "panic",
        "target-cpu",
        "target-feature",
    ];
    let (name, value) = text.split_once('=').unwrap_or((text, "on"));
    let name = name.replace('_', "-");
    KEPT.contains(&name.as_str()).then(|| (name, value.to_owned()))
}

/// `name=/target/deps/libname-0123abcd.rmeta`: cargo puts all that a dependency was compiled with into the number.
fn dependency(text: &str) -> Option<(String, String)> {
    let (name, path) = text.split_once('=')?;
    // `priv:name`, `noprelude:name`.
    let name = name.rsplit(':').next().unwrap_or(name);
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let number = file.split('.').next()?.rsplit('-').next()?;
    Some(("dependency".into(), format!("{name} {number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Vec<(String, String)> {
        parse(line.split(' ').map(str::to_owned))
    }

    fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
        of.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn cargos_call_of_rustc_is_read() {
        let line = "rustc --crate-name logic --edition=2024 logic/src/lib.rs --error-format=json --crate-type rlib \
            --crate-type cdylib --emit=dep-info,link -C opt-level=1 -C embed-bitcode=no -C debuginfo=2 \
            -C debug-assertions=on --cfg feature=\"editor\" --cfg docsrs --check-cfg cfg(docsrs,test) \
            --check-cfg cfg(feature,values(\"editor\",\"extra\")) -C metadata=12ab -C extra-filename=-34cd \
            --out-dir /t/debug/deps -C incremental=/t/debug/incremental -L dependency=/t/debug/deps \
            --extern glam=/t/debug/deps/libglam-0a1b.rmeta --extern priv:my_log=C:\\t\\liblog-9f.rlib \
            -Zrandomize-layout --target x86_64-unknown-linux-gnu -Ctarget-cpu=native --cap-lints allow";
        assert_eq!(
            pairs(&parsed(line)),
            [
                ("-Z", "randomize-layout"),
                ("cfg", "docsrs"),
                ("debug-assertions", "on"),
                ("debuginfo", "2"),
                ("dependency", "glam 0a1b"),
                ("dependency", "my_log 9f"),
                ("feature", "editor"),
                ("opt-level", "1"),
                ("target", "x86_64-unknown-linux-gnu"),
                ("target-cpu", "native"),
            ]
        );
    }

    #[test]
    fn both_spellings_mean_the_same() {
        assert_eq!(
            parsed("rustc --crate-name=a --cfg=x -C opt_level=3 --target=t -Z a=b --codegen panic=abort"),
            parsed("rustc --crate-name a --cfg x -Copt-level=3 --target t -Za=b -Cpanic=abort")
        );
    }

    #[test]
    fn arguments_of_another_program_say_nothing() {
        assert!(parsed("rust-analyzer-proc-macro-srv --format json --target x").is_empty());
        assert!(parsed("rustc @/tmp/arguments").is_empty());
        assert!(parsed("rustc --crate-name").is_empty(), "cut off");
    }
}
