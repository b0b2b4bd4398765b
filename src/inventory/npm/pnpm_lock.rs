//! pnpm's lockfiles: `pnpm-lock.yaml`, and the one that pnpm keeps of what it has installed, `node_modules/.pnpm/lock.yaml`.
//!
//! Form: <https://github.com/pnpm/spec/tree/master/lockfile>, and for what is newer `@pnpm/lockfile.types`. What a key of `packages` looks like
//! tells the version, so none is asked for:
//!
//! | versions | key | with peers |
//! |---|---|---|
//! | 5.0 to 5.4 | `/@s/x/1.0.0` | `/@s/x/1.0.0_react@17.0.2` |
//! | 6.0 to 6.1 | `/@s/x@1.0.0` | `/@s/x@1.0.0(react@17.0.2)` |
//! | 9.0 | `@s/x@1.0.0` | in `snapshots`: `@s/x@1.0.0(react@17.0.2)` |
//!
//! Packages from elsewhere have their address in the key and their name and version in the entry. Up to 6.1 an entry says itself whether it is for
//! development; from 9.0 on it is worked out from what the `importers` ask for and what the `snapshots` need. pnpm 11 puts a document about
//! itself before that of the project: both are read.

use super::graph::{EDGE_LIMIT, Graph, mark};
use super::lenient::{Each, Fields, Fill, Flag, Key, Lenient, Text, Versioned};
use super::{is_in_node_modules, is_named, origin, package};
use crate::inventory::listing::{Details, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern, folder};
use crate::inventory::text::{LineNumbers, PACKAGE_LIMIT, decoded, shown};
use crate::packages::{Evidence, Origin, OriginKind};
use serde::de::{DeserializeSeed, MapAccess};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::borrow::Cow;
use std::collections::HashMap;

/// Most values in one file.
const VALUE_LIMIT: usize = 16_000_000;

/// Reads pnpm's lockfiles.
#[derive(Debug)]
pub(in crate::inventory) struct PnpmLock;

impl PackageReader for PnpmLock {
    fn name(&self) -> &'static str {
        "pnpm-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        ["pnpm-lock.yaml", "lock.yaml"].map(Pattern::Name).to_vec()
    }

    fn accepts(&self, path: &[u8]) -> bool {
        if is_named(path, "lock.yaml") {
            let folder = folder(path);
            return folder == b"node_modules/.pnpm" || folder.ends_with(b"/node_modules/.pnpm");
        }
        !is_in_node_modules(path)
    }

    /// The largest known ones have some 3 MB.
    fn limit(&self) -> u64 {
        32 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_pnpm_lock(content).map(Made::Packages)
    }
}

/// Reads a lockfile of pnpm, of any version.
///
/// A file that breaks off gives what stands before that, with a warning. Anchors and aliases, which pnpm never writes, are damage.
pub fn parse_pnpm_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let lines = LineNumbers::new(&text);
    let mut lockfile = Lockfile::default();
    let mut damage = None;
    for document in documents(&text) {
        let outcome = serde_saphyr::with_deserializer_from_str_with_options(
            document,
            options(),
            |deserializer| Fill(&mut lockfile).deserialize(deserializer),
        );
        if let Err(error) = outcome {
            let start = document.as_ptr() as usize - text.as_ptr() as usize;
            damage = Some(damaged(&text, start, &error));
            break;
        }
    }
    if let Some(damage) = &damage
        && lockfile.packages.is_empty()
    {
        // Without the mark of the version it need not have been one.
        return if lockfile.has_version || text.contains("lockfileVersion") {
            Err(damage.clone())
        } else {
            Ok(Parsed::default())
        };
    }
    if !lockfile.has_version {
        return Ok(Parsed::default());
    }
    let mut parsed = lockfile.resolve(&lines);
    parsed
        .warnings
        .extend(damage.as_ref().map(super::cut_short));
    Ok(parsed)
}

/// The documents of a stream. pnpm indents all that is a text of several lines, so a line of three dashes is no part of one.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let mark = "\n---\n";
        match current.find(mark) {
            Some(at) => {
                rest = current.get(at + mark.len()..);
                current.get(..=at)
            }
            None => rest.take(),
        }
    })
    .filter(|document| !document.trim().is_empty())
    .take(16)
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: 64,
            max_documents: 1,
            max_events: 2 * VALUE_LIMIT,
            max_nodes: VALUE_LIMIT,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    }
}

fn damaged(text: &str, start: usize, error: &serde_saphyr::Error) -> ReadError {
    let location = error.location();
    let line = location.map_or(1, |location| location.line());
    let before = text.get(start..).unwrap_or_default().split_inclusive('\n');
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let offset = start
        + before
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
    ReadError::Damaged {
        what: "is no YAML that can be read on".to_owned(),
        offset: offset as u64,
    }
}

/// Names and where they led to.
#[derive(Default)]
struct References<'de>(Vec<(Cow<'de, str>, Cow<'de, str>)>);

impl<'de> References<'de> {
    fn take<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Each::new(|name, reference: Versioned<'de>| {
            if let Some(reference) = reference.0
                && self.0.len() < PACKAGE_LIMIT
            {
                self.0.push((name, reference));
            }
        }))
    }
}

/// What a member of the project asks for.
#[derive(Default)]
struct Importer<'de> {
    needed: References<'de>,
    development: References<'de>,
}

impl<'de> Fields<'de> for Importer<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "dependencies" | "optionalDependencies" => self.needed.take(map)?,
            "devDependencies" => self.development.take(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An entry of `packages` or `snapshots`.
#[derive(Default)]
struct Entry<'de> {
    name: Text<'de>,
    version: Text<'de>,
    dev: Option<Flag>,
    requires_build: Flag,
    resolution: Lenient<Resolution<'de>>,
    needs: References<'de>,
}

impl<'de> Fields<'de> for Entry<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "name" => self.name = map.next_value()?,
            "version" => self.version = map.next_value()?,
            "dev" => self.dev = Some(map.next_value()?),
            "requiresBuild" => self.requires_build = map.next_value()?,
            "resolution" => self.resolution = map.next_value()?,
            "dependencies" | "optionalDependencies" => self.needs.take(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Where a package was got from, where that is no registry.
#[derive(Default)]
struct Resolution<'de> {
    tarball: Text<'de>,
    repository: Text<'de>,
    commit: Text<'de>,
    directory: Text<'de>,
}

impl<'de> Fields<'de> for Resolution<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "tarball" => self.tarball = map.next_value()?,
            "repo" => self.repository = map.next_value()?,
            "commit" => self.commit = map.next_value()?,
            "directory" => self.directory = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Resolution<'_> {
    fn origin(&self, name: &str) -> Option<Origin> {
        if !self.repository.as_str().is_empty() {
            let repository = Origin::new(OriginKind::Git, self.repository.as_str())?;
            return Some(repository.at(self.commit.0.as_deref()));
        }
        if !self.directory.as_str().is_empty() {
            return Origin::new(OriginKind::Path, self.directory.as_str());
        }
        origin(self.tarball.as_str(), name)
    }
}

/// The lockfile, as far as it was read.
#[derive(Default)]
struct Lockfile<'de> {
    has_version: bool,
    /// What the project asks for, where it has no members.
    project: Importer<'de>,
    importers: Vec<Importer<'de>>,
    packages: Vec<(Cow<'de, str>, Entry<'de>)>,
    snapshots: Vec<(Cow<'de, str>, References<'de>)>,
}

impl<'de> Fields<'de> for Lockfile<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "lockfileVersion" => {
                self.has_version = true;
                return Ok(false);
            }
            "importers" => {
                map.next_value_seed(Each::new(|_, importer: Lenient<Importer<'de>>| {
                    if self.importers.len() < PACKAGE_LIMIT {
                        self.importers.push(importer.0);
                    }
                }))?;
            }
            "packages" => {
                map.next_value_seed(Each::new(|key, entry: Lenient<Entry<'de>>| {
                    if self.packages.len() < PACKAGE_LIMIT {
                        self.packages.push((key, entry.0));
                    }
                }))?;
            }
            "snapshots" => {
                map.next_value_seed(Each::new(|key, entry: Lenient<Entry<'de>>| {
                    if self.snapshots.len() < PACKAGE_LIMIT {
                        self.snapshots.push((key, entry.0.needs));
                    }
                }))?;
            }
            _ => return self.project.take(name, map),
        }
        Ok(true)
    }
}

impl Lockfile<'_> {
    fn resolve(&self, lines: &LineNumbers<'_>) -> Parsed {
        let mut listing = Listing::new(Evidence::Lockfile);
        // Packages by their keys, and nodes by theirs, which have the peers in them.
        let mut by_key: HashMap<&str, usize> = HashMap::new();
        let mut nodes: HashMap<&str, u32> = HashMap::new();
        let mut places = Vec::new();
        let mut needs: Vec<(u32, &References<'_>)> = Vec::new();
        let mut next = 0;
        let mut node = |key| {
            *nodes.entry(key).or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        for (key, entry) in &self.packages {
            let node = node(&**key);
            needs.push((node, &entry.needs));
            let line = lines.of(key);
            let Some((name, version)) = identified(key, entry) else {
                if !is_local(entry) {
                    let place = line.map_or_else(String::new, |line| format!(" on line {line}"));
                    let key = shown(key.as_bytes());
                    listing
                        .warnings
                        .push(|| format!("the entry {key}{place} has no name or no version"));
                }
                continue;
            };
            let details = Details {
                line,
                dev: entry.dev.is_some_and(|dev| dev.0),
                relation: None,
                origin: entry.resolution.0.origin(name),
                install_script: entry.requires_build.0.then(|| "requiresBuild".to_owned()),
                licenses: Vec::new(),
            };
            if let Some(at) = listing.merge_at(package(name, version, details)) {
                places.push((node, at));
                by_key.insert(&**key, at);
            }
        }
        for (key, references) in &self.snapshots {
            let node = node(&**key);
            needs.push((node, references));
            if let Some(at) = by_key.get(without_peers(key)) {
                places.push((node, *at));
            }
        }
        let find = |(name, reference): &(Cow<'_, str>, Cow<'_, str>)| -> Option<u32> {
            let keys = [
                reference.clone(),
                format!("{name}@{reference}").into(),
                format!("/{name}@{reference}").into(),
                format!("/{name}/{reference}").into(),
            ];
            keys.iter().find_map(|key| nodes.get(&**key).copied())
        };
        let mut graph = Graph {
            entries: next,
            ..Graph::default()
        };
        for importer in self.importers.iter().chain([&self.project]) {
            graph
                .needed
                .extend(importer.needed.0.iter().filter_map(find));
            graph
                .development
                .extend(importer.development.0.iter().filter_map(find));
        }
        for (from, references) in needs {
            for to in references.0.iter().filter_map(find) {
                if graph.edges.len() < EDGE_LIMIT {
                    graph.edges.push((from, to));
                }
            }
        }
        if self.says_what_is_for_development() {
            let dev: Vec<bool> = listing.packages.iter().map(|one| one.dev).collect();
            mark(&mut listing.packages, &graph.reached(), &places);
            for (one, dev) in listing.packages.iter_mut().zip(dev) {
                one.dev = dev;
            }
        } else {
            mark(
                &mut listing.packages,
                &graph.reached(),
                &self.reaching(&places, &nodes),
            );
        }
        listing.finish()
    }

    fn says_what_is_for_development(&self) -> bool {
        self.packages.iter().any(|(_, entry)| entry.dev.is_some())
    }

    /// The pairs of node and package that say how a package is reached: where there are snapshots, an entry of `packages` that has one
    /// under another key is nothing that anybody needs.
    fn reaching(&self, places: &[(u32, usize)], nodes: &HashMap<&str, u32>) -> Vec<(u32, usize)> {
        let snapshots: std::collections::HashSet<u32> = self
            .snapshots
            .iter()
            .filter_map(|(key, _)| nodes.get(&**key).copied())
            .collect();
        let with_snapshot: std::collections::HashSet<usize> = places
            .iter()
            .filter(|(node, _)| snapshots.contains(node))
            .map(|(_, at)| *at)
            .collect();
        let says =
            |(node, at): &&(u32, usize)| snapshots.contains(node) || !with_snapshot.contains(at);
        places.iter().filter(says).copied().collect()
    }
}

/// Whether an entry is a folder of the project, whose `package.json` says what it is.
fn is_local(entry: &Entry<'_>) -> bool {
    !entry.resolution.0.directory.as_str().is_empty()
}

/// Name and version of an entry: its own, else those in its key.
fn identified<'a>(key: &'a str, entry: &'a Entry<'_>) -> Option<(&'a str, &'a str)> {
    let told = |text: &'a Text<'_>| text.0.as_deref().filter(|text| !text.is_empty());
    let plain = key.strip_prefix('/').unwrap_or(key);
    let by_key = in_old_key(key).or_else(|| in_key(plain));
    let name = told(&entry.name).or_else(|| by_key.map(|(name, _)| name))?;
    let version = told(&entry.version).or_else(|| {
        by_key
            .map(|(_, version)| version)
            .filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    })?;
    Some((name, version))
}

/// The key without what stands for peers and patches.
fn without_peers(key: &str) -> &str {
    key.split_once('(').map_or(key, |(plain, _)| plain)
}

/// `@s/x@1.0.0(peers)`, `x@https://…`.
fn in_key(key: &str) -> Option<(&str, &str)> {
    let key = without_peers(key);
    let at = key.get(1..)?.find('@')? + 1;
    let (name, version) = (key.get(..at)?, key.get(at + 1..)?);
    // A name has a slash only behind its scope; else this is an address.
    let slashes = usize::from(name.starts_with('@'));
    let is_name = name.matches('/').count() == slashes && !name.contains(':');
    is_name.then_some((name, version))
}

/// `/@s/x/1.0.0_peers`, and `host.example/x/1.0.0` of another registry than the usual one.
fn in_old_key(key: &str) -> Option<(&str, &str)> {
    let path = match key.strip_prefix('/') {
        Some(path) => path,
        None => {
            key.split_once('/')
                .filter(|(host, _)| host.contains('.') && !host.contains('@'))?
                .1
        }
    };
    let end = if path.starts_with('@') {
        let scope = path.find('/')?;
        scope + 1 + path.get(scope + 1..)?.find('/')?
    } else {
        path.find('/')?
    };
    let (name, rest) = (path.get(..end)?, path.get(end + 1..)?);
    let version = rest.split(['/', '_', '(']).next()?;
    let is_version =
        version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.');
    (is_version && !name.get(1..)?.contains('@')).then_some((name, version))
}

#[cfg(test)]
mod tests;
