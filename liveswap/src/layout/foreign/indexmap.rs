//! `indexmap`: maps and sets that keep their order.

use indexmap::{IndexMap, IndexSet};

use crate::layout::{HotType, Kind, opaque};

// Hashers are part of the layout, and are rarely described.
described!([K: HotType, V: HotType, S] IndexMap<K, V, S>, Kind::Over(&[K::info, V::info, opaque::<S>]));
described!([T: HotType, S] IndexSet<T, S>, Kind::Over(&[T::info, opaque::<S>]));

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::hash::RandomState;

    use indexmap::{IndexMap, IndexSet};

    use crate::HotState;
    use crate::layout::Kind;

    fn over<T: HotState>() -> Vec<&'static str> {
        assert_eq!(T::info().size, size_of::<T>());
        match T::info().kind {
            Kind::Over(types) => types.iter().map(|describe| (describe().name)()).collect(),
            _ => panic!("over nothing"),
        }
    }

    #[test]
    fn maps_and_sets_are_over_elements_and_hasher() {
        let hasher = type_name::<RandomState>();
        assert_eq!(over::<IndexMap<String, u8>>(), [type_name::<String>(), "u8", hasher]);
        assert_eq!(over::<IndexSet<u8>>(), ["u8", hasher]);
    }
}
