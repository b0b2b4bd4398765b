//! SPDX as JSON: documents of version 2 (2.2, 2.3), and of version 3 as a graph of elements.

use super::components::{Components, Item};
use crate::inventory::json::Members;
use crate::inventory::text::LineNumbers;
use crate::packages::Distro;
use std::collections::HashMap;

/// How Syft words that a package of the system brought the files by which another package was found.
pub(super) const OWNERSHIP: &str = "ownership-by-file-overlap";
/// How Trivy words which source package a package was built from.
const BUILT_FROM: &str = "built package from: ";
/// Words for what is not known.
const UNKNOWN: [&str; 3] = ["", "NOASSERTION", "NONE"];

/// Reads a document of version 2; whether it is one.
pub(super) fn read(
    document: &Members<'_>,
    lines: &LineNumbers<'_>,
    components: &mut Components,
) -> bool {
    if !document.text("spdxVersion").starts_with("SPDX-") {
        return false;
    }
    // A licence that is in no list has its name apart.
    let mut names: HashMap<String, String> = HashMap::new();
    for value in document.items("hasExtractedLicensingInfos") {
        let license = Members::of(value).unwrap_or_default();
        names.insert(license.text("licenseId"), license.text("name"));
    }
    for value in document.items("packages") {
        let Some(package) = Members::of(value) else {
            continue;
        };
        let mut references = package
            .items("externalRefs")
            .into_iter()
            .filter_map(Members::of);
        let url = references.find(|reference| reference.text("referenceType") == "purl");
        Package {
            id: package.text("SPDXID"),
            name: package.text("name"),
            version: package.text("versionInfo"),
            url: url
                .map(|url| url.text("referenceLocator"))
                .unwrap_or_default(),
            purpose: package.text("primaryPackagePurpose"),
            declared: package.text("licenseDeclared"),
            concluded: package.text("licenseConcluded"),
            supplier: package.text("supplier"),
            source_info: package.text("sourceInfo"),
            line: lines.of(value.get()),
        }
        .add(&names, components);
    }
    components.settle_distro();
    for value in document.items("relationships") {
        // Most are of other kinds, and their text is enough to tell.
        if value.get().contains(OWNERSHIP) {
            let relation = Members::of(value).unwrap_or_default();
            if relation.text("comment").starts_with(OWNERSHIP) {
                components.own(
                    &relation.text("spdxElementId"),
                    &relation.text("relatedSpdxElement"),
                );
            }
        }
    }
    true
}

/// A package in either form of version 2.
#[derive(Default)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) url: String,
    pub(super) purpose: String,
    pub(super) declared: String,
    pub(super) concluded: String,
    pub(super) supplier: String,
    pub(super) source_info: String,
    pub(super) line: Option<u32>,
}

impl Package {
    /// Takes the package in, and the distribution where it is one; `names` are those of licences that are in no list.
    pub(super) fn add(self, names: &HashMap<String, String>, components: &mut Components) {
        if matches!(
            self.purpose.as_str(),
            "OPERATING-SYSTEM" | "OPERATING_SYSTEM"
        ) {
            if components.distro.is_none() {
                components.distro = Distro::named(&self.name, &self.version);
            }
            return;
        }
        let license = [self.declared, self.concluded]
            .into_iter()
            .find(|license| !UNKNOWN.contains(&license.as_str()));
        let license = license.map(|license| {
            names
                .get(&license)
                .filter(|name| !name.is_empty())
                .cloned()
                .unwrap_or(license)
        });
        let source = self.source_info.strip_prefix(BUILT_FROM);
        let source = source.and_then(|source| source.split_once(' '));
        let vendor = self.supplier.split_once(": ");
        components.add(Item {
            id: self.id,
            url: self.url,
            name: self.name,
            version: self.version,
            line: self.line,
            licenses: license.into_iter().collect(),
            vendor: vendor.map(|(_, name)| name.to_owned()).unwrap_or_default(),
            source: source
                .map(|(name, version)| (name.to_owned(), version.to_owned()))
                .unwrap_or_default(),
            is_package: matches!(self.purpose.as_str(), "LIBRARY" | "FRAMEWORK"),
            ..Item::default()
        });
    }
}

/// Reads a graph of version 3; whether it is one.
pub(super) fn read_graph(
    document: &Members<'_>,
    lines: &LineNumbers<'_>,
    components: &mut Components,
) -> bool {
    let Some(context) = document.get("@context") else {
        return false;
    };
    // One address, or a list of them.
    if !context.get().contains("spdx.org/rdf/3") {
        return false;
    }
    for value in document.items("@graph") {
        let Some(element) = Members::of(value) else {
            continue;
        };
        if element.text("type") != "software_Package" {
            continue;
        }
        let mut identifiers = element.items("externalIdentifier").into_iter();
        let identifier = identifiers.find_map(|value| {
            let identifier = Members::of(value)?;
            let is_url = identifier.text("externalIdentifierType") == "packageUrl";
            is_url.then(|| identifier.text("identifier"))
        });
        let url = match element.text("software_packageUrl") {
            url if url.is_empty() => identifier.unwrap_or_default(),
            url => url,
        };
        let (name, version) = (
            element.text("name"),
            element.text("software_packageVersion"),
        );
        let purpose = element.text("software_primaryPurpose");
        if purpose == "operatingSystem" {
            if components.distro.is_none() {
                components.distro = Distro::named(&name, &version);
            }
            continue;
        }
        components.add(Item {
            id: element.text("spdxId"),
            url,
            name,
            version,
            line: lines.of(value.get()),
            is_package: matches!(purpose.as_str(), "library" | "framework"),
            ..Item::default()
        });
    }
    true
}
