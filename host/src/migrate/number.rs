//! Numbers: from any to any, where the value fits.
//!
//! Pure. Whole numbers, `bool` and `char` are exact or refused. A whole number becomes a float where the float holds it
//! exactly, and a float a whole number where it has no fraction. `f64` to `f32` rounds, as an edit of that kind means it
//! to; what would become infinite is refused.

use liveswap::state::Number;

/// A number of any type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Whole, up to the largest `i128`; also `bool` and `char`.
    Whole(i128),
    /// The rest of `u128`.
    Large(u128),
    /// A float, as `f64`.
    Float(f64),
}

/// A number's size in bytes.
pub fn size(number: Number) -> usize {
    match number {
        Number::U8 | Number::I8 | Number::Bool => 1,
        Number::U16 | Number::I16 => 2,
        Number::U32 | Number::I32 | Number::F32 | Number::Char => 4,
        Number::U64 | Number::I64 | Number::F64 => 8,
        Number::U128 | Number::I128 => 16,
        Number::Usize | Number::Isize => size_of::<usize>(),
    }
}

/// The type's name.
pub fn name(number: Number) -> String {
    format!("{number:?}").to_lowercase()
}

macro_rules! read {
    ($ty:ty, $bytes:expr) => {{
        let mut array = [0; size_of::<$ty>()];
        array.copy_from_slice($bytes);
        <$ty>::from_ne_bytes(array)
    }};
}

/// The number in these bytes, as many as its [`size`].
pub fn read(from: Number, bytes: &[u8]) -> Value {
    match from {
        Number::U8 | Number::Bool => Value::Whole(bytes[0].into()),
        Number::U16 => Value::Whole(read!(u16, bytes).into()),
        Number::U32 | Number::Char => Value::Whole(read!(u32, bytes).into()),
        Number::U64 => Value::Whole(read!(u64, bytes).into()),
        Number::U128 => {
            let large = read!(u128, bytes);
            i128::try_from(large).map_or(Value::Large(large), Value::Whole)
        }
        Number::Usize => Value::Whole(read!(usize, bytes) as i128),
        Number::I8 => Value::Whole(read!(i8, bytes).into()),
        Number::I16 => Value::Whole(read!(i16, bytes).into()),
        Number::I32 => Value::Whole(read!(i32, bytes).into()),
        Number::I64 => Value::Whole(read!(i64, bytes).into()),
        Number::I128 => Value::Whole(read!(i128, bytes)),
        Number::Isize => Value::Whole(read!(isize, bytes) as i128),
        Number::F32 => Value::Float(read!(f32, bytes).into()),
        Number::F64 => Value::Float(read!(f64, bytes)),
    }
}

/// Writes the number as another type, to as many bytes as that one's [`size`]; false where it does not fit.
pub fn write(value: Value, to: Number, bytes: &mut [u8]) -> bool {
    let written = match to {
        Number::F32 => float(value, |number| number as f32).map(|number| copy(bytes, &number.to_ne_bytes())),
        Number::F64 => float(value, |number| number).map(|number| copy(bytes, &number.to_ne_bytes())),
        _ => whole(value).and_then(|number| write_whole(number, to, bytes)),
    };
    written.is_some()
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}

fn whole(value: Value) -> Option<Result<i128, u128>> {
    match value {
        Value::Whole(number) => Some(Ok(number)),
        Value::Large(number) => Some(Err(number)),
        // Beyond these bounds a float has no fraction, and `as` would clamp.
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e38 => Some(Ok(number as i128)),
        Value::Float(_) => None,
    }
}

fn write_whole(number: Result<i128, u128>, to: Number, bytes: &mut [u8]) -> Option<()> {
    let number = match (number, to) {
        (Ok(number), _) => number,
        (Err(large), Number::U128) => {
            copy(bytes, &large.to_ne_bytes());
            return Some(());
        }
        (Err(_), _) => return None,
    };
    macro_rules! as_type {
        ($ty:ty) => {
            copy(bytes, &<$ty>::try_from(number).ok()?.to_ne_bytes())
        };
    }
    match to {
        Number::U8 => as_type!(u8),
        Number::U16 => as_type!(u16),
        Number::U32 => as_type!(u32),
        Number::U64 => as_type!(u64),
        Number::U128 => as_type!(u128),
        Number::Usize => as_type!(usize),
        Number::I8 => as_type!(i8),
        Number::I16 => as_type!(i16),
        Number::I32 => as_type!(i32),
        Number::I64 => as_type!(i64),
        Number::I128 => as_type!(i128),
        Number::Isize => as_type!(isize),
        Number::Bool => copy(bytes, &[u8::try_from(number).ok().filter(|number| *number < 2)?]),
        Number::Char => {
            let character = char::from_u32(u32::try_from(number).ok()?)?;
            copy(bytes, &u32::from(character).to_ne_bytes());
        }
        Number::F32 | Number::F64 => return None,
    }
    Some(())
}

fn float<F: Copy + Into<f64>>(value: Value, round: impl Fn(f64) -> F) -> Option<F> {
    match value {
        Value::Whole(number) => {
            let float = round(number as f64);
            // The largest `i128` rounds up to a float beyond it, which `as` would bring back.
            let exact = float.into().abs() < 1e38 && float.into() as i128 == number;
            exact.then_some(float)
        }
        Value::Large(_) => None,
        Value::Float(number) => {
            let float = round(number);
            (float.into().is_finite() == number.is_finite()).then_some(float)
        }
    }
}

/// The number as it is shown.
pub fn text(value: Value) -> String {
    match value {
        Value::Whole(number) => number.to_string(),
        Value::Large(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(from: Number, bytes: &[u8], to: Number) -> Option<Vec<u8>> {
        let mut out = vec![0xaa; size(to)];
        write(read(from, bytes), to, &mut out).then_some(out)
    }

    #[test]
    fn wider_types_take_every_value() {
        assert_eq!(convert(Number::U8, &[200], Number::U64), Some(200u64.to_ne_bytes().to_vec()));
        assert_eq!(convert(Number::I8, &(-7i8).to_ne_bytes(), Number::I128), Some((-7i128).to_ne_bytes().to_vec()));
        assert_eq!(convert(Number::F32, &1.5f32.to_ne_bytes(), Number::F64), Some(1.5f64.to_ne_bytes().to_vec()));
        assert_eq!(
            convert(Number::U128, &u128::MAX.to_ne_bytes(), Number::U128),
            Some(u128::MAX.to_ne_bytes().to_vec())
        );
        assert_eq!(convert(Number::Bool, &[1], Number::U16), Some(1u16.to_ne_bytes().to_vec()));
        assert_eq!(
            convert(Number::Char, &u32::from('ä').to_ne_bytes(), Number::U32),
            Some(0xe4u32.to_ne_bytes().to_vec())
        );
    }

    #[test]
    fn narrower_types_take_what_fits() {
        assert_eq!(convert(Number::U64, &255u64.to_ne_bytes(), Number::U8), Some(vec![255]));
        assert_eq!(convert(Number::U64, &256u64.to_ne_bytes(), Number::U8), None);
        assert_eq!(convert(Number::I32, &(-1i32).to_ne_bytes(), Number::U32), None);
        assert_eq!(convert(Number::U8, &[2], Number::Bool), None);
        assert_eq!(convert(Number::U32, &0xd800u32.to_ne_bytes(), Number::Char), None, "a surrogate is no character");
        assert_eq!(convert(Number::U128, &u128::MAX.to_ne_bytes(), Number::I128), None);
    }

    #[test]
    fn floats_round_but_are_never_made_up() {
        assert_eq!(convert(Number::F64, &0.1f64.to_ne_bytes(), Number::F32), Some(0.1f32.to_ne_bytes().to_vec()));
        assert_eq!(convert(Number::F64, &1e300f64.to_ne_bytes(), Number::F32), None);
        let nan = convert(Number::F64, &f64::NAN.to_ne_bytes(), Number::F32).unwrap();
        assert!(read!(f32, &nan).is_nan());
        assert_eq!(
            convert(Number::F64, &f64::INFINITY.to_ne_bytes(), Number::F32),
            Some(f32::INFINITY.to_ne_bytes().to_vec())
        );
        assert_eq!(convert(Number::F32, &1.5f32.to_ne_bytes(), Number::I32), None);
        assert_eq!(convert(Number::F32, &f32::NAN.to_ne_bytes(), Number::I32), None);
        assert_eq!(convert(Number::F32, &(-3f32).to_ne_bytes(), Number::I8), Some((-3i8).to_ne_bytes().to_vec()));
        assert_eq!(convert(Number::U64, &u64::MAX.to_ne_bytes(), Number::F64), None, "2^64 - 1 is no f64");
        assert_eq!(convert(Number::I128, &i128::MAX.to_ne_bytes(), Number::F64), None);
        assert_eq!(convert(Number::U32, &16_777_217u32.to_ne_bytes(), Number::F32), None);
        assert_eq!(
            convert(Number::U32, &16_777_216u32.to_ne_bytes(), Number::F32),
            Some(16_777_216f32.to_ne_bytes().to_vec())
        );
    }
}
