//! Lists in JSON, taken apart entry by entry: one that is not as expected doesn't spoil the others, and more of them than
//! a file may list are not held.

use super::parsed::ReadError;
use super::text::{PACKAGE_LIMIT, without_byte_order_mark};
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
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
    let lines = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let offset = before + error.column().saturating_sub(1);
    ReadError::Damaged {
        what: format!("is no JSON as it should be: {}", plain(error)),
        offset: u64::try_from(offset).unwrap_or(u64::MAX),
    }
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
}
