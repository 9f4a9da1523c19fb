//! A value's own bytes: MessagePack with the names of fields, through serde.

use std::fmt::Display;

use rmp_serde::decode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Track;

use super::Trouble;
use super::limits::Limited;
use super::nesting;

/// Writes a value.
///
/// # Errors
///
/// Its own complaint, or one of [`Limited`].
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let mut track = Track::new();
    let mut messagepack = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    let limited = Limited::new(&mut messagepack);
    match value.serialize(serde_path_to_error::Serializer::new(limited, &mut track)) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(trouble(track.path(), error.to_string(), String::new())),
    }
}

/// Reads a value.
///
/// # Errors
///
/// The bytes don't fit the type, or are none of [`encode`]'s.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    nesting::check(bytes).map_err(|reason| trouble(".", reason.to_owned(), String::new()))?;
    let mut track = Track::new();
    let mut messagepack = rmp_serde::Deserializer::from_read_ref(bytes);
    T::deserialize(serde_path_to_error::Deserializer::new(&mut messagepack, &mut track)).map_err(|error| {
        let reason = reason(&error);
        let way_out = way_out(&reason);
        trouble(track.path(), reason, way_out)
    })
}

fn trouble(path: impl Display, reason: String, way_out: String) -> Trouble {
    Trouble { path: path.to_string().into(), reason: reason.into(), way_out: way_out.into() }
}

/// The error in words that say nothing of the format.
fn reason(error: &decode::Error) -> String {
    match error {
        decode::Error::TypeMismatch(found) => format!("invalid type: {}", nesting::name(*found)),
        decode::Error::OutOfRange => "invalid value: the number does not fit".into(),
        other => other.to_string(),
    }
}

/// What to write before the field, by the words in which serde complains of it.
fn way_out(reason: &str) -> String {
    // `field` and the like: the name in backquotes.
    let named = |before: &str| reason.strip_prefix(before)?.split('`').next();
    if named("missing field `").is_some() {
        "give it #[serde(default)]".into()
    } else if named("unknown field `").is_some() {
        "take #[serde(deny_unknown_fields)] off its type".into()
    } else if let Some(variant) = named("unknown variant `") {
        format!("give #[serde(alias = \"{variant}\")] to the variant that it became")
    } else if reason.starts_with("invalid type: ") || reason.starts_with("invalid value: ") {
        "if its type has changed, give it #[serde(deserialize_with = …)]".into()
    } else if reason.ends_with("128 is not supported") {
        "serde can't read it within flatten, tag and untagged; write it as a text, by #[serde(with = …)]".into()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests;
