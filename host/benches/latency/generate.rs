//! The crate that is edited: modules of about 450 lines, each with records that derive serde's traits, methods that
//! call each other, and a function that writes a record as JSON.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The value before the first edit.
pub const FIRST_VALUE: u64 = 1_000_000;

/// Records in a module.
const RECORDS: usize = 30;

/// A crate's sources but for its `lib.rs`.
#[derive(Clone)]
pub struct Source {
    pub lines: usize,
    pub types: usize,
    modules: Vec<String>,
}

/// About this many lines.
pub fn source(lines: usize) -> Source {
    let mut source = Source { lines: 0, types: 0, modules: Vec::new() };
    while source.lines < lines {
        let number = source.modules.len();
        let module = module(number, source.types, lines - source.lines);
        source.lines += module.lines().count();
        source.types += module.matches("pub struct").count() + module.matches("pub enum").count();
        source.modules.push(module);
    }
    source
}

impl Source {
    /// Writes the modules, and `lib.rs` from the front of `lib`, to `directory/src`.
    pub fn write(&self, directory: &Path, lib: &str) {
        let src = directory.join("src");
        fs::create_dir_all(&src).expect("the directory can be made");
        let mut text = String::from(lib);
        for (number, module) in self.modules.iter().enumerate() {
            let _ = writeln!(text, "pub mod part{number};");
            write_if_other(&src.join(format!("part{number}.rs")), module);
        }
        write_if_other(&src.join("lib.rs"), &text);
    }

    /// Makes `part0::value` give `value`.
    pub fn edit(&self, directory: &Path, value: u64) {
        let text = self.modules[0].replacen(&FIRST_VALUE.to_string(), &value.to_string(), 1);
        fs::write(directory.join("src/part0.rs"), text).expect("the source can be written");
    }
}

/// Writes a file that cargo compares by its time.
pub fn write_if_other(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).expect("the directory can be made");
    }
    fs::write(path, text).expect("the file can be written");
}

fn module(number: usize, first: usize, lines_left: usize) -> String {
    let mut text = String::from("use serde::{Deserialize, Serialize};\n\n");
    if number == 0 {
        let _ = write!(
            text,
            "/// What the program prints.\npub fn value() -> u64 {{\n    let base = {FIRST_VALUE};\n    base\n}}\n\n"
        );
    }
    let mut last = first;
    for record in first..first + RECORDS {
        if record > first && text.lines().count() + 10 > lines_left {
            break;
        }
        last = record;
        if record % 6 == 5 { choice(&mut text, record) } else { structure(&mut text, record, first) }
    }
    let kind = if last % 6 == 5 { "Choice" } else { "Record" };
    let _ = write!(
        text,
        "/// As JSON.\npub fn save(of: &{kind}{last}) -> String {{\n    serde_json::to_string(of).unwrap_or_default()\n}}\n"
    );
    text
}

fn structure(text: &mut String, n: usize, first: usize) {
    let earlier = (first..n).rev().find(|earlier| earlier % 6 != 5);
    let call = earlier.map_or("depth".into(), |earlier| {
        format!("Record{earlier} {{ id: self.id, ..Default::default() }}.score(depth / 2)")
    });
    let _ = write!(
        text,
        "/// Record {n}.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record{n} {{
    pub id: u64,
    pub name: String,
    pub weights: Vec<f32>,
    pub parent: Option<u64>,
}}

impl Record{n} {{
    pub fn score(&self, depth: u64) -> u64 {{
        let own = self.weights.len() as u64 + self.name.len() as u64;
        if depth == 0 {{ own }} else {{ own.wrapping_mul({n}) ^ {call} }}
    }}
}}

"
    );
}

fn choice(text: &mut String, n: usize) {
    let _ = write!(
        text,
        "/// Choice {n}.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Choice{n} {{
    None,
    Number(i64),
    Named {{ name: String, at: (f64, f64) }},
}}

impl Choice{n} {{
    pub fn name(&self) -> String {{
        match self {{
            Self::None => String::new(),
            Self::Number(number) => format!(\"{{number}}\"),
            Self::Named {{ name, at }} => format!(\"{{name}} at {{at:?}}\"),
        }}
    }}
}}

"
    );
}
