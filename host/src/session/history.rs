//! The generations that were in force, and what it takes to bring one of them back.
//!
//! Images are never unloaded, so an old generation is there as it was: its image is published again, and the image's slots
//! are set to the code of its patch. Its state is moved back, as by any edit, at the safe point.

mod audit;
mod choice;
mod running;
mod standing;

use std::collections::BTreeSet;
use std::ops::Range;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

pub use audit::Audit;
use serde::{Deserialize, Serialize};
pub use standing::Standing;

use super::hooks::ImageHooks;
use super::patching::Slots;
use crate::audit::Replaced;
use crate::classify::Snapshot;
use crate::events::Tier;
use crate::publish::Publication;
use crate::shadow::runtime::{Code, Slot};
use crate::verify::kept::View;

/// A generation that is or was in force.
///
/// As JSON, `since` is the Unix time and `took` a duration, both in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// How it was applied: the first one, and what was rolled back to an image, counts as a swap.
    pub tier: Tier,
    /// The generation whose content it has again, where it was rolled back to.
    pub content_of: Option<u64>,
    /// When it came into force.
    #[serde(with = "super::control::unix_ms")]
    pub since: SystemTime,
    /// From the save to then.
    #[serde(rename = "took_ms", with = "super::control::ms")]
    pub took: Duration,
    /// Of a patch, the functions that are not those of its base.
    pub functions: Vec<String>,
    /// Why it was made.
    pub reason: String,
    /// The memory of the image or the patch that was loaded for it, in bytes; what was rolled back to has that of the
    /// generation whose content it is.
    pub size: u64,
    /// What it is now.
    pub standing: Standing,
    /// What its first panic or crash said. A rollback that names no generation never goes back to such code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Of a quarantined generation: whether its content was asked for since, so that it may be applied again.
    #[serde(default)]
    pub is_allowed_again: bool,
    /// How many calls from outside have not come back from its image: of generations that share one, it stands with the
    /// newest. What the library's own threads run is no such call.
    pub calls_in_flight: usize,
    /// The names of the living threads that its image has started, sorted: of generations that share one, a thread stands
    /// with that which was the newest when it was started.
    ///
    /// The names are those of the system, of 15 bytes at the most; a thread without one has that of the thread that started
    /// it. Known on Linux, of all threads of `std` and others that `pthread_create` has started, but for those of
    /// constructors and of shared libraries that the library uses.
    pub threads: Vec<String>,
    /// Of a patch, what its audit has found; `None` if it has not been audited.
    #[serde(default)]
    pub audit: Option<Audit>,
}

impl Generation {
    /// Whether it is in force now.
    pub fn is_in_force(&self) -> bool {
        self.standing == Standing::InForce
    }
}

/// An image as it was published first.
pub(super) struct Published {
    pub(super) publication: Publication,
    pub(super) views: Vec<View>,
    /// Always there but in tests.
    pub(super) hooks: Option<ImageHooks>,
    /// Where it is loaded.
    range: Range<usize>,
    /// Its statics and thread-locals that can change.
    statics: BTreeSet<String>,
}

impl Published {
    /// Where it is loaded: no other image has this address.
    pub(super) fn address(&self) -> usize {
        self.range.start
    }
}

/// What a generation is made of.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) image: Arc<Published>,
    /// The slots that do not lead to the image's own code.
    slots: Vec<(&'static Slot, Code)>,
    /// What the patch in these slots changes; nothing without one.
    pub(super) patched: Arc<Replaced>,
    /// What it was made from, of the newest generations: each may hold a file that no other has.
    pub(super) sources: Option<Snapshot>,
}

struct Entry {
    generation: Generation,
    content: Content,
    /// When it came into force; until then, when it was offered.
    came: Instant,
    /// Why it was gone back to, where it was.
    cause: Cause,
}

/// Why a generation is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody wants another one.
    Asked,
    /// Its code failed.
    Fault,
}

impl Entry {
    /// The generation that its content was made for.
    fn made(&self) -> u64 {
        self.generation.content_of.unwrap_or(self.generation.number)
    }
}

/// How many generations keep their sources.
const WITH_SOURCES: usize = 8;

/// The generations of one library, in the order in which they were offered.
#[derive(Default)]
pub(super) struct History {
    entries: Vec<Entry>,
    /// Offered, and not in force yet: the last one, and those that it may have come too late for.
    coming: Vec<Entry>,
    /// Images that never came into force, and never will.
    gone: Vec<Arc<Published>>,
}

impl Content {
    pub(super) fn of_image(
        publication: &Publication,
        views: &[View],
        hooks: Option<ImageHooks>,
        range: Range<usize>,
        sources: Snapshot,
    ) -> Content {
        let (publication, views) = (publication.clone(), views.to_vec());
        let image = Published { publication, views, hooks, range, statics: BTreeSet::new() };
        Content { image: Arc::new(image), slots: Vec::new(), patched: Arc::default(), sources: Some(sources) }
    }

    /// An image that nobody else has yet, with the names of its statics and thread-locals that can change.
    pub(super) fn with_statics(mut self, statics: BTreeSet<String>) -> Content {
        Arc::get_mut(&mut self.image).into_iter().for_each(|image| image.statics = statics.clone());
        self
    }

    /// The statics and thread-locals whose values are lost when this comes after `before`: both have them, and in another
    /// image.
    pub(super) fn starts_anew(&self, before: &Content) -> Vec<String> {
        match Arc::ptr_eq(&self.image, &before.image) {
            true => Vec::new(),
            false => self.image.statics.intersection(&before.image.statics).cloned().collect(),
        }
    }

    /// The same image, with its slots set anew.
    pub(super) fn patched(&self, slots: &Slots, patched: Replaced, sources: Snapshot) -> Content {
        let is_set = |slot: &'static Slot| slots.iter().any(|(other, _)| ptr::eq(*other, slot));
        let kept = self.slots.iter().copied().filter(|(slot, _)| !is_set(slot));
        let set = slots.iter().filter_map(|(slot, code)| Some((*slot, (*code)?)));
        Content {
            image: self.image.clone(),
            slots: kept.chain(set).collect(),
            patched: Arc::new(patched),
            sources: Some(sources),
        }
    }
}

impl History {
    /// This is offered to the program.
    pub(super) fn offered(
        &mut self,
        number: u64,
        tier: Tier,
        functions: Vec<String>,
        reason: String,
        size: u64,
        content: Content,
    ) {
        let generation = Generation {
            number,
            tier,
            content_of: None,
            since: SystemTime::now(),
            took: Duration::ZERO,
            functions,
            reason,
            size,
            standing: Standing::Retired,
            fault: None,
            is_allowed_again: false,
            calls_in_flight: 0,
            threads: Vec::new(),
            audit: None,
        };
        self.is_coming(Entry { generation, content, came: Instant::now(), cause: Cause::Asked });
    }

    fn is_coming(&mut self, entry: Entry) {
        // The number of one that was refused at the safe point is given again.
        self.forget(|other| other == entry.generation.number);
        self.coming.push(entry);
    }

    /// Forgets what does not come any more.
    fn forget(&mut self, is_meant: impl Fn(u64) -> bool) {
        let (forgotten, coming) = std::mem::take(&mut self.coming)
            .into_iter()
            .partition::<Vec<_>, _>(|entry| is_meant(entry.generation.number));
        self.coming = coming;
        let is_known = |image: &Arc<Published>| {
            self.entries.iter().chain(&self.coming).any(|entry| Arc::ptr_eq(&entry.content.image, image))
        };
        let gone: Vec<_> =
            forgotten.into_iter().map(|entry| entry.content.image).filter(|image| !is_known(image)).collect();
        self.gone.extend(gone);
    }

    /// The images that never came into force and never will, each once.
    pub(super) fn take_gone(&mut self) -> Vec<Arc<Published>> {
        std::mem::take(&mut self.gone)
    }

    /// A generation came into force at this time, so long after its save. Gives the generation whose content it has again,
    /// where that is so.
    pub(super) fn came(&mut self, number: u64, took: Duration, at: Instant) -> Option<u64> {
        let place = self.coming.iter().position(|coming| coming.generation.number == number)?;
        let mut entry = self.coming.swap_remove(place);
        let content_of = entry.generation.content_of;
        for past in &mut self.entries {
            if past.generation.is_in_force() {
                // Who asks for a newer one leaves nothing that was bad.
                let is_back = content_of.is_some_and(|to| to < past.made());
                let is_bad = is_back || entry.cause == Cause::Fault;
                past.generation.standing = if is_bad { Standing::Quarantined } else { Standing::Retired };
            }
            if Some(past.made()) == content_of {
                past.generation.standing = Standing::Retired;
            }
        }
        let (since, standing) = (SystemTime::now(), Standing::InForce);
        entry.generation = Generation { since, took, standing, ..entry.generation };
        entry.came = at;
        self.entries.push(entry);
        self.forget(|coming| coming < number);
        let old = self.entries.len().saturating_sub(WITH_SOURCES);
        self.entries[..old].iter_mut().for_each(|entry| entry.content.sources = None);
        content_of
    }

    /// The generation that came into force last.
    pub(super) fn newest(&self) -> Option<&Generation> {
        self.entries.last().map(|entry| &entry.generation)
    }

    /// The content in force.
    pub(super) fn now(&self) -> Option<&Content> {
        self.entries.iter().find(|entry| entry.generation.is_in_force()).map(|entry| &entry.content)
    }

    /// What is to be published under `number` for a generation to be in force again. Gives its content as well.
    ///
    /// # Errors
    ///
    /// There was no such generation, or it is in force.
    pub(super) fn back_to(
        &mut self,
        wanted: u64,
        number: u64,
        cause: Cause,
    ) -> Result<(Publication, Content), RollbackError> {
        let Some(entry) = self.entries.iter().find(|entry| entry.generation.number == wanted) else {
            let known = self.entries.iter().map(|entry| entry.generation.number).collect();
            return Err(RollbackError::Unknown { wanted, known });
        };
        if entry.generation.is_in_force() {
            return Err(RollbackError::InForce { wanted });
        }
        let content = entry.content.clone();
        // Whatever patch of this image was in force last has left its slots set.
        let mut slots: Slots = content.slots.iter().map(|(slot, code)| (*slot, Some(*code))).collect();
        for other in self.entries.iter().filter(|other| Arc::ptr_eq(&other.content.image, &content.image)) {
            for (slot, _) in &other.content.slots {
                if !slots.iter().any(|(set, _)| ptr::eq(*set, *slot)) {
                    slots.push((slot, None));
                }
            }
        }
        let generation = Generation {
            number,
            content_of: Some(entry.made()),
            standing: Standing::Retired,
            fault: None,
            is_allowed_again: false,
            ..entry.generation.clone()
        };
        self.is_coming(Entry { generation, content: content.clone(), came: Instant::now(), cause });
        let image = Box::new(content.image.publication.clone());
        Ok((Publication::Again { image, slots }, content))
    }
}

/// Why there is no way back to a generation.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RollbackError {
    /// It was never in force.
    #[error("generation {wanted} was never in force; known: {}", known.iter().map(u64::to_string).collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The number.
        wanted: u64,
        /// Those that were.
        known: Vec<u64>,
    },
    /// It is in force.
    #[error("generation {wanted} is in force")]
    InForce {
        /// The number.
        wanted: u64,
    },
    /// All that was in force before has panicked or crashed.
    #[error(
        "all generations before {in_force} have panicked or crashed: {}; `liveswap rollback N` goes back to one all the same",
        failed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    )]
    AllFailed {
        /// The generation in force.
        in_force: u64,
        /// Those before it.
        failed: Vec<u64>,
    },
    /// There is nothing before what is in force.
    #[error("{}", if *in_force == 0 { "nothing is in force yet".to_owned() } else { format!("there is nothing before generation {in_force} to go back to") })]
    First {
        /// The generation in force; 0 where there is none.
        in_force: u64,
    },
    /// The session is at something that it can't leave.
    #[error(transparent)]
    Session(#[from] super::SessionError),
    /// Its load hook, which runs again since its retire hook has run, panicked.
    #[error("the load hook of generation {wanted} panicked: {message}")]
    Hook {
        /// The number.
        wanted: u64,
        /// The panic's message.
        message: String,
    },
    /// The library is not hosted here, or its session has ended.
    #[error("`{library}` is not hosted here")]
    NotHosted {
        /// The library's package.
        library: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Patched;

    static SLOTS: [Slot; 3] = [Slot::new(), Slot::new(), Slot::new()];

    const CODE: Code = Code::new(code as fn() as *const ());

    fn code() {}

    pub(super) fn image() -> Publication {
        Publication::Patch { slots: Vec::new(), of: Patched::App(Arc::default()) }
    }

    pub(super) fn sources(text: &str) -> Snapshot {
        let mut sources = Snapshot::default();
        sources.update("lib.rs", Some(Arc::from(text.as_bytes())));
        sources
    }

    /// Which slots are set, and which are not.
    fn set(publication: &Publication) -> [Option<bool>; 3] {
        let Publication::Again { slots, .. } = publication else { panic!("an image again") };
        [0, 1, 2].map(|place| {
            let slot = slots.iter().find(|(slot, _)| ptr::eq(*slot, &SLOTS[place]));
            slot.map(|(_, code)| code.is_some())
        })
    }

    /// An image, and two patches of it.
    pub(super) fn history() -> History {
        let mut history = History::default();
        let base = Content::of_image(&image(), &[], None, 0..0, sources("1"));
        history.offered(1, Tier::Swap, Vec::new(), String::new(), 4096, base.clone());
        assert_eq!(history.came(1, Duration::ZERO, Instant::now()), None);
        let first =
            base.patched(&vec![(&SLOTS[0], Some(CODE)), (&SLOTS[1], Some(CODE))], Replaced::default(), sources("2"));
        history.offered(2, Tier::Patch, Vec::new(), String::new(), 0, first.clone());
        history.came(2, Duration::ZERO, Instant::now());
        let second =
            first.patched(&vec![(&SLOTS[0], None), (&SLOTS[2], Some(CODE))], Replaced::default(), sources("3"));
        history.offered(3, Tier::Patch, Vec::new(), String::new(), 512, second);
        history.came(3, Duration::ZERO, Instant::now());
        history
    }

    fn is_in_force(history: &History) -> Vec<u64> {
        history.generations().iter().filter(|one| one.is_in_force()).map(|one| one.number).collect()
    }

    #[test]
    fn the_slots_lead_where_they_did() {
        let mut history = history();
        let (publication, _) = history.back_to(2, 4, Cause::Asked).unwrap();
        assert_eq!(set(&publication), [Some(true), Some(true), Some(false)]);
        assert_eq!(history.came(4, Duration::ZERO, Instant::now()), Some(2));
        assert_eq!(is_in_force(&history), [4]);
        let (publication, content) = history.back_to(1, 5, Cause::Asked).unwrap();
        assert_eq!(set(&publication), [Some(false); 3]);
        assert_eq!(&content.sources.unwrap().get("lib.rs".as_ref()).unwrap()[..], b"1");
        let (publication, _) = history.back_to(3, 5, Cause::Asked).unwrap();
        assert_eq!(set(&publication), [Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn what_was_left_is_known_until_it_is_wanted_again() {
        let mut history = history();
        let left = |history: &History, text: &str| {
            let text = text.as_bytes().to_vec();
            history.left(|sources| sources.get("lib.rs".as_ref()).is_some_and(|other| other[..] == text[..]))
        };
        assert_eq!(left(&history, "3"), None);
        history.back_to(1, 4, Cause::Asked).unwrap();
        assert_eq!(left(&history, "3"), None, "it is not in force yet");
        history.came(4, Duration::ZERO, Instant::now());
        assert_eq!((left(&history, "3"), left(&history, "2")), (Some(3), None));
        let standings = history.generations().iter().map(|one| one.standing).collect::<Vec<_>>();
        assert_eq!(standings, [Standing::Retired, Standing::Retired, Standing::Quarantined, Standing::InForce]);
        // Forward again.
        history.back_to(3, 5, Cause::Asked).unwrap();
        assert_eq!(history.came(5, Duration::ZERO, Instant::now()), Some(3));
        assert_eq!((left(&history, "3"), left(&history, "1")), (None, None));
        let last = history.generations().pop().unwrap();
        assert_eq!((last.number, last.content_of, last.tier, last.size), (5, Some(3), Tier::Patch, 512));
    }

    #[test]
    fn what_there_is_not_is_named() {
        let mut history = history();
        let error = history.back_to(7, 4, Cause::Asked).err().unwrap().to_string();
        assert_eq!(error, "generation 7 was never in force; known: 1, 2, 3");
        assert_eq!(history.back_to(3, 4, Cause::Asked).err().unwrap().to_string(), "generation 3 is in force");
        // One that never came is not known, and its number is given again.
        history.offered(
            4,
            Tier::Swap,
            Vec::new(),
            String::new(),
            0,
            Content::of_image(&image(), &[], None, 0..0, sources("4")),
        );
        history.offered(
            4,
            Tier::Swap,
            Vec::new(),
            String::new(),
            0,
            Content::of_image(&image(), &[], None, 0..0, sources("5")),
        );
        history.came(4, Duration::ZERO, Instant::now());
        assert_eq!(&history.now().unwrap().sources.as_ref().unwrap().get("lib.rs".as_ref()).unwrap()[..], b"5");
        assert_eq!(history.generations().len(), 4);
    }

    #[test]
    fn old_generations_come_back_and_keep_no_sources() {
        let mut history = history();
        for number in 4..30 {
            let content = Content::of_image(&image(), &[], None, 0..0, sources(&number.to_string()));
            history.offered(number, Tier::Swap, Vec::new(), String::new(), 0, content);
            history.came(number, Duration::ZERO, Instant::now());
        }
        let kept = history.entries.iter().filter(|entry| entry.content.sources.is_some()).count();
        assert_eq!(kept, WITH_SOURCES);
        let (publication, content) = history.back_to(2, 30, Cause::Asked).unwrap();
        assert_eq!(set(&publication), [Some(true), Some(true), Some(false)]);
        assert!(content.sources.is_none());
    }
}
