//! A typed host: the hot library is an ordinary dependency, and its functions are ordinary calls.
//!
//! `cargo run -p typed-host`, then edit `examples/typed-host/logic/src/lib.rs` and save.

use std::error::Error;
use std::time::Duration;

use liveswap_host::{Host, Kept};

fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::builder().program(env!("CARGO_MANIFEST_DIR")).library(&logic::HOT).start()?;
    let mut state = Kept::new("state", logic::State::start())?;
    loop {
        // The safe point: here new code becomes visible, and the state is moved where the code lays it out anew.
        host.tick_with(&mut state);
        println!("{}", logic::update(&mut state, 0.5));
        std::thread::sleep(Duration::from_millis(500));
    }
}
