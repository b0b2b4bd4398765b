//! Package databases: which of those that are located speak, with which log and which lists of files, and from which
//! layer on each of their packages was there.

use super::{Facts, Found, Identity, State, identity, merge, not_read, text};
use crate::image::EntryRef;
use crate::inventory::READERS;
use crate::inventory::checksums::{Checksum, ChecksumKind, Checksums};
use crate::inventory::collect::Collector;
use crate::inventory::parsed::{FileList, InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{FileFacts, Located, Made, Role};
use crate::packages::{Location, Package};
use std::collections::{HashMap, HashSet};

/// The path of the database that a log belongs to, where `located` is a log.
pub(super) fn database_of_log(located: &Located) -> Option<&[u8]> {
    match &located.role {
        Role::LogOf(database) => Some(database),
        _ => None,
    }
}

/// One database of one state, with what it lists.
struct Listed<'a> {
    located: &'a Located,
    parsed: &'a Parsed,
}

/// A database that had to be joined with its log, by both their places.
type Joined = HashMap<(EntryRef, EntryRef), Result<Made, ReadError>>;

/// Adds the packages of the last state, each with the layer from which on it was always there.
pub(super) fn attribute(
    reader: u32,
    states: &[State],
    facts: &Facts<'_>,
    collector: &Collector,
    found: &mut Found,
) {
    let joined = join_logs(reader, states, facts, collector);
    let Some((last, earlier)) = states.split_last() else {
        return;
    };
    let listed = listed(reader, last, facts, &joined, Some(found));
    let mut steps: Vec<Step<'_>> = earlier
        .iter()
        .map(|state| Step {
            layer: state.layer,
            parsed: self::listed(reader, state, facts, &joined, None)
                .iter()
                .map(|one| one.parsed)
                .collect(),
        })
        .collect();
    steps.push(Step {
        layer: last.layer,
        parsed: listed.iter().map(|one| one.parsed).collect(),
    });
    let layers = layers_of(&steps);
    let mut owned = OwnedFiles::of(reader, last, facts);
    let details = details(reader, last, facts);
    for Listed { located, parsed } in listed {
        for one in &parsed.packages {
            let layer = layers.get(&identity(&one.package)).copied();
            let mut package = one.package.clone();
            let key = (&located.path[..], &*one.package.name, &*one.package.version);
            for more in details.get(&key).into_iter().flatten() {
                merge(&mut package, (*more).clone());
            }
            package.locations = vec![location(one, &located.path, layer.unwrap_or(last.layer))];
            found.packages.push((package, owned.files(one, located)));
        }
    }
}

/// What lies beside databases and says more of their packages, by the database's path, name and version.
fn details<'a>(
    reader: u32,
    state: &'a State,
    facts: &'a Facts<'_>,
) -> HashMap<(&'a [u8], &'a str, &'a str), Vec<&'a Package>> {
    let mut details: HashMap<_, Vec<_>> = HashMap::new();
    for located in &state.located {
        let Role::DetailsOf(database) = &located.role else {
            continue;
        };
        if let Some(FileFacts {
            made: Ok(Made::Packages(parsed)),
            ..
        }) = facts.get(located.entry, reader, false)
        {
            for one in &parsed.packages {
                let key = (&database[..], &*one.package.name, &*one.package.version);
                details.entry(key).or_default().push(&one.package);
            }
        }
    }
    details
}

/// What files said together from some layer on.
pub(super) struct Step<'a> {
    pub(super) layer: u32,
    pub(super) parsed: Vec<&'a Parsed>,
}

/// For each package of the last step the layer from which on it was there in every step.
pub(super) fn layers_of<'a>(steps: &[Step<'a>]) -> HashMap<Identity<'a>, u32> {
    fn packages<'a>(step: &Step<'a>) -> impl Iterator<Item = Identity<'a>> {
        let packages = step.parsed.iter().flat_map(|parsed| &parsed.packages);
        packages.map(|one| identity(&one.package))
    }
    let mut layers = HashMap::new();
    let Some((last, earlier)) = steps.split_last() else {
        return layers;
    };
    layers.extend(packages(last).map(|identity| (identity, last.layer)));
    // From the top down: packages that are still looked for.
    let mut open: HashSet<_> = layers.keys().cloned().collect();
    for step in earlier.iter().rev() {
        let there: HashSet<_> = packages(step).collect();
        open.retain(|identity| there.contains(identity));
        for identity in &open {
            layers.insert(identity.clone(), step.layer);
        }
        if open.is_empty() {
            break;
        }
    }
    layers
}

/// Where `one` was seen.
pub(super) fn location(one: &InstalledPackage, path: &[u8], layer: u32) -> Location {
    let mut path = text(path);
    if let Some(inner) = &one.inner {
        path.push_str("!/");
        path.push_str(inner);
    }
    Location {
        path,
        layer,
        line: one.line,
        evidence: one.evidence,
        dev: one.dev,
        relation: one.relation,
    }
}

/// The databases of a state that speak: of each group the first that lists packages. Those that cannot be read become
/// warnings, where `report` is given.
fn listed<'a>(
    reader: u32,
    state: &'a State,
    facts: &'a Facts<'_>,
    joined: &'a Joined,
    mut report: Option<&mut Found>,
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
            if let Some(found) = report.as_mut() {
                found.warn(path, layer, message);
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
    /// By package: lists of files may lie beside lists of checksums.
    checksums: HashMap<&'a [u8], &'a Checksums>,
}

impl<'a> OwnedFiles<'a> {
    fn of(reader: u32, state: &'a State, facts: &'a Facts<'_>) -> Self {
        let mut owned = Self::default();
        for located in &state.located {
            let (map, name) = match &located.role {
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
                map.entry(name.as_slice()).or_insert(files);
                if matches!(located.role, Role::FilesOf(_)) && !files.checksums.is_empty() {
                    let checksums = owned.checksums.entry(name.as_slice());
                    checksums.or_insert(&files.checksums);
                }
            }
        }
        owned
    }

    /// The files of a package. Each list is one package's: a thousand packages that differ in their architecture alone don't have a
    /// thousand copies of it.
    fn files(&mut self, one: &InstalledPackage, located: &Located) -> FileList {
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
        let of_database = self.by_database.remove::<[u8]>(&located.path);
        let named = [with_architecture.as_slice(), name];
        let mut of_package = named
            .iter()
            .filter_map(|name| self.by_package.remove::<[u8]>(name));
        let mut files = of_database
            .or_else(|| of_package.next())
            .cloned()
            .unwrap_or_default();
        let mut beside = named
            .iter()
            .filter_map(|name| self.checksums.remove::<[u8]>(name));
        if let Some(beside) = beside.next()
            && files.checksums.is_empty()
        {
            // A file that another package has taken over is no longer in the list.
            let mut checksums = Checksums::default();
            let listed: HashSet<&[u8]> = files.iter().collect();
            let is_broken = |one: &Checksum<'_>| one.kind == ChecksumKind::Broken;
            checksums.extend(beside, |one| listed.contains(one.path) || is_broken(one));
            files.checksums = checksums;
        }
        files.checksums.extend(&one.files.checksums, |_| true);
        files
    }
}
