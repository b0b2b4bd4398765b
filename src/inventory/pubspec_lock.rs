//! `pubspec.lock` of Dart and Flutter
//! (<https://github.com/dart-lang/pub/blob/master/lib/src/lock_file.dart>): a mapping of packages, each with how it came to be a
//! dependency, its source (`hosted`, `git`, `path`, `sdk`) and what that has to say. Which transitive packages are for
//! development only is not in it.

use super::listing::{Listing, is_plain};
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use super::text::{LineNumbers, PACKAGE_LIMIT, decoded};
use super::yaml::{self, Fill, Mapping, Text};
use crate::packages::{Evidence, Origin, OriginKind, PUB, Package, Relation};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Reads what pub locked.
#[derive(Debug)]
pub(super) struct PubspecLock;

impl PackageReader for PubspecLock {
    fn name(&self) -> &'static str {
        "pubspec-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("pubspec.lock")]
    }

    /// Large applications have a few hundred packages in a hundred kilobytes.
    fn limit(&self) -> u64 {
        8 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_pubspec_lock(content)))
    }
}

/// The document, as far as it was read.
#[derive(Default)]
struct Lock<'de>(Option<Packages<'de>>);

#[derive(Default)]
struct Packages<'de>(Vec<(Text<'de>, Entry)>);

impl<'de> Mapping<'de> for Lock<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        if key.0 != "packages" {
            return Ok(false);
        }
        let packages = self.0.get_or_insert_default();
        map.next_value_seed(Fill(packages)).map(|()| true)
    }
}

impl<'de> Mapping<'de> for Packages<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        if self.0.len() > PACKAGE_LIMIT {
            return Ok(false);
        }
        let entry = map.next_value()?;
        self.0.push((key.clone(), entry));
        Ok(true)
    }
}

/// A package.
#[derive(Deserialize)]
struct Entry {
    dependency: Option<String>,
    #[serde(default)]
    description: Description,
    source: Option<String>,
    version: Option<String>,
}

/// What a source says; of an SDK it is its name alone.
#[derive(Default)]
struct Description {
    url: Option<String>,
    path: Option<String>,
    revision: Option<String>,
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        #[derive(Deserialize)]
        struct Details {
            url: Option<String>,
            path: Option<String>,
            #[serde(rename = "resolved-ref")]
            resolved: Option<String>,
        }

        impl<'de> Visitor<'de> for Any {
            type Value = Description;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name or a mapping")
            }

            fn visit_str<E>(self, _name: &str) -> Result<Self::Value, E> {
                Ok(Description::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Description::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let details = Details::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Description {
                    url: details.url,
                    path: details.path,
                    revision: details.resolved,
                })
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Packages of a lockfile; nothing where it is none. What a damaged one has before the damage is kept, with a warning.
pub fn parse_pubspec_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let lines = LineNumbers::new(&text);
    let mut lock = Lock::default();
    let outcome = yaml::read(&text, &mut lock);
    let Some(packages) = lock.0 else {
        return Parsed::default();
    };
    let mut listing = Listing::new(Evidence::Lockfile);
    for (name, entry) in packages.0 {
        let line = lines.of(&name.0);
        let Some(version) = &entry.version else {
            let line = line.unwrap_or_default();
            listing
                .warnings
                .push(|| format!("line {line}: a package without a version"));
            continue;
        };
        if let Some(listed) = listing.add(Package::new(&PUB, &*name.0, &**version), line) {
            let dependency = entry.dependency.as_deref().unwrap_or_default();
            listed.dev = dependency == "direct dev";
            listed.relation = match dependency {
                "transitive" => Some(Relation::Transitive),
                direct if direct.starts_with("direct") => Some(Relation::Direct),
                _ => None,
            };
            place(&mut listed.package, &entry);
        }
    }
    if let Err(line) = outcome {
        listing
            .warnings
            .push(|| format!("is damaged at line {line}; what follows was not read"));
    }
    listing.finish()
}

/// Says where a package is from.
fn place(package: &mut Package, entry: &Entry) {
    let Description {
        url,
        path,
        revision,
    } = &entry.description;
    let at = |kind, location: &Option<String>| Origin::new(kind, location.as_deref()?);
    match entry.source.as_deref() {
        Some("hosted") => package.origin = at(OriginKind::Registry, url),
        Some("git") => {
            package.origin = at(OriginKind::Git, url).map(|origin| origin.at(revision.as_deref()));
            package.subpath = path.clone().filter(|path| path != "." && is_plain(path));
        }
        Some("path") => package.origin = at(OriginKind::Path, path),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        let parsed = parse_pubspec_lock(text.as_bytes());
        let packages = parsed.packages.iter().map(|one| {
            let package = &one.package;
            format!("{} {} {:?}", package.name, package.version, one.line)
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn what_stands_before_the_damage_is_kept() {
        let text = "packages:\n  a:\n    dependency: transitive\n    version: \"1.10\"\n  b:\n    version: 1.10\n    description: [x]\n  c: {version: \"1\"}\n";
        assert_eq!(
            listed(text),
            [
                "a 1.10 Some(2)",
                "is damaged at line 7; what follows was not read"
            ]
        );
        assert_eq!(
            listed("packages:\n  a: {version: 1.10}\n  b: {}\n  \"c\\u0007\": {version: 1}\n"),
            [
                "a 1.10 Some(2)",
                "line 3: a package without a version",
                "package `c\\u{7}` is left out: its name is none"
            ]
        );
    }

    #[test]
    fn something_else_by_this_name_is_nothing() {
        for text in [
            "",
            "\n",
            "locked",
            "- a\n",
            "sdks:\n  dart: \"3\"\n",
            "a: [",
        ] {
            assert!(parse_pubspec_lock(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(parse_pubspec_lock(b"packages:\n").is_empty());
    }

    #[test]
    fn anchors_are_damage() {
        let text = "packages:\n  a: &a {version: \"1\"}\n  b: *a\n";
        assert_eq!(listed(text).len(), 1);
    }
}
