//! Reading JSON in one way.
//!
//! For each source that a type is read from (a text, bytes, a tree) the compiler makes all of its code once more, and
//! that was a fifth of the Worker. Everything is read from bytes, as the bodies of requests are.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
};
use serde_json::{Error, Map, Value};

/// Reads a type from a text.
///
/// # Errors
/// When the text is no JSON, or of another shape.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_slice(text.as_bytes())
}

/// Reads a type from a tree, which is written out for it: that takes some microseconds.
///
/// # Errors
/// When the tree is of another shape.
pub fn of_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    serde_json::from_slice(&serde_json::to_vec(value)?)
}

/// Reads an object in which no name stands twice: of two values for one name, two readers may each believe another.
///
/// # Errors
/// When it is no such object.
pub fn unique(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    serde_json::from_slice::<Unique>(bytes).map(|unique| unique.0)
}

struct Unique(Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Unique, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = access.next_entry()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Unique(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_only_if_no_name_stands_twice() {
        let cases = [
            (r#"{"a":1,"b":{"a":2}}"#, true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, false),
            ("[]", false),
            ("{} {}", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(unique(text.as_bytes()).is_ok(), expected, "{text}");
        }
    }
}
