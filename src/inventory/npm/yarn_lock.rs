//! `yarn.lock`, of yarn 1 and of its successors ("berry").
//!
//! Form: yarn's own parsers, <https://github.com/yarnpkg/yarn/blob/master/src/lockfile/parse.js> for version 1 and
//! <https://github.com/yarnpkg/berry/tree/master/packages/yarnpkg-parsers/sources> for what came later, which is told by its
//! `resolution`s. The key of an entry is all that was asked for and led to it, `name@range` each, and the resolution is what it led to:
//!
//! | resolution | read as |
//! |---|---|
//! | `x@npm:1.0.0` | `x` 1.0.0, whatever name asked for it |
//! | `x@patch:x@npm%3A1.0.0#…` | `x` 1.0.0, the same package as without the patch |
//! | `x@https://….git#commit=…`, `x@file:…`, `x@https://….tgz` | `x` in the version that the entry states |
//! | `x@workspace:…`, `x@portal:…`, `x@link:…` | nothing: the version is a stand-in, and the folder has a `package.json` |
//!
//! What is direct and what is for development only stands in no lockfile of yarn. Both are worked out from the `package.json` beside it
//! and those of the members of the project, which berry's lockfile names; yarn 1's doesn't, so there members count that are written
//! down without a pattern, and where there are patterns nothing is said to be for development.

mod resolved;
mod syml;

use super::{Manifest, is_in_node_modules, origin, package, parted, registry_file};
use crate::inventory::listing::{Details, Listing};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related, beside};
use crate::inventory::text::{PACKAGE_LIMIT, decoded, shown};
use crate::packages::{Evidence, Origin};
use resolved::{Resolved, Roots};
use std::borrow::Cow;
use syml::{Entries, Entry};

/// Members of a project that are asked for what they need.
const MEMBER_LIMIT: usize = 2000;

/// The version that berry writes for what lies in the project.
const LOCAL_VERSION: &str = "0.0.0-use.local";

/// Reads `yarn.lock`.
#[derive(Debug)]
pub(in crate::inventory) struct YarnLock;

impl PackageReader for YarnLock {
    fn name(&self) -> &'static str {
        "yarn-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("yarn.lock")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        !is_in_node_modules(path)
    }

    /// The largest known ones have some 3 MB.
    fn limit(&self) -> u64 {
        32 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_yarn_lock(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let Some(resolved) = parsed.notes::<Resolved>() else {
            return Vec::new();
        };
        let members = resolved
            .members()
            .map(|(folder, _)| manifest_path(path, folder));
        let beside = beside(path, b"package.json");
        members.chain([beside]).map(Related::Consult).collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let resolved: &Resolved = parsed.notes()?;
        let mut roots = Roots::default();
        let mut is_berry = false;
        for (folder, member) in resolved.members() {
            is_berry = true;
            match manifest(path, folder, others) {
                Some(manifest) => roots.ask(resolved, manifest),
                None => roots.needed.extend(resolved.needs_of(member)),
            }
        }
        if !is_berry && let Some(manifest) = manifest(path, "", others) {
            roots.ask(resolved, manifest);
            for member in &manifest.workspaces {
                match self::manifest(path, member, others) {
                    Some(manifest) => roots.ask(resolved, manifest),
                    // What this one needs is not known, so it may be anything.
                    None => roots.is_open = true,
                }
            }
        }
        resolved.tell(parsed, roots)
    }
}

/// What the project, or its member in `folder`, asks for; nothing where that is a pattern or no such file is there.
fn manifest<'a>(path: &[u8], folder: &str, others: &'a dyn Others) -> Option<&'a Manifest> {
    others.get(&manifest_path(path, folder))?.notes()
}

/// The path of the `package.json` of a member of the project.
fn manifest_path(path: &[u8], folder: &str) -> Vec<u8> {
    match folder
        .strip_prefix("./")
        .unwrap_or(folder)
        .trim_matches('/')
    {
        "" | "." => beside(path, b"package.json"),
        folder => beside(path, format!("{folder}/package.json").as_bytes()),
    }
}

/// Reads a lockfile of yarn, of any version. Entries that are none are warnings; of what is no lockfile nothing comes.
pub fn parse_yarn_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut resolved = Resolved::default();
    let mut entries = Entries::new(&text);
    let mut read = Vec::new();
    for entry in entries.by_ref() {
        if entry.requests.iter().any(|request| request == "__metadata") {
            continue;
        }
        if read.len() >= PACKAGE_LIMIT {
            listing.left_out += 1;
            continue;
        }
        let is_entry = !entry.version.is_empty() || !entry.resolution.is_empty();
        let node = resolved.add(&entry.requests);
        match kind(&entry) {
            Kind::Member(folder) if resolved.members().count() < MEMBER_LIMIT => {
                resolved.add_member(folder, node);
            }
            Kind::Member(_) | Kind::Local => {}
            Kind::Package(name, details) if is_entry => {
                if let Some(at) = listing.merge_at(package(&name, &entry.version, details)) {
                    resolved.place(node, at);
                }
            }
            Kind::Package(name, _) => {
                let line = entry.line;
                listing.warnings.push(|| {
                    format!(
                        "the entry {} on line {line} has no version",
                        shown(name.as_bytes())
                    )
                });
            }
        }
        read.push((node, entry.needs));
    }
    let is_lockfile = !listing.packages.is_empty();
    if !is_lockfile && !looks_like_one(&text) {
        return Parsed::default();
    }
    for line in entries.strays {
        listing
            .warnings
            .push(|| format!("line {line} belongs to no entry"));
    }
    resolved.connect(&read);
    let mut parsed = listing.finish();
    if is_lockfile {
        parsed.notes = Some(Notes::new(resolved));
    }
    parsed
}

/// Whether a text without packages says that it is a lockfile of yarn.
fn looks_like_one(text: &str) -> bool {
    text.contains("yarn lockfile v1") || text.contains("__metadata:")
}

/// What an entry is.
enum Kind<'a> {
    /// A member of the project, in this folder.
    Member(&'a str),
    /// Something else that lies there and is used in place.
    Local,
    /// A package of this name.
    Package(Cow<'a, str>, Details),
}

fn kind<'a>(entry: &'a Entry<'_>) -> Kind<'a> {
    let details = |origin: Option<Origin>| Details {
        line: Some(entry.line),
        origin,
        ..Details::default()
    };
    if entry.resolution.is_empty() {
        let request = entry
            .requests
            .first()
            .map(|request| &**request)
            .unwrap_or_default();
        let (name, range) = parted(request);
        if range.starts_with("link:") {
            return Kind::Local;
        }
        let name = range
            .strip_prefix("npm:")
            .map_or(name, |real| parted(real).0);
        let file = registry_file(range);
        let name = file.as_ref().map_or(name.into(), |file| file.name.clone());
        let origin = origin(&entry.resolved, &name).or_else(|| Origin::of_address(range));
        return Kind::Package(name, details(origin));
    }
    let (name, reference) = parted(&entry.resolution);
    // What stands for one package with different peers: `virtual:<digest>#<what it is>`.
    let reference = match reference
        .strip_prefix("virtual:")
        .and_then(|virtual_| virtual_.split_once('#'))
    {
        Some((_, inner)) => inner,
        None => reference,
    };
    if let Some(folder) = reference.strip_prefix("workspace:") {
        return Kind::Member(folder);
    }
    if reference.starts_with("link:")
        || reference.starts_with("portal:")
        || entry.version == LOCAL_VERSION
    {
        return Kind::Local;
    }
    if let Some(real) = reference.strip_prefix("npm:") {
        let (plain, bound) = real.split_once("::").unwrap_or((real, ""));
        let name = match parted(plain) {
            (alias, version) if !version.is_empty() => alias,
            _ => name,
        };
        let archive = bound.strip_prefix("__archiveUrl=").map(unescaped);
        let origin = archive.and_then(|address| origin(&address, name));
        return Kind::Package(name.into(), details(origin));
    }
    if reference.starts_with("patch:") {
        return Kind::Package(name.into(), details(None));
    }
    let address = reference
        .split_once("::")
        .map_or(reference, |(address, _)| address);
    if let Some(file) = registry_file(address) {
        let origin = origin(address, &file.name);
        return Kind::Package(file.name, details(origin));
    }
    let mut origin = Origin::of_address(address);
    if let Some(origin) = &mut origin
        && let Some(commit) = origin
            .revision
            .as_deref()
            .and_then(|revision| revision.strip_prefix("commit="))
    {
        origin.revision = Some(commit.to_owned());
    }
    Kind::Package(name.into(), details(origin))
}

/// A text in which bytes stand as `%` and two digits.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        let byte = (*first == b'%')
            .then(|| u8::try_from(digit(0)? * 16 + digit(1)?).ok())
            .flatten();
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
