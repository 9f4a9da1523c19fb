//! What stands in the crate root of a base. A part of the shadow: see the module above. It has no line comments but
//! these and such as stand alone in their line, names everything from `std`, and is the same in all editions.

// One word that leads to the code which runs instead of a function's own body.
#[repr(transparent)]
pub struct Slot(::std::sync::atomic::AtomicPtr<()>);

// The code of a slot: it moves the arguments out of a tuple, and writes the result.
pub type Code = unsafe fn(arguments: *mut (), result: *mut ());

// What a slot leads to at the moment.
#[derive(::std::clone::Clone, ::std::marker::Copy)]
pub struct Current(*mut ());

impl Slot {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Slot(::std::sync::atomic::AtomicPtr::new(::std::ptr::null_mut()))
    }

    // Leads to other code from the next call on; `None` to the function's own body.
    pub fn set(&self, code: ::std::option::Option<Code>) {
        let code = match code {
            ::std::option::Option::Some(code) => code as *mut (),
            ::std::option::Option::None => ::std::ptr::null_mut(),
        };
        self.0.store(code, ::std::sync::atomic::Ordering::Release);
    }

    #[inline(always)]
    pub fn current(&self) -> Current {
        #[cfg(all(debug_assertions, target_arch = "x86_64"))]
        {
            let code: *mut ();
            // SAFETY: a load of one aligned word, which is atomic on this processor, and as ordered as an acquiring
            // load is. Written as an instruction since `AtomicPtr::load` is a call in unoptimised code, which costs
            // more than the call of the function itself.
            unsafe {
                ::std::arch::asm!("mov {}, qword ptr [{}]", out(reg) code, in(reg) self.0.as_ptr(), options(nostack, readonly, preserves_flags));
            }
            Current(code)
        }
        #[cfg(not(all(debug_assertions, target_arch = "x86_64")))]
        Current(self.0.load(::std::sync::atomic::Ordering::Acquire))
    }
}

impl Current {
    #[inline(always)]
    pub fn is_set(self) -> bool {
        !self.0.is_null()
    }

    // SAFETY: `self` is set, to code for these types.
    #[cold]
    #[inline(never)]
    pub unsafe fn call<A, R>(self, arguments: A) -> R {
        // SAFETY: by the contract.
        let code = unsafe { ::std::mem::transmute::<*mut (), Code>(self.0) };
        let mut arguments = ::std::mem::ManuallyDrop::new(arguments);
        let mut result = ::std::mem::MaybeUninit::<R>::uninit();
        // SAFETY: the code moves the arguments out, which are not dropped here, and writes the result.
        unsafe {
            code((&raw mut arguments).cast(), result.as_mut_ptr().cast());
            result.assume_init()
        }
    }

    // SAFETY: `self` is set, to code for these arguments that gives a `Raw` whose future has this output.
    #[cold]
    pub unsafe fn call_async<A, R>(self, arguments: A) -> Future<R> {
        // SAFETY: by the contract.
        Future(unsafe { self.call::<A, Raw>(arguments) }, ::std::marker::PhantomData)
    }
}

// A boxed future of a type that only the patch knows.
pub struct Raw {
    pub data: *mut (),
    pub poll: unsafe fn(data: *mut (), context: &mut ::std::task::Context<'_>, output: *mut ()) -> bool,
    pub drop: unsafe fn(data: *mut ()),
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
        unsafe { (self.0.drop)(self.0.data) }
    }
}

impl<R> ::std::future::Future for Future<R> {
    type Output = R;

    fn poll(self: ::std::pin::Pin<&mut Self>, context: &mut ::std::task::Context<'_>) -> ::std::task::Poll<R> {
        let mut output = ::std::mem::MaybeUninit::<R>::uninit();
        // SAFETY: the boxed future stays where it is; it writes an output where it says that it is ready.
        unsafe {
            match (self.0.poll)(self.0.data, context, output.as_mut_ptr().cast()) {
                true => ::std::task::Poll::Ready(output.assume_init()),
                false => ::std::task::Poll::Pending,
            }
        }
    }
}

// A future in a box, for `Future`.
pub fn raw<F: ::std::future::Future>(future: F) -> Raw {
    unsafe fn poll<F: ::std::future::Future>(
        data: *mut (),
        context: &mut ::std::task::Context<'_>,
        output: *mut (),
    ) -> bool {
        // SAFETY: the data is a box of this type, whose content is not moved.
        let future = unsafe { ::std::pin::Pin::new_unchecked(&mut *data.cast::<F>()) };
        match ::std::future::Future::poll(future, context) {
            ::std::task::Poll::Ready(value) => {
                // SAFETY: there is room for the output.
                unsafe { output.cast::<F::Output>().write(value) };
                true
            }
            ::std::task::Poll::Pending => false,
        }
    }
    unsafe fn drop<F>(data: *mut ()) {
        // SAFETY: the data is a box of this type, and not used any more.
        ::std::mem::drop(unsafe { ::std::boxed::Box::from_raw(data.cast::<F>()) });
    }
    Raw { data: ::std::boxed::Box::into_raw(::std::boxed::Box::new(future)).cast(), poll: poll::<F>, drop: drop::<F> }
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
