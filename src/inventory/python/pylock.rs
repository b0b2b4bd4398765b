//! `pylock.toml` and `pylock.NAME.toml`, the lockfile of all tools.
//!
//! Format: <https://packaging.python.org/en/latest/specifications/pylock-toml/>. What a marker only lets in with a
//! dependency group that is not installed by default is for development.

use super::marker::{Environment, holds};
use super::toml_lock::{Document, LOCK_LIMIT, table, text, texts};
use super::{of_file_name, package};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::decoded;
use crate::packages::{Evidence, Origin, OriginKind};
use toml::de::DeTable;

/// The reader of `pylock.toml`.
pub(crate) struct Pylock;

impl PackageReader for Pylock {
    fn name(&self) -> &'static str {
        "pylock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let named = Pattern::Affix {
            begins: "pylock.",
            ends: ".toml",
        };
        vec![Pattern::Name("pylock.toml"), named]
    }

    fn limit(&self) -> u64 {
        LOCK_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_pylock(content).map(Made::Packages)
    }
}

fn parse_pylock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text_of_file = decoded(content);
    let document = Document::parse(&text_of_file, "[[packages]]")?;
    let default_groups: Vec<&str> = texts(&document.table, "default-groups").collect();
    let by_default = Environment {
        groups: Some(&default_groups),
    };
    let mut listing = Listing::new(Evidence::Lockfile);
    for (entry, line) in document.entries("packages") {
        let name = text(entry, "name");
        let source = Source::of(entry);
        let version = match text(entry, "version") {
            "" => source
                .address
                .and_then(of_file_name)
                .map(|(_, version)| version),
            version => Some(version),
        };
        let Some(version) = version else {
            // Of a folder or repository nobody knows it until it is built.
            if source.address.is_none() {
                listing.leave_out(Some(line), name, "it has no version");
            }
            continue;
        };
        match package(name, version) {
            Ok(mut package) => {
                package.origin = source.origin;
                let mut one = InstalledPackage::new(package, Evidence::Lockfile).on_line(line);
                let marker = text(entry, "marker");
                one.dev = holds(marker, by_default) == Some(false)
                    && holds(marker, Environment::default()) != Some(false);
                listing.push(one);
            }
            Err(why) => listing.leave_out(Some(line), name, why),
        }
    }
    if let Some(damage) = &document.damage {
        listing.warnings.push(|| damage.clone());
    }
    Ok(listing.finish())
}

/// Where an entry is to be got from.
#[derive(Default)]
struct Source<'t> {
    origin: Option<Origin>,
    /// Of what comes from no index.
    address: Option<&'t str>,
}

impl<'t> Source<'t> {
    fn of(entry: &'t DeTable<'_>) -> Self {
        let address = |table: &'t DeTable<'_>| {
            ["url", "path"]
                .into_iter()
                .map(|key| text(table, key))
                .find(|address| !address.is_empty())
        };
        let (kind, from) = if let Some(vcs) = table(entry, "vcs") {
            (OriginKind::Git, vcs)
        } else if let Some(directory) = table(entry, "directory") {
            (OriginKind::Path, directory)
        } else if let Some(archive) = table(entry, "archive") {
            let is_path = text(archive, "url").is_empty();
            let kind = if is_path {
                OriginKind::Path
            } else {
                OriginKind::Url
            };
            (kind, archive)
        } else {
            return Self {
                origin: Origin::new(OriginKind::Registry, text(entry, "index")),
                address: None,
            };
        };
        let address = address(from);
        Self {
            origin: address
                .and_then(|address| Origin::new(kind, address))
                .map(|origin| origin.at(Some(text(from, "commit-id")))),
            address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_versions_and_groups() {
        let parsed = parse_pylock(
            br#"
lock-version = "1.0"
default-groups = ["default"]
[[packages]]
name = "A.a"
version = "1"
index = "https://registry.example/simple"
[[packages]]
name = "b"
archive = { url = "https://files.example/b-2.0.zip" }
[[packages]]
name = "c"
version = "3"
marker = "'dev' in dependency_groups and sys_platform == 'linux'"
vcs = { type = "git", url = "https://host.example/c", commit-id = "abc" }
[[packages]]
name = "d"
directory = { path = "d", editable = true }
[[packages]]
name = "e"
version = "5"
marker = "'default' in dependency_groups or 'dev' in dependency_groups"
[[packages]]
name = "f"
version = "6"
marker = "'dev' in dependency_groups and sys_platform == 'win32'"
[[packages]]
name = "g"
"#,
        )
        .unwrap();
        let told: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| {
                let package = &one.package;
                let origin = package
                    .origin
                    .as_ref()
                    .map_or("-", |from| from.kind.as_str());
                format!(
                    "{} {} {} {origin} {}",
                    one.line.unwrap(),
                    package.name,
                    package.version,
                    one.dev
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "4 a-a 1 registry false",
                "8 b 2.0 url false",
                "11 c 3 git true",
                "19 e 5 - false",
                "23 f 6 - false",
            ]
        );
        assert_eq!(
            parsed.warnings,
            ["line 27: package `g` is left out: it has no version"]
        );
    }

    #[test]
    fn other_files_are_none() {
        assert!(parse_pylock(b"").unwrap().is_empty());
        assert!(parse_pylock(b"[tool]\nx = 1").unwrap().is_empty());
        assert!(parse_pylock(b"[[packages]").is_err());
        let cut = parse_pylock(b"[[packages]]\nname = 'a'\nversion = '1'\n[[packages]]\nname = 'b")
            .unwrap();
        assert_eq!(cut.packages.len(), 1);
        assert_eq!(cut.warnings.len(), 1);
    }
}
