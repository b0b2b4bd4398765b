//! Which feed an OSV record belongs to, and what whoever rates is called. OSV has one archive for each ecosystem, and all that an archive holds is one
//! feed, withdrawn records that name no ecosystem any more included; but an archive does not say which it is.

use super::content::Spool;
use super::documents::Documents;
use crate::advisories::feeds::{Document, OSV, Record, Records};
use crate::advisories::model::family;
use crate::advisories::store::Writer;
use crate::advisories::{DatabaseError, Rating, identity};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records that are looked at to tell whose an archive is.
const SAMPLE: usize = 256;

/// The ecosystem that an archive, or a folder of its files, is of: the one that all its records name. Records may name
/// several (Alpaquita's records are BellSoft Hardened Containers' too); then the one the folder is called by, else the
/// one with the fewest entries: the archive of the other one would hold more records. `None` for a collection of
/// several ecosystems.
pub(super) fn of_archive(source: &Documents, spool: &Spool) -> Option<String> {
    let mut reader = source.reader();
    let step = source.len().div_ceil(SAMPLE).max(1);
    let mut candidates: Option<BTreeSet<String>> = None;
    let mut entries: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for index in (0..source.len()).step_by(step) {
        let Ok(content) = reader.read(index, spool) else {
            continue;
        };
        // Others than OSV's know their own names.
        let Some(feed) = content.feed.filter(|feed| feed.name() == OSV) else {
            continue;
        };
        let document = Document {
            label: "",
            bytes: &content.bytes,
            file: None,
        };
        let mut advisories = Vec::new();
        let mut take = |record| match record {
            Record::Advisory(advisory) if !advisory.affected.is_empty() => {
                advisories.push(advisory);
            }
            _ => {}
        };
        if feed.read(&document, &mut Records::new(&mut take)).is_err() {
            continue;
        }
        for advisory in advisories {
            let named: BTreeSet<String> = advisory
                .affected
                .iter()
                .map(|entry| family(&entry.ecosystem).to_owned())
                .collect();
            for entry in &advisory.affected {
                let first_seen = entries.len();
                entries
                    .entry(family(&entry.ecosystem).to_owned())
                    .or_insert((0, first_seen))
                    .0 += 1;
            }
            candidates = Some(match candidates {
                None => named,
                Some(known) => known.intersection(&named).cloned().collect(),
            });
        }
    }
    let candidates = candidates?;
    let label = source.label();
    candidates
        .iter()
        .find(|candidate| candidate.replace(' ', "_") == label.replace(' ', "_"))
        .or_else(|| {
            candidates
                .iter()
                .min_by_key(|candidate| entries.get(*candidate))
        })
        .cloned()
}

/// Calls whoever rates by the one word that reports have, whatever the feed's word is.
pub(super) fn name_sources(ratings: &mut [Rating], cvss: &mut [(String, String)]) {
    let words = ratings.iter_mut().map(|rating| &mut rating.source);
    for word in words.chain(cvss.iter_mut().map(|(_, source)| source)) {
        let name = identity::source_name(word);
        if name != *word {
            *word = name.into_owned();
        }
    }
}

/// What was learned of ids so far.
#[derive(Default)]
pub(super) struct Names {
    by_prefix: HashMap<String, String>,
}

impl Names {
    /// The feed of a record: its archive's; else the ecosystem it names first; else, for one that names none, the feed
    /// that holds it already, or that other records with such ids are of.
    pub(super) fn feed_of(
        &mut self,
        format: &str,
        archive: Option<&str>,
        id: &str,
        ecosystem: Option<String>,
        writer: &Writer<'_>,
    ) -> Result<String, DatabaseError> {
        if let Some(archive) = archive {
            return Ok(format!("{format}/{archive}"));
        }
        let prefix = identity::prefix(id);
        if let Some(ecosystem) = ecosystem {
            let feed = format!("{format}/{ecosystem}");
            if !self.by_prefix.contains_key(prefix) && self.by_prefix.len() < 1000 {
                self.by_prefix.insert(prefix.to_owned(), feed.clone());
            }
            return Ok(feed);
        }
        if let Some(feed) = writer.feed_of(id, &format!("{format}/"))? {
            return Ok(feed);
        }
        Ok(self
            .by_prefix
            .get(prefix)
            .cloned()
            .unwrap_or_else(|| format!("{format}/{prefix}")))
    }
}
