//! What is moved: each a type in two versions, and how a hand would write the move.

use liveswap::HotState;

/// A type in two versions.
pub trait Shape {
    /// As it was.
    type Old: HotState;
    /// As it is to be.
    type New: HotState + PartialEq;
    /// What it shows.
    const TITLE: &'static str;
    /// One of many values.
    fn make(number: usize) -> Self::Old;
    /// The new value of an old one.
    fn by_hand(old: Self::Old) -> Self::New;
}

/// Numbers, and one more.
pub struct Plain;

mod plain {
    pub mod old {
        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Particle {
            pub id: u64,
            pub position: [f32; 3],
            pub speed: [f32; 3],
            pub kind: u32,
            pub age: u16,
        }
    }
    pub mod new {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Particle {
            pub id: u64,
            pub position: [f32; 3],
            pub speed: [f32; 3],
            #[hot(default = 1.0)]
            pub mass: f32,
            pub kind: u32,
            pub age: u16,
        }
    }
}

impl Shape for Plain {
    type Old = plain::old::Particle;
    type New = plain::new::Particle;
    const TITLE: &'static str = "numbers, a field `f32` added";

    fn make(number: usize) -> Self::Old {
        let x = number as f32;
        Self::Old { id: number as u64, position: [x, 1.0, 2.0], speed: [0.5, x, 0.25], kind: 3, age: number as u16 }
    }

    fn by_hand(old: Self::Old) -> Self::New {
        let Self::Old { id, position, speed, kind, age } = old;
        Self::New { id, position, speed, mass: 1.0, kind, age }
    }
}

/// A number that becomes a wider one.
pub struct Widened;

mod widened {
    pub mod old {
        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Score {
            pub player: u64,
            pub points: u32,
            pub time: f32,
        }
    }
    pub mod new {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Score {
            pub player: u64,
            pub points: u64,
            pub time: f32,
        }
    }
}

impl Shape for Widened {
    type Old = widened::old::Score;
    type New = widened::new::Score;
    const TITLE: &'static str = "numbers, `u32` -> `u64`";

    fn make(number: usize) -> Self::Old {
        Self::Old { player: number as u64, points: number as u32, time: 0.5 }
    }

    fn by_hand(Self::Old { player, points, time }: Self::Old) -> Self::New {
        Self::New { player, points: points.into(), time }
    }
}

/// Memory of its own.
pub struct Owning;

mod owning {
    pub mod old {
        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Item {
            pub name: String,
            pub tags: Vec<u32>,
            pub count: u32,
        }
    }
    pub mod new {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Item {
            pub name: String,
            pub tags: Vec<u32>,
            pub count: u32,
            pub weight: f32,
        }
    }
    pub mod less {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Item {
            pub tags: Vec<u32>,
            pub count: u32,
        }
    }
}

impl Shape for Owning {
    type Old = owning::old::Item;
    type New = owning::new::Item;
    const TITLE: &'static str = "a `String` and a `Vec<u32>`, a field `f32` added";

    fn make(number: usize) -> Self::Old {
        Self::Old { name: number.to_string(), tags: vec![number as u32; 3], count: 1 }
    }

    fn by_hand(Self::Old { name, tags, count }: Self::Old) -> Self::New {
        Self::New { name, tags, count, weight: 0.0 }
    }
}

/// Memory of its own, which goes.
pub struct Shrunk;

impl Shape for Shrunk {
    type Old = owning::old::Item;
    type New = owning::less::Item;
    const TITLE: &'static str = "a `String` and a `Vec<u32>`, the `String` removed";

    fn make(number: usize) -> Self::Old {
        Owning::make(number)
    }

    fn by_hand(Self::Old { name: _, tags, count }: Self::Old) -> Self::New {
        Self::New { tags, count }
    }
}

/// An enum.
pub struct Choosing;

mod choosing {
    pub mod old {
        #[derive(liveswap::HotType, liveswap::HotState)]
        pub enum Order {
            Rest,
            Walk { x: f32, y: f32 },
            Attack(u64),
        }

        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Unit {
            pub id: u64,
            pub order: Order,
            pub health: f32,
        }
    }
    pub mod new {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub enum Order {
            Rest,
            Guard(u64),
            Walk {
                x: f32,
                y: f32,
                #[hot(default = 2.0)]
                speed: f32,
            },
            Attack(u64),
        }

        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Unit {
            pub id: u64,
            pub order: Order,
            pub health: f32,
        }
    }
}

impl Shape for Choosing {
    type Old = choosing::old::Unit;
    type New = choosing::new::Unit;
    const TITLE: &'static str = "an enum: a variant added, a field to another";

    fn make(number: usize) -> Self::Old {
        use choosing::old::Order;
        // In no order that a processor could learn.
        let order = match number.wrapping_mul(0x9e37_79b9) >> 7 & 3 {
            0 => Order::Rest,
            1 => Order::Walk { x: 1.0, y: number as f32 },
            _ => Order::Attack(number as u64),
        };
        Self::Old { id: number as u64, order, health: 1.0 }
    }

    fn by_hand(Self::Old { id, order, health }: Self::Old) -> Self::New {
        use choosing::{new, old};
        let order = match order {
            old::Order::Rest => new::Order::Rest,
            old::Order::Walk { x, y } => new::Order::Walk { x, y, speed: 2.0 },
            old::Order::Attack(target) => new::Order::Attack(target),
        };
        Self::New { id, order, health }
    }
}

/// A struct inside of an `Option`.
pub struct Optional;

mod optional {
    pub mod old {
        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Target {
            pub id: u64,
            pub distance: f32,
        }

        #[derive(liveswap::HotType, liveswap::HotState)]
        pub struct Unit {
            pub id: u64,
            pub target: Option<Target>,
            pub health: f32,
        }
    }
    pub mod new {
        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Target {
            pub id: u64,
            pub distance: f32,
            pub seen: u64,
        }

        #[derive(liveswap::HotType, liveswap::HotState, PartialEq)]
        pub struct Unit {
            pub id: u64,
            pub target: Option<Target>,
            pub health: f32,
        }
    }
}

impl Shape for Optional {
    type Old = optional::old::Unit;
    type New = optional::new::Unit;
    const TITLE: &'static str = "an `Option` of a struct, to which a `u64` is added";

    fn make(number: usize) -> Self::Old {
        // As above.
        let is_there = number.wrapping_mul(0x9e37_79b9) >> 7 & 3 > 0;
        let target = is_there.then_some(optional::old::Target { id: number as u64, distance: 1.5 });
        Self::Old { id: number as u64, target, health: 1.0 }
    }

    fn by_hand(Self::Old { id, target, health }: Self::Old) -> Self::New {
        let target =
            target.map(|optional::old::Target { id, distance }| optional::new::Target { id, distance, seen: 0 });
        Self::New { id, target, health }
    }
}
