//! From facts of files to packages of an image: which files count, what they say together, and which layer brought
//! each package.
//!
//! Layers are laid over one another one by one, and after each the readers of databases are asked which files count;
//! of all other files it is noted what lies at their paths by then. That gives the packages of every step of the build,
//! and with them the layer of a package: the one from which on it is there in every step to the last. A layer that only
//! rewrites the file brings nothing; a package that was removed and installed again came with the later layer.
//!
//! Then files that speak of one another are joined, and packages whose files belong to a package of the system are
//! given their owner.

mod claims;
mod databases;
mod files;
mod join;
mod ownership;
mod products;

use super::READERS;
use super::collect::{Collector, raw};
use super::distro;
use super::dpkg::{self, Diversions};
use super::parsed::{FileList, ReadError};
use super::reader::{FileFacts, Located, Made, Role};
use crate::image::{AnalysedImage, EntryRef, Hidden, ImageError, LayerFacts, Reread, Tree};
use crate::packages::{Distro, Package};
pub use claims::{Claim, Claimant, Claims, Found as FoundFile};
use databases::database_of_log;
use std::borrow::Cow;
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
    /// Bytes of each layer that are not to be seen any more ([`Tree::wasted`]), bottom first.
    pub wasted: Vec<u64>,
    /// The largest files that are not to be seen any more, the largest first.
    pub worst_wasted: Vec<WastedFile>,
    /// Bytes of the files of each layer, bottom first.
    pub brought: Vec<u64>,
    /// What package databases say of the content of files, where that was asked for.
    pub claims: Option<Claims>,
}

/// A file that is shipped and not to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WastedFile {
    /// Its path, as its layer names it.
    pub path: String,
    /// The layer it lies in.
    pub layer: u32,
    /// What hid it, and its bytes.
    pub hidden: Hidden,
}

/// Wasted files that are named.
const WORST_WASTED: usize = 20;

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

/// Packages and warnings as they are found.
#[derive(Default)]
struct Found {
    /// Each with the files it owns.
    packages: Vec<(Package, FileList)>,
    warnings: Vec<Warning>,
}

impl Found {
    fn warn(&mut self, path: &[u8], layer: u32, message: String) {
        let path = (!path.is_empty()).then(|| text(path));
        self.warnings.push(Warning {
            path,
            layer: Some(layer),
            message,
        });
    }
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
    again: HashMap<Key, Option<FileFacts>>,
}

impl Facts<'_> {
    /// What `reader` made of a file, or its bytes.
    fn get(&self, entry: EntryRef, reader: u32, bytes: bool) -> Option<&FileFacts> {
        match self.again.get(&(entry, reader, bytes)) {
            Some(again) => again.as_ref(),
            None => self
                .walked(entry)
                .filter(|facts| facts.reader == reader && !bytes),
        }
    }

    /// What the walk made of a file.
    fn walked(&self, entry: EntryRef) -> Option<&FileFacts> {
        self.layers.get(entry.layer as usize)?.facts(entry.entry)
    }
}

/// Joins what was collected from the layers of an image.
pub fn resolve(
    image: &AnalysedImage<FileFacts>,
    collector: &Collector,
) -> Result<Inventory, ImageError> {
    let mut found = Found::default();
    let mut tree = Tree::new();
    let mut states: Vec<Vec<State>> = READERS.iter().map(|_| Vec::new()).collect();
    let mut watched = files::Watched::default();
    let mut facts = Facts {
        layers: &image.layers,
        again: HashMap::new(),
    };
    let mut held = 0;
    for (layer, layer_facts) in (0..).zip(&image.layers) {
        let mut placed = files::Placed::new(layer_facts, collector);
        let dangling = tree.apply_watched(&layer_facts.entries, |index, entry, node| {
            placed.add(index, entry, node);
        });
        for link in dangling {
            let target = text(link.link);
            found.warn(
                link.path,
                layer,
                format!("is a hard link to {target}, which is not there"),
            );
        }
        watched.step(layer, &tree, placed, &facts, collector);
        for (reader, states) in READERS.iter().zip(&mut states) {
            if !reader.is_database() {
                continue;
            }
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
        for (path, message) in &layer_facts.warnings {
            found.warn(path.as_bytes(), layer, message.clone());
        }
        if held > HELD_LIMIT {
            for states in &mut states {
                states.drain(..states.len().saturating_sub(1));
            }
            held = 0;
            found.warn(
                b"",
                layer,
                "has too many package databases: packages of the layers below it are counted as its own".to_owned(),
            );
        }
    }
    let candidates = watched.finish(&tree, &facts, collector, &mut found);
    read_links(image, collector, &states, &candidates, &mut facts)?;
    let mut inventory = Inventory::default();
    for (reader, states) in (0..).zip(&states) {
        let Some(last) = states.last() else { continue };
        let is_distro = |located: &Located| located.role == Role::Distro;
        if last.located.iter().any(is_distro) {
            inventory.distro = detect_distro(&tree, &facts, reader);
            for located in &last.located {
                let made = facts.get(located.entry, reader, false);
                if let Some(message) = not_read(made.map(|facts| &facts.made)) {
                    found.warn(&located.path, located.entry.layer, message);
                }
            }
            continue;
        }
        products::learn(&mut inventory.distro, reader, last, &facts);
        databases::attribute(reader, states, &facts, collector, &mut found);
    }
    if let Some(distro) = &mut inventory.distro {
        products::finish(distro, &image.image.config.labels);
    }
    let system_packages = found.packages.len();
    if collector.needs.checksums {
        let diversions = diversions(&states, &facts, &mut found);
        let (packages, distro) = (&found.packages, inventory.distro.as_ref());
        let claims = Claims::new(&tree, packages, &diversions, distro, collector);
        inventory.claims = Some(claims);
    }
    let owners = ownership::Owners::new(
        &tree,
        &found.packages[..system_packages],
        inventory.distro.as_ref(),
        &candidates,
    );
    join::attribute(
        image, collector, &tree, candidates, &mut facts, &owners, &mut found,
    )?;
    if tree.gave_up() {
        found.warnings.push(Warning {
            path: None,
            layer: None,
            message: "links lead through so many others that they were no longer followed: files behind them were not scanned".to_owned(),
        });
    }
    let Found { packages, warnings } = found;
    inventory.warnings = warnings;
    inventory.warnings.sort();
    inventory.warnings.dedup();
    inventory.wasted = tree.wasted();
    inventory.brought = tree.brought();
    inventory.worst_wasted = tree
        .worst_hidden(WORST_WASTED)
        .into_iter()
        .map(|hidden| WastedFile {
            path: text(tree.entry(hidden.entry).map_or(b"", |entry| entry.path)),
            layer: hidden.entry.layer,
            hidden,
        })
        .collect();
    inventory.take(packages);
    Ok(inventory)
}

/// Which files of packages lie elsewhere than those have them.
fn diversions(states: &[Vec<State>], facts: &Facts<'_>, found: &mut Found) -> Diversions {
    for (reader, states) in (0..).zip(states) {
        let located = states.iter().last().map_or(&[][..], |last| &last.located);
        for located in located.iter().filter(|one| one.role == Role::Diversions) {
            let made = facts.get(located.entry, reader, false);
            match made.map(|facts| &facts.made) {
                Some(Ok(Made::Bytes(bytes))) => return dpkg::parse_diversions(bytes),
                made => {
                    let message = not_read(made).unwrap_or_default();
                    found.warn(&located.path, located.entry.layer, message);
                }
            }
        }
    }
    Diversions::default()
}

/// What tells one package from another.
type Identity<'a> = (
    &'static str,
    Cow<'a, str>,
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
);

fn identity(package: &Package) -> Identity<'_> {
    (
        package.kind.name,
        (package.kind.normalise)(&package.name),
        &package.version,
        package.architecture.as_deref(),
        package.owner.as_deref(),
    )
}

impl Inventory {
    /// Sorts packages in; the same package in two places is one package with two locations.
    pub(super) fn take(&mut self, mut packages: Vec<(Package, FileList)>) {
        packages.sort_by(|(a, _), (b, _)| {
            identity(a)
                .cmp(&identity(b))
                .then_with(|| a.locations.cmp(&b.locations))
        });
        for (package, files) in packages {
            match self.packages.last_mut() {
                Some(last) if identity(last) == identity(&package) => merge(last, package),
                _ => {
                    self.packages.push(package);
                    self.owned_files.push(files);
                }
            }
        }
        for package in &mut self.packages {
            package.locations.sort();
            package.locations.dedup();
        }
    }
}

/// Adds what another place says of the same package. What is installed knows better than what a file asked for.
fn merge(package: &mut Package, other: Package) {
    let present = |package: &Package| {
        let mut locations = package.locations.iter();
        locations.any(|location| location.evidence.is_presence())
    };
    let better = present(&other) && !present(package);
    if package.licenses.is_empty() || better && !other.licenses.is_empty() {
        package.licenses = other.licenses;
    }
    if package.origin.is_none() || better && other.origin.is_some() {
        package.origin = other.origin;
    }
    if package.install_script.is_none() || better && other.install_script.is_some() {
        package.install_script = other.install_script;
    }
    if package.qualifiers.is_empty() {
        package.qualifiers = other.qualifiers;
    }
    package.vendor = package.vendor.take().or(other.vendor);
    package.source = package.source.take().or(other.source);
    package.locations.extend(other.locations);
}

/// Reads what the walk passed over: files that count but have another name where their content lies, and databases
/// that have to be joined with a log.
fn read_links(
    image: &AnalysedImage<FileFacts>,
    collector: &Collector,
    states: &[Vec<State>],
    candidates: &[files::Candidate],
    facts: &mut Facts<'_>,
) -> Result<(), ImageError> {
    let mut reading = Reading::default();
    for (reader, states) in (0..).zip(states) {
        let with_logs: HashSet<&[u8]> = states
            .iter()
            .flat_map(|state| &state.located)
            .filter_map(database_of_log)
            .collect();
        for located in states.iter().flat_map(|state| &state.located) {
            let joined = with_logs.contains(&located.path[..]);
            for bytes in [false, true] {
                let missing = facts.get(located.entry, reader, bytes).is_none();
                if missing && (!bytes || joined) {
                    reading.add((located.entry, reader, bytes), &located.path);
                }
            }
        }
    }
    for candidate in candidates {
        for (_, entry) in &candidate.steps {
            if let Some(entry) = *entry
                && candidate.has_to_be_read(entry, facts, collector)
            {
                reading.add((entry, candidate.reader, false), &candidate.path);
            }
        }
    }
    reading.read(image, collector, facts)
}

/// Files to read again, each once.
#[derive(Default)]
struct Reading {
    seen: HashSet<Key>,
    files: Vec<(Key, Vec<u8>)>,
}

impl Reading {
    fn add(&mut self, key: Key, path: &[u8]) {
        if self.seen.insert(key) {
            self.files.push((key, path.to_vec()));
        }
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Reads them into `facts`; nothing where the image came as a stream.
    fn read(
        self,
        image: &AnalysedImage<FileFacts>,
        collector: &Collector,
        facts: &mut Facts<'_>,
    ) -> Result<(), ImageError> {
        if self.files.is_empty() || !image.can_read_again() {
            return Ok(());
        }
        let mut keys = Vec::with_capacity(self.files.len());
        let mut files = Vec::with_capacity(self.files.len());
        for (key, path) in self.files {
            let (EntryRef { layer, entry }, reader, bytes) = key;
            let Some(wanted) = collector.wanted(reader) else {
                continue;
            };
            keys.push(key);
            files.push(Reread {
                layer,
                entry,
                path,
                wanted: if bytes { raw(wanted) } else { wanted },
            });
        }
        let read = image.read_again(&files, collector)?;
        facts.again.extend(keys.into_iter().zip(read));
        Ok(())
    }
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

fn text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
