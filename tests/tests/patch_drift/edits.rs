//! Random edits, each from one state that compiles to another.

use liveswap_tests::Random;

use crate::template::{
    BLANK, COMMENT, FOR_ANY, FOR_CONST, FOR_LOW, Item, Kind, Operation, PATCHED, SWAPPED, State, Template,
};

/// Expressions don't grow beyond this many operations.
const MOST: usize = 5;

/// Makes edits that follow from a seed.
pub struct Editor {
    random: Random,
    names: u64,
}

impl Editor {
    pub fn new(seed: u64) -> Editor {
        Editor { random: Random::new(seed), names: 0 }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.random.below(end)
    }

    fn index(&mut self, length: usize) -> usize {
        self.random.index(length)
    }

    /// The next state, and what was done, for people.
    pub fn edit(&mut self, template: &Template, history: &[State]) -> (String, State) {
        let now = history.last().expect("a state");
        match self.below(30) {
            0 => ("all undone".into(), history[0].clone()),
            1 | 2 => {
                let back = self.index(history.len().min(5));
                (format!("{back} edits undone"), history[history.len() - 1 - back].clone())
            }
            rest => {
                let mut state = now.clone();
                let steps = if rest < 20 { 1 } else { 2 + self.below(3) };
                let done: Vec<String> = (0..steps).map(|_| self.step(template, &mut state)).collect();
                (done.join(", "), state)
            }
        }
    }

    fn step(&mut self, template: &Template, state: &mut State) -> String {
        match self.below(24) {
            0..=7 => self.expression(template, state),
            8..=12 => {
                let item = self.item(PATCHED);
                self.add(item, template, state)
            }
            13 => {
                let kind = PATCHED + self.below(SWAPPED - PATCHED);
                let item = Item { kind: kind as u8, ..self.item(1) };
                self.add(item, template, state)
            }
            14..=16 => self.change_item(state),
            17 | 18 => self.remove_item(state),
            19..=21 => {
                let at = self.index(state.items.len());
                let kind = if self.below(2) == 0 { COMMENT } else { BLANK };
                let item = Item { kind, ..self.item(1) };
                state.items[at].push(item);
                format!("comments or blank lines at {at}")
            }
            22 => {
                state.fields = self.below(3);
                format!("{} fields", state.fields)
            }
            _ => {
                let at = self.index(state.expressions.len());
                state.expressions[at].clear();
                format!("expression {at} as it was")
            }
        }
    }

    /// Does something more to an expression, or something else.
    fn expression(&mut self, template: &Template, state: &mut State) -> String {
        let at = self.index(state.expressions.len());
        let kinds = match template.expressions[at].kind {
            Kind::Const => FOR_CONST,
            Kind::Low => FOR_LOW,
            Kind::Any => FOR_ANY,
        };
        let operation = Operation::Plain(self.below(kinds) as u8, 1 + self.below(99));
        let operations = &mut state.expressions[at];
        if operations.len() >= MOST || self.below(3) == 0 {
            operations.pop();
        }
        operations.push(operation);
        format!("expression {at}")
    }

    fn item(&mut self, kinds: u64) -> Item {
        self.names += 1;
        Item { kind: self.below(kinds) as u8, name: self.names, number: 1 + self.below(99) }
    }

    /// Brings an item in, mostly with expressions that use it.
    fn add(&mut self, item: Item, template: &Template, state: &mut State) -> String {
        let at = self.index(state.items.len());
        state.items[at].push(item);
        let users: Vec<usize> = (0..state.expressions.len())
            .filter(|user| {
                let place = &template.expressions[*user];
                place.file == template.items[at] && place.kind == Kind::Any && state.expressions[*user].len() < MOST
            })
            .collect();
        let count = if users.is_empty() || self.below(8) == 0 { 0 } else { 1 + self.below(3) };
        for _ in 0..count {
            let user = users[self.index(users.len())];
            state.expressions[user].push(Operation::Uses(item));
        }
        format!("item {} of kind {} at {at} with {count} uses", item.name, item.kind)
    }

    fn change_item(&mut self, state: &mut State) -> String {
        let (at, number) = (self.index(state.items.len()), 1 + self.below(99));
        let length = state.items[at].len();
        if length == 0 {
            return "nothing".into();
        }
        let item = self.index(length);
        state.items[at][item].number = number;
        format!("item {} changed", state.items[at][item].name)
    }

    fn remove_item(&mut self, state: &mut State) -> String {
        let at = self.index(state.items.len());
        if state.items[at].is_empty() {
            return "nothing".into();
        }
        let item = self.index(state.items[at].len());
        let removed = state.items[at].remove(item);
        for operations in &mut state.expressions {
            operations.retain(|operation| !matches!(operation, Operation::Uses(item) if item.name == removed.name));
        }
        format!("item {} of kind {} removed", removed.name, removed.kind)
    }
}
