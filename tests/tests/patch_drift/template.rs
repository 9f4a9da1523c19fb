//! Sources with places for edits, and a state of all of them.

/// What may stand in an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Any,
    /// Only what the compiler can compute.
    Const,
    /// No functions of the crate that others use.
    Low,
}

enum Piece {
    Text(String),
    Expression(usize),
    Items(usize),
    Fields,
}

/// A place for an edited expression.
pub struct Place {
    /// Its file, by number.
    pub file: usize,
    pub kind: Kind,
    default: String,
}

pub struct Template {
    files: Vec<(&'static str, Vec<Piece>)>,
    pub expressions: Vec<Place>,
    /// The file, by number, of each place for items.
    pub items: Vec<usize>,
}

/// What is done to an expression, with a number.
#[derive(Clone, Copy)]
pub enum Operation {
    Plain(u8, u64),
    /// An item is used, by its name's number.
    Uses(Item),
}

/// An item that an edit brings in.
#[derive(Clone, Copy)]
pub struct Item {
    pub kind: u8,
    /// The number in its name.
    pub name: u64,
    pub number: u64,
}

/// How many plain operations there are: first those for each kind of expression.
pub const FOR_CONST: u64 = 3;
pub const FOR_LOW: u64 = 10;
pub const FOR_ANY: u64 = 14;
/// Kinds of items: first those that patches can bring, then those that take a swap, then what is no code.
pub const PATCHED: u64 = 8;
pub const SWAPPED: u64 = 11;
pub const COMMENT: u8 = 11;
pub const BLANK: u8 = 12;

/// What stands in all places.
#[derive(Clone)]
pub struct State {
    pub expressions: Vec<Vec<Operation>>,
    pub items: Vec<Vec<Item>>,
    pub fields: u64,
}

impl Template {
    pub fn new<const N: usize>(files: [(&'static str, String); N]) -> Template {
        let mut template = Template { files: Vec::new(), expressions: Vec::new(), items: Vec::new() };
        for (file, (name, text)) in files.into_iter().enumerate() {
            let mut pieces = Vec::new();
            let mut rest = &text[..];
            // The first lines speak of the marks.
            let head = rest.find("\n\n").expect("a blank line");
            pieces.push(Piece::Text(rest[..head].to_owned()));
            rest = &rest[head..];
            while let Some(at) = ["/*{", "//+\n", "/*fields*/"].iter().filter_map(|mark| rest.find(mark)).min() {
                pieces.push(Piece::Text(rest[..at].to_owned()));
                rest = &rest[at..];
                if let Some(after) = rest.strip_prefix("//+\n") {
                    pieces.push(Piece::Items(template.items.len()));
                    template.items.push(file);
                    rest = after;
                } else if let Some(after) = rest.strip_prefix("/*fields*/") {
                    pieces.push(Piece::Fields);
                    rest = after;
                } else {
                    let (kind, after) = rest[3..].split_once("*/").expect("the end of a mark");
                    let (default, after) = after.split_once("/*}*/").expect("the end of an expression");
                    let kind = match kind {
                        "" => Kind::Any,
                        "const" => Kind::Const,
                        "low" => Kind::Low,
                        other => panic!("the kind {other}"),
                    };
                    pieces.push(Piece::Expression(template.expressions.len()));
                    template.expressions.push(Place { file, kind, default: default.to_owned() });
                    rest = after;
                }
            }
            pieces.push(Piece::Text(rest.to_owned()));
            template.files.push((name, pieces));
        }
        template
    }

    /// The state of the fixture as it is.
    pub fn unedited(&self) -> State {
        State {
            expressions: vec![Vec::new(); self.expressions.len()],
            items: vec![Vec::new(); self.items.len()],
            fields: 0,
        }
    }

    /// The files' texts.
    pub fn render(&self, state: &State) -> Vec<(&'static str, String)> {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Expression(at) => {
                let default = self.expressions[*at].default.clone();
                state.expressions[*at].iter().fold(default, |text, operation| operation.around(&text))
            }
            Piece::Items(at) => state.items[*at].iter().map(Item::text).collect(),
            Piece::Fields => (0..state.fields).map(|number| format!("pub field_{number}: u8, ")).collect(),
        };
        self.files.iter().map(|(name, pieces)| (*name, pieces.iter().map(text).collect())).collect()
    }
}

impl Operation {
    /// Results stay small, so that sums of a few don't overflow.
    fn around(&self, e: &str) -> String {
        let (kind, n) = match self {
            Operation::Uses(item) => return item.used(e),
            Operation::Plain(kind, number) => (*kind, *number),
        };
        match kind {
            0 => format!("(({e} + {n}) % 10_007)"),
            1 => format!("((({e}) * {n}) % 10_009)"),
            2 => format!("(({e}) ^ {n})"),
            3 => format!("(match {e} {{\n    value if value % 3 == 1 => value + {n},\n    value => value,\n}})"),
            4 => format!("((|value: u64| value + {n})({e}))"),
            5 => format!("(sum!({e}, {n}))"),
            6 => format!("((0..{n}).fold({e}, |sum: u64, value| sum ^ value))"),
            7 => format!("(({e}) + u64::from(line!() % 100))"),
            8 => format!("(crate::low::ready(async {{\n    std::future::ready(()).await;\n    ({e}) + {n}\n}}))"),
            9 => format!(
                "({{\n    use std::fmt::Write as _;\n    let mut text = String::new();\n    \
                 let _ = write!(text, \"{{}}-{n}\", {e});\n    text.bytes().map(u64::from).sum::<u64>()\n}})"
            ),
            10 => format!("(crate::low::add({e}, {n}u8))"),
            11 => format!("(crate::low::ready(crate::low::soon({e})) ^ crate::low::plain({n}))"),
            12 => format!("(crate::low::Held::new({e}).twice() % 10_007)"),
            _ => format!("((({e}) ^ crate::low::fixed({n})) % 10_007)"),
        }
    }
}

impl Item {
    fn text(&self) -> String {
        let Item { kind, name, number: n } = *self;
        let head = format!("helper_{name}(x: u64) -> u64");
        match kind {
            0 => format!("fn {head} {{\n    x + {n}\n}}\n\n"),
            1 => format!("fn helper_{name}<T: Into<u64>>(x: T) -> u64 {{\n    x.into() + {n}\n}}\n\n"),
            2 => format!("const fn {head} {{\n    x ^ {n}\n}}\n\n"),
            3 => format!("async fn {head} {{\n    std::future::ready(()).await;\n    x + {n}\n}}\n\n"),
            4 => format!(
                "use std::collections::BTreeMap as Map{name};\n\nfn {head} {{\n    \
                 Map{name}::from([(1u8, x)]).values().sum::<u64>() + {n}\n}}\n\n"
            ),
            5 => format!(
                "fn {head} {{\n    fn nested(x: u64) -> u64 {{\n        x + {n}\n    }}\n    \
                 let add = |y: u64| nested(y) + 1;\n    add(x)\n}}\n\n"
            ),
            6 => format!("const HELPER_{name}: u64 = {n};\n\n"),
            7 => format!("const HELPER_{name}: u64 = crate::low::fixed({n}) % 1_000;\n\n"),
            8 => format!("static HELPER_{name}: u64 = {n};\n\n"),
            9 => format!("mod helper_{name} {{\n    pub fn value(x: u64) -> u64 {{\n        x + {n}\n    }}\n}}\n\n"),
            10 => format!(
                "struct Helper{name}(u64);\n\nimpl Helper{name} {{\n    fn value(&self) -> u64 {{\n        \
                 self.0 + {n}\n    }}\n}}\n\n"
            ),
            COMMENT => format!("// Comment {name}.\n// Of {n}.\n"),
            _ => "\n".repeat((n % 5 + 1) as usize),
        }
    }

    fn used(&self, e: &str) -> String {
        let name = self.name;
        match self.kind {
            0 | 1 | 2 | 4 | 5 => format!("(helper_{name}({e}) % 10_007)"),
            3 => format!("(crate::low::ready(helper_{name}({e})) % 10_007)"),
            6..=8 => format!("(({e}) ^ HELPER_{name})"),
            9 => format!("(helper_{name}::value({e}))"),
            _ => format!("(Helper{name}({e}).value())"),
        }
    }
}
