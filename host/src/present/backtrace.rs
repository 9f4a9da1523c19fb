//! Backtraces cut down to the user's own code. Pure: text in, text out.

use crate::patch::users_names;

/// Names of the standard library's crates.
const STD: [&str; 10] =
    ["std", "core", "alloc", "proc_macro", "test", "__rustc", "panic_unwind", "hashbrown", "addr2line", "gimli"];

/// Our own crates: from the first of their frames on, a stack is the host's business.
const OURS: [&str; 3] = ["liveswap", "liveswap_host", "liveswap_macros"];

/// What std calls a function of an image that it does not know.
const UNKNOWN: &str = "<unknown>";

/// Functions of the C start-up code below every thread.
const START_UP: [&str; 11] = [
    "main",
    "_start",
    "start_thread",
    "clone",
    "clone3",
    "__clone3",
    "__rust_try",
    "thread_start",
    "_pthread_start",
    UNKNOWN,
    "start",
];

/// The user's frames of a backtrace, nearest first.
///
/// `raw` is what a [`std::backtrace::Backtrace`] displays, short or in full. Frames of the standard library are
/// dropped, so is the panic machinery above the panic, everything from the first frame of liveswap down, and
/// what `keep` (given the symbol without its hash, and the file) says no to. The result has one frame a line,
/// `logic::update at src/lib.rs:12:5`, the place where it is known.
///
/// Where nothing is left so, gives all frames but the panic machinery; nothing where `raw` has no frames at
/// all, as with backtraces disabled.
pub fn user_frames(raw: &str, keep: impl Fn(&str, Option<&str>) -> bool) -> String {
    let frames = without_slots(parse(raw));
    let raised = &frames[frames.iter().position(Frame::raises).map_or(0, |raises| raises + 1)..];
    // A hook of ours may have captured the backtrace without any panic.
    let top = raised.iter().position(|frame| !frame.is_std() && !frame.is_ours()).unwrap_or(raised.len());
    let users: Vec<_> = raised[top..]
        .iter()
        .take_while(|frame| !frame.is_ours() && !frame.symbol.contains("__rust_begin_short_backtrace"))
        .filter(|frame| !frame.is_std() && !frame.is_start_up())
        .filter(|frame| frame.is_patched || keep(&frame.symbol, frame.file()))
        .collect();
    if users.is_empty() { list(raised.iter().filter(|frame| !frame.is_panicking())) } else { list(users) }
}

/// A patched function is on the stack with what leads to it: the code of its row, its slot, and its old self that looked
/// there. One frame remains, with the old name and the new place. The new one has neither where std made its list of
/// images, which it does once, before the patch was loaded.
fn without_slots(frames: Vec<Frame>) -> Vec<Frame> {
    let is_slot = |frame: &Frame| frame.symbol.contains("__liveswap_base::");
    let mut kept: Vec<Frame> = Vec::new();
    let mut frames = frames.into_iter();
    while let Some(frame) = frames.next() {
        if !is_slot(&frame) {
            kept.push(frame);
            continue;
        }
        let Some(old) = frames.find(|frame| !is_slot(frame)) else { break };
        kept.pop_if(|frame| frame.symbol.contains("__LIVESWAP_ROWS"));
        match kept.last_mut() {
            Some(new) if is_one_function(&new.symbol, &old.symbol) => new.symbol = old.symbol,
            _ => {
                while kept.pop_if(|frame| frame.symbol == UNKNOWN).is_some() {}
                kept.push(Frame { symbol: old.symbol, place: None, is_patched: true });
            }
        }
    }
    kept
}

/// Whether two symbols are of a function and of its patch: what they name is called the same.
fn is_one_function(new: &str, old: &str) -> bool {
    let name = |symbol: &str| {
        let named = symbol.split("::").filter(|segment| !segment.starts_with('{')).last().map(str::to_owned);
        named.unwrap_or_default()
    };
    name(new) == name(old)
}

fn list<'a>(frames: impl IntoIterator<Item = &'a Frame>) -> String {
    frames.into_iter().map(Frame::line).collect::<Vec<_>>().join("\n")
}

/// One function on the stack; inlined ones count.
#[derive(Debug, PartialEq)]
struct Frame {
    symbol: String,
    /// `file:line:column`.
    place: Option<String>,
    /// Whether it stands for a patched function: the user's, also where its place is not known.
    is_patched: bool,
}

/// The frames in the order of the text. A place stands on the line below its symbol; a symbol without a number
/// was inlined into the next one with.
fn parse(raw: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in raw.lines() {
        let text = line.trim();
        if let Some(place) = text.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                frame.place = Some(place.strip_prefix("./").unwrap_or(place).to_string());
            }
            continue;
        }
        let symbol = match text.split_once(": ") {
            Some((number, rest)) if number.parse::<u32>().is_ok() => Some(rest.trim()),
            // Words between the frames, as `stack backtrace:`, start at the margin.
            _ => (!frames.is_empty() && line.starts_with("      ")).then_some(text),
        };
        // In full, the address stands before the symbol.
        let symbol = symbol.map(|symbol| match symbol.split_once(" - ") {
            Some((address, rest)) if address.starts_with("0x") => rest,
            _ => symbol,
        });
        if let Some(symbol) = symbol.filter(|symbol| !symbol.is_empty()) {
            frames.push(Frame { symbol: users_names(&without_hashes(symbol)), place: None, is_patched: false });
        }
    }
    frames
}

impl Frame {
    fn line(&self) -> String {
        match &self.place {
            Some(place) => format!("{} at {place}", self.symbol),
            None => self.symbol.clone(),
        }
    }

    /// The file of the place: without the numbers at its end.
    fn file(&self) -> Option<&str> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut file = self.place.as_deref()?;
        for _ in 0..2 {
            match file.rsplit_once(':') {
                Some((rest, number)) if is_number(number) => file = rest,
                _ => break,
            }
        }
        Some(file)
    }

    /// Whether this is a function that a panic goes through before the hook is called.
    fn raises(&self) -> bool {
        self.symbol.contains("rust_begin_unwind") || self.symbol.starts_with("std::panicking::begin_panic")
    }

    fn is_panicking(&self) -> bool {
        let parts = ["core::panicking::", "std::panicking::", "std::panic::", "rust_begin_unwind", "std::backtrace"];
        parts.iter().any(|part| self.symbol.contains(part)) || self.symbol.contains("__rust_end_short_backtrace")
    }

    fn is_start_up(&self) -> bool {
        START_UP.contains(&self.symbol.as_str()) || self.symbol.starts_with("__libc_start")
    }

    fn is_ours(&self) -> bool {
        owners(&self.symbol).first().is_some_and(|owner| OURS.contains(owner))
    }

    /// Whether the standard library has this function: by its file where that is known, else by its name.
    fn is_std(&self) -> bool {
        if let Some(file) = self.file() {
            let file = file.replace('\\', "/");
            let within = ["/lib/rustlib/src/rust/", "library/std/src/", "library/core/src/", "library/alloc/src/"];
            return file.starts_with("/rustc/")
                || file.starts_with("/rust/deps/")
                || within.iter().any(|part| file.contains(part));
        }
        let owners = owners(&self.symbol);
        !owners.is_empty() && owners.iter().all(|owner| STD.contains(owner))
    }
}

/// The crates that a symbol names as its owners: one for a path, and for `<X as Trait>::f` those of `X` and of
/// `Trait`, as either may hold the function. Types without a path (`i32`, a generic `T`) have none.
fn owners(symbol: &str) -> Vec<&str> {
    let sides = match qualified(symbol) {
        Some((type_, Some(trait_))) => vec![type_, trait_],
        Some((type_, None)) => vec![type_],
        None => vec![symbol],
    };
    sides.into_iter().filter_map(root).collect()
}

/// The crate at the root of a path, past `&mut`, `dyn` and the like; none for names that are not paths.
fn root(path: &str) -> Option<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = path.trim_start_matches(|c| !is_name(c));
    while let Some(next) = ["dyn ", "mut ", "const ", "impl "].iter().find_map(|word| rest.strip_prefix(word)) {
        rest = next.trim_start_matches(|c| !is_name(c));
    }
    let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    rest[end..].starts_with("::").then_some(&rest[..end])
}

/// `X` and `Trait` of `<X as Trait>::f`, `X` of `<X>::f`.
fn qualified(symbol: &str) -> Option<(&str, Option<&str>)> {
    let inner = symbol.strip_prefix('<')?;
    let mut depth = 0usize;
    let mut as_ = None;
    for (at, c) in inner.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            // The arrow of a function's type.
            '>' if inner[..at].ends_with('-') => {}
            '>' if depth == 0 => {
                return Some(match as_ {
                    Some(as_) => (&inner[..as_], Some(&inner[as_ + 4..at])),
                    None => (&inner[..at], None),
                });
            }
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && as_.is_none() && inner[at..].starts_with(" as ") => as_ = Some(at),
            _ => {}
        }
    }
    None
}

/// Without the hash at the end (`::h0123456789abcdef`) and those of crates (`logic[0123456789abcdef]`).
fn without_hashes(symbol: &str) -> String {
    let is_hash = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let symbol = match symbol.rsplit_once("::h") {
        Some((rest, hash)) if hash.len() == 16 && is_hash(hash) => rest,
        _ => symbol,
    };
    let mut clean = String::with_capacity(symbol.len());
    let mut rest = symbol;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map(|close| open + close);
        match close.filter(|close| is_hash(&rest[open + 1..*close])) {
            Some(close) => {
                clean.push_str(&rest[..open]);
                rest = &rest[close + 1..];
            }
            None => {
                clean.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::panic;
    use std::sync::Once;

    use super::*;

    thread_local! {
        /// What the hook captured on this thread: short and in full.
        static CAPTURED: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
        static CAPTURING: RefCell<bool> = const { RefCell::new(false) };
    }

    /// The backtraces of a real panic in `run`, short and in full.
    fn backtraces(run: fn()) -> (String, String) {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let earlier = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if CAPTURING.with_borrow(|on| *on) {
                    let trace = std::backtrace::Backtrace::force_capture();
                    CAPTURED.set(Some((format!("{trace}"), format!("{trace:#}"))));
                } else {
                    earlier(info);
                }
            }));
        });
        CAPTURING.set(true);
        panic::catch_unwind(run).unwrap_err();
        CAPTURING.set(false);
        CAPTURED.take().unwrap()
    }

    /// Stands for a user's library: its frames are named `liveswap_host::present::backtrace::tests::logic`.
    mod logic {
        pub struct Game(pub Vec<i32>);

        impl Game {
            #[inline(never)]
            pub fn step(&self, index: usize) -> i32 {
                self.0.iter().map(|value| value + self.0[index]).sum()
            }
        }

        #[inline(never)]
        pub fn update() {
            std::hint::black_box(Game(vec![1, 2, 3]).step(std::hint::black_box(7)));
        }

        #[inline(never)]
        pub fn expect() {
            std::env::var_os("LIVESWAP_NO_SUCH_VARIABLE").expect("the variable is set");
        }

        #[inline(never)]
        pub fn payload() {
            panic::panic_any(7);
        }

        use std::panic;
    }

    /// A sample in which the test crate's own modules take the parts of a user's crate and of ours.
    fn as_user(raw: &str) -> String {
        raw.replace("liveswap_host::present::backtrace::tests::logic", "logic").replace("liveswap_host[", "liveswap[")
    }

    fn symbols(frames: &str) -> Vec<&str> {
        frames.lines().map(|line| line.split(" at ").next().unwrap()).collect()
    }

    #[test]
    fn a_real_panic_gives_the_users_frames_nearest_first() {
        assert_frames(logic::update, &["logic::Game::step::{{closure}}", "logic::Game::step", "logic::update"]);
        assert_frames(logic::expect, &["logic::expect"]);
        assert_frames(logic::payload, &["logic::payload"]);
    }

    fn assert_frames(run: fn(), expected: &[&str]) {
        let (short, full) = backtraces(run);
        for raw in [short, full] {
            let frames = user_frames(&as_user(&raw), |_, _| true);
            assert_eq!(symbols(&frames), expected, "{raw}");
            assert!(frames.lines().all(|line| line.contains("backtrace.rs:")), "{frames}");
        }
    }

    #[test]
    fn the_caller_decides_what_else_is_not_the_users() {
        let (raw, _) = backtraces(logic::update);
        let asked = RefCell::new(Vec::new());
        let frames = user_frames(&as_user(&raw), |symbol, file| {
            asked.borrow_mut().push((symbol.to_string(), file.map(str::to_string)));
            !symbol.contains("closure")
        });
        assert_eq!(symbols(&frames), ["logic::Game::step", "logic::update"]);
        let asked = asked.into_inner();
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|(_, file)| file.as_deref().is_some_and(|file| file.ends_with("backtrace.rs"))));
    }

    #[test]
    fn of_a_patched_function_one_frame_remains() {
        let below = "   5: logic::__liveswap_base::Current::call\n             at ./src/lib.rs:90:1408\n   \
                     6: logic::update\n             at ./src/lib.rs:3:148\n   \
                     7: logic::run\n             at ./src/lib.rs:9:5\n";
        let known = "   1: rust_begin_unwind\n   2: logic::__liveswap_update::{{closure}}\n             at ./src/lib.rs:8:2\n   \
                     3: logic::__liveswap_update\n             at ./src/lib.rs:7:2\n   \
                     4: logic::__LIVESWAP_ROWS::{constant#0}::enter\n             at ./src/lib.rs:1:1\n";
        let all = |frames: String| user_frames(&frames, |_, _| true);
        assert_eq!(
            all(format!("{known}{below}")),
            "logic::update::{{closure}} at src/lib.rs:8:2\nlogic::update at src/lib.rs:7:2\n\
             logic::run at src/lib.rs:9:5"
        );
        let unknown = "   1: rust_begin_unwind\n   2: <unknown>\n   3: <unknown>\n   4: <unknown>\n";
        let placed = |_: &str, file: Option<&str>| file.is_some();
        assert_eq!(user_frames(&format!("{unknown}{below}"), placed), "logic::update\nlogic::run at src/lib.rs:9:5");
    }

    #[test]
    fn where_no_frame_is_the_users_all_but_the_panic_machinery_is_shown() {
        let (raw, _) = backtraces(logic::update);
        let frames = user_frames(&as_user(&raw), |_, _| false);
        assert!(frames.contains("logic::update at ") && frames.contains("Iterator>::fold"), "{frames}");
        assert!(!frames.contains("rust_begin_unwind") && !frames.contains("core::panicking::"), "{frames}");
        assert_eq!(user_frames("disabled backtrace", |_, _| true), "");
        assert_eq!(user_frames("", |_, _| true), "");
    }

    /// A release build without line tables; a thread of the library; a hook of the user's around ours.
    const WITHOUT_PLACES: &str = "   0: liveswap::fault::hook::{{closure}}
   1: app::main::{{closure}}
   2: std::panicking::panic_with_hook
   3: std::sys::backtrace::__rust_end_short_backtrace::<std::panicking::panic_handler::{closure#0}, !>
   4: __rustc::rust_begin_unwind
   5: core::panicking::panic_fmt
   6: <alloc::vec::Vec<T,A> as core::ops::index::Index<I>>::index
   7: <alloc::vec::Vec<u8> as logic::Decode>::decode
   8: <dyn logic::Decode as core::fmt::Debug>::fmt
   9: <i32 as core::iter::traits::accum::Sum>::sum
  10: <fn(u8) -> u8 as logic::Decode>::decode
  11: logic::worker
  12: std::sys::backtrace::__rust_begin_short_backtrace
  13: core::ops::function::FnOnce::call_once{{vtable.shim}}
  14: start_thread
             at ./nptl/pthread_create.c:442:8
  15: clone3
";

    #[test]
    fn names_alone_tell_the_users_frames_apart() {
        assert_eq!(
            symbols(&user_frames(WITHOUT_PLACES, |_, _| true)),
            [
                "<alloc::vec::Vec<u8> as logic::Decode>::decode",
                "<dyn logic::Decode as core::fmt::Debug>::fmt",
                "<fn(u8) -> u8 as logic::Decode>::decode",
                "logic::worker",
            ]
        );
    }

    #[test]
    fn inlined_frames_and_hashes_are_understood() {
        let raw = "stack backtrace:
   0:     0x5644204aedcd - __rustc[b7974e8690430dd9]::rust_begin_unwind
   1:     0x564420494ce3 - logic::math::root::h49f6274ca6785ad5
                               at C:\\work\\logic\\src\\math.rs:7:96
                           logic[3f2a9d0e8690430d]::update::<[u8; 4]>
                               at C:\\work\\logic\\src\\lib.rs:30:5
   2:     0x564420494ce4 - <liveswap[b7974e8690430dd9]::Entry>::call
   3:     0x564420494ce5 - app::main
";
        let files = RefCell::new(Vec::new());
        let frames = user_frames(raw, |_, file| {
            files.borrow_mut().push(file.map(str::to_string));
            true
        });
        assert_eq!(
            frames,
            "logic::math::root at C:\\work\\logic\\src\\math.rs:7:96\n\
             logic::update::<[u8; 4]> at C:\\work\\logic\\src\\lib.rs:30:5"
        );
        assert_eq!(files.into_inner()[0].as_deref(), Some("C:\\work\\logic\\src\\math.rs"));
    }
}
