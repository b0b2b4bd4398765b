//! `Directory.Packages.props` and `Packages.props`: the versions of all packages of a repository in one place.
//!
//! The files are MSBuild projects (<https://learn.microsoft.com/visualstudio/msbuild/msbuild-project-file-schema-reference>).
//! Properties are taken from the `PropertyGroup`s of the same file, in its order; what another file or the
//! command line sets is not known, and a version that needs it is left out. Conditions are not judged: every version that
//! may hold is given.

use super::MANIFEST_LIMIT;
use crate::inventory::listing::{Entry, Listing, place};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{decoded, shown};
use crate::inventory::xml::{self, Element};
use crate::packages::{Evidence, NUGET, Relation};
use std::collections::HashMap;

/// Bytes that a value may grow to by its properties.
const VALUE_LIMIT: usize = 4096;
/// Properties that may stand in one value.
const REFERENCE_LIMIT: usize = 32;

/// Reads `Directory.Packages.props`.
pub(in crate::inventory) struct PackagesProps;

impl PackageReader for PackagesProps {
    fn name(&self) -> &'static str {
        "packages-props"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![
            Pattern::Name("Directory.Packages.props"),
            Pattern::Name("directory.packages.props"),
            Pattern::Name("Packages.props"),
        ]
    }

    fn limit(&self) -> u64 {
        MANIFEST_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_packages_props(content)))
    }
}

/// Reads the versions of packages, with the file's own properties put in.
pub(in crate::inventory) fn parse_packages_props(content: &[u8]) -> Parsed {
    let text = decoded(content);
    // Any element may be a property.
    let (root, damage) = xml::read(&text, &|_| true);
    let Some(root) = root.filter(|root| root.name == "Project") else {
        return Parsed::default();
    };
    let mut reading = Reading {
        properties: HashMap::new(),
        listing: Listing::new(Evidence::Manifest),
    };
    reading.group(&root);
    if let Some(damage) = damage {
        reading.listing.warnings.push(|| damage);
    }
    reading.listing.finish()
}

struct Reading {
    /// By name in lower case: MSBuild's names know no case.
    properties: HashMap<String, String>,
    listing: Listing,
}

impl Reading {
    /// Reads what lies in a project, or in one of the elements that choose.
    fn group(&mut self, element: &Element) {
        for child in &element.children {
            match child.name.as_str() {
                "PropertyGroup" => self.properties(child),
                "ItemGroup" => {
                    for item in &child.children {
                        self.item(item);
                    }
                }
                // Depth is bounded by the reader of XML.
                "Choose" | "When" | "Otherwise" => self.group(child),
                _ => {}
            }
        }
    }

    fn properties(&mut self, group: &Element) {
        for property in &group.children {
            if let Some(value) = self.value(&property.text) {
                let name = property.name.to_lowercase();
                let has_condition = property.attribute("Condition").is_some()
                    || group.attribute("Condition").is_some();
                // What is set under a condition holds where nothing else does.
                if has_condition {
                    self.properties.entry(name).or_insert(value);
                } else {
                    self.properties.insert(name, value);
                }
            }
        }
    }

    fn item(&mut self, item: &Element) {
        let dev = match item.name.as_str() {
            "PackageVersion" | "PackageReference" => false,
            // For analysers and tools of the build, never passed on to what is built.
            "GlobalPackageReference" => true,
            _ => return,
        };
        let names = item
            .attribute("Include")
            .or_else(|| item.attribute("Update"))
            .unwrap_or_default();
        let version = item
            .attribute("Version")
            .or_else(|| item.attribute("version"))
            .unwrap_or_else(|| item.child_text("Version"));
        if version.trim().is_empty() {
            return;
        }
        let line = Some(item.line);
        let (Some(names), Some(version)) = (self.value(names), self.value(version)) else {
            self.listing.warnings.push(|| {
                let name = shown(names.as_bytes());
                let version = shown(version.as_bytes());
                format!(
                    "{}package {name} is left out, its version `{version}` is set elsewhere",
                    place(line)
                )
            });
            return;
        };
        let Some(version) = exact(&version) else {
            return;
        };
        let direct = item.name != "PackageVersion";
        for name in names.split(';') {
            let entry = Entry::new(&NUGET, name, version)
                .on_line(line)
                .dev(dev)
                .related(direct.then_some(Relation::Direct));
            self.listing.merge(entry);
        }
    }

    /// A value with its properties put in; nothing where one of them is not known.
    fn value(&self, text: &str) -> Option<String> {
        let mut value = String::new();
        let mut rest = text;
        for _ in 0..REFERENCE_LIMIT {
            let Some((before, behind)) = rest.split_once("$(") else {
                value.push_str(rest);
                return (value.len() <= VALUE_LIMIT).then_some(value);
            };
            let (name, after) = behind.split_once(')')?;
            value.push_str(before);
            value.push_str(self.properties.get(&name.trim().to_lowercase())?);
            if value.len() > VALUE_LIMIT {
                return None;
            }
            rest = after;
        }
        None
    }
}

/// The version where one is given and no range: `1.2.3`, `[1.2.3]`.
fn exact(version: &str) -> Option<&str> {
    let version = version.trim();
    let version = version
        .strip_prefix('[')
        .and_then(|version| version.strip_suffix(']'))
        .unwrap_or(version)
        .trim();
    let is_range = version.contains(['*', ',', '[', ']', '(', ')']);
    (!is_range && !version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, String, bool)>, Vec<String>) {
        let parsed = parse_packages_props(text.as_bytes());
        let found = parsed
            .packages
            .into_iter()
            .map(|one| (one.package.name, one.package.version, one.dev))
            .collect();
        (found, parsed.warnings)
    }

    #[test]
    fn properties_are_put_in() {
        let (found, warnings) = read(
            "<Project><PropertyGroup><Major>8</Major><V>$(MAJOR).0.1</V></PropertyGroup><PropertyGroup Condition=\"'$(X)'==''\"><V>9</V></PropertyGroup>\n<ItemGroup><PackageVersion Include=\"A\" Version=\"$(V)\"/><PackageVersion Include=\"B;C\"><Version>[1.0]</Version></PackageVersion>\n<PackageVersion Include=\"D\" Version=\"$(Other)\"/><PackageVersion Include=\"E\" Version=\"1.*\"/><PackageVersion Include=\"F\" Version=\"[1,2)\"/><GlobalPackageReference Include=\"G\" Version=\"3\"/></ItemGroup></Project>",
        );
        let some = |name: &str, version: &str, dev| (name.to_owned(), version.to_owned(), dev);
        assert_eq!(
            found,
            [
                some("A", "8.0.1", false),
                some("B", "1.0", false),
                some("C", "1.0", false),
                some("G", "3", true)
            ]
        );
        assert_eq!(
            warnings,
            ["line 3: package D is left out, its version `$(Other)` is set elsewhere"]
        );
    }

    #[test]
    fn properties_cannot_grow_without_end() {
        let mut text = "<Project><PropertyGroup><A>aaaaaaaaaa</A>".to_owned();
        for _ in 0..40 {
            text.push_str("<A>$(A)$(A)</A>");
        }
        text.push_str("</PropertyGroup><ItemGroup><PackageVersion Include=\"X\" Version=\"$(A)\"/></ItemGroup></Project>");
        let (found, _) = read(&text);
        assert!(
            found
                .iter()
                .all(|(_, version, _)| version.len() <= VALUE_LIMIT)
        );
    }

    #[test]
    fn other_files_give_nothing() {
        for text in ["", "<Other/>", "{}", "<Project>"] {
            assert!(read(text).0.is_empty());
        }
    }
}
