//! Which threads live that an image has started, and which code is whose.

use std::ops::Range;
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

/// The addresses of code, and of which image it is.
static CODE: RwLock<Vec<(Range<usize>, ImageId)>> = RwLock::new(Vec::new());

/// The threads that have begun and not ended.
static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// An image by its first address: it is never unloaded, so no other will have that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageId(usize);

/// A thread, as the system knows it.
struct Running {
    system_id: i32,
    image: ImageId,
    started: Instant,
}

/// A thread that an image has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Living {
    /// Its name in the system: the first 15 bytes of the one that it was given, else that of who started it.
    pub(crate) name: String,
    /// When it was started.
    pub(crate) started: Instant,
}

/// Threads that begin in code at these addresses are of this image from here on: in its own code, or in a patch of it.
pub(crate) fn add_code(code: Range<usize>, image: &Range<usize>) {
    CODE.write().push((code, ImageId(image.start)));
}

/// Whose thread it is that begins at this address.
pub(super) fn image_of(routine: usize) -> Option<ImageId> {
    CODE.read().iter().find(|(code, _)| code.contains(&routine)).map(|(_, image)| *image)
}

/// A thread has begun.
pub(super) fn begun(system_id: i32, image: ImageId, started: Instant) {
    RUNNING.lock().push(Running { system_id, image, started });
}

/// A thread is about to end.
pub(super) fn ends(system_id: i32) {
    RUNNING.lock().retain(|running| running.system_id != system_id);
}

/// The living threads of the image at these addresses, in the order of their start.
pub(crate) fn living(image: &Range<usize>) -> Vec<Living> {
    living_by(image, name)
}

fn living_by(image: &Range<usize>, name: impl Fn(i32) -> Option<String>) -> Vec<Living> {
    // Held while names are read, so that no thread ends and gives its number to another one.
    let running = RUNNING.lock();
    let of_image = running.iter().filter(|running| running.image == ImageId(image.start));
    // One without a name has ended by a bare system call.
    let living = of_image.filter_map(|one| Some(Living { name: name(one.system_id)?, started: one.started }));
    let mut living: Vec<Living> = living.collect();
    living.sort_by_key(|thread| thread.started);
    living
}

/// The name of one of this process's threads.
fn name(system_id: i32) -> Option<String> {
    let name = std::fs::read(format!("/proc/self/task/{system_id}/comm")).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn name_of(system_id: i32) -> Option<String> {
        (system_id < 99).then(|| format!("thread {system_id}"))
    }

    #[test]
    fn threads_are_those_of_the_image_whose_code_they_began_in() {
        let (image, patch, other) = (0x1000..0x2000, 0x7000..0x7100, 0x3000..0x4000);
        add_code(image.clone(), &image);
        add_code(other.clone(), &other);
        add_code(patch, &image);
        assert_eq!(image_of(0x1fff), image_of(0x7000));
        assert_ne!(image_of(0x1fff), image_of(0x3000));
        assert_eq!((image_of(0x2000), image_of(0x7100)), (None, None));

        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for (system_id, code, second) in [(3, 0x7010, 3), (1, 0x1010, 1), (2, 0x3010, 2), (99, 0x1010, 4)] {
            begun(system_id, image_of(code).unwrap(), at(second));
        }
        let names = |image: &Range<usize>| {
            living_by(image, name_of).into_iter().map(|thread| (thread.name, thread.started)).collect::<Vec<_>>()
        };
        assert_eq!(names(&image), [("thread 1".to_owned(), at(1)), ("thread 3".to_owned(), at(3))]);
        assert_eq!(names(&other), [("thread 2".to_owned(), at(2))]);
        assert_eq!(names(&(0..0)), []);
        ends(1);
        ends(2);
        assert_eq!(names(&image), [("thread 3".to_owned(), at(3))]);
        assert_eq!(names(&other), []);
    }
}
