//! Functions and lines for addresses, by the debug information of the files.

use std::fmt::Write;
use std::fs;

use addr2line::gimli::{self, EndianSlice, RunTimeEndian};
use addr2line::{Context, demangle_auto};
use object::read::{Object, ObjectSection, ObjectSymbol};

use super::modules::Module;
use super::walk::Frame;

/// A function on the stack; inlined ones count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The function; empty where it is not known.
    pub symbol: String,
    /// Its file, absolute.
    pub file: Option<String>,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
    /// The column, from 1; 0 where it is not known.
    pub column: u32,
    /// The address that it is for.
    pub address: usize,
}

impl Line {
    fn unknown(address: usize) -> Self {
        Self { symbol: String::new(), file: None, line: 0, column: 0, address }
    }

    /// Whether the standard library has it, by its file.
    pub fn is_std(&self) -> bool {
        let within = |file: &str| file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/");
        self.file.as_deref().is_some_and(within)
    }
}

/// The functions of some frames, nearest first.
pub fn of(frames: &[Frame]) -> Vec<Line> {
    let mut lines: Vec<(usize, Line)> = Vec::new();
    let mut modules: Vec<&Module> = frames.iter().filter_map(|frame| frame.module.as_ref()).collect();
    modules.sort_by_key(|module| module.range.start);
    modules.dedup_by_key(|module| module.range.start);
    for module in modules {
        let own = frames.iter().enumerate().filter(|(_, frame)| frame.module.as_ref() == Some(module));
        of_module(module, own, &mut lines);
    }
    for (at, frame) in frames.iter().enumerate() {
        if !lines.iter().any(|(of, _)| *of == at) {
            lines.push((at, Line::unknown(frame.address)));
        }
    }
    // Stable: inlined functions stay in front of those that they were inlined into.
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn of_module<'a>(module: &Module, frames: impl Iterator<Item = (usize, &'a Frame)>, lines: &mut Vec<(usize, Line)>) {
    let Ok(data) = fs::read(&module.file) else { return };
    let Ok(file) = object::File::parse(&*data) else { return };
    let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let section = |id: gimli::SectionId| {
        let data = file.section_by_name(id.name()).and_then(|section| section.data().ok()).unwrap_or_default();
        Ok::<_, gimli::Error>(EndianSlice::new(data, endian))
    };
    let context = gimli::Dwarf::load(section).and_then(Context::from_dwarf).ok();
    for (at, frame) in frames {
        let address = module.in_file(frame.address);
        let known = context.as_ref().map(|context| by_debug_information(context, address, frame.address));
        let mut known = known.filter(|known| !known.is_empty()).unwrap_or_else(|| vec![Line::unknown(frame.address)]);
        // Line tables alone have no paths. The last one is the function that the others were inlined into.
        if let Some(function) = known.last_mut().filter(|function| !function.symbol.contains("::")) {
            function.symbol = by_symbol(&file, address).unwrap_or_default();
        }
        lines.extend(known.into_iter().map(|line| (at, line)));
    }
}

fn by_debug_information(context: &Context<EndianSlice<'_, RunTimeEndian>>, address: u64, loaded: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let Ok(mut frames) = context.find_frames(address).skip_all_loads() else { return lines };
    while let Ok(Some(frame)) = frames.next() {
        let symbol = frame.function.and_then(|function| function.demangle().ok().map(std::borrow::Cow::into_owned));
        let place = frame.location;
        lines.push(Line {
            symbol: symbol.unwrap_or_default(),
            file: place.as_ref().and_then(|place| place.file).map(str::to_owned),
            line: place.as_ref().and_then(|place| place.line).unwrap_or(0),
            column: place.as_ref().and_then(|place| place.column).unwrap_or(0),
            address: loaded,
        });
    }
    lines
}

/// The name of the symbol that an address lies in.
fn by_symbol(file: &object::File<'_>, address: u64) -> Option<String> {
    let symbols = file.symbols().chain(file.dynamic_symbols()).filter(|symbol| symbol.is_definition());
    let holds = |symbol: &object::Symbol<'_, '_>| {
        (symbol.address()..symbol.address() + symbol.size().max(1)).contains(&address)
    };
    let found = symbols.into_iter().find(holds)?;
    found.name().ok().map(demangled)
}

/// A symbol as people write it; itself where it is not mangled.
pub fn demangled(symbol: &str) -> String {
    demangle_auto(symbol.into(), None).into_owned()
}

/// As std shows a backtrace: what lies below the directory `here` is shown relative to it.
pub fn text(lines: &[Line], here: Option<&std::path::Path>) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let symbol = if line.symbol.is_empty() { "<unknown>" } else { &line.symbol };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{number:4}: {symbol}");
        if let Some(file) = &line.file {
            let below = here.and_then(|here| std::path::Path::new(file).strip_prefix(here).ok());
            let file = below.map_or_else(|| file.clone(), |below| format!("./{}", below.display()));
            let _ = writeln!(text, "             at {file}:{}:{}", line.line, line.column);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_like_stds() {
        let line = |symbol: &str, file: Option<&str>| Line {
            symbol: symbol.into(),
            file: file.map(str::to_owned),
            line: 3,
            column: 5,
            address: 0,
        };
        let lines =
            [line("logic::step", Some("/w/logic/src/lib.rs")), line("", None), line("core::x", Some("/rustc/1/x.rs"))];
        assert_eq!(
            text(&lines, Some(std::path::Path::new("/w"))),
            "   0: logic::step\n             at ./logic/src/lib.rs:3:5\n   1: <unknown>\n   2: core::x\n             at /rustc/1/x.rs:3:5\n"
        );
        assert!(lines[2].is_std() && !lines[0].is_std() && !lines[1].is_std());
    }
}
