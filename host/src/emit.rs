//! Where events go: to the sinks (terminal, event file, `tracing`) and to subscribers.

use std::sync::mpsc::{Receiver, Sender, channel};

use parking_lot::Mutex;

use crate::events::{Event, EventKind};

/// Called with each event, on the thread on which it happened.
pub type Sink = Box<dyn Fn(&Event) + Send + Sync>;

/// Hands events on; shared by all libraries of a host. Sinks are called in the order of the events of one library.
pub struct Emitter {
    sinks: Vec<Sink>,
    subscribers: Mutex<Vec<Sender<Event>>>,
}

impl Emitter {
    /// An emitter for these sinks.
    pub fn new(sinks: Vec<Sink>) -> Self {
        Self { sinks, subscribers: Mutex::new(Vec::new()) }
    }

    /// All events from now on.
    pub fn subscribe(&self) -> Receiver<Event> {
        let (sender, receiver) = channel();
        self.subscribers.lock().push(sender);
        receiver
    }

    /// Tells everyone.
    pub fn emit(&self, library: &str, kind: EventKind) {
        let event = Event { library: library.to_owned(), kind };
        for sink in &self.sinks {
            sink(&event);
        }
        // A subscriber that is gone is forgotten.
        self.subscribers.lock().retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }
}
