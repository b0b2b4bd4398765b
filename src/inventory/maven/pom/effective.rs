//! What a project description means together with those that it is built upon
//! (<https://maven.apache.org/ref/3.9.9/maven-model-builder/>): dependencies and properties of its parents are its own, and
//! versions that are left out come from the tables of versions of all of them, then from those they import.

use super::{Chain, Dependency, Key, Pom};
use crate::inventory::maven::{coordinates, is_word};
use crate::inventory::parsed::InstalledPackage;
use crate::inventory::reader::{Others, folder};
use crate::inventory::text::PACKAGE_LIMIT;
use crate::packages::{Evidence, Package, Relation};
use std::collections::{HashMap, VecDeque};

/// Parents of parents.
const PARENTS: usize = 16;
/// Tables of versions that one project may draw on, those that they import included.
const TABLES: usize = 200;
/// Entries of such tables whose names have properties in them.
const OPEN_ENTRIES: usize = 20_000;

/// Where repositories lie, beside the one that a file itself lies in and that of its user: those of root, of Debian and of the
/// Maven image.
const REPOSITORIES: &[&str] = &[
    "root/.m2/repository",
    "usr/share/maven-repo",
    "usr/share/maven/ref/repository",
    "var/maven/.m2/repository",
];

/// Where a description of these coordinates would lie in a repository known from `path`.
fn in_repositories(path: &[u8], group: &str, artifact: &str, version: &str) -> Vec<Vec<u8>> {
    if ![group, artifact, version].iter().all(|word| is_word(word)) {
        return Vec::new();
    }
    let place = format!(
        "{}/{artifact}/{version}/{artifact}-{version}.pom",
        group.replace('.', "/")
    );
    let path = String::from_utf8_lossy(path);
    let mut roots: Vec<String> = Vec::new();
    for mark in ["/.m2/repository/", "/maven-repo/", "/ref/repository/"] {
        if let Some((root, _)) = path.split_once(mark) {
            roots.push(format!("{root}{}", mark.trim_end_matches('/')));
        }
    }
    let mut parts = path.split('/');
    if let (Some("home"), Some(user), Some(_)) = (parts.next(), parts.next(), parts.next()) {
        roots.push(format!("home/{user}/.m2/repository"));
    }
    roots.extend(REPOSITORIES.iter().map(|root| (*root).to_owned()));
    let mut places: Vec<Vec<u8>> = Vec::new();
    for root in roots {
        let place = format!("{root}/{place}").into_bytes();
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// `relative` as seen from the folder of `path`; nothing where it leaves the root.
fn beside(path: &[u8], relative: &str) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = folder(path)
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part.as_bytes()),
        }
    }
    Some(parts.join(&b'/'))
}

/// The places where the parent of `pom` may lie, the first one first.
fn parent_places(path: &[u8], pom: &Pom) -> Vec<Vec<u8>> {
    let Some(parent) = &pom.parent else {
        return Vec::new();
    };
    let mut places = Vec::new();
    let relative = parent.relative_path.as_str();
    if !relative.is_empty() && relative.len() <= 1024 {
        let is_file = relative
            .rsplit_once('.')
            .is_some_and(|(_, extension)| matches!(extension, "xml" | "pom"));
        places.extend(beside(path, relative).filter(|_| is_file));
        places.extend(beside(path, &format!("{relative}/pom.xml")).filter(|_| !is_file));
    }
    let chain = Chain(vec![pom]);
    if let Some(version) = chain.fill(&parent.version) {
        places.extend(in_repositories(
            path,
            &parent.group,
            &parent.artifact,
            &version,
        ));
    }
    places
}

/// The places where a table of versions may lie that is imported.
fn import_places(path: &[u8], chain: &Chain<'_>, import: &Dependency) -> Vec<Vec<u8>> {
    let filled = |text: &str| chain.fill(text);
    let version = import.version.as_deref().and_then(filled);
    match (filled(&import.group), filled(&import.artifact), version) {
        (Some(group), Some(artifact), Some(version)) => {
            in_repositories(path, &group, &artifact, &version)
        }
        _ => Vec::new(),
    }
}

/// Every file that may say more about `pom`.
pub(in crate::inventory::maven) fn places(path: &[u8], pom: &Pom) -> Vec<Vec<u8>> {
    let chain = Chain(vec![pom]);
    let mut places = parent_places(path, pom);
    for import in pom.imports.iter().take(TABLES) {
        places.extend(import_places(path, &chain, import));
    }
    places
}

/// A description that was found, and where.
type Placed<'a> = (&'a Pom, Vec<u8>);

/// `pom` and its parents, the nearest first, as far as they are there.
fn with_parents<'a>(pom: &'a Pom, path: &[u8], others: &'a dyn Others) -> Vec<Placed<'a>> {
    let mut chain: Vec<Placed<'a>> = vec![(pom, path.to_vec())];
    while let Some((last, path)) = chain.last()
        && chain.len() <= PARENTS
        && let Some(parent) = &last.parent
    {
        let is_it = |found: &&Pom| {
            found.artifact == parent.artifact
                && found.group().is_none_or(|group| group == parent.group)
        };
        let found = parent_places(path, last).into_iter().find_map(|place| {
            let found = others.get(&place)?.notes::<Pom>().filter(is_it)?;
            Some((found, place))
        });
        let Some((found, place)) = found else { break };
        if chain.iter().any(|(known, _)| std::ptr::eq(*known, found)) {
            break;
        }
        chain.push((found, place));
    }
    chain
}

/// A table of versions, with where its properties are looked up.
struct Table<'a> {
    pom: &'a Pom,
    chain: usize,
    /// Entries whose names had to be filled in.
    filled: HashMap<Key, &'a Dependency>,
}

/// The tables that count for a project, in order.
struct Tables<'a> {
    chains: Vec<Chain<'a>>,
    tables: Vec<Table<'a>>,
}

impl<'a> Tables<'a> {
    fn new(own: &[Placed<'a>], others: &'a dyn Others) -> Self {
        let mut tables = Self {
            chains: Vec::new(),
            tables: Vec::new(),
        };
        let mut open = OPEN_ENTRIES;
        // Chains whose tables are in; what these import comes after them, level by level.
        let mut pending: VecDeque<Vec<Placed<'a>>> = [own.to_vec()].into();
        while let Some(placed) = pending.pop_front() {
            let chain = Chain(placed.iter().map(|(pom, _)| *pom).collect());
            let index = tables.chains.len();
            for (pom, path) in &placed {
                if tables.tables.len() >= TABLES {
                    return tables;
                }
                let is_known = tables
                    .tables
                    .iter()
                    .any(|table| std::ptr::eq(table.pom, *pom) && table.chain != index);
                if is_known {
                    continue;
                }
                let mut filled = HashMap::new();
                for dependency in &pom.open {
                    let Some(left) = open.checked_sub(1) else {
                        break;
                    };
                    open = left;
                    if let Some(named) = dependency.filled(&chain) {
                        filled.entry(named.key()).or_insert(dependency);
                    }
                }
                tables.tables.push(Table {
                    pom,
                    chain: index,
                    filled,
                });
                for import in pom.imports.iter().take(TABLES) {
                    if pending.len() >= TABLES {
                        break;
                    }
                    let found = import_places(path, &chain, import)
                        .into_iter()
                        .find_map(|place| {
                            let found = others.get(&place)?.notes::<Pom>()?;
                            Some(with_parents(found, &place, others))
                        });
                    pending.extend(found);
                }
            }
            tables.chains.push(chain);
        }
        tables
    }

    /// Version and scope of a dependency as the tables have them.
    fn managed(&self, dependency: &Dependency) -> Option<(Option<String>, Option<&'a str>)> {
        let key = dependency.key();
        self.tables.iter().find_map(|table| {
            let closed = table.pom.managed.get(&key);
            let found = closed.or_else(|| table.filled.get(&key).copied())?;
            let chain = self.chains.get(table.chain)?;
            let version = found.version.as_deref().map(|text| chain.fill(text));
            Some((version.flatten(), found.scope.as_deref()))
        })
    }
}

/// The one version that a requirement allows: a plain version, or `[1.0]`. A range asks for some version, and so do `LATEST` and
/// `RELEASE`.
fn exact(version: &str) -> Option<&str> {
    let version = version.trim();
    let pinned = version
        .strip_prefix('[')
        .and_then(|version| version.strip_suffix(']'));
    let version = pinned.unwrap_or(version).trim();
    let is_plain = !version.contains([',', '[', ']', '(', ')']);
    (is_plain && !matches!(version, "LATEST" | "RELEASE") && is_word(version)).then_some(version)
}

/// The project itself and what it depends on, as far as versions are known.
pub(in crate::inventory::maven) fn packages(
    pom: &Pom,
    path: &[u8],
    others: &dyn Others,
) -> Vec<InstalledPackage> {
    let placed = with_parents(pom, path, others);
    let tables = Tables::new(&placed, others);
    let Some(chain) = tables.chains.first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some(mut package) = itself(pom, chain) {
        package.licenses.clone_from(&pom.licenses);
        let mut one = InstalledPackage::new(package, Evidence::Manifest).on_line(pom.line);
        one.relation = Some(Relation::Root);
        found.push(one);
    }
    for (place, (pom, _)) in placed.iter().enumerate() {
        for dependency in &pom.dependencies {
            if found.len() >= PACKAGE_LIMIT {
                return found;
            }
            let Some((package, dev)) = resolved(dependency, chain, &tables) else {
                continue;
            };
            let mut one = InstalledPackage::new(package, Evidence::Manifest);
            one.line = (place == 0).then_some(dependency.line);
            one.dev = dev;
            one.relation = Some(Relation::Direct);
            found.push(one);
        }
    }
    found
}

fn itself(pom: &Pom, chain: &Chain<'_>) -> Option<Package> {
    let group = chain.fill(pom.group()?)?;
    let version = chain.fill(pom.version()?)?;
    coordinates(&group, &chain.fill(&pom.artifact)?, &version)
}

/// The package of a dependency, and whether it is for tests or left to what the project runs in.
fn resolved(
    dependency: &Dependency,
    chain: &Chain<'_>,
    tables: &Tables<'_>,
) -> Option<(Package, bool)> {
    let filled = dependency.filled(chain)?;
    let managed = tables.managed(&filled);
    let (managed_version, managed_scope) = managed.unwrap_or_default();
    let version = match &dependency.version {
        Some(version) => chain.fill(version),
        None => managed_version,
    }?;
    let mut package = coordinates(&filled.group, &filled.artifact, exact(&version)?)?;
    if is_word(&filled.classifier) {
        package.qualifiers.push(("classifier", filled.classifier));
    }
    if filled.kind != "jar" && is_word(&filled.kind) {
        package.qualifiers.push(("type", filled.kind));
    }
    let scope = dependency.scope.as_deref().or(managed_scope);
    Some((package, matches!(scope, Some("test" | "provided"))))
}
