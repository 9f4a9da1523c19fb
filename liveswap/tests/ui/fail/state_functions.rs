use liveswap::{HotState, HotType, MigrateError, Parts};

liveswap::hot_lib!();

#[derive(HotType, HotState)]
#[hot(migrate = from_number)]
struct WrongArgument {
    n: u32,
}

fn from_number(_: u32) -> WrongArgument {
    WrongArgument { n: 0 }
}

#[derive(HotType, HotState)]
#[hot(migrate = other_type)]
struct WrongResult {
    n: u32,
}

fn other_type(_: &Parts<'_>) -> Result<u32, MigrateError> {
    Ok(1)
}

#[derive(HotType, HotState)]
#[hot(migrate = missing)]
struct Missing {
    n: u32,
}

#[derive(HotType, HotState)]
struct Fields {
    #[hot(with = by_value)]
    by_value: u32,
    #[hot(with = other_result)]
    other_result: u32,
    #[hot(with = error_without_text)]
    error_without_text: u32,
    #[hot(with = undescribed)]
    undescribed: u32,
    #[hot(default = "text")]
    default: u32,
}

fn by_value(old: u8) -> u32 {
    u32::from(old)
}

fn other_result(old: &u8) -> u64 {
    u64::from(*old)
}

struct NoText;

fn error_without_text(_: &u8) -> Result<u32, NoText> {
    Err(NoText)
}

struct Foreign;

fn undescribed(_: &Foreign) -> u32 {
    0
}

fn main() {}
