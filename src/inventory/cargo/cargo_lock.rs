//! `Cargo.lock` in its versions 1 to 4
//! (<https://github.com/rust-lang/cargo/blob/master/src/cargo/core/resolver/encode.rs>).
//!
//! It is TOML, but Cargo writes it in one form: a table `[[package]]` for each package. The text is cut there and every table
//! read on its own, so that a damaged one (a cut file, a conflict left in it) doesn't spoil the others, and little is
//! held of a hostile file. Version 1 had the sums in `[metadata]`, and before that the project itself in `[root]`.

use super::graph::{Graph, Manifests};
use super::manifest::{Manifest, manifest_in};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, beside, folder,
};
use crate::inventory::text::{Lines, decoded};
use crate::packages::{CARGO, Evidence, Origin, OriginKind, Package};
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;

const MANIFEST: &str = "Cargo.toml";
/// Bytes of one package's table; the largest are those of projects with a few hundred dependencies.
const TABLE_LIMIT: usize = 1 << 20;
/// Manifests that are looked at for one lockfile.
const MANIFEST_LIMIT: usize = 2000;
/// Packages of a project whose manifests are looked for where they usually lie.
const MEMBER_LIMIT: usize = 300;
/// Where workspaces keep their members. Patterns in a manifest (`crates/*`) can't be resolved, but the names are known.
const MEMBER_FOLDERS: [&str; 4] = ["", "crates/", "packages/", "libs/"];

/// Reads what Cargo locked, and the manifests that go with it.
#[derive(Debug)]
pub(crate) struct CargoLock;

impl PackageReader for CargoLock {
    fn name(&self) -> &'static str {
        "cargo-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("Cargo.lock"), Pattern::Name(MANIFEST)]
    }

    /// A package takes half a kilobyte in it, a project of a thousand packages half a megabyte.
    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        if base_name(path) == MANIFEST.as_bytes() {
            return Ok(Made::Packages(Parsed {
                notes: Manifest::parse(&decoded(content)).map(Notes::new),
                ..Parsed::default()
            }));
        }
        Ok(Made::Packages(parse_cargo_lock(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let paths = match (parsed.notes::<Graph>(), parsed.notes::<Manifest>()) {
            (Some(graph), _) => manifests_of(path, parsed, graph),
            (_, Some(manifest)) => manifest.neighbours(path),
            _ => Vec::new(),
        };
        paths.into_iter().map(Related::Consult).collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let graph: &Graph = parsed.notes()?;
        let mut manifests = Manifests::default();
        let mut pending = manifests_of(path, parsed, graph);
        pending.reverse();
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        while let Some(path) = pending.pop() {
            if seen.len() >= MANIFEST_LIMIT || !seen.insert(path.clone()) {
                continue;
            }
            let Some(manifest) = others.get(&path).and_then(Parsed::notes::<Manifest>) else {
                continue;
            };
            if seen.len() == 1 {
                manifests.first = Some(manifest);
            }
            if let Some(name) = &manifest.package {
                manifests.by_package.entry(name).or_insert(manifest);
            }
            pending.extend(manifest.neighbours(&path));
        }
        if manifests.by_package.is_empty() {
            return None;
        }
        let mut joined = parsed.clone();
        graph.relate(&mut joined.packages, &manifests);
        Some(joined)
    }
}

/// The manifests that may say more of the lockfile at `path`; the first is the one beside it.
fn manifests_of(path: &[u8], parsed: &Parsed, graph: &Graph) -> Vec<Vec<u8>> {
    let mut paths = vec![beside(path, MANIFEST)];
    let local = graph.local.iter().take(MEMBER_LIMIT);
    for listed in local.filter_map(|at| parsed.packages.get(*at as usize)) {
        for parent in MEMBER_FOLDERS {
            let member = format!("{parent}{}", listed.package.name);
            paths.extend(manifest_in(folder(path), &member));
        }
    }
    paths
}

/// A package's table.
#[derive(Deserialize)]
struct Table {
    name: String,
    version: String,
    source: Option<String>,
    dependencies: Option<Vec<String>>,
}

/// Where a table is in the text.
#[derive(Clone, Copy)]
struct Place {
    /// Of what follows its heading.
    start: usize,
    /// Line of its heading.
    line: u32,
}

/// Packages of a lockfile; nothing where it is none.
pub fn parse_cargo_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut lock = Lock::default();
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut open: Option<Place> = None;
    for line in Lines::new(text.as_bytes()) {
        if line.bytes.first() != Some(&b'[') {
            continue;
        }
        if let Some(place) = open.take() {
            lock.take(&mut listing, text.get(place.start..line.offset), place.line);
        }
        if matches!(line.bytes.trim_ascii_end(), b"[[package]]" | b"[root]") {
            open = Some(Place {
                start: line.offset + line.bytes.len(),
                line: line.number,
            });
        }
    }
    if let Some(place) = open {
        lock.take(&mut listing, text.get(place.start..), place.line);
    }
    let graph = lock.graph();
    graph.relate(&mut listing.packages, &Manifests::default());
    let mut parsed = listing.finish();
    if !parsed.packages.is_empty() {
        parsed.notes = Some(Notes::new(graph));
    }
    parsed
}

/// What was read of a lockfile beside its packages.
#[derive(Default)]
struct Lock {
    /// What each package depends on, as written.
    wanted: Vec<Vec<String>>,
    local: Vec<u32>,
    /// Places of the packages: by name, with the version, and with the source.
    names: HashMap<String, u32>,
    versions: HashMap<(String, String), u32>,
    sources: HashMap<(String, String, String), u32>,
}

impl Lock {
    fn take(&mut self, listing: &mut Listing, text: Option<&str>, line: u32) {
        let table = text
            .filter(|text| text.len() <= TABLE_LIMIT)
            .and_then(|text| toml::from_str::<Table>(text).ok());
        let Some(table) = table else {
            listing.warnings.push(|| {
                format!("line {line}: a package without name and version, or a damaged one")
            });
            return;
        };
        let package = Package::new(&CARGO, table.name.clone(), table.version.clone());
        let Some(listed) = listing.add(package, Some(line)) else {
            return;
        };
        listed.package.origin = table.source.as_deref().and_then(origin);
        let Ok(at) = u32::try_from(self.wanted.len()) else {
            return;
        };
        let (name, version) = (table.name, table.version);
        match table.source {
            Some(source) => {
                let key = (name.clone(), version.clone(), source);
                self.sources.entry(key).or_insert(at);
            }
            None => self.local.push(at),
        }
        self.versions.entry((name.clone(), version)).or_insert(at);
        self.names.entry(name).or_insert(at);
        self.wanted.push(table.dependencies.unwrap_or_default());
    }

    /// The place of a dependency: `name`, `name version` or `name version (source)`, as much as it takes to tell it.
    fn find(&self, wanted: &str) -> Option<u32> {
        let mut words = wanted.split(' ');
        let name = words.next()?.to_owned();
        let Some(version) = words.next() else {
            return self.names.get(&name).copied();
        };
        let versioned = (name, version.to_owned());
        let by_version = self.versions.get(&versioned).copied();
        let source = words.next().map(|source| source.trim_matches(['(', ')']));
        let (name, version) = versioned;
        source
            .and_then(|source| {
                self.sources
                    .get(&(name, version, source.to_owned()))
                    .copied()
            })
            .or(by_version)
    }

    fn graph(self) -> Graph {
        let edges = self
            .wanted
            .iter()
            .map(|wanted| wanted.iter().filter_map(|one| self.find(one)).collect())
            .collect();
        Graph {
            edges,
            local: self.local,
        }
    }
}

/// `registry+ADDRESS`, `sparse+ADDRESS`, `git+ADDRESS?tag=…#COMMIT`, `path+file://…`.
fn origin(source: &str) -> Option<Origin> {
    let (kind, address) = source.split_once('+')?;
    match kind {
        "git" => {
            let (address, revision) = match address.split_once('#') {
                Some((address, revision)) => (address, Some(revision)),
                None => (address, None),
            };
            let repository = address.split_once('?').map_or(address, |(plain, _)| plain);
            Origin::new(OriginKind::Git, repository).map(|origin| origin.at(revision))
        }
        "registry" | "sparse" => Origin::new(OriginKind::Registry, address),
        "path" | "directory" | "local-registry" => Origin::new(OriginKind::Path, address),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Relation;

    fn listed(parsed: &Parsed) -> Vec<String> {
        let packages = parsed.packages.iter().map(|one| {
            let relation = one.relation.map_or("-", Relation::as_str);
            let dev = if one.dev { " dev" } else { "" };
            format!(
                "{} {} {relation}{dev}",
                one.package.name, one.package.version
            )
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn a_damaged_table_is_a_warning() {
        let text = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"b\",\n]\n\n<<<<<<< HEAD\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+https://index.example\"\n\n\
                    [[package]]\nname = \"c\"\n\n[[package]]\nname = \"d";
        assert_eq!(
            listed(&parse_cargo_lock(text.as_bytes())),
            [
                "b 2.0.0 transitive",
                "line 3: a package without name and version, or a damaged one",
                "line 16: a package without name and version, or a damaged one",
                "line 19: a package without name and version, or a damaged one"
            ]
        );
    }

    #[test]
    fn the_first_form_is_read() {
        let text = "[root]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"b 2.0.0 (registry+https://index.example)\",\n]\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+https://index.example\"\n\n\
                    [metadata]\n\"checksum b 2.0.0 (registry+https://index.example)\" = \"00\"\n";
        let expected = ["app 0.1.0 root", "b 2.0.0 direct"];
        assert_eq!(listed(&parse_cargo_lock(text.as_bytes())), expected);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(listed(&parse_cargo_lock(windows.as_bytes())), expected);
    }

    #[test]
    fn cycles_and_packages_that_are_not_there_do_no_harm() {
        let package = |name: &str, wanted: &str| {
            format!(
                "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\ndependencies = [\"{wanted}\"]\n"
            )
        };
        let text = package("a", "b") + &package("b", "a") + &package("c", "missing 1.0");
        assert_eq!(
            listed(&parse_cargo_lock(text.as_bytes())),
            ["a 1.0.0 transitive", "b 1.0.0 transitive", "c 1.0.0 root"]
        );
    }

    #[test]
    fn something_else_by_this_name_is_nothing() {
        for text in ["", "version = 4\n", "locked", "[package]\nname = \"a\"\n"] {
            assert!(parse_cargo_lock(text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let text = format!(
            "[[package]]\nname = \"a\"\nversion = {}\n",
            "[".repeat(500_000)
        );
        assert_eq!(parse_cargo_lock(text.as_bytes()).warnings.len(), 1);
    }

    #[test]
    fn sources_tell_where_a_package_is_from() {
        let told =
            |source| origin(source).map(|origin| (origin.kind, origin.location, origin.revision));
        assert_eq!(
            told("git+https://git.example/a.git?tag=v1#abc"),
            Some((
                OriginKind::Git,
                "https://git.example/a.git".into(),
                Some("abc".into())
            ))
        );
        assert_eq!(
            told("sparse+https://user:pass@index.example/"),
            Some((OriginKind::Registry, "https://index.example/".into(), None))
        );
        assert_eq!(told("nonsense"), None);
    }
}
