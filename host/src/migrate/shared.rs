//! Counted references on the way: each content is moved once, for all its references.
//!
//! That is right only if all its references are in the state that is moved: another holder would go on with the old
//! content, whose parts are the new one's now. So references are counted, and the counts compared, before anything
//! counts.

use std::collections::HashMap;

use liveswap::layout::equal;
use liveswap::state::SharedState;

/// A content that is reached by references.
pub(super) struct Entry {
    pub(super) old: &'static SharedState,
    pub(super) new: &'static SharedState,
    /// The node that moves the content.
    pub(super) node: usize,
    /// The module that the new references' types are in.
    pub(super) module: &'static str,
    /// Old and new address of the content.
    pub(super) from: *mut u8,
    pub(super) to: *mut u8,
    /// Strong and weak references that there are.
    pub(super) counts: (usize, usize),
    /// Strong and weak references that were found.
    pub(super) found: (usize, usize),
    /// The new content stands.
    pub(super) is_made: bool,
    /// The outermost content that this one led to and that did not stand yet when this one did.
    pub(super) leads_to: usize,
}

impl Entry {
    /// Whether a reference of this type can lead to the new content.
    pub(super) fn becomes(&self, new: &'static SharedState, module: &str) -> bool {
        let is_same = || equal((self.new.content)().layout, (new.content)().layout);
        self.module == module && (std::ptr::eq(self.new, new) || is_same())
    }
}

/// In the place of a content's number: none.
pub(super) const NONE: usize = usize::MAX;

/// The contents, by their old address.
pub(super) struct Contents {
    places: HashMap<*mut u8, usize>,
    pub(super) entries: Vec<Entry>,
    /// The outermost content on its way that the references since the last [`look`](Self::look) lead to. Contents are
    /// numbered in the order in which they are begun, so that is the least.
    outermost: usize,
}

impl Default for Contents {
    fn default() -> Self {
        Self { places: HashMap::new(), entries: Vec::new(), outermost: NONE }
    }
}

impl Contents {
    /// The entry of a content.
    pub(super) fn find(&self, from: *mut u8) -> Option<usize> {
        self.places.get(&from).copied()
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, entry: Entry) -> usize {
        self.places.insert(entry.from, self.entries.len());
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// Counts a reference that was found.
    pub(super) fn found(&mut self, entry: usize, is_weak: bool) {
        let (strong, weak) = &mut self.entries[entry].found;
        *(if is_weak { weak } else { strong }) += 1;
        self.outermost = self.outermost.min(self.on_its_way(entry));
    }

    /// The new content stands; `before` is what `look` gave when it was begun.
    pub(super) fn made(&mut self, entry: usize, before: usize) {
        let leads_to = if self.outermost < entry { self.outermost } else { NONE };
        (self.entries[entry].is_made, self.entries[entry].leads_to) = (true, leads_to);
        self.outermost = before.min(leads_to);
    }

    /// Begins to look where references lead; [`led_back`](Self::led_back) takes what it gives.
    pub(super) fn look(&mut self) -> usize {
        std::mem::replace(&mut self.outermost, NONE)
    }

    /// Whether references since `look` lead to a content that does not stand yet: then nobody may follow them.
    pub(super) fn led_back(&mut self, before: usize) -> bool {
        let led_back = self.outermost != NONE;
        self.outermost = self.outermost.min(before);
        led_back
    }

    /// The outermost content on its way that this one leads to, which may be itself.
    fn on_its_way(&self, mut entry: usize) -> usize {
        while entry != NONE && self.entries[entry].is_made {
            entry = self.entries[entry].leads_to;
        }
        entry
    }

    /// Why these contents can't be moved: one that is held from elsewhere too.
    pub(super) fn held_elsewhere(&self) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.counts != entry.found)?;
        let content = crate::verify::layout::short(((entry.new.content)().layout)());
        let ((strong, weak), (found_strong, found_weak)) = (entry.counts, entry.found);
        Some(format!(
            "a shared `{content}` is also held outside of this state: {strong} strong and {weak} weak references, of \
             which {found_strong} and {found_weak} are in it; all must be, or its type must stay as it is"
        ))
    }
}
