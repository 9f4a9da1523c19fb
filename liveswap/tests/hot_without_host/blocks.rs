//! `impl` blocks of every kind.

use super::*;

#[hot]
impl Point {
    const STEP: i32 = 2;

    fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    fn sum(&self) -> i32 {
        self.x + self.y
    }

    fn go(&mut self, Point { x, .. }: Self) -> &mut Self {
        self.x += x * Self::STEP;
        self
    }

    fn into_pair(self) -> (i32, i32) {
        let Self { x, y } = self;
        (x, y)
    }

    fn twice(mut self) -> Self {
        self.x *= 2;
        self
    }

    fn boxed(self: Box<Self>) -> i32 {
        self.x
    }

    fn counted(self: Rc<Self>) -> usize {
        Rc::strong_count(&self)
    }

    fn pinned(mut self: Pin<&mut Self>) -> i32 {
        self.y = 9;
        self.y
    }

    #[hot(skip)]
    fn generic<T: Into<i32>>(&self, by: T) -> i32 {
        self.x + by.into()
    }

    #[hot(skip)]
    const fn constant() -> i32 {
        Self::STEP
    }
}

#[derive(HotType)]
struct Parser<'a> {
    rest: &'a str,
}

#[hot]
impl<'a> Parser<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    fn word(&mut self) -> Option<&'a str> {
        let (word, rest) = self.rest.split_once(' ')?;
        self.rest = rest;
        Some(word)
    }

    fn longest<'b>(&self, other: &'b Parser<'a>) -> &'b str
    where
        'a: 'b,
    {
        if self.rest.len() > other.rest.len() { self.rest } else { other.rest }
    }
}

#[hot]
impl Parser<'_> {
    fn left(&self) -> usize {
        self.rest.len()
    }
}

#[hot]
impl<'a> Iterator for Parser<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<Self::Item> {
        self.word()
    }
}

#[hot]
impl From<u8> for Point {
    fn from(n: u8) -> Self {
        Self { x: n.into(), y: 0 }
    }
}

#[hot]
impl From<u16> for Point {
    fn from(n: u16) -> Point {
        Point { x: 0, y: n.into() }
    }
}

trait Shape {
    const SIDES: u32;
    type Unit;
    fn area(&self) -> Self::Unit;
    fn name() -> String
    where
        Self: Sized;
    fn default_body(&self) -> u32 {
        Self::SIDES
    }
}

#[hot]
impl Shape for Point {
    const SIDES: u32 = 3;
    type Unit = i32;
    fn area(&self) -> Self::Unit {
        self.x * self.y
    }
    fn name() -> String {
        "point".into()
    }
}

#[hot]
impl std::ops::Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self::Output {
        Self { x: self.x + other.x, y: self.y + other.y }
    }
}

#[hot]
impl std::ops::AddAssign<&Point> for Point {
    fn add_assign(&mut self, other: &Point) {
        self.x += other.x;
    }
}

#[test]
fn of_all_kinds() {
    let mut point = Point::new(1, 2);
    assert_eq!(point.sum(), 3);
    assert_eq!(point.go(Point::new(2, 0)).into_pair(), (5, 2));
    assert_eq!(point.twice(), Point::new(10, 2));
    assert_eq!(Box::new(point).boxed(), 5);
    assert_eq!(Rc::new(point).counted(), 1);
    assert_eq!(Pin::new(&mut point).pinned(), 9);
    assert_eq!(point.generic(1u8) + Point::constant(), 8);
    let mut parser = Parser::new("one two three");
    assert_eq!((parser.word(), parser.next(), parser.left()), (Some("one"), Some("two"), 5));
    assert_eq!(parser.longest(&Parser::new("x")), "three");
    assert_eq!((Point::from(1u8), Point::from(2u16)), (Point::new(1, 0), Point::new(0, 2)));
    assert_eq!((Point::new(3, 4).area(), Point::name(), point.default_body()), (12, "point".into(), 3));
    let mut sum = Point::new(1, 2) + Point::new(3, 4);
    sum += &Point::new(1, 1);
    assert_eq!(sum, Point::new(5, 6));
}
