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

/// The first key of the first object with any among the values of a document's top-level object.
pub(super) fn nested_key(document: &[u8]) -> Option<String> {
    struct First<'f>(u8, &'f mut Option<String>);
    impl<'de> serde::de::DeserializeSeed<'de> for First<'_> {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_map(self)
        }
    }
    impl<'de> Visitor<'de> for First<'_> {
        type Value = ();
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
            while let Some(key) = entries.next_key::<Text<'de>>()? {
                if self.0 == 0 {
                    *self.1 = key.0.map(Cow::into_owned);
                    // Ends the reading; nobody looks at the error.
                    return Err(A::Error::custom("found"));
                }
                entries.next_value_seed(First(self.0 - 1, &mut *self.1))?;
            }
            Ok(())
        }
    }
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let _ = serde::Deserializer::deserialize_map(&mut deserializer, First(1, &mut found));
    found
}

/// Hands on the items of the list that stands under `key` in a document's top-level object, one after another. An item that does not
/// read as `T` is an error of its own. A document without the list, or that is cut off, is an error of the whole.
pub(super) fn each_item<'de, T: Deserialize<'de>>(
    document: &'de [u8],
    key: &str,
    take: impl FnMut(Result<T, String>),
) -> Result<(), String> {
    struct Items<'k, F, T>(&'k str, F, std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>, F: FnMut(Result<T, String>)> Visitor<'de> for Items<'_, F, T> {
        /// Whether the list was there.
        type Value = bool;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some(key) = entries.next_key::<Text<'de>>()? {
                if key.0.as_deref() == Some(self.0) {
                    found = true;
                    entries.next_value_seed(Each(&mut self.1, std::marker::PhantomData))?;
                } else {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let visitor = Items(key, take, std::marker::PhantomData);
    match serde::Deserializer::deserialize_map(&mut deserializer, visitor) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("no list of {key}")),
        Err(error) => Err(complaint(&error)),
    }
}

/// Reads a list item by item; each is parsed again as what it should be, so that a bad one does not end the list.
struct Each<'f, F, T>(&'f mut F, std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>, F: FnMut(Result<T, String>)> serde::de::DeserializeSeed<'de>
    for Each<'_, F, T>
{
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(Result<T, String>)> Visitor<'de> for Each<'_, F, T> {
    type Value = ();
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&'de serde_json::value::RawValue>()? {
            (self.0)(serde_json::from_str(item.get()).map_err(|error| complaint(&error)));
        }
        Ok(())
    }
}

/// Hands on the entries of a document's top-level object, one after another; a value that does not read as `T` is an error of its
/// own.
pub(super) fn each_entry<'de, T: Deserialize<'de>>(
    document: &'de [u8],
    take: impl FnMut(&str, Result<T, String>),
) -> Result<(), String> {
    struct Entries<F, T>(F, std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>, F: FnMut(&str, Result<T, String>)> Visitor<'de> for Entries<F, T> {
        type Value = ();
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
            while let Some(key) = entries.next_key::<Text<'de>>()? {
                let value = entries.next_value::<&'de serde_json::value::RawValue>()?;
                let value = serde_json::from_str(value.get()).map_err(|error| complaint(&error));
                (self.0)(key.0.as_deref().unwrap_or_default(), value);
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let visitor = Entries(take, std::marker::PhantomData);
    serde::Deserializer::deserialize_map(&mut deserializer, visitor)
        .map_err(|error| complaint(&error))
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
