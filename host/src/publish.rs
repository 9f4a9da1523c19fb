//! Publish: what is done at the safe point to bring a checked generation into force.
//!
//! A [`Publication`] holds everything ready; [`Publication::publish`] is one store for the functions of a typed host,
//! or one exchange under a lock for an application.

use std::sync::Arc;

use liveswap::{AppDescription, HotCrate};

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
        /// The application that is patched, where there is one.
        app: Option<Arc<AppSlot>>,
    },
    /// What was in force before: an image, and the patch of it.
    Again {
        /// The image's own publication.
        image: Box<Publication>,
        /// The slots of the image, and what each leads to from now on.
        slots: Vec<(&'static Slot, Option<Code>)>,
    },
}

impl Publication {
    /// Brings it into force under this number. Calls in flight finish on the code that they run.
    ///
    /// # Safety
    ///
    /// The code comes from an [`Image`](crate::open::Image), and `verify` found its entries (or its application's
    /// state) to have the layouts of the host's.
    pub unsafe fn publish(self, generation: u64) {
        match self {
            // SAFETY: by the contract; images stay loaded.
            Publication::Entries { of, code } => unsafe { of.publish(&code) },
            Publication::App { slot, description } => slot.set(*description, generation),
            Publication::Patch { slots, app } => {
                slots.iter().for_each(|(slot, code)| slot.set(*code));
                app.iter().for_each(|app| app.renumber(generation));
            }
            Publication::Again { image, slots } => {
                slots.iter().for_each(|(slot, code)| slot.set(*code));
                // SAFETY: by the contract.
                unsafe { image.publish(generation) };
            }
        }
    }
}
