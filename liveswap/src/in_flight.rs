//! Calls of hot code that have not come back: each thread has a record of its own, which the host looks at now and then.
//!
//! On the call's way these are a few plain stores to memory of the thread's own, and no clock: who looks takes the time.
//! Records live for ever; that of a thread that has ended is given to the next one. Only calls that come from outside
//! count, so only the copy of this crate that is linked into the program has records.
//!
//! The same place is where a host can put itself around each call, see [`install_guard`].

use std::cell::Cell;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crate::entry::Code;
use crate::guard::{PanicReport, Ret};

/// Runs `run(data)` and gives null, or a report where that did not come to its end: made by [`PanicReport::of_crash`].
/// `data` is alive until this returns; after a report nothing of it is used.
pub type Guard = unsafe extern "C" fn(run: unsafe extern "C" fn(*mut ()), data: *mut ()) -> *mut PanicReport;

/// What the host has put around all calls.
static GUARD: OnceLock<Guard> = OnceLock::new();

/// The records of all threads that have called, and of some that have ended.
static RECORDS: Mutex<Vec<&'static Record>> = Mutex::new(Vec::new());

/// The system's number of the calling thread.
static SYSTEM_ID: OnceLock<fn() -> i32> = OnceLock::new();

/// For calls of a thread that is ending, whose record was given back.
static NOBODY: Record = Record::new();

/// The outermost call of a thread.
struct Record {
    /// The address of its code; 0 where the thread is in none.
    code: AtomicUsize,
    /// How many there were.
    calls: AtomicUsize,
    /// Whose it is; held while a signal is on its way to the thread, so that it can't end meanwhile.
    owner: Mutex<Option<Owner>>,
}

struct Owner {
    name: Option<String>,
    system_id: i32,
}

thread_local! {
    static OWN: Cell<Option<&'static Record>> = const { Cell::new(None) };
    /// Gives the record back when the thread ends.
    static RETURNED: Returned = const { Returned };
}

struct Returned;

impl Drop for Returned {
    fn drop(&mut self) {
        if let Some(record) = OWN.replace(Some(&NOBODY)) {
            // A thread that is cancelled in a call leaves it here.
            record.code.store(0, Ordering::Relaxed);
            *locked(&record.owner) = None;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    const fn new() -> Self {
        Self { code: AtomicUsize::new(0), calls: AtomicUsize::new(0), owner: Mutex::new(None) }
    }

    /// That of the calling thread.
    #[inline(always)]
    fn own() -> &'static Record {
        match OWN.get() {
            Some(record) => record,
            None => Record::attach(),
        }
    }

    /// The thread's first call.
    #[cold]
    #[inline(never)]
    fn attach() -> &'static Record {
        if RETURNED.try_with(|_| ()).is_err() {
            return &NOBODY;
        }
        let owner = Owner {
            name: thread::current().name().map(str::to_owned),
            system_id: SYSTEM_ID.get().map_or(0, |system_id| system_id()),
        };
        let mut records = locked(&RECORDS);
        let free = records.iter().copied().find(|record| locked(&record.owner).is_none());
        let record = free.unwrap_or_else(|| {
            let record: &'static Record = Box::leak(Box::new(Record::new()));
            records.push(record);
            record
        });
        *locked(&record.owner) = Some(owner);
        OWN.set(Some(record));
        record
    }
}

/// Puts `guard` around all calls from now on; the first one stays.
pub fn install_guard(guard: Guard) {
    GUARD.get_or_init(|| guard);
}

/// How a thread finds out its number in the system, for [`Seen::with_thread`]. Threads that called before have none.
pub fn name_threads(system_id: fn() -> i32) {
    SYSTEM_ID.get_or_init(|| system_id);
}

/// Runs `call`, which enters `code`, as a call that can be seen, and within the guard where there is one.
///
/// `call` must not unwind.
#[inline(always)]
pub(crate) fn enter<R>(
    code: Code,
    report: &mut *mut PanicReport,
    call: impl FnOnce(&mut *mut PanicReport) -> MaybeUninit<R>,
) -> MaybeUninit<R> {
    let record = Record::own();
    let outer = record.code.load(Ordering::Relaxed);
    if outer == 0 {
        // One thread writes, so this is no read-modify-write.
        record.calls.store(record.calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        record.code.store(code.address().addr(), Ordering::Relaxed);
    }
    if let Some(guard) = GUARD.get() {
        let value = guarded(*guard, report, call);
        record.code.store(outer, Ordering::Relaxed);
        return value;
    }
    // In a place of its own: a large value is not copied once more.
    let value = call(report);
    record.code.store(outer, Ordering::Relaxed);
    value
}

/// As `enter`, for a call that gives value and report in one, and is known by the address of this code.
#[inline]
pub fn enter_for<R>(code: *const (), call: impl FnOnce() -> Ret<R>) -> Ret<R> {
    let mut report = ptr::null_mut();
    let value = enter(Code::new(code), &mut report, |report| {
        let (inner, value) = call().into_parts();
        *report = inner;
        value
    });
    Ret::from_parts(report, value)
}

struct Data<'a, F, R> {
    call: Option<F>,
    report: &'a mut *mut PanicReport,
    value: MaybeUninit<R>,
}

#[cold]
#[inline(never)]
fn guarded<R, F: FnOnce(&mut *mut PanicReport) -> MaybeUninit<R>>(
    guard: Guard,
    report: &mut *mut PanicReport,
    call: F,
) -> MaybeUninit<R> {
    let mut data = Data { call: Some(call), report, value: MaybeUninit::uninit() };
    // SAFETY: `run` gets the data that it is made for, which lives on; the guard keeps its contract.
    let crash = unsafe { guard(run::<R, F>, (&raw mut data).cast()) };
    if !crash.is_null() {
        // What the call had is not touched: nobody knows how far it came.
        let Data { call, report, .. } = data;
        std::mem::forget(call);
        *report = crash;
        return MaybeUninit::uninit();
    }
    data.value
}

/// Runs the call in `data`.
///
/// # Safety
///
/// `data` is a `Data` of these types that nobody else uses.
unsafe extern "C" fn run<R, F: FnOnce(&mut *mut PanicReport) -> MaybeUninit<R>>(data: *mut ()) {
    // SAFETY: by the contract.
    let data = unsafe { &mut *data.cast::<Data<'_, F, R>>() };
    if let Some(call) = data.call.take() {
        data.value = call(data.report);
    }
}

/// A call that had not come back when it was looked for.
#[derive(Clone, Copy)]
pub struct Seen {
    record: &'static Record,
    /// The address of its code.
    pub code: usize,
    /// Counts the calls of its thread: the same number is the same call.
    pub number: usize,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.record, other.record) && (self.code, self.number) == (other.code, other.number)
    }
}

impl Eq for Seen {}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("code", &self.code).field("number", &self.number).finish_non_exhaustive()
    }
}

impl Seen {
    /// Gives `then` the name of the call's thread and its number in the system (0 where that is not known); `None` where
    /// the call is over. The thread can't end before `then` does; it must not call hot code for the first time in it.
    pub fn with_thread<T>(&self, then: impl FnOnce(Option<&str>, i32) -> T) -> Option<T> {
        let owner = locked(&self.record.owner);
        let owner = owner.as_ref().filter(|_| self.goes_on())?;
        Some(then(owner.name.as_deref(), owner.system_id))
    }

    /// Whether it has not come back yet.
    pub fn goes_on(&self) -> bool {
        seen(self.record).is_some_and(|now| now == *self)
    }
}

fn seen(record: &'static Record) -> Option<Seen> {
    let number = record.calls.load(Ordering::Relaxed);
    let code = record.code.load(Ordering::Relaxed);
    (code != 0).then_some(Seen { record, code, number })
}

/// The outermost calls that have not come back, at most one of each thread. Calls that begin or end meanwhile may be among
/// them or not.
pub fn all() -> Vec<Seen> {
    locked(&RECORDS).iter().copied().filter_map(seen).collect()
}

/// The outermost call that the calling thread is in.
pub fn own() -> Option<Seen> {
    let record = OWN.get().filter(|record| !ptr::eq(*record, &NOBODY))?;
    seen(record)
}

/// How many threads are in a call of code in this range of addresses: that of an image. A call of patched code is one of
/// the image that is patched.
pub fn calls_in_flight(range: &Range<usize>) -> usize {
    all().iter().filter(|seen| range.contains(&seen.code)).count()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn code(address: usize) -> Code {
        Code::new(ptr::without_provenance(address))
    }

    fn call<T>(address: usize, inside: impl FnOnce() -> T) -> T {
        let mut report = ptr::null_mut();
        let value = enter(code(address), &mut report, |_| MaybeUninit::new(inside()));
        // SAFETY: written just now.
        unsafe { value.assume_init() }
    }

    fn numbers(range: &Range<usize>) -> Vec<usize> {
        all().iter().filter(|seen| range.contains(&seen.code)).map(|seen| seen.number).collect()
    }

    #[test]
    fn the_outermost_call_is_seen_while_it_lasts() {
        let range = 0x1000..0x2000;
        assert_eq!(calls_in_flight(&range), 0);
        let first = call(0x1100, || {
            assert!(own().is_some_and(|own| own.code == 0x1100 && all().contains(&own)));
            call(0x5100, || assert_eq!((calls_in_flight(&range), calls_in_flight(&(0x5000..0x6000))), (1, 0)));
            assert_eq!(numbers(&range).len(), 1, "it goes on after the call within");
            all().into_iter().find(|seen| seen.code == 0x1100).unwrap()
        });
        assert!(!first.goes_on());
        assert_eq!(calls_in_flight(&range), 0);
        call(0x1100, || assert!(!first.goes_on(), "the same code, called again"));
        assert!(first.with_thread(|_, _| ()).is_none());
    }

    #[test]
    fn threads_are_told_apart_and_leave_when_they_end() {
        let range = 0x2000..0x3000;
        let (entered, came) = channel();
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (go, wait) = channel::<()>();
                let entered = entered.clone();
                let thread = thread::Builder::new().name(format!("caller {number}")).spawn(move || {
                    call(0x2000 + number, || {
                        entered.send(()).unwrap();
                        wait.recv().unwrap_err();
                    });
                });
                (go, thread.unwrap())
            })
            .collect();
        (0..4).for_each(|_| came.recv().unwrap());
        assert_eq!(calls_in_flight(&range), 4);
        let seen: Vec<_> = all().into_iter().filter(|seen| range.contains(&seen.code)).collect();
        for seen in &seen {
            let name = seen.with_thread(|name, _| name.map(str::to_owned)).flatten();
            assert_eq!(name, Some(format!("caller {}", seen.code - 0x2000)));
        }
        for (go, thread) in threads {
            drop(go);
            thread.join().unwrap();
        }
        assert_eq!(calls_in_flight(&range), 0);
        assert!(seen.iter().all(|seen| seen.with_thread(|_, _| ()).is_none()));
        for _ in 0..64 {
            thread::spawn(|| call(0x2fff, || ())).join().unwrap();
        }
        assert!(locked(&RECORDS).len() < 64, "records are used again");
    }
}
