//! Random edits of bodies. Those of generated crates change what a function gives, others add a statement without one.

use std::path::PathBuf;
use std::sync::Arc;

use liveswap_host::source::text::code_of;

use crate::base::Base;
use crate::generate::OWN;

/// A function of the crate.
#[derive(Clone)]
pub struct Place {
    pub file: PathBuf,
    /// As people write it.
    pub function: String,
    /// The inside of its body begins and ends here.
    pub inside: (usize, usize),
    text: Arc<[u8]>,
}

pub struct Edit {
    pub file: PathBuf,
    pub function: String,
    /// The file's contents after it.
    pub text: String,
    /// The number that the function gives in a generated crate, before the edit; one more after it.
    pub number: Option<u64>,
}

/// All functions of the crate that have a body.
pub fn functions(base: &Base) -> Vec<Place> {
    let mut found = Vec::new();
    for (file, module) in base.files() {
        let (Some(text), Some(Ok(source))) = (base.snapshot.get(&file), base.snapshot.syntax(&file)) else { continue };
        let start = std::str::from_utf8(text).map_or(0, |text| code_of(text).0);
        for function in &source.functions {
            let path = [&module[..], &function.module[..], std::slice::from_ref(&function.key)].concat();
            found.push(Place {
                file: file.clone(),
                function: path.join("::"),
                inside: (start + function.body_at.start + 1, start + function.body_at.end - 1),
                text: Arc::clone(text),
            });
        }
    }
    found
}

/// Edits of different functions, in an order of their own; of all where there are not so many.
pub fn choose(functions: &[Place], count: usize, seed: u64) -> Vec<Edit> {
    let mut left: Vec<&Place> = functions.iter().collect();
    let mut state = seed;
    let mut edits = Vec::new();
    while edits.len() < count && !left.is_empty() {
        let place = left.swap_remove((random(&mut state) % left.len() as u64) as usize);
        edits.extend(edit(place, random(&mut state)));
    }
    edits
}

fn edit(place: &Place, number: u64) -> Option<Edit> {
    let text = std::str::from_utf8(&place.text).ok()?;
    let (start, end) = place.inside;
    let body = &text[start..end];
    let own = body.split_once(OWN).and_then(|(_, rest)| rest.split(';').next());
    let (body, number) = match own.and_then(|own| own.parse::<u64>().ok()) {
        Some(own) => (body.replacen(&format!("{OWN}{own}"), &format!("{OWN}{}", own + 1), 1), Some(own)),
        None => (format!(" ::std::hint::black_box({}u32); {body}", number as u32), None),
    };
    let text = format!("{}{body}{}", &text[..start], &text[end..]);
    Some(Edit { file: place.file.clone(), function: place.function.clone(), text, number })
}

/// A step of splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
