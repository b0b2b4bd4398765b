//! Bills of materials: those that lie in an image, as evidence of what they name, and those that are scanned themselves.
//!
//! CycloneDX (<https://cyclonedx.org/specification/overview/>) as JSON and XML, SPDX 2 (<https://spdx.github.io/spdx-spec/v2.3/>) as JSON and as
//! tags and values, SPDX 3 (<https://spdx.github.io/spdx-spec/v3.0.1/>) as JSON-LD, Syft's own JSON, and any of the JSON ones as the predicate of an in-toto
//! statement. Which one a file is, its content tells. What a component is, its package URL tells; one without is no package.

mod components;
mod cyclonedx;
mod spdx;
mod spdx_tags;
mod syft;

use super::json::{self, Members};
use super::parsed::{FileList, InstalledPackage, Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern, base_name};
use super::resolve::{Inventory, Warning};
use super::text::{LineNumbers, decoded};
use crate::packages::{Distro, Location};
use components::Components;

/// Bytes of a bill in an image.
const LIMIT: u64 = 64 << 20;
/// Bytes from the start of a text in which a document says what it is, where the rest of it is damaged.
const MARK_BYTES: usize = 4096;

/// Reads bills of materials wherever they lie.
pub(super) struct Sbom;

impl PackageReader for Sbom {
    fn name(&self) -> &'static str {
        "sbom"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let names = [
            "bom",
            "bom.json",
            "bom.xml",
            "sbom",
            "sbom.json",
            "sbom.xml",
        ];
        let ends = [
            ".cdx",
            ".cdx.json",
            ".cdx.xml",
            ".cyclonedx.json",
            ".cyclonedx.xml",
            ".spdx",
            ".spdx.json",
            ".spdx.jsonld",
            ".spdx3.json",
            ".syft.json",
            ".bom",
            ".bom.json",
            ".bom.xml",
            ".sbom",
            ".sbom.json",
            ".sbom.xml",
            "-bom.json",
            "-bom.xml",
            "-sbom.json",
            "-sbom.xml",
        ];
        let ends = ends.map(|ends| Pattern::Affix { begins: "", ends });
        names.map(Pattern::Name).into_iter().chain(ends).collect()
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        read_in_image(content)
    }
}

/// Reads the files that Bitnami lays beside its components, `opt/bitnami/NAME/.spdx-NAME.spdx`: SPDX as JSON.
pub(super) struct Bitnami;

impl PackageReader for Bitnami {
    fn name(&self) -> &'static str {
        "bitnami"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Affix {
            begins: ".spdx-",
            ends: ".spdx",
        }]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        base_name(path).len() > ".spdx-.spdx".len()
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        read_in_image(content)
    }
}

/// A bill in an image says nothing of the image's distribution, and need not name everything by its URL.
fn read_in_image(content: &[u8]) -> Result<Made, ReadError> {
    let document = parse_document(content)?;
    Ok(Made::Packages(document.map_or_else(
        Parsed::default,
        |document| Parsed {
            packages: document.packages,
            warnings: document.warnings,
            notes: None,
        },
    )))
}

/// What a bill of materials lists.
#[derive(Debug, Default)]
pub struct Document {
    /// The packages, in the order of the document.
    pub packages: Vec<InstalledPackage>,
    /// The distribution that the packages of a system belong to.
    pub distro: Option<Distro>,
    /// What could not be read.
    pub warnings: Vec<String>,
    /// Components that have no package URL.
    pub unnamed: usize,
}

/// Reads a bill of materials of any form; nothing where it is none.
pub fn parse_document(content: &[u8]) -> Result<Option<Document>, ReadError> {
    let text = decoded(content);
    let start = text.trim_start();
    let mut components = Components::new();
    if start.starts_with('{') {
        let value = match json::document(&text) {
            Ok(Some(members)) => members,
            Err(damage) if is_marked(start) => return Err(damage),
            Ok(None) | Err(_) => return Ok(None),
        };
        let lines = LineNumbers::new(&text);
        if !read_json(&value, &lines, &mut components) {
            return Ok(None);
        }
    } else if start.starts_with('<') {
        if !cyclonedx::read_xml(&text, &mut components) {
            return Ok(None);
        }
    } else if !spdx_tags::read(&text, &mut components) {
        return Ok(None);
    }
    Ok(Some(components.finish()))
}

/// Reads a JSON document, or the predicate of the statement that it is.
fn read_json(members: &Members<'_>, lines: &LineNumbers<'_>, components: &mut Components) -> bool {
    let read = |members: &Members<'_>, components: &mut Components| {
        cyclonedx::read_json(members, lines, components)
            || spdx::read(members, lines, components)
            || spdx::read_graph(members, lines, components)
            || syft::read(members, lines, components)
    };
    if read(members, components) {
        return true;
    }
    if !members.text("_type").contains("in-toto.io/Statement") {
        return false;
    }
    let predicate = members.members("predicate");
    // Some tools wrap the document once more.
    read(&predicate, components) || read(&predicate.members("Data"), components)
}

/// Whether the beginning of a JSON text says that it is a bill of materials.
fn is_marked(text: &str) -> bool {
    let mut end = text.len().min(MARK_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let beginning = &text[..end];
    let marks = [
        "\"CycloneDX\"",
        "cyclonedx.org/schema",
        "\"spdxVersion\"",
        "spdx.org/rdf/3",
    ];
    marks.iter().any(|mark| beginning.contains(mark))
}

impl Document {
    /// The packages as those of an image whose one layer is the document at `path`.
    pub fn into_inventory(self, path: &str) -> Inventory {
        let mut inventory = Inventory {
            distro: self.distro,
            ..Inventory::default()
        };
        let warn = |message: String| Warning {
            path: Some(path.to_owned()),
            layer: Some(0),
            message,
        };
        inventory.warnings = self.warnings.into_iter().map(warn).collect();
        if self.unnamed > 0 {
            let message = format!(
                "{} components have no package URL: what they are is not known, and nothing of them was checked",
                self.unnamed
            );
            inventory.warnings.push(warn(message));
        }
        let packages = self.packages.into_iter().map(|one| {
            let mut package = one.package;
            package.locations = vec![Location {
                path: path.to_owned(),
                layer: 0,
                line: one.line,
                evidence: one.evidence,
                dev: one.dev,
                relation: one.relation,
            }];
            (package, FileList::default())
        });
        inventory.take(packages.collect());
        inventory
    }
}

#[cfg(test)]
mod tests;
