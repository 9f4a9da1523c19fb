//! Random pairs of types: an old definition, a new one that an edit may have made of it, and the values that an honest
//! move must bring forth, on the way there and on the way back.
//!
//! Sources are random, and compiled once; values are made in the images from a seed, so that thousands of them cost
//! nothing. Both versions make a part from the same seed, in whatever order and type they have it.

use std::fmt::Write;

use proptest::prelude::Rng;
use proptest::test_runner::TestRng;

use super::build::Module;

/// A part of a type in both versions; `[old, new]` where they differ.
enum Part {
    Number([&'static str; 2]),
    Plain(&'static str, &'static str),
    /// With the number of elements where an array is one of the two.
    Sequence([&'static str; 2], Option<u64>, Box<Part>),
    Map([&'static str; 2], [&'static str; 2], Box<Part>),
    Wrapper([&'static str; 2], Box<Part>),
    Shared(&'static str, Box<Part>),
    Tuple(Vec<Part>),
    Named(String, Content),
}

/// What a type with a name is made of.
enum Content {
    Struct(Fields),
    Enum(Vec<Variant>),
}

/// The fields in the order of the old version, and the places of those of the new one in its order.
struct Fields {
    all: Vec<Field>,
    new_order: Vec<usize>,
}

struct Field {
    /// None in the version that does not have it.
    names: [Option<String>; 2],
    part: Part,
}

struct Variant {
    names: [Option<String>; 2],
    fields: Fields,
}

const NUMBERS: &[&str] =
    &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];
const PLAIN: &[(&str, &str)] = &[
    ("String", "seed.number().to_string()"),
    ("bool", "seed.number() % 2 == 0"),
    ("char", "char::from(b' ' + seed.number() as u8)"),
    ("Duration", "Duration::from_millis(seed.number())"),
];
const SEQUENCES: &[&str] = &["Vec", "VecDeque", "LinkedList", "Box<[]>", "[]"];
const WRAPPERS: &[&str] = &["", "Option", "Box", "RefCell", "Mutex"];

/// The two versions of a random type.
pub fn modules(random: &mut TestRng, name: &str) -> [Module; 2] {
    let mut generator = Generator { random, names: 0 };
    let fields = generator.fields(3, true);
    let state = Part::Named("State".into(), Content::Struct(fields));
    [0, 1].map(|version| {
        let value = |back: bool| {
            let value = value(&state, version);
            Some(format!("{{ let seed = Seed::new(seed, {back}); {value} }}"))
        };
        let mut source = String::from("use std::time::Duration;\n");
        define(&state, version, &mut source);
        let value_back = if version == 0 { value(true) } else { None };
        Module { name: name.to_owned(), source, value: value(false), value_back }
    })
}

struct Generator<'a> {
    random: &'a mut TestRng,
    names: usize,
}

impl Generator<'_> {
    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random.next_u32() as usize % limit
    }

    /// One of a list in each version; as often as not the same.
    fn both(&mut self, list: &[&'static str]) -> [&'static str; 2] {
        let old = self.pick(list);
        [old, if self.below(2) == 0 { old } else { self.pick(list) }]
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// `named`: types with a name may be in it, which have no `Default`.
    fn part(&mut self, depth: usize, named: bool) -> Part {
        if depth == 0 {
            return match self.below(3) {
                0 => {
                    let (ty, value) = self.pick(PLAIN);
                    Part::Plain(ty, value)
                }
                _ => Part::Number(self.both(NUMBERS)),
            };
        }
        match self.below(if named { 9 } else { 6 }) {
            0 | 1 => self.part(0, named),
            2 => {
                let kinds = self.both(SEQUENCES);
                let fixed = if kinds.contains(&"[]") { Some(self.below(4) as u64) } else { None };
                Part::Sequence(kinds, fixed, Box::new(self.part(depth - 1, named)))
            }
            3 => {
                let kinds = self.both(&["BTreeMap", "FixedMap"]);
                Part::Map(kinds, self.both(&NUMBERS[..12]), Box::new(self.part(depth - 1, named)))
            }
            4 => {
                // A wrapper in a wrapper can be read in two ways, where one of them comes or goes.
                let content = match self.part(depth - 1, named) {
                    Part::Wrapper(_, content) => content,
                    content => Box::new(content),
                };
                Part::Wrapper(self.both(WRAPPERS), content)
            }
            5 => match self.below(2) {
                0 => Part::Tuple((0..1 + self.below(3)).map(|_| self.part(depth - 1, named)).collect()),
                _ => Part::Shared(self.pick(&["Rc", "Arc"]), Box::new(self.part(depth - 1, named))),
            },
            6 | 7 => Part::Named(self.name("Struct"), Content::Struct(self.fields(depth - 1, false))),
            _ => {
                let mut variants: Vec<_> = (0..1 + self.below(3)).map(|_| self.variant(depth - 1, 0)).collect();
                (0..self.below(3)).for_each(|_| variants.push(self.variant(0, 1)));
                Part::Named(self.name("Enum"), Content::Enum(variants))
            }
        }
    }

    /// In both versions (0), or in one of the two.
    fn variant(&mut self, depth: usize, one: usize) -> Variant {
        let name = self.name("Variant");
        let names = match (one, self.below(3)) {
            (0, 0) => [Some(name), Some(self.name("Variant"))],
            (0, _) => [Some(name.clone()), Some(name)],
            (_, 0) => [Some(name), None],
            _ => [None, Some(name)],
        };
        Variant { names, fields: self.fields(depth, false) }
    }

    fn fields(&mut self, depth: usize, at_least_one: bool) -> Fields {
        let count = self.below(5) + usize::from(at_least_one);
        let all: Vec<Field> = (0..count)
            .map(|_| {
                let name = self.name("field");
                match self.below(8) {
                    0 => Field { names: [Some(name), None], part: self.part(depth.min(1), false) },
                    1 => Field { names: [None, Some(name)], part: self.part(depth.min(1), false) },
                    2 => Field { names: [Some(name), Some(self.name("field"))], part: self.part(depth, true) },
                    _ => Field { names: [Some(name.clone()), Some(name)], part: self.part(depth, true) },
                }
            })
            .collect();
        let mut new_order: Vec<usize> = (0..count).collect();
        if self.below(2) == 0 {
            (1..count).for_each(|place| new_order.swap(place, self.below(place + 1)));
        }
        Fields { all, new_order }
    }
}

impl Fields {
    /// The fields that a version has, in its order, each with its number.
    fn of(&self, version: usize) -> impl Iterator<Item = (usize, &Field)> {
        let order = move |place: usize| if version == 0 { place } else { self.new_order[place] };
        let numbers = (0..self.all.len()).map(order);
        numbers.map(|number| (number, &self.all[number])).filter(move |(_, field)| field.names[version].is_some())
    }

    fn define(&self, version: usize, text: &mut String) {
        text.push_str("{ ");
        for (_, field) in self.of(version) {
            let name = renamed(&field.names, version, text);
            let _ = write!(text, "{name}: {}, ", ty(&field.part, version));
        }
        text.push('}');
    }

    fn value(&self, version: usize) -> String {
        let fields = self.of(version).map(|(number, field)| {
            let name = field.names[version].as_deref().unwrap_or_default();
            let made = format!("{{ let seed = seed.at({number}); {} }}", value(&field.part, version));
            match (&field.names, version) {
                ([Some(_), Some(_)], _) => format!("{name}: {made}"),
                // What the new version does not have is made anew on the way back.
                (_, 0) => format!("{name}: if seed.back {{ Default::default() }} else {made}"),
                _ => format!("{name}: Default::default()"),
            }
        });
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
    }
}

/// The name in a version, after the attribute that tells the other one.
fn renamed<'n>(names: &'n [Option<String>; 2], version: usize, text: &mut String) -> &'n str {
    let name = names[version].as_deref().unwrap_or_default();
    if let Some(other) = names[1 - version].as_deref().filter(|other| *other != name) {
        let _ = write!(text, "#[hot(rename = \"{other}\")] ");
    }
    name
}

/// The definitions of the types with names.
fn define(part: &Part, version: usize, text: &mut String) {
    match part {
        Part::Number(_) | Part::Plain(..) => {}
        Part::Sequence(_, _, inner) | Part::Map(_, _, inner) | Part::Wrapper(_, inner) | Part::Shared(_, inner) => {
            define(inner, version, text);
        }
        Part::Tuple(parts) => parts.iter().for_each(|part| define(part, version, text)),
        Part::Named(name, Content::Struct(fields)) => {
            fields.of(version).for_each(|(_, field)| define(&field.part, version, text));
            let _ = write!(text, "struct {name} ");
            fields.define(version, text);
            text.push('\n');
        }
        Part::Named(name, Content::Enum(variants)) => {
            let there = || variants.iter().filter(|variant| variant.names[version].is_some());
            there()
                .flat_map(|variant| variant.fields.of(version))
                .for_each(|(_, field)| define(&field.part, version, text));
            let _ = write!(text, "enum {name} {{ ");
            for variant in there() {
                let name = renamed(&variant.names, version, text);
                let _ = write!(text, "{name} ");
                variant.fields.define(version, text);
                text.push_str(", ");
            }
            text.push_str("}\n");
        }
    }
}

fn ty(part: &Part, version: usize) -> String {
    match part {
        Part::Number(types) => types[version].to_owned(),
        Part::Plain(ty, _) => (*ty).to_owned(),
        Part::Sequence(kinds, fixed, element) => match (kinds[version], ty(element, version)) {
            ("[]", element) => format!("[{element}; {}]", fixed.unwrap_or_default()),
            ("Box<[]>", element) => format!("Box<[{element}]>"),
            (kind, element) => format!("{kind}<{element}>"),
        },
        Part::Map(kinds, keys, value) => format!("{}<{}, {}>", kinds[version], keys[version], ty(value, version)),
        Part::Wrapper(kinds, content) => match kinds[version] {
            "" => ty(content, version),
            kind => format!("{kind}<{}>", ty(content, version)),
        },
        Part::Shared(kind, content) => format!("{kind}<{}>", ty(content, version)),
        Part::Tuple(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| ty(part, version)).collect();
            format!("({},)", parts.join(", "))
        }
        Part::Named(name, _) => name.clone(),
    }
}

/// An expression for a value, made from `seed`.
fn value(part: &Part, version: usize) -> String {
    match part {
        Part::Number(types) => format!("seed.number() as {}", types[version]),
        Part::Plain(_, value) => (*value).to_owned(),
        Part::Sequence(kinds, fixed, element) => {
            let element = format!("let seed = seed.at(1 + n as u64); {}", value(element, version));
            match (kinds[version], fixed) {
                ("[]", _) => format!("std::array::from_fn(|n| {{ {element} }})"),
                (_, Some(fixed)) => format!("(0..{fixed}u64).map(|n| {{ {element} }}).collect()"),
                (_, None) => format!("(0..seed.number() % 4).map(|n| {{ {element} }}).collect()"),
            }
        }
        Part::Map(_, keys, content) => {
            let content = format!("let seed = seed.at(1 + n); {}", value(content, version));
            format!("(0..seed.number() % 4).map(|n| (n as {}, {{ {content} }})).collect()", keys[version])
        }
        Part::Wrapper(kinds, content) => match (kinds[version], value(content, version)) {
            ("", content) => content,
            ("Option", content) if kinds[0] == kinds[1] => {
                format!("if seed.number() % 3 == 0 {{ None }} else {{ Some({content}) }}")
            }
            ("Option", content) => format!("Some({content})"),
            (kind, content) => format!("{kind}::new({content})"),
        },
        Part::Shared(kind, content) => format!("{kind}::new({})", value(content, version)),
        Part::Tuple(parts) => {
            let parts = parts.iter().enumerate();
            let parts = parts.map(|(n, part)| format!("{{ let seed = seed.at({n}); {} }},", value(part, version)));
            format!("({})", parts.collect::<String>())
        }
        Part::Named(name, Content::Struct(fields)) => format!("{name} {}", fields.value(version)),
        Part::Named(name, Content::Enum(variants)) => {
            // Only variants that both versions have.
            let both: Vec<_> = variants.iter().filter(|variant| variant.names.iter().all(Option::is_some)).collect();
            let arms = both.iter().enumerate().map(|(number, variant)| {
                let number = if number + 1 == both.len() { "_".to_owned() } else { number.to_string() };
                let variant_name = variant.names[version].as_deref().unwrap_or_default();
                format!("{number} => {name}::{variant_name} {},", variant.fields.value(version))
            });
            format!("match seed.number() % {} {{ {} }}", both.len(), arms.collect::<String>())
        }
    }
}
