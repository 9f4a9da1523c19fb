//! The plan: how values of a type get to its new layout, made of the two descriptions alone.
//!
//! Pure: nothing is read but descriptions. A plan is a graph, since types may be recursive; each pair of types is
//! planned, and told of, once.

use std::collections::{HashMap, HashSet};
use std::ptr;

use liveswap::layout::equal;
use liveswap::state::{
    DescribeState, DropMany, EnumState, Fill, Hook, InsideState, MapState, Number, SequenceState, SharedState,
    StateField, StateInfo, StateKind, With,
};

use super::chain::{Chain, chains};
use super::names::{Names, field_names, matches, module, name, same_type, why};
use crate::verify::layout::short;

/// How a value gets from one layout to another.
pub struct Plan {
    /// The type as it was.
    pub old: &'static StateInfo,
    /// The type as it is to be.
    pub new: &'static StateInfo,
    /// What changes, for people: a place and a change each.
    pub notes: Vec<String>,
    pub(super) nodes: Vec<Node>,
    pub(super) root: usize,
    /// The lists, by the nodes of their structs.
    pub(super) chains: HashMap<usize, Chain>,
}

/// How one type's values are moved.
pub(super) enum Node {
    /// Being planned; never left so.
    Open,
    /// Bit by bit.
    Bits { size: usize },
    /// As a number of another type, which may exclude zero.
    Number { from: Number, to: Number, is_never_zero: bool },
    /// By the user's function for the whole value.
    Hook { hook: Hook, old: &'static StateInfo, new: &'static StateInfo },
    /// Field by field.
    Struct(Vec<Part>),
    /// Variant by variant, in the order of the old ones.
    Enum { old: &'static EnumState, new: &'static EnumState, ways: Vec<Way> },
    /// By what is inside, where old, new or both are wrappers.
    Inside { old: Option<&'static InsideState>, new: Option<&'static InsideState>, content: usize, room: Size },
    /// Element by element.
    Sequence { old: &'static SequenceState, new: &'static SequenceState, element: usize, sizes: [Size; 2] },
    /// Pair by pair.
    Map { old: &'static MapState, new: &'static MapState, key: usize, value: usize, sizes: [[Size; 2]; 2] },
    /// Once for all references to it; `module` is where the new reference's type is: `Rc` and `Arc` are two kinds.
    Shared { old: &'static SharedState, new: &'static SharedState, content: usize, module: &'static str },
}

/// Size and alignment in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Size {
    pub(super) size: usize,
    pub(super) align: usize,
}

impl Size {
    pub(super) fn of(state: DescribeState) -> Size {
        let layout = (state().layout)();
        Size { size: layout.size, align: layout.align }
    }
}

/// What becomes of the values of one old variant.
pub(super) struct Way {
    /// The variant's name, and how many fields it has.
    pub(super) name: &'static str,
    pub(super) fields: usize,
    /// The new variant, and its fields; `None` where there is none.
    pub(super) to: Option<(usize, Vec<Part>)>,
    /// Room for the new variant's fields.
    pub(super) room: Vec<Size>,
}

/// What is done about one field. Places are offsets in structs, and positions in variants.
pub(super) enum Part {
    /// Its bits stay.
    Copy { from: usize, to: usize, size: usize },
    /// It is moved by a plan of its own.
    Move { name: &'static str, from: usize, to: usize, node: usize },
    /// It is new.
    Fresh { name: &'static str, to: usize, fill: Fill, drop: Option<DropMany> },
    /// It is made from the old one by the user's function.
    With {
        name: &'static str,
        from: usize,
        to: usize,
        with: &'static With,
        old: Option<DropMany>,
        new: Option<DropMany>,
    },
    /// It is no more.
    Gone { from: usize, drop: DropMany },
}

impl Plan {
    /// The way from one layout to the other.
    ///
    /// # Errors
    ///
    /// Everything that has no way, each as a place and a reason.
    pub fn new(old: &'static StateInfo, new: &'static StateInfo) -> Result<Plan, Vec<String>> {
        let mut planner = Planner::default();
        let place = short((new.layout)());
        let root = planner.pair(old, new, &place);
        if !planner.errors.is_empty() {
            return Err(planner.errors);
        }
        if planner.notes.is_empty() && !equal(old.layout, new.layout) {
            planner.notes.push(format!("{place}: laid out anew"));
        }
        let chains = chains(&planner.nodes);
        Ok(Plan { old, new, notes: planner.notes, nodes: planner.nodes, root, chains })
    }
}

#[derive(Default)]
struct Planner {
    nodes: Vec<Node>,
    /// Pairs that are planned, or being planned: types may be recursive.
    known: HashMap<(*const StateInfo, *const StateInfo), usize>,
    /// Those that have errors, in themselves or in what they lead to; and how often such a one was met again.
    no_way: HashSet<usize>,
    dead_ends: usize,
    notes: Vec<String>,
    errors: Vec<String>,
}

impl Planner {
    /// The node for a pair of types. `place` is where it was met first.
    fn pair(&mut self, old: &'static StateInfo, new: &'static StateInfo, place: &str) -> usize {
        let key = (ptr::from_ref(old), ptr::from_ref(new));
        if let Some(node) = self.known.get(&key) {
            self.dead_ends += usize::from(self.no_way.contains(node));
            return *node;
        }
        let (id, before) = (self.nodes.len(), (self.errors.len(), self.dead_ends));
        self.nodes.push(Node::Open);
        self.known.insert(key, id);
        self.nodes[id] = self.node(old, new, place);
        if before != (self.errors.len(), self.dead_ends) {
            self.no_way.insert(id);
        }
        id
    }

    /// As `pair`, for what a field, a container or a pointer holds.
    fn below(&mut self, old: &'static StateInfo, new: &'static StateInfo, place: &str) -> usize {
        let place = match &new.kind {
            StateKind::Struct(_) | StateKind::Enum(_) => format!("{place} > {}", name(new)),
            _ => place.to_owned(),
        };
        self.pair(old, new, &place)
    }

    fn node(&mut self, old: &'static StateInfo, new: &'static StateInfo, place: &str) -> Node {
        if equal(old.layout, new.layout) {
            return Node::Bits { size: (new.layout)().size };
        }
        if let Some(hook) = hook(new) {
            self.notes.push(format!("{place}: made by its `migrate` function"));
            return Node::Hook { hook, old, new };
        }
        match (&old.kind, &new.kind) {
            (StateKind::Number(from) | StateKind::NonZero(from), StateKind::Number(to)) => {
                Node::Number { from: *from, to: *to, is_never_zero: false }
            }
            (StateKind::Number(from) | StateKind::NonZero(from), StateKind::NonZero(to)) => {
                Node::Number { from: *from, to: *to, is_never_zero: true }
            }
            (StateKind::Struct(a), StateKind::Struct(b)) if same_type(old, new, a.was, b.was) => {
                Node::Struct(self.fields(a.fields, b.fields, place))
            }
            (StateKind::Enum(a), StateKind::Enum(b)) if same_type(old, new, a.was, b.was) => {
                Node::Enum { old: a, new: b, ways: self.variants(a, b, place) }
            }
            (StateKind::Sequence(a), StateKind::Sequence(b)) => {
                if let (Some(from), Some(to)) = (a.fixed, b.fixed)
                    && from != to
                {
                    self.errors.push(format!("{place}: an array of {from} elements can't become one of {to}"));
                }
                let element = self.below((a.element)(), (b.element)(), place);
                Node::Sequence { old: a, new: b, element, sizes: [Size::of(a.element), Size::of(b.element)] }
            }
            (StateKind::Map(a), StateKind::Map(b)) => {
                let key = self.below((a.key)(), (b.key)(), place);
                let value = self.below((a.value)(), (b.value)(), place);
                let sizes = [[Size::of(a.key), Size::of(b.key)], [Size::of(a.value), Size::of(b.value)]];
                Node::Map { old: a, new: b, key, value, sizes }
            }
            (StateKind::Shared(a), StateKind::Shared(b)) if a.is_weak == b.is_weak => {
                let content = self.below((a.content)(), (b.content)(), place);
                Node::Shared { old: a, new: b, content, module: module(new) }
            }
            _ => self.inside_or_not(old, new, place),
        }
    }

    /// Types of which at least one may be a wrapper: `Option<T>` and `Box<T>`, or `T` and `Option<T>`.
    fn inside_or_not(&mut self, old: &'static StateInfo, new: &'static StateInfo, place: &str) -> Node {
        let (a, b) = (wrapper(old), wrapper(new));
        let holds = |wrapper: Option<&'static InsideState>, whole: &'static StateInfo| {
            wrapper.is_some_and(|wrapper| equal((wrapper.content)().layout, whole.layout))
        };
        // Where one is exactly what the other holds, that is meant: `Option<u8>` into `Box<Option<u8>>`.
        let (a, b) = match (a, b) {
            (None, None) => {
                let why = why(old, new);
                self.errors.push(format!("{place}: `{}` can't become `{}`{why}", name(old), name(new)));
                return Node::Open;
            }
            (Some(_), Some(b)) if holds(Some(b), old) => (None, Some(b)),
            (Some(a), Some(_)) if holds(Some(a), new) => (Some(a), None),
            both => both,
        };
        let from = a.map_or(old, |a| (a.content)());
        let to = b.map_or(new, |b| (b.content)());
        let content = self.below(from, to, place);
        let layout = (to.layout)();
        Node::Inside { old: a, new: b, content, room: Size { size: layout.size, align: layout.align } }
    }

    /// The fields of a struct or of a variant.
    fn fields(&mut self, old: &'static [StateField], new: &'static [StateField], place: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let sources = matches(&field_names(old), &field_names(new));
        for (position, field) in new.iter().enumerate() {
            let to = field.offset.unwrap_or(position);
            match sources[position] {
                Some(source) => {
                    let from = old[source].offset.unwrap_or(source);
                    parts.extend(self.changed_field(&old[source], field, from, to, place));
                }
                None => parts.extend(self.new_field(field, to, place)),
            }
        }
        for (position, field) in old.iter().enumerate().filter(|(position, _)| !sources.contains(&Some(*position))) {
            let ty = (field.ty)();
            self.notes.push(format!("{place}: field `{}: {}` removed", field.name, name(ty)));
            if let Some(drop) = ty.drop {
                parts.push(Part::Gone { from: field.offset.unwrap_or(position), drop });
            }
        }
        // Bits last: they can't fail, and where others do, they need not have been moved.
        parts.sort_by_key(|part| matches!(part, Part::Copy { .. }));
        if new.iter().all(|field| field.offset.is_some()) { joined(parts) } else { parts }
    }

    fn changed_field(
        &mut self,
        old: &'static StateField,
        new: &'static StateField,
        from: usize,
        to: usize,
        place: &str,
    ) -> Option<Part> {
        let (a, b) = ((old.ty)(), (new.ty)());
        if old.name != new.name {
            self.notes.push(format!("{place}: field `{}` renamed to `{}`", old.name, new.name));
        }
        if equal(a.layout, b.layout) {
            return Some(Part::Copy { from, to, size: (b.layout)().size });
        }
        let change = format!("{place}: field `{}`: `{}` -> `{}`", new.name, name(a), name(b));
        if let Some(with) = &new.with {
            if !equal(a.layout, with.from) {
                let takes = short((with.from)());
                self.errors
                    .push(format!("{change}: its function takes a `{takes}`, and the old field is another type"));
                return None;
            }
            self.notes.push(format!("{change}, by its function"));
            return Some(Part::With { name: new.name, from, to, with, old: a.drop, new: b.drop });
        }
        let errors = self.errors.len();
        let node = self.below(a, b, &format!("{place}.{}", new.name));
        let told = self.errors.len() - errors;
        let refusal = || format!("{change}: no way from one to the other{}", why(a, b));
        // What failed deeper down names its place already. Types are told of once, but fields each.
        match (self.no_way.contains(&node), matches!(self.nodes[node], Node::Open)) {
            (true, true) if told == 1 => self.errors[errors] = refusal(),
            (true, is_own) if told == 0 && (is_own || name(a) != name(b)) => self.errors.push(refusal()),
            (false, _) if name(a) != name(b) => self.notes.push(change.clone()),
            _ => {}
        }
        Some(Part::Move { name: new.name, from, to, node })
    }

    fn new_field(&mut self, field: &'static StateField, to: usize, place: &str) -> Option<Part> {
        let ty = (field.ty)();
        let added = format!("{place}: field `{}: {}` added", field.name, name(ty));
        let Some(fill) = field.default else {
            // A plain tuple's fields can't have attributes, unlike those of a tuple struct or variant.
            let reason = match place.ends_with(')') {
                true => "nothing says what it is to be; give the field that holds this `#[hot(with = …)]`",
                false => "its type has no `Default`; write `#[hot(default = …)]` before it",
            };
            self.errors.push(format!("{added}, and {reason}"));
            return None;
        };
        self.notes.push(added);
        Some(Part::Fresh { name: field.name, to, fill, drop: ty.drop })
    }

    fn variants(&mut self, old: &'static EnumState, new: &'static EnumState, place: &str) -> Vec<Way> {
        let names = |state: &EnumState| -> Vec<Names> {
            state.variants.iter().map(|variant| (variant.name, variant.was)).collect()
        };
        let sources = matches(&names(old), &names(new));
        let mut ways = Vec::new();
        for (source, variant) in old.variants.iter().enumerate() {
            let Some(target) = sources.iter().position(|found| *found == Some(source)) else {
                self.notes.push(format!("{place}: variant `{}` removed", variant.name));
                ways.push(Way { name: variant.name, fields: variant.fields.len(), to: None, room: Vec::new() });
                continue;
            };
            let into = &new.variants[target];
            if into.name != variant.name {
                self.notes.push(format!("{place}: variant `{}` renamed to `{}`", variant.name, into.name));
            }
            let parts = self.fields(variant.fields, into.fields, &format!("{place}::{}", into.name));
            let room = into.fields.iter().map(|field| Size::of(field.ty)).collect();
            ways.push(Way { name: variant.name, fields: variant.fields.len(), to: Some((target, parts)), room });
        }
        for (variant, _) in new.variants.iter().zip(&sources).filter(|(_, source)| source.is_none()) {
            self.notes.push(format!("{place}: variant `{}` added", variant.name));
        }
        ways
    }
}

/// Copies of fields that are neighbours in both layouts, as one.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let (mut copies, mut rest): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| matches!(part, Part::Copy { .. }));
    let start = |part: &Part| if let Part::Copy { to, .. } = part { *to } else { 0 };
    copies.sort_by_key(start);
    for part in copies {
        if let (Some(Part::Copy { from, to, size }), Part::Copy { from: next_from, to: next_to, size: more }) =
            (rest.last_mut(), &part)
            && (*from + *size, *to + *size) == (*next_from, *next_to)
        {
            *size += more;
            continue;
        }
        rest.push(part);
    }
    rest
}

fn wrapper(state: &'static StateInfo) -> Option<&'static InsideState> {
    match &state.kind {
        StateKind::Inside(inside) => Some(inside),
        StateKind::Shared(shared) => shared.alone.as_ref(),
        _ => None,
    }
}

fn hook(state: &StateInfo) -> Option<Hook> {
    match &state.kind {
        StateKind::Struct(state) => state.hook,
        StateKind::Enum(state) => state.hook,
        _ => None,
    }
}
