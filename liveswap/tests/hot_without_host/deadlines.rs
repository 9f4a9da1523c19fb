//! How long calls may last, as it stands at functions.

use std::time::Duration;

use super::*;

#[hot(deadline = "50ms")]
fn quick() -> u8 {
    1
}

#[hot]
#[hot(deadline = off)]
fn endless() -> u8 {
    2
}

#[hot(deadline = "1.5 s")]
async fn polled() -> u8 {
    3
}

#[hot]
impl Point {
    #[hot(deadline = "2min")]
    fn slow(self) -> Self {
        self
    }

    fn unsaid(self) -> Self {
        self
    }
}

#[test]
fn each_entry_says_its_own() {
    assert_eq!([quick(), endless(), block_on(polled())], [1, 2, 3]);
    assert_eq!(Point::default().slow().unsaid(), Point::default());
    let of = |name: &str| {
        let path = format!("hot_without_host::deadlines::{name}");
        HOT.entries().iter().find(|entry| entry.info().name == path).map(|entry| entry.info().deadline.get())
    };
    if !HOT.is_hot() {
        return;
    }
    assert_eq!(of("quick"), Some(Some(Some(Duration::from_millis(50)))));
    assert_eq!(of("endless"), Some(Some(None)));
    assert_eq!(of("polled"), Some(Some(Some(Duration::from_millis(1500)))));
    assert_eq!(of("Point::slow"), Some(Some(Some(Duration::from_secs(120)))));
    assert_eq!(of("Point::unsaid"), Some(None));
}
