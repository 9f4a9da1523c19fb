use liveswap::{HotType, hot};

struct Canvas;

trait Plain {
    fn name(&self) -> String;
}

#[hot]
trait Shape: Plain {
    fn draw(&self, canvas: &mut Canvas);
    fn canvas(&self) -> Canvas;
}

#[derive(HotType)]
struct Scene {
    plain: Box<dyn Plain>,
    shape: Box<dyn Shape>,
}

fn main() {}
