//! Writes the source of a thousand described types, of the kinds that a game's or a server's state is made of.
//!
//! They come in groups of [`GROUP`]; the first of a group leads to all others of it, as the type of an entry's argument
//! leads to those of its fields. The first of a thousand leads to the first of all groups.

use std::fmt::Write;
use std::path::Path;

/// Types in all.
const TYPES: usize = 1_000;
/// Types that are reached from one entry.
const GROUP: usize = 10;

fn main() {
    println!("cargo::rerun-if-changed=generate.rs");
    let mut text = String::new();
    for number in 0..TYPES {
        match number % GROUP {
            5 => choice(&mut text, number),
            _ => structure(&mut text, number),
        }
    }
    for count in [10, 100, 1_000] {
        roots(&mut text, count);
    }
    let directory = std::env::var("OUT_DIR").expect("cargo gives a build script its directory");
    std::fs::write(Path::new(&directory).join("types.rs"), text).expect("the source can be written");
}

fn name(number: usize) -> String {
    if number % GROUP == 5 { format!("Choice{number}") } else { format!("Record{number}") }
}

fn structure(text: &mut String, number: usize) {
    let _ = write!(
        text,
        "#[derive(liveswap::HotType)]\n\
         pub struct Record{number} {{\n\
         pub id: u64,\n\
         pub name: String,\n\
         pub position: (f32, f32),\n\
         pub weights: Vec<f32>,\n\
         pub parent: Option<u64>,\n"
    );
    if number % GROUP + 1 < GROUP {
        let _ = writeln!(text, "pub next: Vec<{}>,", name(number + 1));
    }
    text.push_str("}\n");
}

fn choice(text: &mut String, number: usize) {
    let next = name(number + 1);
    let _ = write!(
        text,
        "#[derive(liveswap::HotType)]\n\
         pub enum Choice{number} {{\n\
         None,\n\
         Number(i64),\n\
         Named {{ name: String, at: (f64, f64) }},\n\
         Further(Box<{next}>),\n\
         }}\n"
    );
}

/// A type that leads to the first `count` types, and the first of each group.
fn roots(text: &mut String, count: usize) {
    let heads: Vec<usize> = (0..count).step_by(GROUP).collect();
    let _ = writeln!(text, "#[derive(liveswap::HotType)]\npub struct All{count} {{");
    for head in &heads {
        let _ = writeln!(text, "pub part{head}: Box<{}>,", name(*head));
    }
    let _ = writeln!(text, "}}\npub const HEADS{count}: &[liveswap::layout::Describe] = &[");
    for head in &heads {
        let _ = writeln!(text, "<{} as liveswap::HotType>::info,", name(*head));
    }
    text.push_str("];\n");
}
