//! npm's lockfiles: `package-lock.json`, `npm-shrinkwrap.json`, and the hidden one that npm keeps of what it has installed,
//! `node_modules/.package-lock.json`.
//!
//! Their form is npm's own (<https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>). Version 1 nests the packages in
//! `dependencies`, as they nest on the disk. Version 3 has one flat object `packages`, whose keys are the folders and whose entry `""` is the
//! project. Version 2 has both, and the second speaks. `dev` is written down in all of them, so that has not to be worked out; what the
//! project asks for only the flat part says, and where there is none the `package.json`.
//!
//! The hidden lockfile is evidence of a lockfile too: npm itself distrusts it where a folder is newer, and what really lies in the folders is
//! read from their own `package.json`. The two together are one package with two locations.

use super::lenient::{Each, Fields, Fill, Flag, Key, Lenient, Licenses, Pairs, Text};
use super::{
    Manifest, address_as_version, is_folder, is_in_node_modules, is_named, name_of_folder, origin,
    package, parted, registry_file,
};
use crate::inventory::json;
use crate::inventory::listing::{Details, Listing, stronger};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, beside, folder,
};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, Origin, OriginKind, Relation};
use serde::de::{DeserializeSeed, MapAccess};
use std::borrow::Cow;
use std::collections::HashMap;

/// Dependencies of the project and its members that are looked up.
const REQUEST_LIMIT: usize = 100_000;

/// Folders from a member of a project up to its root that are looked into.
const DEPTH_LIMIT: usize = 32;

/// Reads npm's lockfiles.
#[derive(Debug)]
pub(in crate::inventory) struct PackageLock;

impl PackageReader for PackageLock {
    fn name(&self) -> &'static str {
        "package-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        [
            "package-lock.json",
            "npm-shrinkwrap.json",
            ".package-lock.json",
        ]
        .map(Pattern::Name)
        .to_vec()
    }

    fn accepts(&self, path: &[u8]) -> bool {
        if is_named(path, ".package-lock.json") {
            let folder = folder(path);
            return folder == b"node_modules" || folder.ends_with(b"/node_modules");
        }
        !is_in_node_modules(path)
    }

    /// The largest known ones have some 10 MB.
    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_package_lock(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let rootless = parsed.notes::<Rootless>();
        rootless
            .map(|_| Related::Consult(manifest_path(path)))
            .into_iter()
            .collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let rootless: &Rootless = parsed.notes()?;
        let manifest: &Manifest = others.get(&manifest_path(path))?.notes()?;
        let mut parsed = parsed.clone();
        let asked = manifest.dependencies.iter().chain(&manifest.development);
        for (name, _) in asked {
            if let Some(one) = rootless
                .0
                .get(name)
                .and_then(|at| parsed.packages.get_mut(*at))
            {
                one.relation = stronger(one.relation, Some(Relation::Direct));
            }
        }
        for one in &mut parsed.packages {
            one.relation = one.relation.or(Some(Relation::Transitive));
        }
        Some(parsed)
    }
}

/// Kept of a lockfile that does not say what the project asks for: its own `node_modules`, by name.
struct Rootless(HashMap<String, usize>);

/// The `package.json` of the project that a lockfile is about.
fn manifest_path(path: &[u8]) -> Vec<u8> {
    if is_named(path, ".package-lock.json") {
        return beside(folder(path), b"package.json");
    }
    beside(path, b"package.json")
}

/// Reads a lockfile of npm, of any version.
///
/// A file that breaks off gives what stands before that, with a warning; what is no object is no lockfile and gives nothing.
pub fn parse_package_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    if !text.trim_start().starts_with('{') {
        return Ok(Parsed::default());
    }
    let lines = LineNumbers::new(&text);
    let mut lockfile = Lockfile::new(&lines);
    let mut json = serde_json::Deserializer::from_str(&text);
    let outcome = Fill(&mut lockfile)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Err(error) = outcome {
        let damage = json::damaged(&text, &error);
        if lockfile.is_empty() {
            return Err(damage);
        }
        lockfile.flat.warnings.push(|| super::cut_short(&damage));
    }
    Ok(lockfile.finish())
}

/// A request of the project or one of its members for a package by its name.
struct Request<'de> {
    /// Folder that asks.
    from: Cow<'de, str>,
    name: Cow<'de, str>,
}

/// The lockfile, as far as it was read.
struct Lockfile<'de, 'l> {
    lines: &'l LineNumbers<'de>,
    name: Text<'de>,
    version: Text<'de>,
    /// Packages of `packages`.
    flat: Listing,
    /// Packages of `dependencies`.
    nested: Listing,
    /// Where the packages of `flat` are, by their folders; links by where they lead.
    places: HashMap<Cow<'de, str>, Place<'de>>,
    requests: Vec<Request<'de>>,
    has_root: bool,
    /// Of `nested` those that lie in the project's own `node_modules`, by name.
    own: HashMap<String, usize>,
}

enum Place<'de> {
    Package(usize),
    Link(Cow<'de, str>),
}

/// An entry of `packages`.
#[derive(Default)]
struct Entry<'de> {
    name: Text<'de>,
    version: Text<'de>,
    resolved: Text<'de>,
    licenses: Licenses,
    dev: Flag,
    link: Flag,
    has_script: Flag,
    asked: Vec<Pairs<'de>>,
}

impl<'de> Fields<'de> for Entry<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "name" => self.name = map.next_value()?,
            "version" => self.version = map.next_value()?,
            "resolved" => self.resolved = map.next_value()?,
            "license" => self.licenses = map.next_value()?,
            "dev" => self.dev = map.next_value()?,
            "link" => self.link = map.next_value()?,
            "hasInstallScript" => self.has_script = map.next_value()?,
            "dependencies" | "devDependencies" | "optionalDependencies" | "peerDependencies"
                if self.asked.len() < 4 =>
            {
                self.asked.push(map.next_value()?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de> Fields<'de> for Lockfile<'de, '_> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "name" => self.name = map.next_value()?,
            "version" => self.version = map.next_value()?,
            "packages" => {
                map.next_value_seed(Each::new(|folder, entry: Lenient<Entry<'de>>| {
                    self.add(folder, entry.0);
                }))?;
            }
            "dependencies" if self.places.is_empty() => {
                let mut table = Nested {
                    lines: self.lines,
                    listing: &mut self.nested,
                    own: Some(&mut self.own),
                };
                map.next_value_seed(Fill(&mut table))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de, 'l> Lockfile<'de, 'l> {
    fn new(lines: &'l LineNumbers<'de>) -> Self {
        Self {
            lines,
            name: Text::default(),
            version: Text::default(),
            flat: Listing::new(Evidence::Lockfile),
            nested: Listing::new(Evidence::Lockfile),
            places: HashMap::new(),
            requests: Vec::new(),
            has_root: false,
            own: HashMap::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.flat.packages.is_empty() && self.nested.packages.is_empty()
    }

    /// Takes in an entry of `packages`.
    fn add(&mut self, folder: Cow<'de, str>, entry: Entry<'de>) {
        let line = self.lines.of(&folder);
        let is_root = folder.is_empty();
        let installed = folder
            .rfind("node_modules/")
            .filter(|at| *at == 0 || folder.as_bytes().get(at - 1) == Some(&b'/'))
            .and_then(|at| folder.get(at + "node_modules/".len()..));
        self.has_root |= is_root;
        if entry.link.0 {
            if let Some(target) = entry.resolved.0 {
                self.places.insert(folder, Place::Link(target));
            }
            return;
        }
        if installed.is_none() {
            for (name, _) in entry.asked.into_iter().flat_map(|pairs| pairs.0) {
                if self.requests.len() < REQUEST_LIMIT {
                    let from = folder.clone();
                    self.requests.push(Request { from, name });
                }
            }
        }
        let own_name = entry.name.0.as_deref().filter(|name| !name.is_empty());
        let name = own_name.unwrap_or_else(|| installed.unwrap_or_else(|| name_of_folder(&folder)));
        let (name, version) = match (is_root, entry.version.as_str()) {
            // What the project is called stands at the top as well.
            (true, "") => (
                own_name.unwrap_or(self.name.as_str()),
                self.version.as_str(),
            ),
            (true, version) => (own_name.unwrap_or(self.name.as_str()), version),
            (false, version) => (name, version),
        };
        let origin = match installed {
            Some(_) => origin(entry.resolved.as_str(), name),
            None if is_root => None,
            None => Origin::new(OriginKind::Path, &folder),
        };
        let details = Details {
            line,
            dev: entry.dev.0,
            relation: installed.is_none().then_some(Relation::Root),
            origin,
            install_script: entry.has_script.0.then(|| "hasInstallScript".to_owned()),
            licenses: entry.licenses.0,
        };
        if let Some(at) = self.flat.merge_at(package(name, version, details)) {
            self.places.insert(folder, Place::Package(at));
        }
    }

    /// The package that a request of a folder leads to, as node finds it: in the folder's own `node_modules`, else in
    /// those of the folders around it.
    fn find(&self, request: &Request<'_>) -> Option<usize> {
        let mut from = &*request.from;
        for _ in 0..DEPTH_LIMIT {
            let separator = if from.is_empty() { "" } else { "/" };
            let path = format!("{from}{separator}node_modules/{}", request.name);
            match self.places.get(path.as_str()) {
                Some(Place::Package(at)) => return Some(*at),
                Some(Place::Link(target)) => {
                    return match self.places.get(target)? {
                        Place::Package(at) => Some(*at),
                        Place::Link(_) => None,
                    };
                }
                None if from.is_empty() => return None,
                None => from = from.rsplit_once('/').map_or("", |(before, _)| before),
            }
        }
        None
    }

    fn finish(mut self) -> Parsed {
        if self.places.is_empty() && self.flat.packages.is_empty() {
            let warnings = self.flat.warnings.finish();
            let mut nested = self.nested;
            let own = std::mem::take(&mut self.own);
            if is_named_project(&self.name, &self.version) && !nested.packages.is_empty() {
                let root = Details {
                    relation: Some(Relation::Root),
                    line: self.name.0.as_deref().and_then(|name| self.lines.of(name)),
                    ..Details::default()
                };
                nested.merge_at(package(self.name.as_str(), self.version.as_str(), root));
            }
            let mut parsed = nested.finish();
            parsed.warnings.extend(warnings);
            parsed.notes = (!own.is_empty()).then(|| Notes::new(Rootless(own)));
            return parsed;
        }
        let direct: Vec<usize> = self
            .requests
            .iter()
            .filter_map(|request| self.find(request))
            .collect();
        for at in direct {
            self.flat.relate(at, Relation::Direct);
        }
        if self.has_root {
            self.flat.relate_others(Relation::Transitive);
            return self.flat.finish();
        }
        let own = self
            .places
            .iter()
            .filter_map(|(folder, place)| match place {
                Place::Package(at) => Some((folder.strip_prefix("node_modules/")?.to_owned(), *at)),
                Place::Link(_) => None,
            });
        let own: HashMap<String, usize> = own.collect();
        let mut parsed = self.flat.finish();
        parsed.notes = (!own.is_empty()).then(|| Notes::new(Rootless(own)));
        parsed
    }
}

fn is_named_project(name: &Text<'_>, version: &Text<'_>) -> bool {
    !name.as_str().is_empty() && !version.as_str().is_empty()
}

/// `dependencies` of version 1, at any depth: each entry goes to the list as soon as it is read.
struct Nested<'s, 'de> {
    lines: &'s LineNumbers<'de>,
    listing: &'s mut Listing,
    own: Option<&'s mut HashMap<String, usize>>,
}

impl<'de> Fields<'de> for Nested<'_, 'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        let mut entry = NestedEntry {
            lines: self.lines,
            listing: &mut *self.listing,
            version: Text::default(),
            resolved: Text::default(),
            dev: Flag::default(),
        };
        map.next_value_seed(Fill(&mut entry))?;
        let (version, resolved, dev) = (entry.version, entry.resolved, entry.dev);
        let mut details = Details {
            line: self.lines.of(&name.0),
            dev: dev.0,
            ..Details::default()
        };
        let version = version.as_str();
        let at = if let Some((real, version)) = version.strip_prefix("npm:").map(parted) {
            details.origin = origin(resolved.as_str(), real);
            self.listing.merge_at(package(real, version, details))
        } else if is_folder(version) {
            // A folder of the project, which has a `package.json`.
            None
        } else if let Some(file) = registry_file(version) {
            details.origin = origin(version, &file.name);
            self.listing
                .merge_at(package(&file.name, file.version, details))
        } else if version.contains([':', '/']) {
            // A version holds neither: this is an address, and what version lies there nobody has written down.
            details.origin = Origin::of_address(version);
            self.listing
                .merge_at(package(&name.0, &address_as_version(version), details))
        } else {
            details.origin = origin(resolved.as_str(), &name.0);
            self.listing.merge_at(package(&name.0, version, details))
        };
        if let (Some(own), Some(at)) = (&mut self.own, at) {
            own.insert(name.0.to_string(), at);
        }
        Ok(true)
    }
}

struct NestedEntry<'s, 'de> {
    lines: &'s LineNumbers<'de>,
    listing: &'s mut Listing,
    version: Text<'de>,
    resolved: Text<'de>,
    dev: Flag,
}

impl<'de> Fields<'de> for NestedEntry<'_, 'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: &Key<'de>, map: &mut A) -> Result<bool, A::Error> {
        match &*name.0 {
            "version" => self.version = map.next_value()?,
            "resolved" => self.resolved = map.next_value()?,
            "dev" => self.dev = map.next_value()?,
            "dependencies" => {
                let mut table = Nested {
                    lines: self.lines,
                    listing: &mut *self.listing,
                    own: None,
                };
                map.next_value_seed(Fill(&mut table))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
