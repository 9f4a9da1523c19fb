use liveswap::hot;

liveswap::hot_lib!();

#[hot]
fn log(text: String, #[cfg(unix)] user: u32) {
    println!("{user} {text}");
}

fn main() {}
