//! Reading of JSON and YAML that bends where the tools themselves do.
//!
//! Files that people publish have numbers where texts should be, lists where objects should be and keys twice, and the tools
//! read them all the same: a value of another kind counts as none, and of a key that is given twice the last one holds. Objects are
//! filled in place, so that what was read of a file that breaks off is still there, and nothing is held that nobody asked for.

mod licenses;

pub(super) use licenses::Licenses;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Most entries of a short list that is kept as a whole.
const LIST_LIMIT: usize = 8192;

/// An object that takes the fields it knows.
pub(super) trait Fields<'de> {
    /// Takes the value of a field from `map`; `false` where it is none of its own, and nothing was taken.
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error>;
}

/// Fills an object in place.
pub(super) struct Fill<'s, T>(pub(super) &'s mut T);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for Fill<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What a visitor makes of everything but what it is there for: nothing.
macro_rules! otherwise_nothing {
    ($nothing:expr, $($visit:ident($kind:ty)),*) => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("any value")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        $(fn $visit<E>(self, _value: $kind) -> Result<Self::Value, E> {
            Ok($nothing)
        })*
    };
}

pub(super) use otherwise_nothing;

fn pass_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Passes over what is left of an object.
pub(super) fn pass_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de, T: Fields<'de>> Visitor<'de> for Fill<'_, T> {
    type Value = ();

    otherwise_nothing!(
        (),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key()? {
            if !self.0.take(&name, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        pass_list(list)
    }
}

/// An object that was filled, or left as it was made.
#[derive(Debug, Default)]
pub(super) struct Lenient<T>(pub(super) T);

impl<'de, T: Fields<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = T::default();
        Fill(&mut value).deserialize(deserializer)?;
        Ok(Self(value))
    }
}

/// The name of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Key<'de>(pub(super) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(TextVisitor)?;
        Ok(Self(text.unwrap_or_default()))
    }
}

/// A text; nothing where something else stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'de>(pub(super) Option<Cow<'de, str>>);

impl Text<'_> {
    /// What it says, empty where it says nothing.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    otherwise_nothing!(
        None,
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64)
    );

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_list(list).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        pass_object(object).map(|()| None)
    }
}

/// Whether `true` stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor).map(Self)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = bool;

    otherwise_nothing!(
        false,
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<bool, A::Error> {
        pass_list(list).map(|()| false)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<bool, A::Error> {
        pass_object(object).map(|()| false)
    }
}

/// The entries of an object one by one, so that none of them is held; nothing where something else stands.
pub(super) struct Each<T, F> {
    take: F,
    entry: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(Cow<'de, str>, T)> Each<T, F> {
    pub(super) fn new(take: F) -> Self {
        Self {
            take,
            entry: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(Cow<'de, str>, T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(Cow<'de, str>, T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    otherwise_nothing!(
        (),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((Key(name), value)) = map.next_entry()? {
            (self.take)(name, value);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        pass_list(list)
    }
}

/// The names and texts of an object, `"name": "range"`; of a list its texts, as names.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs<'de>(pub(super) Vec<(Cow<'de, str>, Cow<'de, str>)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor).map(Self)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(Cow<'de, str>, Cow<'de, str>)>;

    otherwise_nothing!(
        Vec::new(),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Key(name), value)) = map.next_entry::<Key<'de>, Text<'de>>()? {
            if pairs.len() < LIST_LIMIT {
                pairs.push((name, value.0.unwrap_or_default()));
            }
        }
        Ok(pairs)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(text) = list.next_element::<Text<'de>>()? {
            if let Some(text) = text.0
                && pairs.len() < LIST_LIMIT
            {
                pairs.push((text, Cow::Borrowed("")));
            }
        }
        Ok(pairs)
    }
}

/// A text, or the one in the field `version` of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Versioned<'de>(pub(super) Option<Cow<'de, str>>);

impl<'de> Deserialize<'de> for Versioned<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VersionedVisitor).map(Self)
    }
}

struct VersionedVisitor;

impl<'de> Visitor<'de> for VersionedVisitor {
    type Value = Option<Cow<'de, str>>;

    otherwise_nothing!(
        None,
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64)
    );

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_list(list).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut version = Text::default();
        while let Some(Key(name)) = map.next_key()? {
            if name == "version" {
                version = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(version.0)
    }
}

/// A text, an object, or neither.
pub(super) enum TextOrFields<'de, T> {
    Text(Cow<'de, str>),
    Fields(T),
    Neither,
}

impl<'de, T: Fields<'de> + Default> Deserialize<'de> for TextOrFields<'de, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrFieldsVisitor(PhantomData))
    }
}

struct TextOrFieldsVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de> + Default> Visitor<'de> for TextOrFieldsVisitor<T> {
    type Value = TextOrFields<'de, T>;

    otherwise_nothing!(
        TextOrFields::Neither,
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64)
    );

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TextOrFields::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOrFields::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_list(list).map(|()| TextOrFields::Neither)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut fields = T::default();
        Fill(&mut fields).visit_map(map)?;
        Ok(TextOrFields::Fields(fields))
    }
}

/// A list of texts, or the one in the field `packages` of an object.
pub(super) struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Vec<Cow<'de, str>>;

    otherwise_nothing!(
        Vec::new(),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let pairs = PairsVisitor.visit_seq(list)?;
        Ok(pairs.into_iter().map(|(text, _)| text).collect())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut packages = Pairs::default();
        while let Some(Key(name)) = map.next_key()? {
            if name == "packages" {
                packages = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(packages.0.into_iter().map(|(text, _)| text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_another_kind_are_none() {
        for json in ["1", "[[1]]", r#"{"a": {"b": 1}}"#, "null", "true", "1.5"] {
            assert_eq!(serde_json::from_str::<Text<'_>>(json).unwrap().0, None);
            assert!(serde_json::from_str::<Pairs<'_>>(json).unwrap().0.len() < 2);
        }
        assert!(!serde_json::from_str::<Flag>(r#""true""#).unwrap().0);
        assert!(serde_json::from_str::<Flag>("true").unwrap().0);
    }
}
