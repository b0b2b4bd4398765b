//! Packages of the npm world: what each of its package managers writes down, and what lies in `node_modules`.
//!
//! A package is known by the name that it gives itself. The name under which a project installs it may be another one
//! (`npm:` aliases), and so may the folder. What several readers need of this is here; [`origin`] tells where a tarball's
//! address leads.

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

use super::listing::{Details, Entry};
use super::parsed::ReadError;
use super::reader::{base_name, folder};
use crate::packages::{NPM, Origin, OriginKind};
use std::borrow::Cow;

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

/// An entry of a file, with its name and version as they stand there.
fn package<'a>(name: &'a str, version: &'a str, details: Details) -> Entry<'a> {
    Entry {
        kind: &NPM,
        name,
        version,
        details,
    }
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
}
