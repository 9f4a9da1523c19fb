//! Results of every form, and what bodies may hold.

use super::*;

#[hot]
fn elided(text: &str) -> &str {
    &text[1..]
}

#[hot]
fn named<'a, 'b>(first: &'a str, second: &'b str) -> (&'a str, &'b str)
where
    'b: 'a,
{
    (first, second)
}

#[hot]
fn of_static() -> &'static str {
    "static"
}

#[hot]
fn early(n: i32) -> Result<i32, String> {
    let n = u8::try_from(n).map_err(|error| error.to_string())?;
    if n > 7 {
        return Err("too many".into());
    }
    Ok(i32::from(n))
}

/// Documented.
#[hot]
#[must_use]
#[inline]
#[allow(clippy::let_and_return)]
#[cfg(test)]
#[track_caller]
fn with_attributes() -> i32 {
    let n = 3;
    n
}

#[hot]
fn factorial(n: u64) -> u64 {
    if n == 0 { 1 } else { n * factorial(n - 1) }
}

#[hot]
fn with_items_of_its_own() -> i32 {
    #![allow(clippy::items_after_statements)]
    const CODE: i32 = 3;
    static ENTRY: i32 = 4;
    fn describe() -> i32 {
        5
    }
    CODE + ENTRY + describe()
}

/// Its own names don't change what its signature means.
#[hot]
fn with_imports(point: Point, result: Result<i32, String>) -> Result<Point, String> {
    use std::fmt::Result;
    #[allow(dead_code)]
    struct Point;
    fn inner() -> Result {
        Ok(())
    }
    assert_eq!(inner(), Ok(()));
    result.map(|_| point)
}

#[hot]
fn big() -> [u64; 32] {
    [7; 32]
}

#[test]
fn come_back() {
    assert_eq!(elided("text"), "ext");
    assert_eq!(named("a", "b"), ("a", "b"));
    assert_eq!(of_static(), "static");
    assert_eq!(early(7), Ok(7));
    assert_eq!(early(8), Err("too many".into()));
    assert!(early(-1).is_err());
    assert_eq!(with_attributes(), 3);
    assert_eq!(factorial(10), 3_628_800);
    assert_eq!(with_items_of_its_own(), 12);
    assert_eq!(with_imports(Point::default(), Ok(1)), Ok(Point::default()));
    assert_eq!(big(), [7; 32]);
}
