//! `uuid`: identifiers.

use uuid::{NonNilUuid, Uuid};

primitives!(Uuid, NonNilUuid);

#[cfg(test)]
mod tests {
    use uuid::{NonNilUuid, Uuid};

    use crate::HotType;
    use crate::layout::Kind;

    #[test]
    fn identifiers_are_described() {
        for (info, align) in [(Uuid::info(), 1), (NonNilUuid::info(), align_of::<NonNilUuid>())] {
            assert!(matches!(info.kind, Kind::Primitive));
            assert_eq!((info.size, info.align), (16, align));
        }
        assert_eq!((Uuid::info().name)(), "uuid::Uuid");
    }
}
