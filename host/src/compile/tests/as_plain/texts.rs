//! Reads sources as text.

mod d;

fn own() -> (usize, usize) { (include_str!("texts.rs").len(), include_bytes!("./texts.rs").len()) }

#[doc = include_str!("d.rs")]
fn other() -> &'static str { include_str!(r"d.rs") }

macro_rules! read {
    () => {
        include_str!("d.rs")
    };
}

fn main() {
    println!("{:?} {:?} {}", own(), other(), d::d());
    println!("{}", read!().len());
    println!("{} {} {}", file!(), line!(), module_path!());
    println!("{}", d::place());
}
