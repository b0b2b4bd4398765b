//! Reading JSON as feeds write it, not as their schemas promise: nulls for lists, other types where a text belongs.

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A text, borrowed from the document where it has no escapes; `None` where something else stands in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text, trimmed, unless it is missing or empty.
    pub(super) fn get(&self) -> Option<&str> {
        self.0
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lenient;
        impl<'de> Visitor<'de> for Lenient {
            type Value = Text<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(Lenient)
    }
}

/// A field that may be `null` where its schema wants a list or an object.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Goes over the keys of a document's top-level object until `decide` knows; the values are skipped unread. `false`
/// where the document ends, or is none, before that.
pub(super) fn decided_by_keys(document: &[u8], decide: impl FnMut(&str) -> Option<bool>) -> bool {
    struct Keys<'f, F>(F, &'f mut Option<bool>);
    impl<'de, F: FnMut(&str) -> Option<bool>> Visitor<'de> for Keys<'_, F> {
        type Value = ();
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
            while let Some(key) = items.next_key::<Text<'de>>()? {
                *self.1 = (self.0)(key.0.as_deref().unwrap_or_default());
                if self.1.is_some() {
                    // Ends the reading; nobody looks at the error.
                    return Err(A::Error::custom("decided"));
                }
                items.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut decision = None;
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let _ = serde::Deserializer::deserialize_map(&mut deserializer, Keys(decide, &mut decision));
    decision.unwrap_or(false)
}

/// The parser's complaint without the column's noise of a one-line document.
pub(super) fn complaint(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "JSON ends too early",
        serde_json::error::Category::Syntax => "bad JSON",
        serde_json::error::Category::Data => "unexpected type",
        serde_json::error::Category::Io => "unreadable",
    };
    what.to_owned()
}
