//! The images of hot code, by their addresses, for code that asks in the middle of a crash: the list only grows, and
//! reading it takes no lock.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use liveswap::PanicReport;

/// Told of a crash by its report.
pub(crate) type OnCrash = Arc<dyn Fn(&mut PanicReport) + Send + Sync>;

/// An image of hot code. It stays loaded.
pub(crate) struct HotImage {
    /// Its addresses.
    pub(crate) code: Range<usize>,
    /// The generation that it came with.
    pub(crate) generation: u64,
    /// The library's crate.
    pub(crate) crate_name: String,
    /// The directory to which places in its code are relative.
    pub(crate) root: PathBuf,
    /// Whether calls survive a crash in it.
    pub(crate) is_guarded: bool,
    /// Told of a crash that ended only the call.
    pub(crate) crashed: OnCrash,
    /// Told of a crash that is about to end the process; it says whether the user was told.
    pub(crate) ends: Arc<dyn Fn(&PanicReport) -> bool + Send + Sync>,
}

struct Node {
    image: HotImage,
    next: OnceLock<Box<Node>>,
}

static FIRST: OnceLock<Box<Node>> = OnceLock::new();

/// Adds an image. Of two that have an address, the later one counts.
pub(crate) fn add(image: HotImage) {
    let mut node = Box::new(Node { image, next: OnceLock::new() });
    let mut place = &FIRST;
    loop {
        match place.set(node) {
            Ok(()) => return,
            Err(back) => node = back,
        }
        if let Some(there) = place.get() {
            place = &there.next;
        }
    }
}

/// The image that has this address.
pub(super) fn at(address: usize) -> Option<&'static HotImage> {
    let all = std::iter::successors(FIRST.get(), |node| node.next.get());
    all.map(|node| &node.image).filter(|image| image.code.contains(&address)).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(code: Range<usize>, generation: u64) -> HotImage {
        let crate_name = String::new();
        let root = PathBuf::new();
        HotImage {
            code,
            generation,
            crate_name,
            root,
            is_guarded: false,
            crashed: Arc::new(|_| ()),
            ends: Arc::new(|_| false),
        }
    }

    #[test]
    fn images_that_threads_add_are_all_found() {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in 0..50 {
                        let start = 10 * (thread * 50 + number) + 7;
                        add(image(start..start + 5, start as u64));
                    }
                });
            }
        });
        for start in (0..200).map(|number| 10 * number + 7) {
            assert_eq!(at(start + 4).map(|image| image.generation), Some(start as u64));
            assert!(at(start + 5).is_none());
        }
        add(image(7..12, 9));
        assert_eq!(at(7).map(|image| image.generation), Some(9), "the later one");
    }
}
