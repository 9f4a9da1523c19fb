use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType)]
struct Button {
    clicked: fn(&Button, u32),
}

#[hot]
fn each(button: Button, by: Option<for<'a> fn(&'a str) -> &'a str>) {
    (button.clicked)(&button, 1);
    by.map(|by| by("text"));
}

fn main() {}
