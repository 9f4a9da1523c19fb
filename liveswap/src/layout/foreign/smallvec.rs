//! `smallvec`: vectors whose first elements are stored inline.

use smallvec::{Array, SmallVec};

use crate::layout::{HotType, Kind};

// How many elements are inline stands in the name: `SmallVec<[u8; 4]>`.
described!([A: Array<Item: HotType>] SmallVec<A>, Kind::Over(&[<A::Item as HotType>::info]));

#[cfg(test)]
mod tests {
    use smallvec::SmallVec;

    use crate::HotType;
    use crate::layout::Kind;

    #[derive(HotType)]
    struct Particle(f32, #[hot(opaque)] SmallVec<[u8; 2]>);

    #[test]
    fn a_vector_is_over_its_elements() {
        let info = <SmallVec<[Particle; 4]>>::info();
        let Kind::Over([element]) = info.kind else { panic!("one type of elements") };
        assert_eq!((element().name)(), std::any::type_name::<Particle>());
        assert_eq!(info.size, size_of::<SmallVec<[Particle; 4]>>());
        assert!((info.name)().starts_with("smallvec::SmallVec<[") && (info.name)().ends_with("Particle; 4]>"));
    }
}
