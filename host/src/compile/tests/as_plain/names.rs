//! Names that something private has, and something else.

use std::any::{Any, TypeId};
use std::borrow::Borrow;

use m::*;

mod m {
    use std::any::TypeId;
    use std::ops::Deref as Leads;

    #[derive(Clone, Copy)]
    pub struct C(pub u32);

    impl C {
        fn type_id(&self) -> TypeId {
            TypeId::of::<u8>()
        }

        fn to_string(&self) -> &'static str {
            "private"
        }

        fn borrow(&self) -> u8 {
            1
        }

        fn into(self) -> u8 {
            2
        }

        fn to_owned(&self) -> u8 {
            3
        }

        fn twice(&self) -> u8 {
            4
        }

        pub fn all(&self) -> String {
            format!("{:?} {} {} {} {}", self.type_id() == TypeId::of::<u8>(), self.to_string(), self.borrow(), (*self).into(), self.to_owned() + self.twice())
        }
    }

    impl std::fmt::Display for C {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("public")
        }
    }

    pub struct Inner {
        pub name: &'static str,
        pub made: &'static str,
    }

    pub struct Outer {
        name: &'static str,
        inner: Inner,
    }

    impl Outer {
        pub fn new() -> Outer {
            Outer { name: "outer", inner: Inner { name: "inner", made: "inner" } }
        }

        pub fn own(&self) -> &'static str {
            self.name
        }
    }

    impl Leads for Outer {
        type Target = Inner;

        fn deref(&self) -> &Inner {
            &self.inner
        }
    }

    macro_rules! leads {
        ($of:ident) => {
            impl Leads for $of {
                type Target = Inner;

                fn deref(&self) -> &Inner {
                    &self.inner
                }
            }
        };
    }

    pub struct Made {
        made: &'static str,
        inner: Inner,
    }

    leads!(Made);

    impl Made {
        pub fn new() -> Made {
            Made { made: "outer", inner: Inner { name: "inner", made: "inner" } }
        }

        pub fn own(&self) -> &'static str {
            self.made
        }
    }
}

trait Twice {
    fn twice(&self) -> u8;
}

impl<T> Twice for T {
    fn twice(&self) -> u8 {
        5
    }
}

impl From<C> for u64 {
    fn from(_: C) -> u64 {
        6
    }
}

fn main() {
    let c = C(1);
    println!("{}", c.type_id() == TypeId::of::<C>());
    println!("{}", c.to_string());
    let borrowed: &C = c.borrow();
    println!("{}", borrowed.0);
    let number: u64 = c.into();
    println!("{number} {}", c.to_owned().0);
    println!("{}", c.twice());
    println!("{}", c.all());
    println!("{} {}", Outer::new().name, Outer::new().own());
    println!("{} {}", Made::new().made, Made::new().own());
}
