//! The thread that looks at the calls in flight.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use liveswap::Deadline;
use liveswap::in_flight::{self, Seen};
use parking_lot::Mutex;

use super::Deadlines;

/// How often the calls are looked at, as a part of the shortest deadline.
const LOOKS: u32 = 20;

/// The times between two looks.
const BETWEEN: Range<Duration> = Duration::from_millis(5)..Duration::from_millis(250);

/// An image whose calls are watched.
pub(crate) struct Watched {
    /// Its addresses.
    pub(crate) code: Range<usize>,
    /// The generation that it came with.
    pub(crate) generation: u64,
    pub(crate) entries: Vec<WatchedEntry>,
}

/// An entry whose calls are watched.
pub(crate) struct WatchedEntry {
    /// The address of its code.
    pub(crate) code: usize,
    pub(crate) name: String,
    /// What stands at the function.
    pub(crate) deadline: Deadline,
}

/// A call that lasts longer than it may, or that did and has come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hang {
    /// The call.
    pub(crate) call: Seen,
    /// The generation of the image whose entry was called.
    pub(crate) generation: u64,
    /// The entry's name.
    pub(crate) entry: String,
    /// How long the call lasts, or has lasted, by what this thread has seen.
    pub(crate) lasts: Duration,
    /// The thread's name, where it has one.
    pub(crate) thread: Option<String>,
    /// The addresses on its stack, nearest first; empty where it has come back, or could not be asked.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) frames: Vec<crate::stacks::Frame>,
    /// Whether it has come back.
    pub(crate) is_back: bool,
}

/// Watches the calls of one library; dropping it ends that.
pub(crate) struct Watchdog {
    deadlines: Deadlines,
    images: Arc<Mutex<Images>>,
    tell: Tell,
    /// There is one as soon as a call may last too long.
    thread: Mutex<Option<Thread>>,
}

/// Called on the thread that watches.
type Tell = Arc<dyn Fn(Hang) + Send + Sync>;

struct Thread {
    /// Dropped first: the thread ends by it.
    end: Option<Sender<()>>,
    handle: Option<JoinHandle<()>>,
}

/// All images whose calls are watched, the newest last.
#[derive(Default)]
struct Images {
    list: Vec<Watched>,
    /// The shortest deadline of all their entries; `None` where all calls may last for ever.
    shortest: Option<Duration>,
}

impl Watchdog {
    /// Nothing is watched yet. `tell` is called on the thread that watches.
    pub(crate) fn new(deadlines: Deadlines, tell: impl Fn(Hang) + Send + Sync + 'static) -> Watchdog {
        // Before there are calls.
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        super::capture::name_threads();
        Watchdog { deadlines, images: Arc::default(), tell: Arc::new(tell), thread: Mutex::default() }
    }

    /// Watches the calls of this image too.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(crate) fn watch(&self, image: Watched) -> std::io::Result<()> {
        let deadlines = image.entries.iter().filter_map(|entry| self.deadlines.of(&entry.name, entry.deadline));
        let shortest = deadlines.min();
        let has_deadlines = {
            let mut images = self.images.lock();
            images.shortest = images.shortest.into_iter().chain(shortest).min();
            images.list.push(image);
            images.shortest.is_some()
        };
        let mut thread = self.thread.lock();
        if thread.is_none() && has_deadlines {
            *thread = Some(self.start()?);
        }
        Ok(())
    }

    fn start(&self) -> std::io::Result<Thread> {
        let (end, ended) = channel();
        let look = Look { deadlines: self.deadlines.clone(), images: self.images.clone(), calls: Vec::new() };
        let tell = self.tell.clone();
        let thread = std::thread::Builder::new().name("liveswap hangs".into());
        let handle = thread.spawn(move || look.until(&ended, &*tell))?;
        Ok(Thread { end: Some(end), handle: Some(handle) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(handle) = self.handle.take() {
            // A panic of it was printed.
            let _ = handle.join();
        }
    }
}

impl Images {
    /// How long to wait from one look to the next.
    fn between_looks(&self) -> Duration {
        self.shortest.map_or(BETWEEN.end, |shortest| (shortest / LOOKS).clamp(BETWEEN.start, BETWEEN.end))
    }

    /// The newest image at this address.
    fn at(&self, code: usize) -> Option<&Watched> {
        self.list.iter().rfind(|image| image.code.contains(&code))
    }
}

/// What was seen of the calls in flight.
struct Look {
    deadlines: Deadlines,
    images: Arc<Mutex<Images>>,
    calls: Vec<Call>,
}

struct Call {
    seen: Seen,
    lasts: Duration,
    /// `None` where it may last for ever.
    deadline: Option<Duration>,
    /// What was told of it.
    told: Option<Hang>,
}

impl Look {
    fn until(mut self, ended: &Receiver<()>, tell: &dyn Fn(Hang)) {
        let mut last = Instant::now();
        loop {
            // An image may have come with a shorter deadline.
            let between = self.images.lock().between_looks();
            if ended.recv_timeout(between) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let now = Instant::now();
            // A longer pause than meant: this thread did not run, and so perhaps no other.
            let passed = (now - last).min(2 * between);
            last = now;
            self.look(&in_flight::all(), passed, tell);
        }
    }

    /// The calls that are there now, and what has passed since the last look.
    fn look(&mut self, now: &[Seen], passed: Duration, tell: &dyn Fn(Hang)) {
        for call in self.calls.extract_if(.., |call| !now.contains(&call.seen)) {
            if let Some(told) = call.told {
                #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
                let told = Hang { frames: Vec::new(), ..told };
                tell(Hang { lasts: call.lasts + passed, is_back: true, ..told });
            }
        }
        for seen in now {
            match self.calls.iter_mut().find(|call| call.seen == *seen) {
                Some(call) => call.lasts += passed,
                None => self.calls.extend(self.begun(*seen)),
            }
        }
        let is_late =
            |call: &&mut Call| call.told.is_none() && call.deadline.is_some_and(|at_most| call.lasts >= at_most);
        for call in self.calls.iter_mut().filter(is_late) {
            if is_debugged() {
                // It may have been held for any time.
                call.lasts = Duration::ZERO;
                continue;
            }
            call.told = hang(&self.images, call);
            call.told.iter().cloned().for_each(tell);
        }
    }

    /// A call that was not there before; `None` where it is not of this library's code.
    fn begun(&self, seen: Seen) -> Option<Call> {
        let images = self.images.lock();
        let (name, at_function) = images.at(seen.code)?.entry(seen.code);
        Some(Call { seen, lasts: Duration::ZERO, deadline: self.deadlines.of(name, at_function), told: None })
    }
}

impl Watched {
    /// The name of the entry at this address, and what it says of its deadline.
    fn entry(&self, code: usize) -> (&str, Deadline) {
        let entry = self.entries.iter().find(|entry| entry.code == code);
        entry.map_or(("a hot function", Deadline::UNSAID), |entry| (&entry.name, entry.deadline))
    }
}

/// What there is to tell of a call; `None` where it has come back meanwhile.
fn hang(images: &Mutex<Images>, call: &Call) -> Option<Hang> {
    let code = call.seen.code;
    let (generation, entry) = {
        let images = images.lock();
        let image = images.at(code)?;
        (image.generation, image.entry(code).0.to_owned())
    };
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    let (thread, frames) = super::capture::stack_of(&call.seen)?;
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let thread = call.seen.with_thread(|name, _| name.map(str::to_owned))?;
    Some(Hang {
        call: call.seen,
        generation,
        entry,
        lasts: call.lasts,
        thread,
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        frames,
        is_back: false,
    })
}

/// Whether a debugger is attached.
fn is_debugged() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|tracer| tracer.trim() != "0")
}
