//! `package.json`: of what lies in `node_modules` the proof that it is there, elsewhere what a project says of itself.
//!
//! Form: <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>; older forms of `license` as in npm's
//! `normalize-package-data`. npm and its successors put a package at `node_modules/<name>` or `node_modules/@<scope>/<name>`, pnpm below
//! `node_modules/.pnpm/<name>@<version>/node_modules`, a global prefix at `lib/node_modules`, Debian at `usr/share/nodejs`. A file
//! deeper in such a folder describes no package that was installed: examples, fixtures, marks of module types. It is read all the same where it has
//! a name and a version, as code that was copied into a package looks the same, but it counts as what somebody wrote.

use super::lenient::{Fields, Fill, Key, Licenses, Pairs, Text};
use super::{DEBIAN_FOLDERS, Manifest, origin, package};
use crate::inventory::json;
use crate::inventory::listing::{Details, Listing};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern, Related, beside, folder};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, Relation};
use serde::de::{DeserializeSeed, MapAccess};
use std::borrow::Cow;

/// Members of a project that are asked for what they need.
const WORKSPACE_LIMIT: usize = 1000;

/// Reads `package.json`.
#[derive(Debug)]
pub(in crate::inventory) struct NodePackage;

impl PackageReader for NodePackage {
    fn name(&self) -> &'static str {
        "node-package"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("package.json")]
    }

    /// People write them, and even generated ones stay below a megabyte.
    fn limit(&self) -> u64 {
        8 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_package_json(path, content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let Some(manifest) = parsed.notes::<Manifest>() else {
            return Vec::new();
        };
        let members = manifest.workspaces.iter().filter(|member| is_plain(member));
        members
            .map(|member| {
                let name = format!("{}/package.json", member.trim_matches('/'));
                Related::Consult(beside(path, name.as_bytes()))
            })
            .collect()
    }
}

/// Whether the folder of a member is written down, and no pattern for many.
fn is_plain(member: &str) -> bool {
    !member.contains(['*', '?', '[', '{', '!'])
}

/// Where a `package.json` lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'a> {
    /// Where a package manager puts packages, in a folder of this name.
    Installed(&'a [u8]),
    /// Deeper in a package.
    Inside,
    /// In no package.
    Project,
}

impl<'a> Place<'a> {
    fn of(path: &'a [u8]) -> Self {
        let folder = folder(path);
        let below = |modules: &[u8]| folder.strip_prefix(modules);
        let mark = b"node_modules/";
        let last = memchr::memmem::rfind_iter(folder, mark)
            .find(|at| *at == 0 || folder.get(at - 1) == Some(&b'/'));
        let rest = last
            .and_then(|at| folder.get(at + mark.len()..))
            .or_else(|| DEBIAN_FOLDERS.iter().find_map(|modules| below(modules)));
        let Some(name) = rest else {
            return Self::Project;
        };
        let parts = name.split(|byte| *byte == b'/').count();
        let wanted = if name.starts_with(b"@") { 2 } else { 1 };
        if parts == wanted && !name.starts_with(b".") {
            Self::Installed(name)
        } else {
            Self::Inside
        }
    }
}

/// The fields that are read.
#[derive(Default)]
struct Described<'de> {
    name: Text<'de>,
    version: Text<'de>,
    license: Licenses,
    licenses: Licenses,
    resolved: Text<'de>,
    asked: [Pairs<'de>; 3],
    development: Pairs<'de>,
    workspaces: Workspaces<'de>,
    scripts: Pairs<'de>,
}

impl<'de> Fields<'de> for Described<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "name" => self.name = map.next_value()?,
            "version" => self.version = map.next_value()?,
            "license" => self.license = map.next_value()?,
            "licenses" => self.licenses = map.next_value()?,
            "_resolved" => self.resolved = map.next_value()?,
            "dependencies" => self.asked[0] = map.next_value()?,
            "optionalDependencies" => self.asked[1] = map.next_value()?,
            "peerDependencies" => self.asked[2] = map.next_value()?,
            "devDependencies" => self.development = map.next_value()?,
            "workspaces" => self.workspaces = map.next_value()?,
            "scripts" => self.scripts = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// `workspaces`: a list of folders, or an object with the list in `packages`.
#[derive(Default)]
struct Workspaces<'de>(Vec<Cow<'de, str>>);

impl<'de> serde::Deserialize<'de> for Workspaces<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(super::lenient::ListVisitor)
            .map(Self)
    }
}

/// Reads the `package.json` at `path`.
///
/// It gives one package, or none where it has no name or no version. A package that a package manager put where it is has the name of its
/// folder where it has none of its own, as for npm. What a project asks for stays in the notes.
pub fn parse_package_json(path: &[u8], content: &[u8]) -> Result<Parsed, ReadError> {
    let place = Place::of(path);
    let text = decoded(content);
    if !text.trim_start().starts_with('{') {
        return Ok(Parsed::default());
    }
    let mut described = Described::default();
    let mut json = serde_json::Deserializer::from_str(&text);
    let outcome = Fill(&mut described)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Err(error) = outcome {
        return match place {
            // Packages carry broken files along, to test with them.
            Place::Inside => Ok(Parsed::default()),
            Place::Installed(_) | Place::Project => Err(json::damaged(&text, &error)),
        };
    }
    let evidence = match place {
        Place::Installed(_) => Evidence::Installed,
        Place::Inside | Place::Project => Evidence::Manifest,
    };
    let mut listing = Listing::new(evidence);
    let folder = match place {
        Place::Installed(folder) => str::from_utf8(folder).unwrap_or_default(),
        Place::Inside | Place::Project => "",
    };
    let name = described.name.0.as_deref().filter(|name| !name.is_empty());
    let name = name.unwrap_or(folder);
    let licenses = if described.license.0.is_empty() {
        described.licenses
    } else {
        described.license
    };
    let lines = LineNumbers::new(&text);
    let details = Details {
        line: described.name.0.as_deref().and_then(|name| lines.of(name)),
        dev: false,
        relation: (place == Place::Project).then_some(Relation::Root),
        origin: origin(described.resolved.as_str(), name),
        install_script: install_script(&described.scripts),
        licenses: licenses.0,
    };
    listing.merge_at(package(name, described.version.as_str(), details));
    let mut parsed = listing.finish();
    if place == Place::Project {
        parsed.notes = manifest(
            &described.asked,
            &described.development,
            &described.workspaces,
        );
    }
    if place == Place::Inside {
        parsed.warnings.clear();
    }
    Ok(parsed)
}

/// The scripts that run where a package is installed (<https://docs.npmjs.com/cli/v11/using-npm/scripts>). Those of `prepare` run only where
/// it comes from a repository.
const ON_INSTALL: [&str; 3] = ["preinstall", "install", "postinstall"];

/// Letters of an install script that are kept.
const SCRIPT_LIMIT: usize = 200;

/// The install scripts of a package in one line: `postinstall: node build.js`.
fn install_script(scripts: &Pairs<'_>) -> Option<String> {
    let mut said = Vec::new();
    for hook in ON_INSTALL {
        let script = scripts.0.iter().find(|(name, _)| name == hook);
        if let Some((_, script)) = script.filter(|(_, script)| !script.trim().is_empty()) {
            let short: String = script.chars().take(SCRIPT_LIMIT).collect();
            said.push(format!("{hook}: {short}"));
        }
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// What a project asks for, where it asks for anything.
fn manifest(
    asked: &[Pairs<'_>],
    development: &Pairs<'_>,
    workspaces: &Workspaces<'_>,
) -> Option<Notes> {
    let owned = |pairs: &Pairs<'_>| -> Vec<(String, String)> {
        let pairs = pairs
            .0
            .iter()
            .filter(|(name, range)| name.len() + range.len() < 2048);
        pairs
            .map(|(name, range)| (name.to_string(), range.to_string()))
            .collect()
    };
    let manifest = Manifest {
        dependencies: asked.iter().flat_map(owned).collect(),
        development: owned(development),
        workspaces: workspaces
            .0
            .iter()
            .take(WORKSPACE_LIMIT)
            .map(ToString::to_string)
            .collect(),
    };
    let is_empty = manifest.dependencies.is_empty()
        && manifest.development.is_empty()
        && manifest.workspaces.is_empty();
    (!is_empty).then(|| Notes::new(manifest))
}

#[cfg(test)]
mod tests;
