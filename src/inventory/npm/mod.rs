//! Packages of the npm world: what each of its package managers writes down, and what lies in `node_modules`.
//!
//! A package is known by the name that it gives itself. The name under which a project installs it may be another one
//! (`npm:` aliases), and so may the folder. What several readers need of this is here: [`Listing`] takes packages in, each name and
//! version once a file, and [`origin`] tells where a tarball's address leads.

mod bun_lock;
mod deno_lock;
mod graph;
mod lenient;
mod node_package;
mod package_lock;
mod pnpm_lock;
mod yarn_lock;

pub(super) use bun_lock::BunLock;
pub use bun_lock::parse_bun_lock;
pub(super) use deno_lock::DenoLock;
pub use deno_lock::parse_deno_lock;
pub(super) use node_package::NodePackage;
pub use node_package::parse_package_json;
pub(super) use package_lock::PackageLock;
pub use package_lock::parse_package_lock;
pub(super) use pnpm_lock::PnpmLock;
pub use pnpm_lock::parse_pnpm_lock;
pub(super) use yarn_lock::YarnLock;
pub use yarn_lock::parse_yarn_lock;

use super::parsed::{InstalledPackage, Parsed, ReadError};
use super::reader::{base_name, folder};
use super::text::{PACKAGE_LIMIT, Warnings, shown};
use crate::packages::{Evidence, NPM, Origin, OriginKind, Package, Relation};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::borrow::Cow;
use std::hash::BuildHasher;

/// Bytes of the longest name or version that is kept. npm's own limit for both is 256 or less.
const WORD_LIMIT: usize = 1024;

/// What a `package.json` asks for, kept for the lockfile beside it, which does not say what is for development only.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// Names and ranges, optional ones and those of peers among them.
    pub(super) dependencies: Vec<(String, String)>,
    /// Names and ranges of what only developers need.
    pub(super) development: Vec<(String, String)>,
    /// Folders of the members of the project, as they are written: often with a `*`.
    pub(super) workspaces: Vec<String>,
}

/// What is known of a package beside its name and version.
#[derive(Default)]
struct Details {
    line: Option<u32>,
    dev: bool,
    relation: Option<Relation>,
    origin: Option<Origin>,
    licenses: Vec<String>,
}

/// The packages of one file. Each name and version is listed once, with what all of its entries say together.
struct Listing {
    packages: Vec<InstalledPackage>,
    known: HashTable<usize>,
    hasher: DefaultHashBuilder,
    warnings: Warnings,
    evidence: Evidence,
    left_out: usize,
}

impl Listing {
    fn new(evidence: Evidence) -> Self {
        Self {
            packages: Vec::new(),
            known: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            warnings: Warnings::default(),
            evidence,
            left_out: 0,
        }
    }

    /// Takes a package in and says at which place of the list it is; nothing where its name or version is none.
    ///
    /// What is listed twice is for development only where both entries say so, and asked for where one of them is.
    fn add(&mut self, name: &str, version: &str, details: Details) -> Option<usize> {
        if !is_word(name) || !is_word(version) {
            if !name.is_empty() && !version.is_empty() {
                self.warnings.push(|| illegal(name, version, details.line));
            }
            return None;
        }
        let hash = self.hasher.hash_one((name, version));
        let packages = &self.packages;
        let same = |at: &usize| {
            packages
                .get(*at)
                .is_some_and(|one| one.package.name == name && one.package.version == version)
        };
        if let Some(&at) = self.known.find(hash, same) {
            if let Some(one) = self.packages.get_mut(at) {
                one.dev &= details.dev;
                one.relation = stronger(one.relation, details.relation);
                if one.package.origin.is_none() {
                    one.package.origin = details.origin;
                }
                if one.package.licenses.is_empty() {
                    one.package.licenses = details.licenses;
                }
            }
            return Some(at);
        }
        if self.packages.len() >= PACKAGE_LIMIT {
            self.left_out += 1;
            return None;
        }
        let at = self.packages.len();
        let mut package = Package::new(&NPM, name, version);
        package.origin = details.origin;
        package.licenses = details.licenses;
        let mut one = InstalledPackage::new(package, self.evidence);
        one.line = details.line;
        one.dev = details.dev;
        one.relation = details.relation;
        self.packages.push(one);
        let (hasher, packages) = (&self.hasher, &self.packages);
        self.known.insert_unique(hash, at, |at| {
            packages.get(*at).map_or(0, |one| {
                hasher.hash_one((one.package.name.as_str(), one.package.version.as_str()))
            })
        });
        Some(at)
    }

    /// Says how a package came to be a dependency, where something stronger is not known yet.
    fn relate(&mut self, at: usize, relation: Relation) {
        if let Some(one) = self.packages.get_mut(at) {
            one.relation = stronger(one.relation, Some(relation));
        }
    }

    /// Says of every package of which nothing is known how it came to be a dependency.
    fn relate_others(&mut self, relation: Relation) {
        for one in &mut self.packages {
            one.relation = one.relation.or(Some(relation));
        }
    }

    fn finish(mut self) -> Parsed {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.warnings.push(|| {
                format!("{left_out} packages past the first {PACKAGE_LIMIT} were left out")
            });
        }
        Parsed {
            packages: self.packages,
            warnings: self.warnings.finish(),
            notes: None,
        }
    }
}

fn illegal(name: &str, version: &str, line: Option<u32>) -> String {
    let place = line.map_or_else(String::new, |line| format!(" on line {line}"));
    format!(
        "the entry {}@{}{place} was left out: its name or version is none",
        shown(name.as_bytes()),
        shown(version.as_bytes())
    )
}

/// The project itself before what it names, and that before what came along.
fn stronger(a: Option<Relation>, b: Option<Relation>) -> Option<Relation> {
    let weight = |relation: &Option<Relation>| match relation {
        Some(Relation::Root) => 3,
        Some(Relation::Direct) => 2,
        Some(Relation::Transitive) => 1,
        None => 0,
    };
    if weight(&b) > weight(&a) { b } else { a }
}

/// Whether a text can be a name or a version.
fn is_word(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= WORD_LIMIT && !text.chars().any(char::is_control)
}

/// A tarball as registries have them: `<registry>/<name>/-/<file>-<version>.tgz`.
struct RegistryFile<'a> {
    /// Address of the registry, with a `/` at its end.
    registry: &'a str,
    name: Cow<'a, str>,
    version: &'a str,
}

/// What the address of a registry's tarball says; nothing for any other address.
fn registry_file(address: &str) -> Option<RegistryFile<'_>> {
    let address = address.trim();
    let lower = address.get(..8)?.to_ascii_lowercase();
    if !lower.starts_with("http://") && lower != "https://" {
        return None;
    }
    let plain = address.split(['#', '?']).next()?;
    let (before, file) = plain.rsplit_once("/-/")?;
    let (around, last) = before.rsplit_once('/')?;
    let scope = around
        .rsplit('/')
        .next()
        .filter(|scope| scope.starts_with('@'));
    let escaped = last.split_once("%2f").or_else(|| last.split_once("%2F"));
    let (name, short, length) = match (scope, escaped) {
        (_, Some((scope, short))) => (format!("{scope}/{short}").into(), short, last.len()),
        (Some(scope), None) => (
            format!("{scope}/{last}").into(),
            last,
            scope.len() + 1 + last.len(),
        ),
        (None, None) => (Cow::Borrowed(last), last, last.len()),
    };
    let version = file
        .rsplit('/')
        .next()?
        .strip_prefix(short)?
        .strip_prefix('-')?;
    Some(RegistryFile {
        registry: before.get(..before.len() - length)?,
        name,
        version: version.strip_suffix(".tgz")?,
    })
}

/// Where the address that a lockfile has resolved a package to leads. Of the tarball of a registry the registry is told; GitHub's have theirs at
/// `<registry>/download/<name>/<version>/<digest>`.
fn origin(resolved: &str, name: &str) -> Option<Origin> {
    if let Some(file) = registry_file(resolved) {
        return Origin::new(OriginKind::Registry, file.registry);
    }
    let address = resolved.trim();
    if address.starts_with("https://")
        && let Some(cut) = address.find(&format!("/download/{name}/"))
    {
        return Origin::new(OriginKind::Registry, address.get(..=cut)?);
    }
    Origin::of_address(address)
}

/// Whether what stands in the place of a version is a folder of the project, whose `package.json` says what it is.
fn is_folder(reference: &str) -> bool {
    let is_archive = [".tgz", ".tar.gz", ".tar"]
        .iter()
        .any(|end| reference.ends_with(end));
    ["file:", "link:", "portal:", "workspace:"]
        .iter()
        .any(|scheme| reference.starts_with(scheme))
        && !is_archive
}

/// Whether a path ends in a `.` and this, in either case.
fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, end)| end.eq_ignore_ascii_case(extension))
}

/// The text that a lockfile has in the place of a version where it names an address, without what opens doors.
fn address_as_version(address: &str) -> String {
    match Origin::of_address(address) {
        Some(Origin {
            location,
            revision: Some(revision),
            ..
        }) => format!("{location}#{revision}"),
        Some(origin) => origin.location,
        None => address.to_owned(),
    }
}

/// `name@range` in its parts; a scope begins with an `@` of its own.
fn parted(request: &str) -> (&str, &str) {
    match request.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => (
            request.get(..=at).unwrap_or_default(),
            request.get(at + 2..).unwrap_or_default(),
        ),
        None => (request, ""),
    }
}

/// The name that npm gives to what lies in a folder: its own, with that of the folder around it where that is a scope.
fn name_of_folder(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let Some((before, name)) = path.rsplit_once('/') else {
        return path;
    };
    let scope = before.rsplit('/').next().unwrap_or_default();
    if scope.starts_with('@') {
        path.get(path.len() - scope.len() - 1 - name.len()..)
            .unwrap_or(name)
    } else {
        name
    }
}

/// The path of `name` in the folder of the file at `path`.
fn beside(path: &[u8], name: &[u8]) -> Vec<u8> {
    match folder(path) {
        b"" => name.to_vec(),
        folder => [folder, b"/", name].concat(),
    }
}

/// Where Debian puts the packages of node.
const DEBIAN_FOLDERS: [&[u8]; 2] = [b"usr/share/nodejs/", b"usr/lib/nodejs/"];

/// Whether a file lies in what some package manager has installed. A lockfile there is its author's: it says what was on
/// another machine when the package was made, and neither npm nor yarn nor pnpm looks at it.
fn is_in_node_modules(path: &[u8]) -> bool {
    DEBIAN_FOLDERS
        .iter()
        .any(|modules| path.starts_with(modules))
        || folder(path)
            .split(|byte| *byte == b'/')
            .any(|part| part == b"node_modules")
}

/// A JSON text that cannot be read on.
fn damage(text: &str, error: &serde_json::Error) -> ReadError {
    let before = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let offset = before.map(str::len).sum::<usize>() + error.column();
    let what = if error.is_eof() {
        "the file breaks off".to_owned()
    } else {
        "is no JSON that can be read on".to_owned()
    };
    ReadError::Damaged {
        what,
        offset: offset as u64,
    }
}

/// The warning for a file of which only the beginning could be read.
fn cut_short(damage: &ReadError) -> String {
    format!("only what stands before it was read: {damage}")
}

/// Whether the name of a file is this one.
fn is_named(path: &[u8], name: &str) -> bool {
    base_name(path) == name.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(resolved: &str, name: &str) -> Option<(OriginKind, String)> {
        origin(resolved, name).map(|origin| (origin.kind, origin.location))
    }

    #[test]
    fn tarballs_of_registries_are_told_from_others() {
        let registry = |location: &str| Some((OriginKind::Registry, location.to_owned()));
        for (resolved, name, expected) in [
            (
                "https://registry.example/x/-/x-1.0.0.tgz#abc",
                "x",
                registry("https://registry.example/"),
            ),
            (
                "https://user:secret@npm.example/api/npm/all/@s/x/-/x-1.0.0.tgz",
                "@s/x",
                registry("https://npm.example/api/npm/all/"),
            ),
            (
                "https://npm.example/@s%2Fx/-/x-1.0.0.tgz?token=1",
                "@s/x",
                registry("https://npm.example/"),
            ),
            (
                "https://npm.example/download/@s/x/1.0.0/abcdef",
                "@s/x",
                registry("https://npm.example/"),
            ),
            (
                "https://files.example/x-1.0.0.tgz",
                "x",
                Some((
                    OriginKind::Url,
                    "https://files.example/x-1.0.0.tgz".to_owned(),
                )),
            ),
            (
                "https://files.example/notx/-/x-1.0.0.tgz",
                "x",
                Some((
                    OriginKind::Url,
                    "https://files.example/notx/-/x-1.0.0.tgz".to_owned(),
                )),
            ),
            ("", "x", None),
        ] {
            assert_eq!(told(resolved, name), expected, "{resolved}");
        }
    }

    #[test]
    fn folders_name_packages() {
        for (path, name) in [
            ("packages/a", "a"),
            ("a", "a"),
            ("node_modules/@s/x", "@s/x"),
            ("@s/x", "@s/x"),
            ("@s", "@s"),
            ("", ""),
        ] {
            assert_eq!(name_of_folder(path), name);
        }
    }

    #[test]
    fn one_package_is_listed_once() {
        let mut listing = Listing::new(Evidence::Lockfile);
        let details = |line, dev, relation| Details {
            line: Some(line),
            dev,
            relation,
            ..Details::default()
        };
        let first = listing.add("x", "1.0.0", details(1, true, None));
        let other = listing.add("x", "1.0.1", details(2, true, None));
        let again = listing.add("x", "1.0.0", details(3, false, Some(Relation::Direct)));
        assert_eq!((first, other, again), (Some(0), Some(1), Some(0)));
        assert_eq!(listing.add("", "1.0.0", Details::default()), None);
        assert_eq!(
            listing.add("a\u{1b}[31m", "1.0.0", Details::default()),
            None
        );
        let parsed = listing.finish();
        let one = &parsed.packages[0];
        assert_eq!(
            (one.line, one.dev, one.relation),
            (Some(1), false, Some(Relation::Direct))
        );
        assert!(parsed.packages[1].dev);
        assert_eq!(parsed.warnings.len(), 1);
    }
}
