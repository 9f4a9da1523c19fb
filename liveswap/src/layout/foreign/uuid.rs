//! `uuid`: identifiers.

use uuid::{NonNilUuid, Uuid};

primitives!(Uuid, NonNilUuid);

#[cfg(test)]
mod tests {
    use uuid::{NonNilUuid, Uuid};

    use crate::layout::Kind;
    use crate::state::StateKind;
    use crate::{HotState, HotType};

    #[test]
    fn identifiers_are_described() {
        for (info, align) in [(Uuid::info(), 1), (NonNilUuid::info(), align_of::<NonNilUuid>())] {
            assert!(matches!(info.kind, Kind::Primitive));
            assert_eq!((info.size, info.align), (16, align));
        }
        for state in [Uuid::state(), NonNilUuid::state()] {
            assert!(matches!(state.kind, StateKind::Whole) && state.drop.is_none());
        }
        assert_eq!((Uuid::info().name)(), "uuid::Uuid");
    }
}
