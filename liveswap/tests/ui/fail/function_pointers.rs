use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType)]
struct Button {
    clicked: fn(&Button, u32, u32),
    named: Box<dyn Fn(&Button) -> &str>,
    described: fn(&Button, u32),
}

#[hot]
fn each(button: Button, by: Option<for<'a> fn(&'a str) -> &'a str>) {
    (button.clicked)(&button, 1, 2);
    by.map(|by| by("text"));
}

fn main() {}
