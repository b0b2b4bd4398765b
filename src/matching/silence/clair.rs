//! clair-scanner's whitelist (<https://github.com/arminc/clair-scanner>, `README.md` and `scanner.go`):
//!
//! ```yaml
//! generalwhitelist:
//!   CVE-2017-6055: XML
//! images:
//!   ubuntu:
//!     CVE-2017-5230: Java
//! ```
//!
//! An image is meant by its name without a tag. Keys that stand there twice are common in such files: what they hold is put together, of one
//! id the last reason counts.

use super::{Condition, File, Refused, yaml};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Reasons by id.
type Reasons = Entries<Option<String>>;

/// A mapping whose keys may stand there more than once.
struct Entries<T>(Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Entries<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a mapping")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Entries::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// What stands under one of the outermost keys.
enum Section {
    General(Option<Reasons>),
    Images(Option<Entries<Option<Reasons>>>),
    Other,
}

struct Whitelist(Vec<Section>);

impl<'de> Deserialize<'de> for Whitelist {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Whitelist;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a mapping with generalwhitelist and images")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut sections = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    sections.push(match key.as_str() {
                        "generalwhitelist" => Section::General(map.next_value()?),
                        "images" => Section::Images(map.next_value()?),
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                            Section::Other
                        }
                    });
                }
                Ok(Whitelist(sections))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let whitelist: Whitelist = yaml::read_repeated(text)?;
    // Of whom, and of which id: the reason.
    let mut reasons: BTreeMap<(Option<String>, String), Option<String>> = BTreeMap::new();
    for section in whitelist.0 {
        match section {
            Section::General(general) => {
                for (id, reason) in general.unwrap_or_default().0 {
                    reasons.insert((None, id), reason);
                }
            }
            Section::Images(images) => {
                for (image, ids) in images.unwrap_or_default().0 {
                    for (id, reason) in ids.unwrap_or_default().0 {
                        reasons.insert((Some(image.clone()), id), reason);
                    }
                }
            }
            Section::Other => {}
        }
    }
    for ((image, id), reason) in reasons {
        if id.trim().is_empty() {
            continue;
        }
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        let reason = reason.as_deref().unwrap_or("its id is on the list");
        let mut rule = file.rule("clairWhitelist", &[id], reason);
        if let Some(image) = image {
            rule.conditions.push(Condition::ImageName(image));
        }
        file.rules.push(rule);
    }
    Ok(())
}
