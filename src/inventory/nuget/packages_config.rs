//! `packages.config`: every package of a project with its version, those of dependencies among them.

use super::MANIFEST_LIMIT;
use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::decoded;
use crate::inventory::xml;
use crate::packages::{Evidence, NUGET};

/// Reads `packages.config`.
pub(in crate::inventory) struct PackagesConfig;

impl PackageReader for PackagesConfig {
    fn name(&self) -> &'static str {
        "packages-config"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("packages.config")]
    }

    fn limit(&self) -> u64 {
        MANIFEST_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_packages_config(content)))
    }
}

/// Reads the `package` elements.
pub(in crate::inventory) fn parse_packages_config(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let (root, damage) = xml::read(&text, &|name| matches!(name, "packages" | "package"));
    let Some(root) = root.filter(|root| root.name == "packages") else {
        return Parsed::default();
    };
    let mut listing = Listing::new(Evidence::Lockfile);
    for package in root.all("package") {
        let value = |name| package.attribute(name).unwrap_or_default();
        let entry = Entry::new(&NUGET, value("id"), value("version"))
            .on_line(Some(package.line))
            .dev(value("developmentDependency").eq_ignore_ascii_case("true"));
        listing.merge(entry);
    }
    if let Some(damage) = damage {
        listing.warnings.push(|| damage);
    }
    listing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_versions_and_purposes() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<packages>\n<package id=\"A\" version=\"1.0\" />\n<package id=\"B\" version=\"2.0\" developmentDependency=\"true\"/><package id=\"C\"/>\n<package";
        for content in [
            text.as_bytes().to_vec(),
            [0xff, 0xfe]
                .into_iter()
                .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
                .collect(),
        ] {
            let parsed = parse_packages_config(&content);
            let found: Vec<_> = parsed
                .packages
                .iter()
                .map(|one| (one.package.name.as_str(), one.line, one.dev))
                .collect();
            assert_eq!(found, [("A", Some(3), false), ("B", Some(4), true)]);
            assert_eq!(parsed.warnings.len(), 1);
        }
    }

    #[test]
    fn other_files_give_nothing() {
        for text in [
            "",
            "<configuration><packages/></configuration>",
            "no XML",
            "<",
        ] {
            assert!(parse_packages_config(text.as_bytes()).packages.is_empty());
        }
    }
}
