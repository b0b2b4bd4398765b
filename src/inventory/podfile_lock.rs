//! `Podfile.lock` of `CocoaPods`
//! (<https://github.com/CocoaPods/Core/blob/master/lib/cocoapods-core/lockfile.rb>): under `PODS` each `Name (version)`, with
//! what it depends on; `DEPENDENCIES` is what the Podfile names, the sections after it say where pods are from.
//!
//! Parts of a pod (`Name/Part`) stand there on their own, but they are one pod: one version, one source, one checksum. Only
//! where nothing but one part is used it is named, as the purl's subpath.

use super::listing::{Listing, is_plain};
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use super::text::{LineNumbers, PACKAGE_LIMIT, decoded, shown};
use super::yaml::{self, Fill, Mapping, Text};
use crate::packages::{COCOAPODS, Evidence, Origin, OriginKind, Package, Relation};
use hashbrown::{HashMap, HashSet};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Reads what `CocoaPods` locked.
#[derive(Debug)]
pub(super) struct PodfileLock;

impl PackageReader for PodfileLock {
    fn name(&self) -> &'static str {
        "podfile-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("Podfile.lock")]
    }

    /// Large applications have a few thousand lines.
    fn limit(&self) -> u64 {
        8 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_podfile_lock(content)))
    }
}

/// The document, as far as it was read.
#[derive(Default)]
struct Lock<'de> {
    pods: Option<Texts<'de>>,
    dependencies: Texts<'de>,
    repositories: Repositories<'de>,
    /// What the Podfile says of where a pod is from, and which commit that led to.
    sources: Sources<'de>,
    checkouts: Sources<'de>,
}

impl<'de> Mapping<'de> for Lock<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*key.0 {
            "PODS" => map.next_value_seed(Take(self.pods.get_or_insert_default()))?,
            "DEPENDENCIES" => map.next_value_seed(Take(&mut self.dependencies))?,
            "SPEC REPOS" => map.next_value_seed(Fill(&mut self.repositories))?,
            "EXTERNAL SOURCES" => map.next_value_seed(Fill(&mut self.sources))?,
            "CHECKOUT OPTIONS" => map.next_value_seed(Fill(&mut self.checkouts))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The items of a list; of one that is a mapping, its key.
#[derive(Default)]
struct Texts<'de>(Vec<Text<'de>>);

/// Takes in a list as it is read.
struct Take<'a, 'de>(&'a mut Texts<'de>);

impl<'de> DeserializeSeed<'de> for Take<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Take<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(Item(text)) = items.next_element()? {
            if let Some(text) = text
                && self.0.0.len() <= PACKAGE_LIMIT
            {
                self.0.0.push(text);
            }
        }
        Ok(())
    }
}

/// One of them.
struct Item<'de>(Option<Text<'de>>);

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Item<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a mapping")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Item(Some(Text(text.into()))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Item(Some(Text(text.to_owned().into()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Item(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut first = None;
                while let Some(key) = map.next_key()? {
                    first.get_or_insert(key);
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(Item(first))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Which repository of specifications a pod is from: `trunk`, an address.
#[derive(Default)]
struct Repositories<'de>(HashMap<Text<'de>, Text<'de>>);

impl<'de> Mapping<'de> for Repositories<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        let mut pods = Texts::default();
        map.next_value_seed(Take(&mut pods))?;
        if self.0.len() <= PACKAGE_LIMIT {
            self.0
                .extend(pods.0.into_iter().map(|pod| (pod, key.clone())));
        }
        Ok(true)
    }
}

/// What is said of where each pod is from: `:git`, `:tag`, `:commit`, `:path`, `:podspec`, …
#[derive(Default)]
struct Sources<'de>(HashMap<Text<'de>, Source<'de>>);

#[derive(Default)]
struct Source<'de>(HashMap<Text<'de>, Text<'de>>);

impl<'de> Mapping<'de> for Sources<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        if self.0.len() > PACKAGE_LIMIT {
            return Ok(false);
        }
        let source = self.0.entry(key.clone()).or_default();
        map.next_value_seed(Fill(source)).map(|()| true)
    }
}

impl<'de> Mapping<'de> for Source<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &Text<'de>, map: &mut A) -> Result<bool, A::Error> {
        const KEYS: [&str; 9] = [
            ":git", ":svn", ":hg", ":http", ":path", ":podspec", ":commit", ":tag", ":branch",
        ];
        if !KEYS.contains(&&*key.0) {
            return Ok(false);
        }
        self.0.insert(key.clone(), map.next_value()?);
        Ok(true)
    }
}

impl Source<'_> {
    fn get(&self, keys: &[&'static str]) -> Option<&str> {
        let mut values = keys
            .iter()
            .filter_map(|key| self.0.get(&Text((*key).into())));
        values.next().map(|value| &*value.0)
    }
}

/// Packages of a lockfile; nothing where it is none. What a damaged one has before the damage is kept, with a warning.
pub fn parse_podfile_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let lines = LineNumbers::new(&text);
    let mut lock = Lock::default();
    let outcome = yaml::read(&text, &mut lock);
    let Some(pods) = &lock.pods else {
        return Parsed::default();
    };
    let direct: HashSet<&str> = lock
        .dependencies
        .0
        .iter()
        .map(|text| pod_of(&text.0))
        .collect();
    let mut listing = Listing::new(Evidence::Lockfile);
    // Where in the listing each pod is.
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for pod in &pods.0 {
        let Some((name, part, version)) = specification(&pod.0) else {
            let line = lines.of(&pod.0).unwrap_or_default();
            listing
                .warnings
                .push(|| format!("line {line}: `{}` is no pod", shown(pod.0.as_bytes())));
            continue;
        };
        if let Some(listed) = known
            .get(&(name, version))
            .and_then(|at| listing.packages.get_mut(*at))
        {
            listed.package.subpath = None;
            continue;
        }
        let at = listing.packages.len();
        let package = Package::new(&COCOAPODS, name, version);
        if let Some(listed) = listing.add(package, lines.of(&pod.0)) {
            known.insert((name, version), at);
            listed.package.subpath = part.filter(|part| is_plain(part)).map(str::to_owned);
            listed.package.origin = lock.origin(name);
            if !direct.is_empty() {
                listed.relation = Some(if direct.contains(name) {
                    Relation::Direct
                } else {
                    Relation::Transitive
                });
            }
        }
    }
    if let Err(line) = outcome {
        listing
            .warnings
            .push(|| format!("is damaged at line {line}; what follows was not read"));
    }
    listing.finish()
}

impl Lock<'_> {
    fn origin(&self, name: &str) -> Option<Origin> {
        let key = Text(name.into());
        let Some(source) = self.sources.0.get(&key) else {
            let repository = self.repositories.0.get(&key)?;
            return Origin::new(OriginKind::Registry, &repository.0);
        };
        let checkout = self.checkouts.0.get(&key);
        if let Some(address) = source.get(&[":git"]) {
            let commit = checkout.and_then(|checkout| checkout.get(&[":commit"]));
            let revision = commit.or_else(|| source.get(&[":commit", ":tag", ":branch"]));
            return Origin::new(OriginKind::Git, address).map(|origin| origin.at(revision));
        }
        if let Some(path) = source.get(&[":path"]) {
            return Origin::new(OriginKind::Path, path);
        }
        let address = source.get(&[":podspec", ":http", ":svn", ":hg"])?;
        Origin::of_address(address).or_else(|| Origin::new(OriginKind::Path, address))
    }
}

/// `Name/Part (1.0)` in its three parts.
fn specification(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (full, version) = text.strip_suffix(')')?.split_once(" (")?;
    let (name, part) = match full.split_once('/') {
        Some((name, part)) => (name, Some(part)),
        None => (full, None),
    };
    Some((name, part, version))
}

/// The pod that a dependency (`Name/Part (~> 1.0)`, `Name (from …)`) is of.
fn pod_of(text: &str) -> &str {
    let full = text.split(' ').next().unwrap_or(text);
    full.split('/').next().unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        let parsed = parse_podfile_lock(text.as_bytes());
        let packages = parsed.packages.iter().map(|one| {
            let package = &one.package;
            format!(
                "{} {} {:?} {:?}",
                package.name, package.version, package.subpath, one.line
            )
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn parts_are_one_pod() {
        let text = "PODS:\n  - A/One (1.0):\n    - A/Two\n  - A/Two (1.0)\n  - \"B/C+D (2)\"\n";
        assert_eq!(
            listed(text),
            ["A 1.0 None Some(2)", "B 2 Some(\"C+D\") Some(5)"]
        );
    }

    #[test]
    fn what_is_no_pod_is_a_warning() {
        let text = "PODS:\n  - A (1.0)\n  - B\n  - 7\n  - [C]\n";
        assert_eq!(
            listed(text),
            [
                "A 1.0 None Some(2)",
                "line 3: `B` is no pod",
                "is damaged at line 4; what follows was not read"
            ]
        );
        assert_eq!(listed("PODS:\n  - (1)\n  - ' (1)'\n").len(), 2);
    }

    #[test]
    fn something_else_by_this_name_is_nothing() {
        for text in [
            "",
            "locked",
            "- A (1.0)\n",
            "COCOAPODS: 1.12.1\n",
            "PODS:\n",
        ] {
            assert!(parse_podfile_lock(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
