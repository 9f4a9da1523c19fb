//! `async` functions.

use super::*;

#[hot]
async fn nothing() {}

#[hot]
async fn borrows(text: &str, log: &mut Vec<String>) -> usize {
    Once(true).await;
    log.push(text.into());
    text.len()
}

#[hot]
async fn lends<'a>(text: &'a str, _other: &str) -> &'a str {
    &text[1..]
}

#[hot]
async fn patterns((a, b): (i32, i32), mut n: i32) -> i32 {
    n += 1;
    a + b + n
}

#[hot]
async fn is_not_send(shared: Rc<Cell<i32>>) -> i32 {
    let held = Rc::clone(&shared);
    Once(true).await;
    held.set(held.get() + 1);
    shared.get()
}

#[hot]
async fn fails(n: i32) -> Result<i32, String> {
    let n = block_on(async { u8::try_from(n) }).map_err(|error| error.to_string())?;
    Ok(n.into())
}

#[hot]
impl Point {
    async fn shifted(&self, by: &Point) -> Self {
        Once(true).await;
        *self + *by
    }

    async fn shift(&mut self, by: i32) -> &mut Self {
        self.x += by;
        self
    }

    async fn consumed(self) -> i32 {
        self.x
    }
}

fn send<T: Send>(value: T) -> T {
    value
}

#[test]
fn runs_to_the_end() {
    block_on(nothing());
    let mut log = vec![];
    assert_eq!(block_on(send(borrows("text", &mut log))), 4);
    assert_eq!(log, ["text"]);
    assert_eq!(block_on(lends("text", "")), "ext");
    assert_eq!(block_on(patterns((1, 2), 3)), 7);
    assert_eq!(block_on(is_not_send(Rc::default())), 1);
    assert_eq!(block_on(fails(7)), Ok(7));
    let mut point = Point { x: 1, y: 2 };
    assert_eq!(block_on(point.shifted(&point)), Point { x: 2, y: 4 });
    assert_eq!(block_on(async { point.shift(4).await.x }), 5);
    assert_eq!(block_on(send(point.consumed())), 5);
}

#[test]
fn waits_where_its_body_waits() {
    #[hot]
    async fn waits() -> i32 {
        Once(false).await;
        3
    }
    let mut future = pin!(waits());
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(3));
}
