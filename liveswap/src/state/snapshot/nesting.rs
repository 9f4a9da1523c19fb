//! A look over bytes before a value is made of them: they are one whole value, which is not nested too deep.
//!
//! Deserializing calls itself for each level, and nothing on that way counts the levels of enums: a few bytes for each
//! would overflow the stack, which ends the process. This look has a stack of its own.

use rmp::Marker;

use super::limits::DEEPEST;

/// Whether the bytes are exactly one value of at most [`DEEPEST`] levels.
///
/// # Errors
///
/// What they are instead.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let mut rest = bytes;
    // For each open level, how many values are still to come in it.
    let mut open = vec![1];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let (skipped, inside) = first_value(rest).ok_or("the content is cut off")?;
        rest = rest.get(skipped..).ok_or("the content is cut off")?;
        if inside > 0 {
            open.push(inside);
        }
        if open.len() > DEEPEST + 1 {
            return Err("the content is nested too deep");
        }
    }
    if rest.is_empty() { Ok(()) } else { Err("something follows the content") }
}

/// How long the first value is without those inside of it, and how many these are. `None` where it does not begin.
fn first_value(bytes: &[u8]) -> Option<(usize, u64)> {
    let (first, rest) = bytes.split_first()?;
    // A number of so many bytes after the marker: how long something is.
    let number = |width: usize| Some(rest.get(..width)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)));
    let flat = |width: usize| Some((1 + width, 0));
    let counted = |width: usize, more: usize| {
        let length = usize::try_from(number(width)?).ok()?;
        flat((width + more).checked_add(length)?)
    };
    match Marker::from_u8(*first) {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::False | Marker::True | Marker::Reserved => {
            flat(0)
        }
        Marker::U8 | Marker::I8 => flat(1),
        Marker::U16 | Marker::I16 => flat(2),
        Marker::U32 | Marker::I32 | Marker::F32 => flat(4),
        Marker::U64 | Marker::I64 | Marker::F64 => flat(8),
        Marker::FixStr(length) => flat(length.into()),
        Marker::Str8 | Marker::Bin8 => counted(1, 0),
        Marker::Str16 | Marker::Bin16 => counted(2, 0),
        Marker::Str32 | Marker::Bin32 => counted(4, 0),
        // An extension has a byte for its type.
        Marker::FixExt1 => flat(2),
        Marker::FixExt2 => flat(3),
        Marker::FixExt4 => flat(5),
        Marker::FixExt8 => flat(9),
        Marker::FixExt16 => flat(17),
        Marker::Ext8 => counted(1, 1),
        Marker::Ext16 => counted(2, 1),
        Marker::Ext32 => counted(4, 1),
        Marker::FixArray(count) => Some((1, count.into())),
        Marker::Array16 => Some((3, number(2)?)),
        Marker::Array32 => Some((5, number(4)?)),
        Marker::FixMap(count) => Some((1, 2 * u64::from(count))),
        Marker::Map16 => Some((3, 2 * number(2)?)),
        Marker::Map32 => Some((5, 2 * number(4)?)),
    }
}

/// What a value is, in words.
pub(super) fn name(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "nothing",
        Marker::False | Marker::True => "a bool",
        Marker::F32 | Marker::F64 => "a float",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a text",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes, or a number of 128 bits",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "a sequence",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a struct or a map",
        Marker::FixPos(_) | Marker::FixNeg(_) => "a whole number",
        Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => "a whole number",
        Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => "a whole number",
        _ => "what no snapshot has",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_values_are_gone_over() {
        let long = |marker: &[u8], length: usize| [marker, &vec![0; length]].concat();
        for whole in [
            vec![0x07],
            vec![0xff],
            vec![0xc0],
            long(&[0xcc], 1),
            long(&[0xcd], 2),
            long(&[0xca], 4),
            long(&[0xcb], 8),
            long(&[0xa3], 3),
            long(&[0xd9, 200], 200),
            long(&[0xda, 1, 0], 256),
            long(&[0xdb, 0, 1, 0, 0], 65536),
            long(&[0xc4, 2], 2),
            long(&[0xd8], 17),
            long(&[0xc7, 5], 6),
            vec![0x90],
            vec![0x92, 1, 2],
            long(&[0xdc, 1, 0], 256),
            vec![0x82, 1, 2, 3, 0x91, 0x80],
            long(&[0xde, 1, 0], 512),
        ] {
            assert_eq!(check(&whole), Ok(()), "{whole:?}");
            for length in 0..whole.len() {
                assert_eq!(check(&whole[..length]), Err("the content is cut off"), "{length} of {whole:?}");
            }
            assert_eq!(check(&[&whole[..], &[0]].concat()), Err("something follows the content"), "{whole:?}");
        }
        // Lengths that nobody has.
        for huge in
            [&[0xdd, 0xff, 0xff, 0xff, 0xff, 1][..], &[0xdf, 0xff, 0xff, 0xff, 0xff, 1], &[0xc9, 255, 255, 255, 255]]
        {
            assert_eq!(check(huge), Err("the content is cut off"));
        }
    }

    #[test]
    fn levels_are_counted() {
        let nested = |levels: usize| [vec![0x91; levels], vec![1]].concat();
        assert_eq!(check(&nested(DEEPEST)), Ok(()));
        assert_eq!(check(&nested(DEEPEST + 1)), Err("the content is nested too deep"));
        assert_eq!(check(&nested(1_000_000)), Err("the content is nested too deep"));
        // A million on one level.
        assert_eq!(check(&[&[0xdd, 0, 15, 66, 64][..], &vec![0x90; 1_000_000]].concat()), Ok(()));
    }
}
