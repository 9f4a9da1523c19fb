//! What describes nothing, marked `#[hot(opaque)]`.

use super::*;

trait Draw {
    fn draw(&self) -> String;
}

impl Draw for i32 {
    fn draw(&self) -> String {
        self.to_string()
    }
}

/// A type that describes nothing.
struct Foreign(i32);

#[hot]
fn of_a_trait(#[hot(opaque)] what: &dyn Draw, #[hot(opaque)] boxed: Box<dyn Draw>) -> String {
    what.draw() + &boxed.draw()
}

#[hot]
#[hot(opaque_output)]
fn output(n: i32) -> Foreign {
    Foreign(n)
}

#[hot]
#[hot(opaque_output)]
async fn output_of_a_future(n: i32) -> Box<dyn Draw> {
    Box::new(n)
}

#[hot]
impl Foreign {
    fn get(#[hot(opaque)] &self) -> i32 {
        self.0
    }

    #[hot(opaque_output)]
    fn new(n: i32) -> Self {
        Self(n)
    }
}

#[test]
fn goes_through() {
    assert_eq!(of_a_trait(&1, Box::new(2)), "12");
    assert_eq!(output(3).0 + Foreign::new(4).get(), 7);
    assert_eq!(block_on(output_of_a_future(5)).draw(), "5");
}
