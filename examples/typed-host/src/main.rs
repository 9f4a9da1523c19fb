//! A typed host: the hot library is an ordinary dependency, and its functions are ordinary calls.
//!
//! `cargo run -p typed-host`, then edit `examples/typed-host/logic/src/lib.rs` and save.

use std::time::Duration;

use liveswap_host::Host;

fn main() -> Result<(), liveswap_host::StartError> {
    let host = Host::builder().program(env!("CARGO_MANIFEST_DIR")).library(&logic::HOT).start()?;
    let mut state = logic::State { x: 0.0, speed: 1.0 };
    loop {
        host.tick(); // the safe point: here new code becomes visible
        logic::update(&mut state, 0.5);
        println!("x = {:.1}", state.x);
        std::thread::sleep(Duration::from_millis(500));
    }
}
