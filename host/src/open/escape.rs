//! Panics that leave an image by another way than a `#[hot]` function: through a closure that the host calls, a method of
//! a trait object, a future, a destructor.
//!
//! Each image has its own copy of std, and no copy catches the panics of another: Rust ends the process. So an image's
//! pointer to the function that begins to unwind leads here. If the first frame that catches belongs to another copy, the
//! image ends its panic, and that copy begins one of its own with the report; the frames between are unwound by it as they
//! would have been. If nothing catches, or a frame forbids to unwind, the process ends, which is said when the panic
//! begins. The program's own panics that enter an image, from a function that hot code was given, go the same way.

/// What becomes of a panic of hot code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The image that panics catches it, or it is not known who does.
    Stays,
    /// It leaves the image; whoever catches it gets a panic of its own.
    Leaves {
        /// An address in the function through which it leaves.
        through: usize,
        /// An address in the function that catches it.
        catcher: usize,
        /// Whether that is code of another image.
        is_caught_by_hot_code: bool,
    },
    /// The process ends: it leaves the image through the function at this address.
    Ends { through: usize },
}

/// What becomes of the panic that has called this thread's panic hook, and so this function.
pub(crate) fn fate() -> Fate {
    on_this_system::fate()
}

pub(super) use on_this_system::{add_image, add_patch};

#[cfg(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod on_this_system {
    use std::ffi::{c_int, c_void};
    use std::ops::Range;
    use std::path::Path;
    use std::sync::OnceLock;

    use liveswap::escape::{Escape, HERE, Raise};
    use parking_lot::RwLock;

    use super::Fate;
    use crate::open::{mapped, replace};
    use crate::stacks::handlers::{self, Action};

    /// The function that images call to begin to unwind.
    const NAME: &str = "_Unwind_RaiseException";

    unsafe extern "C-unwind" {
        fn _Unwind_RaiseException(exception: *mut c_void) -> c_int;
    }

    /// The function that is replaced: that of the first look.
    fn replaced() -> Raise {
        static REPLACED: OnceLock<Raise> = OnceLock::new();
        *REPLACED.get_or_init(|| _Unwind_RaiseException)
    }

    /// Code with a copy of std.
    #[derive(Clone)]
    struct Copy {
        code: Range<usize>,
        /// The code's copy of std, by the start of the image that has it.
        std_of: usize,
        escape: &'static Escape,
        /// Whether its panics come here.
        is_replaced: bool,
    }

    /// All images and patches. They stay loaded.
    static COPIES: RwLock<Vec<Copy>> = RwLock::new(Vec::new());

    /// An image was loaded to these addresses.
    ///
    /// # Safety
    ///
    /// The file is what was loaded to there, it stays loaded, and `escape` is its own.
    pub(in crate::open) unsafe fn add_image(file: &Path, code: &Range<usize>, escape: &'static Escape) {
        let mapped = mapped::mapped(file).ok_or_else(|| "it is not loaded".to_owned());
        add_program();
        let (from, to) = (replaced() as usize, raise as Raise as usize);
        // SAFETY: by the contract; `raise` ends in the function that it replaces, or unwinds as that would.
        let set = mapped.and_then(|mapped| unsafe { replace::in_file(file, &mapped, NAME, from, to) });
        let is_replaced = match set {
            Ok(count) => count > 0,
            Err(reason) => {
                tracing::debug!(%reason, file = %file.display(), "panics that leave an image end the process");
                false
            }
        };
        COPIES.write().push(Copy { code: code.clone(), std_of: code.start, escape, is_replaced });
    }

    /// The program's own panics come here from the first image on.
    fn add_program() {
        static DONE: OnceLock<()> = OnceLock::new();
        DONE.get_or_init(|| {
            let Some(mapped) = mapped::mapped(Path::new("")).filter(|_| !program().is_empty()) else { return };
            let (from, to) = (replaced() as usize, raise_of_program as Raise as usize);
            // SAFETY: that is where the program lies, which stays loaded; the rest is as with an image.
            let set = std::env::current_exe()
                .map_err(|error| error.to_string())
                .and_then(|file| unsafe { replace::in_file(&file, &mapped, NAME, from, to) });
            if let Err(reason) = set {
                tracing::debug!(%reason, "the program's panics do not enter images");
            }
        });
    }

    /// A patch of the image at `base` was loaded to these addresses.
    pub(in crate::open) fn add_patch(code: &Range<usize>, base: &Range<usize>) {
        let mut copies = COPIES.write();
        let of_base = copies.iter().find(|copy| copy.code == *base).cloned();
        copies.extend(of_base.map(|of_base| Copy { code: code.clone(), ..of_base }));
    }

    fn copy_at(address: usize) -> Option<Copy> {
        COPIES.read().iter().rfind(|copy| copy.code.contains(&address)).cloned()
    }

    /// The program's own code.
    fn program() -> &'static Range<usize> {
        static PROGRAM: OnceLock<Range<usize>> = OnceLock::new();
        PROGRAM.get_or_init(|| {
            let own = mapped::mapped(Path::new("")).map(|mapped| mapped.range).unwrap_or_default();
            // A host that is a library itself: then nothing is known of who catches.
            if own.contains(&(raise as Raise as usize)) { own } else { 0..0 }
        })
    }

    /// Who catches the panic that an image is about to begin, on this thread.
    enum Catcher {
        /// The image itself, or nobody knows.
        Own,
        /// The copy of std behind this.
        Other { panics: Copy, catches: &'static Escape, through: usize, catcher: usize },
        /// Nobody: a frame forbids it, or there is none.
        Nobody { through: usize },
    }

    /// Who catches the panic of an image that has called the host.
    fn catcher() -> Catcher {
        let mut panics: Option<Copy> = None;
        let mut through = 0;
        let mut found = None;
        handlers::visit(|frame| {
            let copy = copy_at(frame.address);
            let Some(own) = &panics else {
                // The host's frames that look at the panic come first.
                panics = copy;
                return true;
            };
            let is_own = copy.as_ref().is_some_and(|copy| copy.std_of == own.std_of);
            if is_own && frame.action == Action::Passes {
                through = frame.address;
            }
            if frame.action != Action::Passes {
                found = Some((frame, copy));
            }
            found.is_none()
        });
        let Some(panics) = panics else { return Catcher::Own };
        let Some((frame, copy)) = found else { return Catcher::Nobody { through } };
        if frame.action == Action::Ends {
            return Catcher::Nobody { through: if copy.is_some() { frame.address } else { through } };
        }
        match copy {
            Some(copy) if copy.std_of == panics.std_of => Catcher::Own,
            Some(copy) => Catcher::Other { panics, catches: copy.escape, through, catcher: frame.address },
            None if program().contains(&frame.address) => {
                Catcher::Other { panics, catches: &HERE, through, catcher: frame.address }
            }
            // A library of C++, or one with a copy of std that is not ours to use.
            None => Catcher::Own,
        }
    }

    pub(super) fn fate() -> Fate {
        match catcher() {
            Catcher::Own => Fate::Stays,
            Catcher::Other { panics, catches, through, catcher } if panics.is_replaced => {
                Fate::Leaves { through, catcher, is_caught_by_hot_code: !std::ptr::eq(catches, &HERE) }
            }
            Catcher::Other { through, .. } | Catcher::Nobody { through } => Fate::Ends { through },
        }
    }

    /// The image that catches the panic of the program that has called [`raise_of_program`], if one does.
    fn entered() -> Option<&'static Escape> {
        let mut has_begun = false;
        let mut found = None;
        handlers::visit(|frame| {
            if has_begun && frame.action != Action::Passes {
                found = Some(frame).filter(|frame| frame.action == Action::Catches);
                return false;
            }
            has_begun |= frame.function == raise_of_program as Raise as usize;
            true
        });
        copy_at(found?.address).map(|copy| copy.escape)
    }

    /// What the program calls in the place of `_Unwind_RaiseException`.
    ///
    /// # Safety
    ///
    /// That of `_Unwind_RaiseException`, called by std.
    unsafe extern "C-unwind" fn raise_of_program(exception: *mut c_void) -> c_int {
        // SAFETY: as in `raise`; the program's std is the copy of this code.
        unsafe {
            match entered() {
                Some(catches) => (catches.raise)((HERE.absorb)(exception, replaced())),
                None => replaced()(exception),
            }
        }
    }

    /// What images call in the place of `_Unwind_RaiseException`.
    ///
    /// # Safety
    ///
    /// That of `_Unwind_RaiseException`, called by std.
    unsafe extern "C-unwind" fn raise(exception: *mut c_void) -> c_int {
        match catcher() {
            Catcher::Other { panics, catches, .. } => {
                let absorb = panics.escape.absorb;
                // SAFETY: the exception is that of the image whose std has called this, and was not raised yet; its report
                // is given on once. Nothing in this frame is to be dropped.
                unsafe { (catches.raise)(absorb(exception, replaced())) }
            }
            // SAFETY: by the contract.
            _ => unsafe { replaced()(exception) },
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod on_this_system {
    use std::ops::Range;
    use std::path::Path;

    use liveswap::escape::Escape;

    use super::Fate;

    /// # Safety
    ///
    /// None is needed on this system.
    pub(in crate::open) unsafe fn add_image(_: &Path, _: &Range<usize>, _: &'static Escape) {}

    pub(in crate::open) fn add_patch(_: &Range<usize>, _: &Range<usize>) {}

    pub(super) fn fate() -> Fate {
        Fate::Stays
    }
}
