//! Syft's own JSON, `syft-json` (<https://github.com/anchore/syft/tree/main/schema/json>), of which the fields read here have been the same since version 1.

use super::components::{Components, Item};
use super::spdx::OWNERSHIP;
use crate::inventory::json::{self, Members};
use crate::inventory::text::LineNumbers;
use crate::packages::Distro;

/// Reads a document; whether it is one.
pub(super) fn read(
    document: &Members<'_>,
    lines: &LineNumbers<'_>,
    components: &mut Components,
) -> bool {
    let schema = document.members("schema").text("url");
    let is_document = document.get("artifacts").is_some() && schema.contains("/syft/");
    if !is_document {
        return false;
    }
    let distro = document.members("distro");
    components.distro = Distro::named(&distro.text("id"), &distro.text("versionID"));
    if let Some(found) = &mut components.distro {
        let name = distro.text("prettyName");
        if !name.is_empty() {
            found.name = name;
        }
        found.codename = Some(distro.text("versionCodename")).filter(|name| !name.is_empty());
    }
    for value in document.items("artifacts") {
        let Some(artifact) = Members::of(value) else {
            continue;
        };
        let licenses = artifact.items("licenses").into_iter().filter_map(|value| {
            // A text in the oldest versions.
            json::value::<String>(value).or_else(|| Some(Members::of(value)?.text("value")))
        });
        let metadata = artifact.members("metadata");
        components.add(Item {
            id: artifact.text("id"),
            url: artifact.text("purl"),
            name: artifact.text("name"),
            version: artifact.text("version"),
            line: lines.of(value.get()),
            licenses: licenses.collect(),
            vendor: metadata.text("maintainer"),
            is_package: true,
            ..Item::default()
        });
    }
    components.settle_distro();
    for value in document.items("artifactRelationships") {
        if value.get().contains(OWNERSHIP) {
            let relation = Members::of(value).unwrap_or_default();
            if relation.text("type") == OWNERSHIP {
                components.own(&relation.text("parent"), &relation.text("child"));
            }
        }
    }
    true
}
