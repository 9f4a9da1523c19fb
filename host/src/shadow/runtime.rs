//! What stands in the crate root of a base. A part of the shadow: see the module above. It has no line comments but
//! these and such as stand alone in their line, names everything from `std`, and is the same in all editions.

// Leads to the code that runs instead of a function's own body.
#[repr(C)]
pub struct Slot {
    // That code; null if the function's own body runs.
    current: ::std::sync::atomic::AtomicPtr<()>,
    // The code that the slot led to last; null if there was none.
    last: ::std::sync::atomic::AtomicPtr<()>,
}

// What a slot can lead to: a function with the arguments, the result and the ABI of the function whose slot it is. For
// an `async fn` it is an `AsyncCode`.
#[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::std::cmp::PartialEq)]
#[repr(transparent)]
pub struct Code(*const ());

// SAFETY: it is the address of a function, which any thread may call.
unsafe impl ::std::marker::Send for Code {}
// SAFETY: as above; nothing is changed through it.
unsafe impl ::std::marker::Sync for Code {}

impl Code {
    pub const fn new(function: *const ()) -> Self {
        Code(function)
    }
}

// Moves the arguments of an `async fn` out of a tuple, and gives its future.
pub type AsyncCode = unsafe fn(arguments: *mut ()) -> Raw;

impl Slot {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Slot {
            current: ::std::sync::atomic::AtomicPtr::new(::std::ptr::null_mut()),
            last: ::std::sync::atomic::AtomicPtr::new(::std::ptr::null_mut()),
        }
    }

    // Leads to other code from the next call on; `None` to the function's own body.
    pub fn set(&self, code: ::std::option::Option<Code>) {
        let code = match code {
            ::std::option::Option::Some(code) => code.0.cast_mut(),
            ::std::option::Option::None => ::std::ptr::null_mut(),
        };
        if !code.is_null() {
            self.last.store(code, ::std::sync::atomic::Ordering::Release);
        }
        self.current.store(code, ::std::sync::atomic::Ordering::Release);
    }

    #[inline(always)]
    pub fn is_set(&self) -> bool {
        !self.current.load(::std::sync::atomic::Ordering::Acquire).is_null()
    }

    // The code to call once `is_set` was true. Should the slot have been cleared since, it is the code of before: the
    // call began while that was in force.
    #[cold]
    #[inline(never)]
    pub fn code(&self) -> *mut () {
        let code = self.current.load(::std::sync::atomic::Ordering::Acquire);
        if code.is_null() { self.last.load(::std::sync::atomic::Ordering::Acquire) } else { code }
    }

    // SAFETY: the slot was set, to an `AsyncCode` for these arguments, whose future has this output.
    #[cold]
    pub unsafe fn call_async<A, R>(&self, arguments: A) -> Future<R> {
        // SAFETY: by the contract; the code moves the arguments out, which are not dropped here.
        unsafe {
            let code = ::std::mem::transmute::<*mut (), AsyncCode>(self.code());
            let mut arguments = ::std::mem::ManuallyDrop::new(arguments);
            Future(code((&raw mut arguments).cast()), ::std::marker::PhantomData)
        }
    }
}

#[allow(unused_imports)]
pub use ::std::arch::asm;
#[allow(unused_imports)]
pub use ::std::mem::transmute;

// How a function looks into its slot, and calls the code in it in place of its own body.
//
// Nothing of it may stand in the function's frame, since deep recursion must survive where it does without a slot. In
// unoptimised code each value has a place in the frame, so there it is a compare in memory and a jump. The code is
// called as any function of that type is: arguments are moved, and the result is written where it belongs. `captured`
// arguments are taken by a closure: a large one that is `Copy` is copied in the closure's frame.
// A base exports it under a name of its own: so it is found by its path in all editions.
#[allow(unused_macros)]
macro_rules! look {
    (@ $slot:path, $call:tt) => {
        #[cfg(all(debug_assertions, target_arch = "x86_64", target_os = "linux"))]
        // SAFETY: a compare with memory, which changes nothing but flags; the code has the type of the function.
        unsafe {
            $crate::__liveswap_base::asm!(
                "mov {0}, qword ptr [rip + {1}@GOTPCREL]",
                "cmp qword ptr [{0}], 0",
                "jne {2}",
                out(reg) _,
                sym $slot,
                label { return unsafe $call },
                options(nostack)
            )
        }
        #[cfg(not(all(debug_assertions, target_arch = "x86_64", target_os = "linux")))]
        {
            if $slot.is_set() {
                // SAFETY: the code has the type of the function.
                return unsafe $call;
            }
        }
    };
    ($slot:path, $code:ty, $arguments:tt) => {
        $crate::__liveswap_look! { @ $slot, { $crate::__liveswap_base::transmute::<*mut (), $code>($slot.code()) $arguments } }
    };
    ($slot:path, $code:ty, $arguments:tt, captured) => {
        $crate::__liveswap_look! { @ $slot, { (|| unsafe { $crate::__liveswap_base::transmute::<*mut (), $code>($slot.code()) $arguments })() } }
    };
}

// A boxed future of a type that only the patch knows. It is one word, so that the future which waits for it grows little.
pub struct Raw(*mut Head);

// What each boxed future begins with.
pub struct Head {
    poll: unsafe fn(future: *mut Head, context: &mut ::std::task::Context<'_>, output: *mut ()) -> bool,
    drop: unsafe fn(future: *mut Head),
}

#[repr(C)]
struct Boxed<F> {
    head: Head,
    future: F,
}

// A future with this output.
pub struct Future<R>(Raw, ::std::marker::PhantomData<fn() -> R>);

// SAFETY: a patch sets a slot only where its future is as sendable as that of the function which it replaces.
unsafe impl<R> ::std::marker::Send for Future<R> {}
// SAFETY: a shared `Future` gives access to nothing.
unsafe impl<R> ::std::marker::Sync for Future<R> {}

impl<R> ::std::ops::Drop for Future<R> {
    fn drop(&mut self) {
        // SAFETY: the data is this future's own.
        unsafe { ((*(self.0).0).drop)((self.0).0) }
    }
}

impl<R> ::std::future::Future for Future<R> {
    type Output = R;

    fn poll(self: ::std::pin::Pin<&mut Self>, context: &mut ::std::task::Context<'_>) -> ::std::task::Poll<R> {
        let mut output = ::std::mem::MaybeUninit::<R>::uninit();
        // SAFETY: the boxed future stays where it is; it writes an output where it says that it is ready.
        unsafe {
            match ((*(self.0).0).poll)((self.0).0, context, output.as_mut_ptr().cast()) {
                true => ::std::task::Poll::Ready(output.assume_init()),
                false => ::std::task::Poll::Pending,
            }
        }
    }
}

// A future in a box, for `Future`.
pub fn raw<F: ::std::future::Future>(future: F) -> Raw {
    unsafe fn poll<F: ::std::future::Future>(
        boxed: *mut Head,
        context: &mut ::std::task::Context<'_>,
        output: *mut (),
    ) -> bool {
        // SAFETY: it is the head of a box of this type, whose content is not moved.
        let future = unsafe { ::std::pin::Pin::new_unchecked(&mut (*boxed.cast::<Boxed<F>>()).future) };
        match ::std::future::Future::poll(future, context) {
            ::std::task::Poll::Ready(value) => {
                // SAFETY: there is room for the output.
                unsafe { output.cast::<F::Output>().write(value) };
                true
            }
            ::std::task::Poll::Pending => false,
        }
    }
    unsafe fn drop<F>(boxed: *mut Head) {
        // SAFETY: it is the head of a box of this type, which is not used any more.
        ::std::mem::drop(unsafe { ::std::boxed::Box::from_raw(boxed.cast::<Boxed<F>>()) });
    }
    let boxed = Boxed { head: Head { poll: poll::<F>, drop: drop::<F> }, future };
    Raw(::std::boxed::Box::into_raw(::std::boxed::Box::new(boxed)).cast())
}

// One line of a patch's table: the code that a slot is to lead to.
#[repr(C)]
#[derive(::std::clone::Clone, ::std::marker::Copy)]
pub struct Row {
    pub slot: &'static Slot,
    pub code: Code,
    pub name: &'static str,
    pub is_sound: fn() -> bool,
}

// What a future is known by while it is asked whether it is `Send`.
pub struct FutureOf<F>(::std::marker::PhantomData<F>);

// The future that a function gives; it is not called.
pub fn future_of<F>(_: impl ::std::ops::FnOnce() -> F) -> FutureOf<F> {
    FutureOf(::std::marker::PhantomData)
}

// An argument for a call that is not made.
pub fn any<T>() -> T {
    ::std::unreachable!()
}

impl<F: ::std::marker::Send> FutureOf<F> {
    pub fn is_send(&self) -> bool {
        true
    }
}

// Found where the method above is not.
pub trait MayNotBeSend {
    fn is_send(&self) -> bool {
        false
    }
}

impl<F> MayNotBeSend for FutureOf<F> {}
