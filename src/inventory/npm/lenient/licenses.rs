//! What a package says of its licence.
//!
//! `license` is a text by now (<https://docs.npmjs.com/cli/v11/configuring-npm/package-json#license>); packages that were published before that have
//! an object with the text in `type`, or a list of those under `licenses`.

use super::{Key, Text, otherwise_nothing};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Most licences of one package.
const LICENSE_LIMIT: usize = 32;

/// Licences in all forms in which they have been written: `"MIT"`, `{"type": "MIT"}`, and lists of both.
#[derive(Clone, Debug, Default)]
pub(in crate::inventory::npm) struct Licenses(pub(in crate::inventory::npm) Vec<String>);

impl Licenses {
    fn add(&mut self, license: &str) {
        let license = license.trim();
        if crate::inventory::listing::is_plain(license)
            && self.0.len() < LICENSE_LIMIT
            && self.0.iter().all(|known| known != license)
        {
            self.0.push(license.to_owned());
        }
    }
}

impl<'de> Deserialize<'de> for Licenses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LicensesVisitor)
    }
}

struct LicensesVisitor;

impl<'de> Visitor<'de> for LicensesVisitor {
    type Value = Licenses;

    otherwise_nothing!(
        Licenses::default(),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64)
    );

    fn visit_str<E>(self, text: &str) -> Result<Licenses, E> {
        let mut licenses = Licenses::default();
        licenses.add(text);
        Ok(licenses)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Licenses, A::Error> {
        let mut licenses = Licenses::default();
        let mut named = Text::default();
        while let Some(Key(name)) = map.next_key()? {
            match &*name {
                "type" => licenses.add(map.next_value::<Text<'de>>()?.as_str()),
                "name" => named = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if licenses.0.is_empty() {
            licenses.add(named.as_str());
        }
        Ok(licenses)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Licenses, A::Error> {
        let mut licenses = Licenses::default();
        while let Some(inner) = list.next_element::<Licenses>()? {
            for license in &inner.0 {
                licenses.add(license);
            }
        }
        Ok(licenses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_in_all_their_forms() {
        for (json, expected) in [
            (r#""MIT""#, &["MIT"][..]),
            (r#"{"type": "MIT", "url": "x"}"#, &["MIT"]),
            (r#"{"name": "ISC"}"#, &["ISC"]),
            (
                r#"[{"type": "MIT"}, "Apache-2.0", {"type": "MIT"}, 3]"#,
                &["MIT", "Apache-2.0"],
            ),
            ("null", &[]),
            ("7", &[]),
            (r#"["a\nb"]"#, &[]),
        ] {
            let licenses: Licenses = serde_json::from_str(json).unwrap();
            assert_eq!(licenses.0, expected, "{json}");
        }
    }
}
