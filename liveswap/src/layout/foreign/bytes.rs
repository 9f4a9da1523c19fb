//! `bytes`: shared buffers.

use bytes::{Bytes, BytesMut};

primitives!(Bytes, BytesMut);

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};

    use crate::HotType;
    use crate::layout::Kind;

    #[test]
    fn buffers_are_described() {
        for info in [Bytes::info(), BytesMut::info()] {
            assert!(matches!(info.kind, Kind::Primitive));
            assert_eq!((info.size, info.align), (4 * size_of::<usize>(), align_of::<usize>()));
        }
        assert_eq!((Bytes::info().name)(), "bytes::bytes::Bytes");
    }
}
