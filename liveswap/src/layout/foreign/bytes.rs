//! `bytes`: shared buffers.

use bytes::{Bytes, BytesMut};

primitives!(Bytes, BytesMut);

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};

    use crate::layout::Kind;
    use crate::state::StateKind;
    use crate::{HotState, HotType};

    #[test]
    fn buffers_are_described() {
        for info in [Bytes::info(), BytesMut::info()] {
            assert!(matches!(info.kind, Kind::Primitive));
            assert_eq!((info.size, info.align), (4 * size_of::<usize>(), align_of::<usize>()));
        }
        for state in [Bytes::state(), BytesMut::state()] {
            assert!(matches!(state.kind, StateKind::Whole) && state.drop.is_some());
        }
        assert_eq!((Bytes::info().name)(), "bytes::bytes::Bytes");
    }
}
