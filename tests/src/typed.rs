//! Typed hosts within the test's own process: the hot libraries `typed-logic` and `typed-other` are linked into the
//! test, and hosted from temporary copies of their sources.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use liveswap_host::{Event, EventKind, Host, HostBuilder};

use crate::{DEADLINE, Project};

/// A running host and its events. Waiting goes forward, as with [`Run`](crate::Run).
pub struct TypedRun {
    /// The host.
    pub host: Host,
    events: Receiver<Event>,
    seen: Vec<Event>,
}

impl TypedRun {
    /// Starts the host that `describe` describes, with nothing shown.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn start(describe: impl FnOnce(HostBuilder) -> HostBuilder) -> TypedRun {
        let host = describe(Host::builder().show(None).patch(false)).start().expect("the host starts");
        let events = host.subscribe();
        TypedRun { host, events, seen: Vec::new() }
    }

    /// Starts a host of both libraries of this project, and waits until both run; which is the first is open.
    pub fn start_both(project: &Project) -> TypedRun {
        let mut run = TypedRun::start(|host| {
            let host = host.library_at(&typed_logic::HOT, project.path("logic"));
            host.library_at(&typed_other::HOT, project.path("other"))
        });
        for _ in 0..2 {
            run.wait("a start", true, |event| matches!(event.kind, EventKind::Started { .. }).then_some(()));
        }
        run
    }

    /// Waits for the next event for which `find` gives something. Calls `tick` meanwhile where `tick` says so.
    ///
    /// # Panics
    ///
    /// After [`DEADLINE`], with all events.
    pub fn wait<T>(&mut self, what: &str, tick: bool, find: impl Fn(&Event) -> Option<T>) -> T {
        let safe_point = |run: &TypedRun| {
            if tick {
                run.host.tick();
            }
        };
        self.wait_with(what, safe_point, find)
    }

    /// As [`wait`](Self::wait), with a safe point of the caller's.
    ///
    /// # Panics
    ///
    /// After [`DEADLINE`], with all events.
    pub fn wait_with<T>(
        &mut self,
        what: &str,
        mut safe_point: impl FnMut(&TypedRun),
        find: impl Fn(&Event) -> Option<T>,
    ) -> T {
        let end = Instant::now() + DEADLINE;
        loop {
            safe_point(self);
            match self.events.recv_timeout(std::time::Duration::from_millis(10)) {
                Ok(event) => {
                    let found = find(&event);
                    if !matches!(event.kind, EventKind::Building(_)) {
                        self.seen.push(event);
                    }
                    if let Some(found) = found {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < end => {}
                Err(error) => panic!("{what} did not come ({error}); events: {:#?}", self.seen),
            }
        }
    }

    /// Waits for the first generation of a library, ticking.
    pub fn started(&mut self, library: &str) {
        self.wait("the start", true, |event| {
            (event.library == library && matches!(event.kind, EventKind::Started { .. })).then_some(())
        });
    }

    /// Waits for the next applied edit, ticking; gives the library's name and the generation.
    pub fn applied(&mut self) -> (String, u64) {
        self.wait("an applied edit", true, |event| match &event.kind {
            EventKind::Applied { generation, .. } => Some((event.library.clone(), *generation)),
            _ => None,
        })
    }

    /// Waits until a generation was left for an older one; gives the new number, whose content it has, and why.
    pub fn rolled_back(&mut self) -> (u64, u64, String) {
        self.wait("a rollback", true, |event| match &event.kind {
            EventKind::RolledBack { generation, content_of, reason } => {
                Some((*generation, *content_of, reason.clone()))
            }
            _ => None,
        })
    }

    /// Waits for the next refusal; gives the reason.
    pub fn refused(&mut self) -> String {
        self.wait("a refusal", true, |event| match &event.kind {
            EventKind::Refused { reason, .. } => Some(reason.clone()),
            _ => None,
        })
    }
}
