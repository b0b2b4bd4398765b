//! Files that speak of one another: what a file includes is found and read, what it consults is handed to its reader,
//! and each package gets the layer from which on it was there.

use super::databases::{Step, layers_of, location};
use super::files::{Candidate, was_read};
use super::ownership::Owners;
use super::{Facts, Found, Reading, identity, not_read};
use crate::image::{AnalysedImage, EntryRef, ImageError, Tree};
use crate::inventory::READERS;
use crate::inventory::collect::Collector;
use crate::inventory::parsed::{FileList, Parsed};
use crate::inventory::reader::{FileFacts, Made, Others, Related};
use std::collections::{HashMap, HashSet};

/// How far files may name files that name files.
const DEPTH: usize = 16;
/// Files that may be named by others in one image.
const RELATED_LIMIT: usize = 100_000;

/// A file that another one consults: where it lies, and who has read it.
#[derive(Clone, Copy)]
struct Place {
    entry: EntryRef,
    reader: u32,
}

/// The files that were asked for, by the path that was asked.
#[derive(Default)]
struct Known {
    places: HashMap<Vec<u8>, Option<Place>>,
}

/// [`Others`] as a reader sees them.
struct Seen<'a> {
    known: &'a Known,
    facts: &'a Facts<'a>,
}

impl Others for Seen<'_> {
    fn get(&self, path: &[u8]) -> Option<&Parsed> {
        let place = (*self.known.places.get(plain(path))?)?;
        parsed(self.facts, place.entry, place.reader)
    }
}

fn plain(path: &[u8]) -> &[u8] {
    path.strip_prefix(b"/").unwrap_or(path)
}

fn parsed<'a>(facts: &'a Facts<'_>, entry: EntryRef, reader: u32) -> Option<&'a Parsed> {
    match &facts.get(entry, reader, false)?.made {
        Ok(Made::Packages(parsed)) => Some(parsed),
        _ => None,
    }
}

/// Adds the packages of all files that count wherever they lie.
pub(super) fn attribute(
    image: &AnalysedImage<FileFacts>,
    collector: &Collector,
    tree: &Tree<'_>,
    mut candidates: Vec<Candidate>,
    facts: &mut Facts<'_>,
    owners: &Owners,
    found: &mut Found,
) -> Result<(), ImageError> {
    let known = gather(image, collector, tree, &mut candidates, facts, found)?;
    for candidate in &candidates {
        place(candidate, &known, facts, collector, owners, found);
    }
    Ok(())
}

/// Finds what files name, round by round: a file that is included may name others.
fn gather(
    image: &AnalysedImage<FileFacts>,
    collector: &Collector,
    tree: &Tree<'_>,
    candidates: &mut Vec<Candidate>,
    facts: &mut Facts<'_>,
    found: &mut Found,
) -> Result<Known, ImageError> {
    let mut known = Known::default();
    let mut listed: HashSet<(EntryRef, u32)> = candidates
        .iter()
        .map(|candidate| (candidate.entry, candidate.reader))
        .collect();
    let mut from = 0;
    for _ in 0..DEPTH {
        let mut reading = Reading::default();
        let mut included: Vec<Candidate> = Vec::new();
        // Files that are consulted may in turn name others: a parent of a parent.
        let mut consulted: Vec<(Vec<u8>, EntryRef, u32)> = Vec::new();
        let mut round: Vec<(Vec<u8>, EntryRef, u32)> = candidates[from..]
            .iter()
            .map(|candidate| (candidate.path.clone(), candidate.entry, candidate.reader))
            .collect();
        from = candidates.len();
        let mut at = 0;
        while let Some((path, entry, reader)) = round.get(at).cloned() {
            at += 1;
            let (Some(read), Some(parsed)) =
                (READERS.get(reader as usize), parsed(facts, entry, reader))
            else {
                continue;
            };
            for related in read.related(&path, parsed) {
                if known.places.len() >= RELATED_LIMIT {
                    break;
                }
                let (Related::Include(name) | Related::Consult(name)) = &related;
                let name = plain(name);
                if known.places.contains_key(name) && matches!(related, Related::Consult(_)) {
                    continue;
                }
                let there = tree
                    .resolve(name)
                    .and_then(|node| Some((tree.path(node), tree.present_file(node)?)))
                    .filter(|(real, _)| !collector.skips(real));
                let Some((real, there)) = there else {
                    known.places.insert(name.to_vec(), None);
                    continue;
                };
                let include = matches!(related, Related::Include(_));
                // Whoever has read a file that is only consulted, its notes tell.
                let reader = match facts.walked(there) {
                    Some(facts) if !include => facts.reader,
                    _ => reader,
                };
                let place = Place {
                    entry: there,
                    reader,
                };
                let is_new = known.places.insert(name.to_vec(), Some(place)).is_none();
                let missing = facts.get(there, reader, false).is_none()
                    && !facts.again.contains_key(&(there, reader, false))
                    && !was_read(there, reader, facts, collector);
                if missing {
                    reading.add((there, reader, false), &real);
                }
                if include {
                    if listed.insert((there, reader)) {
                        included.push(Candidate {
                            reader,
                            path: real,
                            entry: there,
                            steps: vec![(there.layer, Some(there))],
                        });
                    }
                } else if is_new && missing {
                    consulted.push((real, there, reader));
                } else if is_new {
                    round.push((real, there, reader));
                }
            }
        }
        if included.is_empty() && consulted.is_empty() {
            break;
        }
        if !reading.is_empty() && !image.can_read_again() {
            for (path, entry, _) in &consulted {
                found.warn(path, entry.layer, STREAM.to_owned());
            }
        }
        reading.read(image, collector, facts)?;
        // What was consulted is asked for its relations in the next round, as candidates are.
        candidates.extend(included);
        for (path, entry, reader) in consulted {
            if let (Some(read), Some(parsed)) =
                (READERS.get(reader as usize), parsed(facts, entry, reader))
                && !read.related(&path, parsed).is_empty()
            {
                candidates.push(Candidate {
                    reader,
                    path,
                    entry,
                    steps: Vec::new(),
                });
            }
        }
    }
    Ok(known)
}

const STREAM: &str = "was not read: in a stream its content had passed before it was known that another file names it";

/// Adds the packages of one file.
fn place(
    candidate: &Candidate,
    known: &Known,
    facts: &Facts<'_>,
    collector: &Collector,
    owners: &Owners,
    found: &mut Found,
) {
    let (reader, path) = (candidate.reader, &candidate.path);
    let Some(read) = READERS.get(reader as usize) else {
        return;
    };
    let others = Seen { known, facts };
    let join = |entry: Option<EntryRef>| {
        let parsed = parsed(facts, entry?, reader)?;
        Some(
            read.join(path, parsed, &others)
                .map_or(std::borrow::Cow::Borrowed(parsed), std::borrow::Cow::Owned),
        )
    };
    let Some(&(last_layer, _)) = candidate.steps.last() else {
        return;
    };
    let Some(last) = join(Some(candidate.entry)) else {
        let made = facts.get(candidate.entry, reader, false);
        let was_read = facts.again.contains_key(&(candidate.entry, reader, false))
            || was_read(candidate.entry, reader, facts, collector);
        if let Some(message) = not_read(made.map(|facts| &facts.made))
            && (made.is_some() || !was_read)
        {
            found.warn(path, candidate.entry.layer, message);
        }
        return;
    };
    for warning in &last.warnings {
        found.warn(path, candidate.entry.layer, warning.clone());
    }
    let earlier: Vec<_> = candidate.steps[..candidate.steps.len() - 1]
        .iter()
        .map(|(layer, entry)| (*layer, join(*entry)))
        .collect();
    let mut steps: Vec<Step<'_>> = earlier
        .iter()
        .map(|(layer, parsed)| Step {
            layer: *layer,
            parsed: parsed.iter().map(|parsed| &**parsed).collect(),
        })
        .collect();
    steps.push(Step {
        layer: last_layer,
        parsed: vec![&*last],
    });
    // Nearly every file was written once.
    let layers = (steps.len() > 1).then(|| layers_of(&steps));
    let owner = owners.of(candidate.entry);
    for one in &last.packages {
        if one.package.name.is_empty() {
            continue;
        }
        let layer = layers
            .as_ref()
            .and_then(|layers| layers.get(&identity(&one.package)).copied());
        let mut package = one.package.clone();
        package.locations = vec![location(one, path, layer.unwrap_or(last_layer))];
        if let Some(owner) = owner {
            package.owner = Some(owner.purl.clone());
            package.owner_is_third_party = owner.is_third_party;
        }
        found.packages.push((package, FileList::default()));
    }
}
