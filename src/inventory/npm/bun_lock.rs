//! bun's lockfile `bun.lock`, which took the place of the binary `bun.lockb`.
//!
//! Form: <https://bun.com/docs/pm/lockfile> and, in full, bun's `src/install/lockfile/bun.lock.zig`. It is JSON with comments and with commas
//! before closing brackets. `workspaces` has the project and its members with what they ask for. A key of `packages` is the way through
//! the packages to the one that is meant (`send/debug/ms`), and its value a list:
//!
//! | from | list |
//! |---|---|
//! | a registry | `["ms@2.0.0", registry, {…}, integrity]`, the registry empty where it is the usual one |
//! | a repository | `["x@git+https://…#commit", {…}, …]`, `["x@github:owner/x#commit", {…}, …]` |
//! | a tarball | `["x@https://….tgz", {…}]`, `["x@file:x.tgz", {…}]` |
//! | the project | `["x@workspace:packages/x"]`, `["x@file:x", {…}]`, `["x@link:x"]` |
//!
//! The versions of what comes from a repository or a tarball are not written down, so the address stands in for them. The folders of the project
//! have a `package.json` each, and are left to that.

use super::graph::{EDGE_LIMIT, Graph, mark};
use super::lenient::{Each, Fields, Fill, Key, Lenient, Pairs, Text, TextOrFields};
use super::{
    address_as_version, has_extension, is_folder, is_in_node_modules, is_named, origin, package,
    parted, registry_file,
};
use crate::inventory::json;
use crate::inventory::listing::{Details, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, PACKAGE_LIMIT, decoded};
use crate::packages::{Evidence, Origin, OriginKind, Relation};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Packages on the way to another one that are looked into.
const DEPTH_LIMIT: usize = 32;

/// Bytes of the longest key that is followed.
const KEY_LIMIT: usize = 4096;

/// Parts of an entry that are read.
const PART_LIMIT: usize = 8;

/// Reads `bun.lock`.
#[derive(Debug)]
pub(in crate::inventory) struct BunLock;

impl PackageReader for BunLock {
    fn name(&self) -> &'static str {
        "bun-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        ["bun.lock", "bun.lockb"].map(Pattern::Name).to_vec()
    }

    fn accepts(&self, path: &[u8]) -> bool {
        !is_in_node_modules(path)
    }

    /// The largest known ones have some 2 MB.
    fn limit(&self) -> u64 {
        32 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        if is_named(path, "bun.lockb") {
            return Ok(Made::Packages(binary_lock(content)));
        }
        parse_bun_lock(content).map(Made::Packages)
    }
}

/// What bun's old lockfile gives: a warning, as its form has only ever been that of bun's own memory.
fn binary_lock(content: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    if content.starts_with(b"#!/usr/bin/env bun\nbun-lockfile-format-v") {
        parsed.warnings.push(
            "was not read: the binary lockfile of bun has no documented form; `bun install --save-text-lockfile` makes a bun.lock of it"
                .to_owned(),
        );
    }
    parsed
}

/// Reads a `bun.lock`.
///
/// A file that breaks off gives what stands before that, with a warning; what is no object is no lockfile and gives nothing.
pub fn parse_bun_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = plain_json(decoded(content).into_owned());
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
        && lockfile.packages.is_empty()
    {
        return Err(damage.clone());
    }
    let mut parsed = lockfile.resolve(&lines);
    parsed
        .warnings
        .extend(damage.as_ref().map(super::cut_short));
    Ok(parsed)
}

/// The text with blanks in place of comments and of commas before closing brackets, so that every byte stays where it is.
fn plain_json(text: String) -> String {
    let mut bytes = text.into_bytes();
    let mut at = 0;
    let mut comma = None;
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b'"' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            (b'/', Some(b'/')) => {
                let rest = bytes.get(at..).unwrap_or_default();
                let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                blank(&mut bytes, at, end);
                at = end;
            }
            (b'/', Some(b'*')) => {
                let rest = bytes.get(at + 2..).unwrap_or_default();
                let end =
                    at + 2 + memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
                blank(&mut bytes, at, end);
                at = end;
            }
            (b',', _) => {
                comma = Some(at);
                at += 1;
            }
            (b']' | b'}', _) => {
                if let Some(comma) = comma.take() {
                    blank(&mut bytes, comma, comma + 1);
                }
                at += 1;
            }
            (byte, _) => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn blank(bytes: &mut [u8], from: usize, to: usize) {
    let to = to.min(bytes.len());
    for byte in bytes.get_mut(from..to).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// The project or one of its members.
#[derive(Default)]
struct Member<'de> {
    name: Text<'de>,
    version: Text<'de>,
    needed: [Pairs<'de>; 3],
    development: Pairs<'de>,
}

impl<'de> Fields<'de> for Member<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "name" => self.name = map.next_value()?,
            "version" => self.version = map.next_value()?,
            "dependencies" => self.needed[0] = map.next_value()?,
            "optionalDependencies" => self.needed[1] = map.next_value()?,
            "peerDependencies" => self.needed[2] = map.next_value()?,
            "devDependencies" => self.development = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What a package says of itself.
#[derive(Default)]
struct Info<'de> {
    needs: [Pairs<'de>; 3],
}

impl<'de> Fields<'de> for Info<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "dependencies" => self.needs[0] = map.next_value()?,
            "optionalDependencies" => self.needs[1] = map.next_value()?,
            "peerDependencies" => self.needs[2] = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A value of `packages`.
#[derive(Default)]
struct Entry<'de> {
    /// `name@version`, or an address in the place of the version.
    identity: Cow<'de, str>,
    /// The second part, where that is a text.
    registry: Cow<'de, str>,
    info: Info<'de>,
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry<'de>;

    super::lenient::otherwise_nothing!(
        Entry::default(),
        visit_bool(bool),
        visit_i64(i64),
        visit_u64(u64),
        visit_f64(f64),
        visit_str(&str)
    );

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entry = Entry::default();
        let mut parts = 0;
        while let Some(part) = list.next_element::<TextOrFields<'de, Info<'de>>>()? {
            match part {
                TextOrFields::Text(text) if parts == 0 => entry.identity = text,
                TextOrFields::Text(text) if parts == 1 => entry.registry = text,
                TextOrFields::Fields(info) if parts < PART_LIMIT => entry.info = info,
                _ => {}
            }
            parts += 1;
        }
        Ok(entry)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        super::lenient::pass_object(map).map(|()| Entry::default())
    }
}

/// The lockfile, as far as it was read.
#[derive(Default)]
struct Lockfile<'de> {
    members: Vec<(Cow<'de, str>, Member<'de>)>,
    packages: Vec<(Cow<'de, str>, Entry<'de>)>,
}

impl<'de> Fields<'de> for Lockfile<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "workspaces" => {
                map.next_value_seed(Each::new(|folder, member: Lenient<Member<'de>>| {
                    if self.members.len() < PACKAGE_LIMIT {
                        self.members.push((folder, member.0));
                    }
                }))?;
            }
            "packages" => {
                map.next_value_seed(Each::new(|key, entry: Entry<'de>| {
                    if self.packages.len() < PACKAGE_LIMIT {
                        self.packages.push((key, entry));
                    }
                }))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Packages by the ways that lead to them.
struct Ways<'a>(HashMap<&'a str, u32>);

impl Ways<'_> {
    /// The package that `name` means to the one at the end of `way`: its own, else that of one on the way to it.
    fn find(&self, way: &str, name: &str) -> Option<u32> {
        if way.len() + name.len() > KEY_LIMIT {
            return None;
        }
        let mut way = way;
        for _ in 0..DEPTH_LIMIT {
            if way.is_empty() {
                return self.0.get(name).copied();
            }
            if let Some(node) = self.0.get(format!("{way}/{name}").as_str()) {
                return Some(*node);
            }
            way = way.rsplit_once('/').map_or("", |(before, _)| before);
            // What is left of a name with a scope is no package.
            let last = way.rsplit('/').next().unwrap_or_default();
            if last.starts_with('@') {
                way = way.rsplit_once('/').map_or("", |(before, _)| before);
            }
        }
        None
    }
}

impl Lockfile<'_> {
    fn resolve(&self, lines: &LineNumbers<'_>) -> Parsed {
        let mut listing = Listing::new(Evidence::Lockfile);
        let ways = Ways(
            (0..)
                .zip(&self.packages)
                .map(|(node, (key, _))| (&**key, node))
                .collect(),
        );
        let mut graph = Graph {
            entries: u32::try_from(self.packages.len()).unwrap_or(u32::MAX),
            ..Graph::default()
        };
        let mut places = Vec::new();
        for (folder, member) in &self.members {
            let name = member.name.as_str();
            let needed = member.needed.iter().flat_map(|pairs| &pairs.0);
            graph
                .needed
                .extend(needed.filter_map(|(needed, _)| ways.find(name, needed)));
            let development = member.development.0.iter();
            graph
                .development
                .extend(development.filter_map(|(needed, _)| ways.find(name, needed)));
            let details = Details {
                line: lines.of(folder),
                relation: Some(Relation::Root),
                origin: Origin::new(OriginKind::Path, folder),
                ..Details::default()
            };
            listing.merge_at(package(name, member.version.as_str(), details));
        }
        for (node, (key, entry)) in (0..).zip(&self.packages) {
            let (name, reference) = parted(&entry.identity);
            if reference.starts_with("workspace:") {
                // What a member needs was taken from `workspaces`.
                continue;
            }
            for (needed, _) in entry.info.needs.iter().flat_map(|pairs| &pairs.0) {
                if graph.edges.len() < EDGE_LIMIT
                    && let Some(to) = ways.find(key, needed)
                {
                    graph.edges.push((node, to));
                }
            }
            let Some((name, version, origin)) = identified(name, reference, &entry.registry) else {
                continue;
            };
            let details = Details {
                line: lines.of(key),
                origin,
                ..Details::default()
            };
            if let Some(at) = listing.merge_at(package(&name, &version, details)) {
                places.push((node, at));
            }
        }
        mark(&mut listing.packages, &graph.reached(), &places);
        listing.finish()
    }
}

/// Name, version and origin of a package; nothing where it is a folder of the project.
fn identified<'a>(
    name: &'a str,
    reference: &'a str,
    registry: &str,
) -> Option<(Cow<'a, str>, Cow<'a, str>, Option<Origin>)> {
    if is_folder(reference) || reference.starts_with("root:") {
        return None;
    }
    if !reference.contains([':', '/']) {
        let origin = match registry_file(registry) {
            Some(_) => origin(registry, name),
            None if has_extension(registry, "tgz") => Origin::of_address(registry),
            None => Origin::new(OriginKind::Registry, registry),
        };
        return Some((name.into(), reference.into(), origin));
    }
    // The tarball of a registry says in its name what it is.
    if let Some(file) = registry_file(reference) {
        return Some((file.name, file.version.into(), origin(reference, name)));
    }
    let origin = Origin::of_address(reference);
    Some((name.into(), address_as_version(reference).into(), origin))
}

#[cfg(test)]
mod tests;
