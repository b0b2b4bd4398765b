//! `uv.lock`: TOML with one `[[package]]` for each version of each package, for all platforms and Pythons.
//!
//! Format: `crates/uv-resolver/src/lock/mod.rs` of <https://github.com/astral-sh/uv>, which is all there is. The packages
//! of the workspace stand among the others. What only their `dev-dependencies` lead to is for development.

use super::package;
use super::toml_lock::{Document, LOCK_LIMIT, at, table, tables, text, texts};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::decoded;
use crate::packages::{Evidence, Origin, OriginKind, Relation};
use std::collections::{HashMap, HashSet};
use toml::de::DeTable;

/// Versions of one package that a dependency without a version may mean; uv writes the version where there are several.
const VERSIONS_LIMIT: usize = 64;

/// The reader of `uv.lock`.
pub(crate) struct UvLock;

impl PackageReader for UvLock {
    fn name(&self) -> &'static str {
        "uv-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("uv.lock")]
    }

    fn limit(&self) -> u64 {
        LOCK_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_uv_lock(content).map(Made::Packages)
    }
}

fn parse_uv_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text_of_file = decoded(content);
    let document = Document::parse(&text_of_file, "[[package]]")?;
    let lock = Lock::of(&document);
    let asked = lock.asked();
    let main = lock.reached(&asked.main);
    let dev = lock.reached(&asked.dev);
    let direct: HashSet<usize> = asked
        .main
        .iter()
        .chain(&asked.dev)
        .flat_map(|dependency| lock.meant(dependency))
        .collect();
    let mut listing = Listing::new(Evidence::Lockfile);
    for (index, (entry, line)) in document.entries("package").enumerate() {
        let name = text(entry, "name");
        let version = text(entry, "version");
        if version.is_empty() && !entry.contains_key("version") {
            // Made when it is built, as the members of a workspace may say.
            continue;
        }
        let mut package = match package(name, version) {
            Ok(package) => package,
            Err(why) => {
                listing.leave_out(Some(line), name, why);
                continue;
            }
        };
        package.origin = table(entry, "source").and_then(origin);
        let mut one = InstalledPackage::new(package, Evidence::Lockfile).on_line(line);
        let is_member = lock.members.contains(&index);
        one.dev = !is_member && !main.contains(&index) && dev.contains(&index);
        one.relation = if is_member {
            Some(Relation::Root)
        } else if direct.contains(&index) {
            Some(Relation::Direct)
        } else {
            (!lock.members.is_empty()).then_some(Relation::Transitive)
        };
        listing.push(one);
    }
    if let Some(damage) = &document.damage {
        listing.warnings.push(|| damage.clone());
    }
    Ok(listing.finish())
}

/// A dependency: on some version of a package, perhaps with extras.
type Dependency<'t, 'a> = &'t DeTable<'a>;

/// The packages by place in the file, and how they lead to one another.
struct Lock<'t, 'a> {
    document: &'t DeTable<'a>,
    packages: Vec<&'t DeTable<'a>>,
    places: HashMap<&'t str, Vec<usize>>,
    members: HashSet<usize>,
}

/// What the members of a workspace ask for.
#[derive(Default)]
struct Asked<'t, 'a> {
    main: Vec<Dependency<'t, 'a>>,
    dev: Vec<Dependency<'t, 'a>>,
}

impl<'t, 'a> Lock<'t, 'a> {
    fn of(document: &'t Document<'a>) -> Self {
        let packages: Vec<_> = document
            .entries("package")
            .map(|(entry, _)| entry)
            .collect();
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, entry) in packages.iter().enumerate() {
            places.entry(text(entry, "name")).or_default().push(index);
        }
        let named: HashSet<&str> = table(&document.table, "manifest")
            .map(|manifest| texts(manifest, "members").collect())
            .unwrap_or_default();
        let is_member = |entry: &DeTable<'_>| {
            let source = table(entry, "source");
            let is_here = |kind| source.is_some_and(|source| text(source, kind) == ".");
            let is_local = |kind| source.is_some_and(|source| source.contains_key(kind));
            // A member of the same name as a package of a registry would be both.
            is_here("editable")
                || is_here("virtual")
                || is_here("directory")
                || (named.contains(text(entry, "name")) && !is_local("registry"))
        };
        let members = (0..packages.len())
            .filter(|index| is_member(packages[*index]))
            .collect();
        Self {
            document: &document.table,
            packages,
            places,
            members,
        }
    }

    fn asked(&self) -> Asked<'t, 'a> {
        let mut asked = Asked::default();
        for (index, entry) in self.packages.iter().enumerate() {
            if !self.members.contains(&index) {
                continue;
            }
            asked.main.extend(tables(entry, "dependencies"));
            asked.main.extend(listed(entry, "optional-dependencies"));
            asked.dev.extend(listed(entry, "dev-dependencies"));
        }
        // Of a workspace without a package at its root, and of a single script.
        if let Some(manifest) = table(self.document, "manifest") {
            asked.main.extend(tables(manifest, "requirements"));
            asked.dev.extend(listed(manifest, "dependency-groups"));
        }
        asked
    }

    /// The places of the packages that a dependency means.
    fn meant(&self, dependency: Dependency<'_, '_>) -> Vec<usize> {
        let places = self.places.get(text(dependency, "name"));
        let version = text(dependency, "version");
        places
            .into_iter()
            .flatten()
            .copied()
            .filter(|&index| version.is_empty() || text(self.packages[index], "version") == version)
            .take(VERSIONS_LIMIT)
            .collect()
    }

    /// The places of all packages that these dependencies lead to.
    fn reached(&self, roots: &[Dependency<'t, 'a>]) -> HashSet<usize> {
        let mut reached = HashSet::new();
        // Each dependency is followed once however often it is met, and each extra of each package.
        let mut followed: HashSet<(&str, &str)> = HashSet::new();
        let mut extras: HashSet<(usize, &str)> = HashSet::new();
        let mut open: Vec<Dependency<'t, 'a>> = roots.to_vec();
        while let Some(dependency) = open.pop() {
            let asked: Vec<&'t str> = texts(dependency, "extra").collect();
            let is_new = followed.insert((text(dependency, "name"), text(dependency, "version")));
            if !is_new && asked.is_empty() {
                continue;
            }
            for index in self.meant(dependency) {
                let entry = self.packages[index];
                if reached.insert(index) {
                    open.extend(tables(entry, "dependencies"));
                }
                if let Some(optional) = table(entry, "optional-dependencies") {
                    for &extra in &asked {
                        if optional.contains_key(extra) && extras.insert((index, extra)) {
                            open.extend(tables(optional, extra));
                        }
                    }
                }
            }
        }
        reached
    }
}

/// The tables of all arrays of the table at `key`.
fn listed<'t, 'a>(
    entry: &'t DeTable<'a>,
    key: &str,
) -> impl Iterator<Item = &'t DeTable<'a>> + use<'t, 'a> {
    let groups = at(entry, &[key]);
    groups.into_iter().flat_map(|groups| {
        groups
            .keys()
            .flat_map(move |group| tables(groups, group.get_ref()))
    })
}

/// `source`: one key that says which kind it is.
fn origin(source: &DeTable<'_>) -> Option<Origin> {
    let address = |key| Some(text(source, key)).filter(|text| !text.is_empty());
    if let Some(url) = address("registry") {
        return Origin::new(OriginKind::Registry, url);
    }
    if let Some(git) = address("git") {
        // `address?branch=main&subdirectory=x#commit`
        let (plain, revision) = match git.split_once('#') {
            Some((plain, revision)) => (plain, Some(revision)),
            None => (git, None),
        };
        let plain = plain.split('?').next().unwrap_or(plain);
        return Origin::new(OriginKind::Git, plain).map(|origin| origin.at(revision));
    }
    if let Some(url) = address("url") {
        return Origin::new(OriginKind::Url, url);
    }
    let path = ["path", "directory", "editable", "virtual"]
        .into_iter()
        .find_map(address)?;
    Origin::new(OriginKind::Path, path)
}

#[cfg(test)]
mod tests;
