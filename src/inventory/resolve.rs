//! From facts of files to packages of an image: which files count, what they say together, and which layer brought
//! each package.
//!
//! Layers are laid over one another one by one, and after each the readers are asked which files count. That gives the
//! packages of every step of the build, and with them the layer of a package: the one from which on it is there in
//! every step to the last. A layer that only rewrites the database brings nothing; a package that was removed and
//! installed again came with the later layer.

use super::READERS;
use super::collect::{Collector, raw};
use super::distro;
use super::parsed::{FileList, InstalledPackage, Parsed, ReadError};
use super::reader::{FileFacts, Located, Made, Role};
use crate::image::{AnalysedImage, EntryRef, ImageError, LayerFacts, Reread, Tree};
use crate::packages::{Distro, Evidence, Location, Package};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// All packages of an image.
#[derive(Debug, Default)]
pub struct Inventory {
    /// What the image says it is.
    pub distro: Option<Distro>,
    /// Sorted by kind, name, version and architecture.
    pub packages: Vec<Package>,
    /// The files that each package owns, beside `packages`; empty lists unless they were asked for.
    pub owned_files: Vec<FileList>,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

/// Something that was not read as it should have been.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The file, where it is about one.
    pub path: Option<String>,
    /// The layer it lies in.
    pub layer: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// The files that count from some layer on, until the next state.
struct State {
    layer: u32,
    located: Vec<Located>,
}

/// Files that may be held for all steps of a build together. Real images have some hundreds in each of some ten steps.
const HELD_LIMIT: usize = 1_000_000;

/// What a file was read for: a link may give one content two roles.
type Key = (EntryRef, u32, bool);

/// Facts by the file's place: those of the walk, and those read again behind links.
struct Facts<'a> {
    layers: &'a [Arc<LayerFacts<FileFacts>>],
    again: HashMap<Key, FileFacts>,
}

impl Facts<'_> {
    fn get(&self, entry: EntryRef, reader: u32, bytes: bool) -> Option<&FileFacts> {
        self.again.get(&(entry, reader, bytes)).or_else(|| {
            let facts = self.layers.get(entry.layer as usize)?.facts(entry.entry)?;
            (facts.reader == reader && !bytes).then_some(facts)
        })
    }
}

/// Joins what was collected from the layers of an image.
pub fn resolve(
    image: &AnalysedImage<FileFacts>,
    collector: &Collector,
) -> Result<Inventory, ImageError> {
    let mut inventory = Inventory::default();
    let mut tree = Tree::new();
    let mut states: Vec<Vec<State>> = READERS.iter().map(|_| Vec::new()).collect();
    let mut held = 0;
    for (layer, facts) in (0..).zip(&image.layers) {
        for link in tree.apply(&facts.entries) {
            let target = text(link.link);
            inventory.warn(
                link.path,
                layer,
                format!("is a hard link to {target}, which is not there"),
            );
        }
        for (reader, states) in READERS.iter().zip(&mut states) {
            let located = reader.locate(&tree, collector.needs);
            if states
                .last()
                .map_or(&[][..], |state: &State| &state.located)
                != located
            {
                held += located.len();
                states.push(State { layer, located });
            }
        }
        for (path, message) in &facts.warnings {
            inventory.warn(path.as_bytes(), layer, message.clone());
        }
        if held > HELD_LIMIT {
            for states in &mut states {
                states.drain(..states.len().saturating_sub(1));
            }
            held = 0;
            inventory.warn(
                b"",
                layer,
                "has too many package databases: packages of the layers below it are counted as its own".to_owned(),
            );
        }
    }
    if tree.gave_up() {
        inventory.warnings.push(Warning {
            path: None,
            layer: None,
            message: "links lead through so many others that they were no longer followed: files behind them were not scanned".to_owned(),
        });
    }
    let facts = read_links(image, collector, &states)?;
    let mut installed = Vec::new();
    for (reader, states) in (0..).zip(&states) {
        let Some(last) = states.last() else { continue };
        if last
            .located
            .iter()
            .any(|located| located.role == Role::Distro)
        {
            inventory.distro = detect_distro(&tree, &facts, reader);
            for located in &last.located {
                let made = facts.get(located.entry, reader, false);
                if let Some(message) = not_read(made.map(|facts| &facts.made)) {
                    inventory.warn(&located.path, located.entry.layer, message);
                }
            }
            continue;
        }
        attribute(
            reader,
            states,
            &facts,
            collector,
            &mut inventory,
            &mut installed,
        );
    }
    installed.sort_by(|(a, _), (b, _)| {
        identity(a)
            .cmp(&identity(b))
            .then_with(|| a.locations.cmp(&b.locations))
    });
    // The same package in two places is one package with two locations.
    for (package, files) in installed {
        match inventory.packages.last_mut() {
            Some(last) if identity(last) == identity(&package) => {
                last.locations.extend(package.locations);
                last.locations.dedup();
            }
            _ => {
                inventory.packages.push(package);
                inventory.owned_files.push(files);
            }
        }
    }
    inventory.warnings.sort();
    inventory.warnings.dedup();
    Ok(inventory)
}

/// What tells one package from another.
fn identity(package: &Package) -> (&str, &str, &str, &Option<String>, &Option<String>) {
    (
        package.kind.name,
        &package.name,
        &package.version,
        &package.architecture,
        &package.owner,
    )
}

/// The path of the database that a log belongs to, where `located` is a log.
fn database_of_log(located: &Located) -> Option<&[u8]> {
    match &located.role {
        Role::LogOf(database) => Some(database),
        _ => None,
    }
}

/// Reads what the walk passed over: files that count but have another name where their content lies, and databases
/// that have to be joined with a log.
fn read_links<'a>(
    image: &'a AnalysedImage<FileFacts>,
    collector: &Collector,
    states: &[Vec<State>],
) -> Result<Facts<'a>, ImageError> {
    let mut facts = Facts {
        layers: &image.layers,
        again: HashMap::new(),
    };
    let mut keys: Vec<Key> = Vec::new();
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for (reader, states) in (0..).zip(states) {
        let Some(wanted) = collector.wanted(reader) else {
            continue;
        };
        let with_logs: HashSet<&[u8]> = states
            .iter()
            .flat_map(|state| &state.located)
            .filter_map(database_of_log)
            .collect();
        for located in states.iter().flat_map(|state| &state.located) {
            let joined = with_logs.contains(&located.path[..]);
            for bytes in [false, true] {
                let key = (located.entry, reader, bytes);
                let missing = facts.get(located.entry, reader, bytes).is_none();
                if missing && (!bytes || joined) && seen.insert(key) {
                    let wanted = if bytes { raw(wanted) } else { wanted };
                    let (layer, entry) = (located.entry.layer, located.entry.entry);
                    files.push(Reread {
                        layer,
                        entry,
                        path: located.path.clone(),
                        wanted,
                    });
                    keys.push(key);
                }
            }
        }
    }
    if !files.is_empty() {
        let read = image.read_again(&files, collector)?;
        facts.again = keys
            .into_iter()
            .zip(read)
            .filter_map(|(key, made)| Some((key, made?)))
            .collect();
    }
    Ok(facts)
}

/// Why nothing was made of a file, where nothing was.
fn not_read(made: Option<&Result<Made, ReadError>>) -> Option<String> {
    match made {
        None => Some(PASSED.to_owned()),
        Some(Err(error)) => Some(format!("was not read: {error}")),
        Some(Ok(_)) => None,
    }
}

const PASSED: &str =
    "was not read: in a stream its content had passed before the link to it was known";

fn detect_distro(tree: &Tree<'_>, facts: &Facts<'_>, reader: u32) -> Option<Distro> {
    distro::detect(&|path| {
        let made = &facts.get(tree.file(path.as_bytes())?, reader, false)?.made;
        match made {
            Ok(Made::Bytes(bytes)) => Some(bytes.clone()),
            _ => None,
        }
    })
}

/// One database of one state, with what it lists.
struct Listed<'a> {
    located: &'a Located,
    parsed: &'a Parsed,
}

/// A database that had to be joined with its log, by both their places.
type Joined = HashMap<(EntryRef, EntryRef), Result<Made, ReadError>>;

/// Adds the packages of the last state, each with the layer from which on it was always there.
fn attribute(
    reader: u32,
    states: &[State],
    facts: &Facts<'_>,
    collector: &Collector,
    inventory: &mut Inventory,
    installed: &mut Vec<(Package, FileList)>,
) {
    let joined = join_logs(reader, states, facts, collector);
    let Some((last, earlier)) = states.split_last() else {
        return;
    };
    let listed = listed(reader, last, facts, &joined, Some(inventory));
    // From the top down: packages that are still looked for, and the lowest layer they were met in so far.
    let mut layers: HashMap<_, u32> = HashMap::new();
    for one in listed.iter().flat_map(|listed| &listed.parsed.packages) {
        layers.insert(identity(&one.package), last.layer);
    }
    let mut open: HashSet<_> = layers.keys().copied().collect();
    let earlier: Vec<(u32, Vec<Listed<'_>>)> = earlier
        .iter()
        .map(|state| {
            (
                state.layer,
                self::listed(reader, state, facts, &joined, None),
            )
        })
        .collect();
    for (layer, listed) in earlier.iter().rev() {
        let there: HashSet<_> = listed
            .iter()
            .flat_map(|listed| &listed.parsed.packages)
            .map(|one| identity(&one.package))
            .collect();
        open.retain(|identity| there.contains(identity));
        for identity in &open {
            layers.insert(*identity, *layer);
        }
        if open.is_empty() {
            break;
        }
    }
    let owned = OwnedFiles::of(reader, last, facts);
    for Listed { located, parsed } in listed {
        for one in &parsed.packages {
            let mut package = one.package.clone();
            package.locations = vec![Location {
                path: text(&located.path),
                layer: layers
                    .get(&identity(&one.package))
                    .copied()
                    .unwrap_or(last.layer),
                line: one.line,
                evidence: Evidence::Database,
                dev: false,
            }];
            installed.push((package, owned.files(one, located)));
        }
    }
}

/// The databases of a state that speak: of each group the first that lists packages. Those that cannot be read become
/// warnings, where `inventory` is given.
fn listed<'a>(
    reader: u32,
    state: &'a State,
    facts: &'a Facts<'_>,
    joined: &'a Joined,
    mut inventory: Option<&mut Inventory>,
) -> Vec<Listed<'a>> {
    let mut found: Vec<Listed<'a>> = Vec::new();
    let mut spoken = HashSet::new();
    let logs: HashMap<&[u8], &Located> = state
        .located
        .iter()
        .filter_map(|log| Some((database_of_log(log)?, log)))
        .collect();
    for located in &state.located {
        let Role::Packages { group } = located.role else {
            continue;
        };
        if spoken.contains(&group) {
            continue;
        }
        let mut warn = |path: &[u8], layer: u32, message: String| {
            if let Some(inventory) = inventory.as_mut() {
                inventory.warn(path, layer, message);
            }
        };
        let (path, layer) = (&located.path, located.entry.layer);
        let alone = facts
            .get(located.entry, reader, false)
            .map(|facts| &facts.made);
        let made = match logs.get(&path[..]) {
            None => alone,
            Some(log) => joined.get(&(located.entry, log.entry)).or_else(|| {
                warn(&log.path, log.entry.layer, LOG_LEFT_OUT.to_owned());
                alone
            }),
        };
        match made {
            None | Some(Err(_)) => warn(path, layer, not_read(made).unwrap_or_default()),
            Some(Ok(Made::Packages(parsed))) => {
                for message in &parsed.warnings {
                    warn(path, layer, message.clone());
                }
                if !parsed.packages.is_empty() {
                    spoken.insert(group);
                }
                found.push(Listed { located, parsed });
            }
            Some(Ok(_)) => {}
        }
    }
    found
}

const LOG_LEFT_OUT: &str = "was not read: what this log holds is missing from its database, which in a stream had passed before the log was known";

fn join_logs(reader: u32, states: &[State], facts: &Facts<'_>, collector: &Collector) -> Joined {
    let mut joined = Joined::new();
    for state in states {
        for log in &state.located {
            let Role::LogOf(path) = &log.role else {
                continue;
            };
            let Some(database) = state.located.iter().find(|other| other.path == *path) else {
                continue;
            };
            let key = (database.entry, log.entry);
            let bytes = |entry, raw| match facts.get(entry, reader, raw) {
                Some(FileFacts {
                    made: Ok(Made::Bytes(bytes)),
                    ..
                }) => Some(bytes),
                _ => None,
            };
            let (Some(content), Some(log)) = (bytes(database.entry, true), bytes(log.entry, false))
            else {
                continue;
            };
            if let Some(reader) = READERS.get(reader as usize) {
                joined
                    .entry(key)
                    .or_insert_with(|| reader.read_with_log(content, log, collector.needs));
            }
        }
    }
    joined
}

/// Lists of files that lie beside a database.
#[derive(Default)]
struct OwnedFiles<'a> {
    by_package: HashMap<&'a [u8], &'a FileList>,
    by_database: HashMap<&'a [u8], &'a FileList>,
}

impl<'a> OwnedFiles<'a> {
    fn of(reader: u32, state: &'a State, facts: &'a Facts<'_>) -> Self {
        let mut owned = Self::default();
        for located in &state.located {
            let map = match &located.role {
                Role::FilesOf(name) => (&mut owned.by_package, name),
                Role::FilesOfDatabase(path) => (&mut owned.by_database, path),
                _ => continue,
            };
            if let Some(FileFacts {
                made: Ok(Made::Files(files)),
                ..
            }) = facts.get(located.entry, reader, false)
            {
                // The first is the fuller one.
                map.0.entry(map.1.as_slice()).or_insert(files);
            }
        }
        owned
    }

    fn files(&self, one: &InstalledPackage, located: &Located) -> FileList {
        if !one.files.is_empty() || (self.by_package.is_empty() && self.by_database.is_empty()) {
            return one.files.clone();
        }
        let name = one.package.name.as_bytes();
        let with_architecture = [
            name,
            b":",
            one.package.architecture.as_deref().unwrap_or("").as_bytes(),
        ]
        .concat();
        let found = self.by_database.get(located.path.as_slice());
        let found = found.or_else(|| self.by_package.get(with_architecture.as_slice()));
        found
            .or_else(|| self.by_package.get(name))
            .map(|files| (*files).clone())
            .unwrap_or_default()
    }
}

fn text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

impl Inventory {
    fn warn(&mut self, path: &[u8], layer: u32, message: String) {
        let path = (!path.is_empty()).then(|| text(path));
        self.warnings.push(Warning {
            path,
            layer: Some(layer),
            message,
        });
    }
}
