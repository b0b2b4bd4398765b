//! JSON documents whose entries keep their place in the text: objects in the order of the file, each value as the slice
//! that it was read from.

use super::parsed::ReadError;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// The members of an object, in the order of the file, double ones included.
#[derive(Default)]
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Of an object; nothing where the value is none.
    pub(super) fn of(value: &'a RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    /// The last member of this name.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        members
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
    }

    /// The members of the member of this name; none where it is no object.
    pub(super) fn members(&self, name: &str) -> Members<'a> {
        self.get(name).and_then(Members::of).unwrap_or_default()
    }

    /// The member of this name, where it has the shape that is asked for.
    pub(super) fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        value(self.get(name)?)
    }

    /// The items of the member of this name; none where it is no array.
    pub(super) fn items(&self, name: &str) -> Vec<&'a RawValue> {
        self.get(name).map(items).unwrap_or_default()
    }

    /// The text of the member of this name; empty where it is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.value(name).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// The items of an array; none where the value is none.
pub(super) fn items(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

/// A value, where it has the shape that is asked for.
pub(super) fn value<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// The members of the object that a document is; nothing for a document that is empty or no object.
pub(super) fn document(text: &str) -> Result<Option<Members<'_>>, ReadError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value: &RawValue = serde_json::from_str(text).map_err(|error| damaged(text, &error))?;
    Ok(Members::of(value))
}

/// Where JSON stops being any.
pub(super) fn damaged(text: &str, error: &serde_json::Error) -> ReadError {
    let before = error.line().saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let offset = start + error.column().saturating_sub(1);
    ReadError::Damaged {
        what: format!("JSON is damaged, line {}", error.line()),
        offset: offset as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_in_order_and_slices_of_the_text() -> Result<(), ReadError> {
        let text = r#"{"b": 1, "a": {"c": "x"}, "b": [2, 3]}"#;
        let members = document(text)?.unwrap_or_default();
        let names: Vec<&str> = members.0.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert_eq!(members.items("b").len(), 2);
        assert_eq!(members.members("a").text("c"), "x");
        assert_eq!(members.text("a"), "");
        let inside = text.as_bytes().as_ptr_range();
        assert!(inside.contains(&members.0[0].1.get().as_ptr()));
        Ok(())
    }

    #[test]
    fn damage_has_a_place() {
        let damage = document("{\n\"a\": 1,\n!").map(|_| ());
        let Err(ReadError::Damaged { offset, .. }) = damage else {
            panic!("{damage:?}");
        };
        assert_eq!(offset, 10);
        assert!(matches!(document(" "), Ok(None)));
        assert!(matches!(document("[1]"), Ok(None)));
        assert!(document(&"[".repeat(1_000_000)).is_err());
    }
}
