//! deno's lockfile `deno.lock`, versions 2 to 5.
//!
//! Form: deno's own <https://github.com/denoland/deno/tree/main/libs/lockfile>, as no document describes it. The packages of npm lie at `npm.packages`
//! (version 2), `packages.npm` (3) or `npm` (4 and 5), those of JSR at `packages.jsr` or `jsr`, each under `name@version`, behind
//! which stand the peers (`x@1.0.0_react@18.2.0`). `specifiers` says what led to which version, and `workspace` what the project asks for.
//!
//! JSR has no type of its own in package URLs. Its packages can be had by npm's clients too, where `@std/path` is called `@jsr/std__path`: that
//! name they have here as well, so that the same package in two lockfiles is one. What is fetched by its address alone (`remote`) is code without
//! a version, and is left out. deno does not tell what is for development from the rest.

use super::lenient::{Each, Fields, Fill, Key, Lenient, Pairs, Text};
use super::{is_in_node_modules, origin, package, parted};
use crate::inventory::json;
use crate::inventory::listing::{Details, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, PACKAGE_LIMIT, decoded};
use crate::packages::{Evidence, Origin, OriginKind, Relation};
use serde::de::{DeserializeSeed, MapAccess};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Reads `deno.lock`.
#[derive(Debug)]
pub(in crate::inventory) struct DenoLock;

impl PackageReader for DenoLock {
    fn name(&self) -> &'static str {
        "deno-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("deno.lock")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        !is_in_node_modules(path)
    }

    /// They are of the size of npm's.
    fn limit(&self) -> u64 {
        32 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_deno_lock(content).map(Made::Packages)
    }
}

/// Reads a lockfile of deno, of any version.
///
/// A file that breaks off gives what stands before that, with a warning; what is no object is no lockfile and gives nothing.
pub fn parse_deno_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    if !text.trim_start().starts_with('{') {
        return Ok(Parsed::default());
    }
    let lines = LineNumbers::new(&text);
    let mut lockfile = Lockfile::default();
    let mut json = serde_json::Deserializer::from_str(&text);
    let outcome = Fill(&mut lockfile)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    let damage = outcome.err().map(|error| json::damaged(&text, &error));
    if let Some(damage) = &damage
        && lockfile.npm.entries.is_empty()
        && lockfile.jsr.is_empty()
    {
        return Err(damage.clone());
    }
    let mut parsed = lockfile.resolve(&lines);
    parsed
        .warnings
        .extend(damage.as_ref().map(super::cut_short));
    Ok(parsed)
}

/// The lockfile, as far as it was read.
#[derive(Default)]
struct Lockfile<'de> {
    npm: Npm<'de>,
    jsr: Vec<(Cow<'de, str>, Entry<'de>)>,
    /// What was asked for, with its scheme, and what it led to: a version, or all of `npm:name@version`.
    specifiers: Pairs<'de>,
    project: Project<'de>,
}

impl<'de> Fields<'de> for Lockfile<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            // In version 3 these lie one deeper, under the same names.
            "packages" => {
                map.next_value_seed(Fill(self))?;
            }
            "specifiers" => self.specifiers = map.next_value()?,
            "npm" => {
                map.next_value_seed(Fill(&mut self.npm))?;
            }
            "jsr" => {
                map.next_value_seed(Each::new(|identity, entry: Lenient<Entry<'de>>| {
                    if self.jsr.len() < PACKAGE_LIMIT {
                        self.jsr.push((identity, entry.0));
                    }
                }))?;
            }
            "workspace" => {
                map.next_value_seed(Fill(&mut self.project))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The packages of npm: right here, or one deeper in version 2.
#[derive(Default)]
struct Npm<'de> {
    entries: Vec<(Cow<'de, str>, Entry<'de>)>,
    specifiers: Pairs<'de>,
}

impl<'de> Fields<'de> for Npm<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "packages" => {
                map.next_value_seed(Fill(self))?;
            }
            "specifiers" => self.specifiers = map.next_value()?,
            identity if parted(identity).1.is_empty() => return Ok(false),
            _ => {
                let entry: Lenient<Entry<'de>> = map.next_value()?;
                if self.entries.len() < PACKAGE_LIMIT {
                    self.entries.push((name.0.clone(), entry.0));
                }
            }
        }
        Ok(true)
    }
}

/// A package.
#[derive(Default)]
struct Entry<'de> {
    tarball: Text<'de>,
    /// Of JSR's packages: what they ask for, with its scheme.
    needs: Pairs<'de>,
}

impl<'de> Fields<'de> for Entry<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "tarball" => self.tarball = map.next_value()?,
            "dependencies" => self.needs = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What the project and its members ask for.
#[derive(Default)]
struct Project<'de> {
    asked: Vec<Cow<'de, str>>,
    /// How deep the object that is read lies in the project: members, and what they have for npm.
    depth: usize,
}

impl<'de> Fields<'de> for Project<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "dependencies" => {
                let asked: Pairs<'de> = map.next_value()?;
                if self.asked.len() < PACKAGE_LIMIT {
                    self.asked
                        .extend(asked.0.into_iter().map(|(asked, _)| asked));
                }
            }
            _ if self.depth < 3 => {
                self.depth += 1;
                map.next_value_seed(Fill(self))?;
                self.depth -= 1;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Lockfile<'_> {
    fn resolve(&self, lines: &LineNumbers<'_>) -> Parsed {
        let mut listing = Listing::new(Evidence::Lockfile);
        let mut places: HashMap<String, usize> = HashMap::new();
        for (identity, entry) in &self.npm.entries {
            let (name, version) = parted(identity);
            // A version has no underscore in it, so there the peers begin.
            let version = version.split('_').next().unwrap_or_default();
            let details = Details {
                line: lines.of(identity),
                origin: origin(entry.tarball.as_str(), name),
                ..Details::default()
            };
            if let Some(at) = listing.merge_at(package(name, version, details)) {
                places.insert(format!("npm:{identity}"), at);
            }
        }
        for (identity, _) in &self.jsr {
            let (name, version) = parted(identity);
            let Some(plain) = name.strip_prefix('@').and_then(|name| name.split_once('/')) else {
                continue;
            };
            let details = Details {
                line: lines.of(identity),
                origin: Origin::new(OriginKind::Registry, &format!("jsr:{name}")),
                ..Details::default()
            };
            let name = format!("@jsr/{}__{}", plain.0, plain.1);
            if let Some(at) = listing.merge_at(package(&name, version, details)) {
                places.insert(format!("jsr:{identity}"), at);
            }
        }
        for at in self.direct(&places) {
            listing.relate(at, Relation::Direct);
        }
        if listing.packages.iter().any(|one| one.relation.is_some()) {
            listing.relate_others(Relation::Transitive);
        }
        listing.finish()
    }

    /// The packages that the project asks for: as its configuration says, else all that is asked for by nobody else.
    fn direct(&self, places: &HashMap<String, usize>) -> Vec<usize> {
        let asked: HashSet<&str> = self.project.asked.iter().map(|asked| &**asked).collect();
        let by_packages = self.jsr.iter().flat_map(|(_, entry)| &entry.needs.0);
        let by_packages: HashSet<&str> = by_packages.map(|(asked, _)| &**asked).collect();
        let old = self.npm.specifiers.0.iter();
        let old = old.map(|(asked, found)| (format!("npm:{asked}"), format!("npm:{found}")));
        let new = self.specifiers.0.iter().map(|(asked, found)| {
            let (scheme, plain) = asked.split_once(':').unwrap_or(("npm", asked));
            let found = if found.contains(':') {
                found.to_string()
            } else {
                format!("{scheme}:{}@{found}", parted(plain).0)
            };
            (asked.to_string(), found)
        });
        old.chain(new)
            .filter(|(specifier, _)| {
                if asked.is_empty() {
                    !by_packages.contains(specifier.as_str())
                } else {
                    asked.contains(specifier.as_str())
                }
            })
            .filter_map(|(_, found)| places.get(&found).copied())
            .collect()
    }
}

#[cfg(test)]
mod tests;
