//! `Package.resolved` of Swift's package manager, versions 1 to 3
//! (<https://github.com/swiftlang/swift-package-manager/blob/main/Sources/PackageGraph/ResolvedPackagesStore.swift>).
//!
//! A package is known by its repository: `github.com/owner/name`, whichever way that was cloned. One from a registry
//! (`scope.name`) or from a folder of the building machine has only its identity. Where a branch or a commit was asked for there is no
//! version; the branch, else the commit, stands in for it.

use super::json::{Items, begins_as, damaged, text};
use super::listing::Listing;
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use super::text::LineNumbers;
use crate::packages::{Evidence, Origin, OriginKind, Package, SWIFT};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads what Swift's package manager resolved.
#[derive(Debug)]
pub(super) struct PackageResolved;

impl PackageReader for PackageResolved {
    fn name(&self) -> &'static str {
        "package-resolved"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("Package.resolved")]
    }

    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_package_resolved(content).map(Made::Packages)
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    /// Version 1.
    #[serde(borrow)]
    object: Option<Pins<'a>>,
    #[serde(borrow)]
    pins: Option<Items<'a>>,
}

#[derive(Deserialize)]
struct Pins<'a> {
    #[serde(borrow)]
    pins: Option<Items<'a>>,
}

#[derive(Deserialize)]
struct Pin {
    #[serde(alias = "package")]
    identity: Option<String>,
    kind: Option<String>,
    #[serde(alias = "repositoryURL")]
    location: Option<String>,
    state: State,
}

#[derive(Deserialize)]
struct State {
    version: Option<String>,
    branch: Option<String>,
    revision: Option<String>,
}

/// Packages of a resolution; nothing where the file is something else.
pub fn parse_package_resolved(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = text(content);
    if !begins_as(&text, &['{']) {
        return Ok(Parsed::default());
    }
    let document: Document<'_> =
        serde_json::from_str(&text).map_err(|error| damaged(&text, &error))?;
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    let first = document.object.and_then(|object| object.pins);
    let pins = document.pins.or(first).unwrap_or_default();
    for raw in pins.0 {
        add(&mut listing, raw, lines.of(raw.get()));
    }
    Ok(listing.finish())
}

fn add(listing: &mut Listing, raw: &RawValue, line: Option<u32>) {
    let pin = serde_json::from_str::<Pin>(raw.get()).ok();
    let package = pin.as_ref().and_then(|pin| {
        let (name, origin) = named(pin)?;
        let State {
            version,
            branch,
            revision,
        } = &pin.state;
        let version = version.as_ref().or(branch.as_ref()).or(revision.as_ref())?;
        let mut package = Package::new(&SWIFT, name, &**version);
        package.origin = origin.map(|origin| origin.at(revision.as_deref()));
        Some(package)
    });
    match package {
        Some(package) => {
            listing.add(package, line);
        }
        None => listing.warnings.push(|| {
            format!(
                "line {}: a pin without package or state",
                line.unwrap_or_default()
            )
        }),
    }
}

/// The name of what is pinned, and where it is from.
fn named(pin: &Pin) -> Option<(String, Option<Origin>)> {
    let location = pin.location.as_deref().unwrap_or_default().trim();
    let identity = pin.identity.clone();
    match pin.kind.as_deref() {
        Some("registry") => Some((identity?, Origin::new(OriginKind::Registry, location))),
        Some("localSourceControl" | "fileSystem") => {
            Some((identity?, Origin::new(OriginKind::Path, location)))
        }
        _ => match repository(location) {
            Some(name) => Some((name, Origin::new(OriginKind::Git, location))),
            None => Some((identity?, Origin::of_address(location))),
        },
    }
}

/// `host/owner/name` of a repository's address: `https://host/owner/name.git`, `ssh://git@host/owner/name`,
/// `git@host:owner/name.git`. Nothing where there is no host.
fn repository(address: &str) -> Option<String> {
    let (host, path) = match address.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        None if address.starts_with(['/', '.', '~']) => return None,
        None => address.split_once(':')?,
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // A port says nothing of whose it is.
    let host = host.split(':').next().unwrap_or(host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_one_name() {
        for address in [
            "https://git.example/acme/router",
            "https://user:secret@git.example/acme/router.git",
            "ssh://git@git.example:2222/acme/router.git",
            "git@git.example:acme/router.git",
            "git://git.example/acme/router/",
        ] {
            assert_eq!(
                repository(address).as_deref(),
                Some("git.example/acme/router")
            );
        }
        for address in [
            "",
            "/srv/git/x",
            "../x",
            "file:///srv/x",
            "https://",
            "https:///x",
        ] {
            assert_eq!(repository(address), None, "{address}");
        }
    }

    #[test]
    fn a_broken_pin_is_a_warning() {
        let text = r#"{"pins": [
            {"identity": "a", "kind": "remoteSourceControl", "location": "https://h.example/o/a.git", "state": {"version": "1.0.0"}},
            {"identity": "b", "kind": "remoteSourceControl", "location": "https://h.example/o/b.git"},
            {"identity": "c", "kind": "remoteSourceControl", "location": "https://h.example/o/c.git", "state": {}}, 7], "version": 2}"#;
        let parsed = parse_package_resolved(text.as_bytes()).unwrap();
        assert_eq!(parsed.packages.len(), 1);
        assert_eq!(parsed.packages[0].package.name, "h.example/o/a");
        assert_eq!(parsed.packages[0].line, Some(2));
        assert_eq!(
            parsed.warnings,
            [
                "line 3: a pin without package or state",
                "line 4: a pin without package or state",
                "line 4: a pin without package or state"
            ]
        );
    }

    #[test]
    fn damage_is_told_from_something_else() {
        for text in ["", "resolved", "[]", "{}", "{\"pins\": []}"] {
            assert!(parse_package_resolved(text.as_bytes()).unwrap().is_empty());
        }
        assert!(parse_package_resolved(b"{\"pins\": [{").is_err());
        assert!(parse_package_resolved(b"{\"object\": 7}").is_err());
    }
}
