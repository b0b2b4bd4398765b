//! JSON documents whose entries keep their place in the text and are taken apart one by one: an entry that is not as
//! expected doesn't spoil the others, and more of them than a file may list are not held.

use super::parsed::ReadError;
use super::text::{PACKAGE_LIMIT, without_byte_order_mark};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// The entries of an array as they are written.
#[derive(Default)]
pub(super) struct Items<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor).map(Self)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut held = Vec::new();
        while held.len() < PACKAGE_LIMIT {
            match items.next_element()? {
                Some(item) => held.push(item),
                None => return Ok(held),
            }
        }
        match items.next_element::<IgnoredAny>()? {
            None => Ok(held),
            Some(_) => Err(A::Error::custom(format_args!(
                "a list has more than {PACKAGE_LIMIT} entries"
            ))),
        }
    }
}

/// Whether a text can be a JSON object or array, judged by how it begins; a file that begins otherwise is something else
/// by the same name.
pub(super) fn begins_as(text: &str, openings: &[char]) -> bool {
    text.trim_start().starts_with(openings)
}

/// A file that is no JSON, with the place where that shows.
pub(super) fn damaged(text: &str, error: &serde_json::Error) -> ReadError {
    ReadError::Damaged {
        what: format!("is no JSON as it should be: {}", plain(error)),
        offset: offset_of(text, error),
    }
}

/// Where in the text an error lies.
fn offset_of(text: &str, error: &serde_json::Error) -> u64 {
    let lines = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let offset = before + error.column().saturating_sub(1);
    u64::try_from(offset).unwrap_or(u64::MAX)
}

/// What is wrong, without names from the file.
fn plain(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a value is of another type",
        _ => "its syntax is broken",
    }
}

/// The text of a JSON file; UTF-8 is all that JSON allows, but editors and shells of Windows write UTF-16.
pub(super) fn text(content: &[u8]) -> std::borrow::Cow<'_, str> {
    super::text::decoded(without_byte_order_mark(content))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_slices_of_the_text() {
        let text = "[1, {\"a\": [2]}]";
        let items: Items<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(items.0[1].get(), "{\"a\": [2]}");
    }

    #[test]
    fn a_list_without_an_end_is_not_held() {
        let text = format!("[{}1]", "1,".repeat(PACKAGE_LIMIT));
        assert!(serde_json::from_str::<Items<'_>>(&text).is_err());
    }

    #[test]
    fn damage_has_a_place() {
        let text = "{\n \"a\": ]}";
        let error = serde_json::from_str::<IgnoredAny>(text).unwrap_err();
        assert_eq!(
            damaged(text, &error),
            ReadError::Damaged {
                what: "is no JSON as it should be: its syntax is broken".into(),
                offset: 8
            }
        );
    }

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
    fn damage_of_a_document_has_a_place() {
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
