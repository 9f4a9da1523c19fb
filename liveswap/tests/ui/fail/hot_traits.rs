use liveswap::hot;

#[hot]
trait Generic<T> {
    fn get(&self) -> T;
}

#[hot]
trait Associated {
    type Item;
    fn next(&mut self) -> Self::Item;
}

#[hot]
trait Constant {
    const SIDES: u32;
}

#[hot]
trait Cloned: Clone {
    fn area(&self) -> f32;
}

#[hot]
trait WithoutSelf {
    fn make() -> u32;
}

#[hot]
trait Asynchronous {
    async fn load(&self);
}

#[hot]
trait GenericMethod {
    fn visit<T>(&self, visitor: T);
}

#[hot]
trait ImplTrait {
    fn all(&self) -> impl Iterator<Item = u32>;
}

#[hot]
trait NamesSelf {
    fn same(&self, other: &Self) -> bool;
}

#[hot]
trait Options {
    fn draw(&self, #[hot(skip)] width: u32);
}

macro_rules! methods {
    () => {};
}

#[hot]
trait FromMacro {
    methods!();
}

#[hot]
trait Lifetimes<'a> {
    fn each(&self, by: fn(&'a str) -> &str);
    fn arguments(&self, #[cfg(unix)] unix: u32);
}

fn main() {}
