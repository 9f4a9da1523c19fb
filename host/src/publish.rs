//! Publish: what is done at the safe point to bring a checked generation into force.
//!
//! A [`Publication`] holds everything ready; [`Publication::publish`] is one store for the functions of a typed host,
//! or one exchange under a lock for an application.

use std::sync::Arc;

use liveswap::{AppDescription, HotCrate, TrialTerms};

use crate::app::AppSlot;
use crate::shadow::runtime::{Code, Slot};

/// A generation that passed every check, for one of the two kinds of hosts, or for both.
#[derive(Clone)]
pub enum Publication {
    /// Code for each entry of a library that is linked into the host.
    Entries {
        /// The library.
        of: &'static HotCrate,
        /// The code, in the order of its entries.
        code: Vec<liveswap::Code>,
    },
    /// An application.
    App {
        /// Where the program that drives it looks.
        slot: Arc<AppSlot>,
        /// The application.
        description: &'static AppDescription,
    },
    /// A patch of the base in force.
    Patch {
        /// The slots, and what each leads to from now on.
        slots: Vec<(&'static Slot, Option<Code>)>,
        /// What is patched.
        of: Patched,
    },
    /// What was in force before: an image, and the patch of it.
    Again {
        /// The image's own publication.
        image: Box<Publication>,
        /// The slots of the image, and what each leads to from now on.
        slots: Vec<(&'static Slot, Option<Code>)>,
    },
}

/// Whose code a patch is of.
#[derive(Clone)]
pub enum Patched {
    /// The functions of a library that is linked into the host.
    Entries(&'static HotCrate),
    /// An application.
    App(Arc<AppSlot>),
}

impl Publication {
    /// Brings it into force under this number, on trial. Calls in flight finish on the code that they run.
    ///
    /// # Safety
    ///
    /// The code comes from an [`Image`](crate::open::Image), and `verify` found its entries (or its application's
    /// state) to have the layouts of the host's.
    pub unsafe fn publish(self, generation: u64, terms: TrialTerms) {
        // The order is that of `HotCrate`: the trial, the code, the number.
        match self {
            Publication::Entries { of, code } => {
                of.begin_trial(generation, terms);
                // SAFETY: by the contract; images stay loaded.
                unsafe { of.publish(&code) };
                of.is_now(generation);
            }
            Publication::App { slot, description } => slot.set(*description, generation, terms),
            Publication::Patch { slots, of: Patched::Entries(of) } => {
                of.begin_trial(generation, terms);
                slots.iter().for_each(|(slot, code)| slot.set(*code));
                of.is_now(generation);
            }
            Publication::Patch { slots, of: Patched::App(slot) } => {
                slots.iter().for_each(|(slot, code)| slot.set(*code));
                slot.renumber(generation, terms);
            }
            Publication::Again { image, slots } => {
                slots.iter().for_each(|(slot, code)| slot.set(*code));
                // SAFETY: by the contract.
                unsafe { image.publish(generation, terms) };
            }
        }
    }
}
