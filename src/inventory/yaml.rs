//! YAML lockfiles read as they pass by: what stands before a damaged place is kept.
//!
//! Anchors, aliases and merge keys make little text into much; no tool writes them into a lockfile, so they are damage.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::borrow::Cow;
use std::fmt;

/// Values of a document; the largest lockfiles have some ten thousand.
const VALUE_LIMIT: usize = 2_000_000;

/// What takes in a mapping.
pub(super) trait Mapping<'de> {
    /// Takes in one entry, and of `map` its value; returns whether it did.
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error>;
}

/// Hands the entries of a document to `target`. Where that breaks off, its line (from 1) is the error and what came
/// before has been taken in; a document that is no mapping breaks off at once.
pub(super) fn read<'de>(text: &'de str, target: &mut impl Mapping<'de>) -> Result<(), u64> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: 32,
            max_documents: 1,
            max_events: 2 * VALUE_LIMIT,
            max_nodes: VALUE_LIMIT,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    };
    let outcome =
        serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
            Fill(target).deserialize(deserializer)
        });
    outcome.map_err(|error| error.location().map_or(1, |location| location.line()))
}

/// Hands the entries of a value that is a mapping to what takes them in; of no value at all, nothing.
pub(super) struct Fill<'a, T>(pub(super) &'a mut T);

impl<'de, T: Mapping<'de>> DeserializeSeed<'de> for Fill<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Mapping<'de>> Visitor<'de> for Fill<'_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            if !self.0.take(&key, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A text, a slice of the document where it is written plainly. Numbers are texts as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Text<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Taken(Vec<Entry>);

    /// Key, whether that is a slice of the text, and value.
    type Entry = (String, bool, String);

    impl<'de> Mapping<'de> for Taken {
        fn take<A: MapAccess<'de>>(
            &mut self,
            key: &Text<'de>,
            map: &mut A,
        ) -> Result<bool, A::Error> {
            if key.0 == "skip" {
                return Ok(false);
            }
            let is_slice = matches!(key.0, Cow::Borrowed(_));
            let value: Text<'de> = map.next_value()?;
            self.0
                .push((key.0.to_string(), is_slice, value.0.into_owned()));
            Ok(true)
        }
    }

    fn taken(text: &str) -> (Result<(), u64>, Vec<Entry>) {
        let mut taken = Taken::default();
        (read(text, &mut taken), taken.0)
    }

    #[test]
    fn texts_are_as_they_are_written() {
        let text = "a: 1.10\n\"b\": 0x10\nskip: {c: [d]}\n:e: 'f'\n";
        let expected = [("a", "1.10"), ("b", "0x10"), (":e", "f")];
        let (outcome, taken) = taken(text);
        assert_eq!(outcome, Ok(()));
        let texts: Vec<_> = taken
            .iter()
            .map(|(key, _, value)| (&**key, &**value))
            .collect();
        assert_eq!(texts, expected);
        assert!(taken.iter().all(|(_, is_slice, _)| *is_slice));
    }

    #[test]
    fn what_stands_before_the_damage_is_kept() {
        for (text, line) in [
            ("a: 1\nb: {c: 2}\nd: 3\n", 2),
            ("a: 1\nb: &x 2\nc: *x\n", 2),
            ("a: 1\nb: [", 2),
        ] {
            let (outcome, taken) = taken(text);
            assert_eq!(taken.len(), 1, "{text}");
            assert!(outcome.is_err_and(|found| found >= line), "{text}");
        }
        for text in ["plain", "- a\n", "7"] {
            assert!(taken(text).0.is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        for deep in ["[", "{a: ", "- ", "? "] {
            assert!(taken(&deep.repeat(100_000)).0.is_err());
        }
    }
}
