//! Functions in modules, in functions and from macros.

pub(crate) mod deeper {
    use liveswap::hot;

    #[hot]
    pub(in crate::nested) fn here() -> u32 {
        line!()
    }
}

#[test]
fn modules() {
    assert_ne!(deeper::here(), 0);
}

#[test]
fn in_functions_and_from_macros() {
    macro_rules! make {
        ($name:ident, $ty:ty, $value:expr) => {
            #[liveswap::hot]
            fn $name(n: $ty) -> $ty {
                n + $value
            }
        };
    }
    make!(one, i32, 1);
    make!(two, u64, 2);
    assert_eq!((one(1), two(1)), (2, 3));
}
