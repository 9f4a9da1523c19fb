//! `glam`: vectors, matrices and quaternions. Their paths tell the SIMD forms from the plain ones of equal size.

use glam::*;

primitives!(
    BVec2, BVec3, BVec3A, BVec4, BVec4A, EulerRot, //
    Vec2, Vec3, Vec3A, Vec4, Mat2, Mat3, Mat3A, Mat4, Quat, Affine2, Affine3, Affine3A, //
    DVec2, DVec3, DVec4, DMat2, DMat3, DMat4, DQuat, DAffine2, DAffine3, //
    I8Vec2, I8Vec3, I8Vec4, U8Vec2, U8Vec3, U8Vec4, I16Vec2, I16Vec3, I16Vec4, U16Vec2, U16Vec3, U16Vec4, //
    IVec2, IVec3, IVec4, UVec2, UVec3, UVec4, I64Vec2, I64Vec3, I64Vec4, U64Vec2, U64Vec3, U64Vec4, //
    ISizeVec2, ISizeVec3, ISizeVec4, USizeVec2, USizeVec3, USizeVec4,
);

#[cfg(test)]
mod tests {
    use glam::*;

    use crate::layout::Kind;
    use crate::state::StateKind;
    use crate::{HotState, HotType};

    fn measured<T: HotState>(name: &str) {
        let info = T::info();
        assert!(matches!((&info.kind, &T::state().kind), (Kind::Primitive, StateKind::Whole)), "{name}");
        let full = (info.name)();
        assert!(full.starts_with("glam::") && full.ends_with(&format!("::{name}")), "{full}");
        assert_eq!((info.size, info.align), (size_of::<T>(), align_of::<T>()), "{name}");
    }

    macro_rules! measured {
        ($($name:ident)*) => { $(measured::<$name>(stringify!($name));)* };
    }

    #[test]
    fn all_forms_are_described() {
        measured!(BVec2 BVec3 BVec3A BVec4 BVec4A EulerRot);
        measured!(Vec2 Vec3 Vec3A Vec4 Mat2 Mat3 Mat3A Mat4 Quat Affine2 Affine3 Affine3A);
        measured!(DVec2 DVec3 DVec4 DMat2 DMat3 DMat4 DQuat DAffine2 DAffine3);
        measured!(I8Vec2 I8Vec3 I8Vec4 U8Vec2 U8Vec3 U8Vec4 I16Vec2 I16Vec3 I16Vec4 U16Vec2 U16Vec3 U16Vec4);
        measured!(IVec2 IVec3 IVec4 UVec2 UVec3 UVec4 I64Vec2 I64Vec3 I64Vec4 U64Vec2 U64Vec3 U64Vec4);
        measured!(ISizeVec2 ISizeVec3 ISizeVec4 USizeVec2 USizeVec3 USizeVec4);
    }

    #[test]
    fn sizes_are_the_vectors_own() {
        assert_eq!((Vec3::info().size, Vec3::info().align), (12, 4));
        assert_eq!(Mat4::info().size, 64);
        assert_eq!(DVec2::info().size, 16);
    }
}
