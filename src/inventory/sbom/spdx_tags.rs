//! SPDX 2 as tags and values: `Tag: value` lines, a package beginning with its `PackageName`, texts of several lines between
//! `<text>` and `</text>`.

use super::components::Components;
use super::spdx::{OWNERSHIP, Package};
use crate::inventory::text::Lines;
use std::collections::HashMap;

/// Lines before the one that says what the document is.
const LINES_BEFORE: usize = 50;

/// Reads a document; whether it is one.
pub(super) fn read(text: &str, components: &mut Components) -> bool {
    let is_document = Lines::new(text.as_bytes())
        .take(LINES_BEFORE)
        .any(|line| line.bytes.starts_with(b"SPDXVersion: SPDX-"));
    if !is_document {
        return false;
    }
    let mut packages: Vec<Package> = Vec::new();
    let mut names: HashMap<String, String> = HashMap::new();
    let mut license = String::new();
    let mut relation = "";
    let mut owners: Vec<&str> = Vec::new();
    // Whether what follows is said of a package, and not of a file or a snippet.
    let mut is_package = false;
    let mut is_text = false;
    for line in Lines::new(text.as_bytes()) {
        let whole = text
            .get(line.offset..line.offset + line.bytes.len())
            .unwrap_or_default();
        if is_text {
            is_text = !whole.contains("</text>");
            continue;
        }
        let Some((tag, value)) = whole.split_once(':') else {
            continue;
        };
        let value = value.trim();
        is_text = value.contains("<text>") && !value.contains("</text>");
        let value = value.strip_prefix("<text>").unwrap_or(value);
        let value = value.strip_suffix("</text>").unwrap_or(value);
        match tag {
            "PackageName" => {
                is_package = true;
                packages.push(Package {
                    name: value.to_owned(),
                    line: Some(line.number),
                    ..Package::default()
                });
                continue;
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => is_package = false,
            "Relationship" => relation = value,
            "RelationshipComment" if value.starts_with(OWNERSHIP) => owners.push(relation),
            _ => {}
        }
        match tag {
            "LicenseID" => value.clone_into(&mut license),
            "LicenseName" => {
                names.insert(license.clone(), value.to_owned());
            }
            _ => {}
        }
        let Some(package) = packages.last_mut().filter(|_| is_package) else {
            continue;
        };
        let field = match tag {
            "SPDXID" => &mut package.id,
            "PackageVersion" => &mut package.version,
            "PackageSupplier" => &mut package.supplier,
            "PackageSourceInfo" => &mut package.source_info,
            "PackageLicenseDeclared" => &mut package.declared,
            "PackageLicenseConcluded" => &mut package.concluded,
            "PrimaryPackagePurpose" => &mut package.purpose,
            "ExternalRef" => {
                let mut words = value.split_whitespace();
                if package.url.is_empty()
                    && let (Some(_), Some("purl"), Some(url)) =
                        (words.next(), words.next(), words.next())
                {
                    url.clone_into(&mut package.url);
                }
                continue;
            }
            _ => continue,
        };
        value.clone_into(field);
    }
    for package in packages {
        package.add(&names, components);
    }
    components.settle_distro();
    for relation in owners {
        let mut words = relation.split_whitespace();
        if let (Some(owner), Some(_), Some(child)) = (words.next(), words.next(), words.next()) {
            components.own(owner, child);
        }
    }
    true
}
