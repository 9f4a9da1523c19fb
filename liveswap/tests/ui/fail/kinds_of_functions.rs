use liveswap::hot;

liveswap::hot_lib!();

#[hot]
const fn constant() -> u32 {
    1
}

#[hot]
unsafe fn dangerous() {}

#[hot]
extern "C" fn callback(n: u32) -> u32 {
    n
}

#[hot]
fn endless() -> ! {
    loop {}
}

fn main() {}
