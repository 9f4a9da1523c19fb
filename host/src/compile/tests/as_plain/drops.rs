//! Parameters of all kinds: what is dropped, and when.

use std::cell::RefCell;

thread_local! {
    static LOG: RefCell<String> = RefCell::new(String::new());
}

pub struct D(char);

impl D {
    fn name(&self) -> char {
        self.0
    }
}

impl Drop for D {
    fn drop(&mut self) {
        LOG.with(|log| log.borrow_mut().push(self.0));
    }
}

fn mark(c: char) {
    LOG.with(|log| log.borrow_mut().push(c));
}

/// What gives a temporary that is dropped at the end of what it stands in.
fn temporary(c: char) -> D {
    D(c)
}

pub struct Pair {
    a: D,
    b: D,
}

fn wild(_: D, _: D) {
    mark('.');
}

fn named(_x: D, _: D, _y: D) {
    mark('.');
}

fn tuple_rest((_a, _): (D, D), _b: D) {
    mark('.');
}

fn two_patterns((_x, _): (D, D), (_, _y): (D, D)) {
    mark('.');
}

fn between(_x: D, (_a, _): (D, D), _: D, _y: D, (_, _b): (D, D)) {
    mark('.');
}

fn by_reference(&(ref a, _): &(D, D), _: D) -> char {
    a.name()
}

fn bound_by_reference(ref a: D, ref mut b: D, _c: D) -> char {
    b.0 = 'B';
    a.name()
}

fn at(whole @ (_, _): (D, D), _y: D) -> char {
    (whole.0).name()
}

fn fields(Pair { a, .. }: Pair, Pair { b: _, a: _other }: Pair) -> char {
    a.name()
}

fn moved_in_part((a, b): (D, D), c: D) -> D {
    drop(b);
    let _ = &c;
    a
}

fn nested(((_a, _), Pair { b: _b, .. }): ((D, D), Pair), _c: D) {
    mark('.');
}

fn early((a, _): (D, D), stop: bool, _c: D) -> char {
    if stop {
        return a.name();
    }
    mark('-');
    'n'
}

fn changed((mut a, _): (D, D), mut b: D) -> char {
    std::mem::swap(&mut a, &mut b);
    a.name()
}

fn tail((a, _): (D, D), _b: D) -> char {
    let _local = D('l');
    temporary('t').name().min(a.name())
}

fn of_a_lock((lock, _d): (std::sync::Mutex<char>, D)) -> char {
    *lock.lock().unwrap()
}

fn with_items((a, _): (D, D), _b: D) -> char {
    fn mark(_: char) {}
    mark('q');
    use std::string::String as D;
    let text = D::from("i");
    text.chars().next().unwrap().max(a.name())
}

fn panics((_a, _): (D, D), _b: D, _: D) {
    let _l = D('l');
    if !std::thread::panicking() {
        std::panic::resume_unwind(Box::new(()));
    }
}

#[rustfmt::skip]
fn commented((a, /* the first */ _, // the rest }} "
    ): (D, D), /* y */ _b: D // z
) -> char { a.name() /* } */ }

fn small((x, y): (u8, u8), &z: &u8, [a, b]: [u8; 2], _d: D) -> u8 {
    x + y + z + a + b
}

fn shadowed(shadowed: D) -> char {
    shadowed.name()
}

fn never(d: (D, D), (_a, _): (D, D)) -> ! {
    drop(d);
    std::panic::resume_unwind(Box::new(()))
}

unsafe fn not_safe((a, _): (D, D), _b: D) -> char {
    a.name()
}

extern "C" fn of_c(_: u8, x: u64, Wrapped(y): Wrapped) -> u64 {
    x + y
}

#[repr(C)]
pub struct Wrapped(u64);

trait Method {
    fn method(self, pair: (D, D), d: D) -> char;
}

impl Method for D {
    fn method(mut self, (a, _): (D, D), _: D) -> char {
        self.0 = 's';
        a.name()
    }
}

async fn later((_a, _): (D, D), _: D, _c: D) -> char {
    mark('.');
    std::future::ready(()).await;
    'r'
}

fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
    struct Nothing;
    impl std::task::Wake for Nothing {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let waker = std::sync::Arc::new(Nothing).into();
    let mut future = Box::pin(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            return value;
        }
    }
}

fn pair(a: char, b: char) -> (D, D) {
    (D(a), D(b))
}

fn said<T: std::fmt::Debug>(name: &str, value: T) {
    println!("{name} {value:?} {}", LOG.with(|log| log.take()));
}

fn main() {
    said("wild", wild(D('a'), D('b')));
    said("named", named(D('a'), D('b'), D('c')));
    said("tuple_rest", tuple_rest(pair('a', 'u'), D('b')));
    said("two_patterns", two_patterns(pair('0', '1'), pair('2', '3')));
    said("between", between(D('x'), pair('a', 'b'), D('w'), D('y'), pair('c', 'd')));
    said("by_reference", by_reference(&pair('a', 'b'), D('c')));
    said("bound_by_reference", bound_by_reference(D('a'), D('b'), D('c')));
    said("at", at(pair('a', 'b'), D('c')));
    said("fields", fields(Pair { a: D('a'), b: D('b') }, Pair { a: D('c'), b: D('d') }));
    said("moved_in_part", moved_in_part(pair('a', 'b'), D('c')).name());
    said("nested", nested((pair('a', 'b'), Pair { a: D('c'), b: D('d') }), D('e')));
    said("early", early(pair('a', 'b'), true, D('c')));
    said("late", early(pair('a', 'b'), false, D('c')));
    said("changed", changed(pair('a', 'b'), D('c')));
    said("tail", tail(pair('a', 'b'), D('c')));
    said("of_a_lock", of_a_lock((std::sync::Mutex::new('m'), D('a'))));
    said("with_items", with_items(pair('a', 'b'), D('c')));
    said("panics", std::panic::catch_unwind(|| panics(pair('a', 'b'), D('c'), D('d'))).is_err());
    said("commented", commented(pair('a', 'b'), D('c')));
    said("small", small((1, 2), &3, [4, 5], D('d')));
    said("shadowed", shadowed(D('a')));
    said("never", std::panic::catch_unwind(|| -> () { never(pair('a', 'b'), pair('c', 'd')) }).is_err());
    said("not_safe", unsafe { not_safe(pair('a', 'b'), D('c')) });
    said("of_c", of_c(1, 2, Wrapped(3)));
    said("method", D('m').method(pair('a', 'b'), D('c')));
    said("later", block_on(later(pair('a', 'b'), D('c'), D('d'))));
    drop(later(pair('a', 'b'), D('c'), D('d')));
    said("never polled", ());
}
