//! `db import`: documents from files, folders and archives, through the feeds, into a new database file.
//!
//! One thread reads ahead and has batches of documents unpacked and parsed on all cores; the calling thread writes the
//! rows. Batches are bounded in bytes and come in order, so memory is bounded and the same input gives the same file.
//! A record that can't be read is counted and left out, the rest goes in.

mod documents;
mod naming;

use super::feeds::feed_of;
use super::model::family;
use super::store::{Prepared, SideFile, Writer, prepare};
use super::{Advisory, AdvisoryFeed, DatabaseError};
use documents::Documents;
use jiff::Timestamp;
use naming::Names;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// How far an import is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The archive, folder or file that is being read.
    pub source: &'a Path,
    /// Documents of it that are done.
    pub done: u64,
    /// Documents in it.
    pub total: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// The database that was written.
    pub database: PathBuf,
    /// By name of the feed.
    pub feeds: Vec<FeedSummary>,
    /// Files in folders and archives that no feed recognises.
    pub ignored: u64,
}

/// What was made of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedSummary {
    /// `osv/Debian`, `alpine-secdb/v3.19/main`.
    pub name: String,
    /// Records met.
    pub read: u64,
    /// Records that are in the database now.
    pub imported: u64,
    /// Records that are not.
    pub skipped: Vec<Skipped>,
}

/// Records that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<String>,
}

/// Examples that are kept of each reason.
const EXAMPLES: usize = 3;
/// Reasons that are kept apart for each feed.
const REASONS: usize = 50;
/// Unpacked bytes of one batch; three batches are in memory at most.
const BATCH_BYTES: u64 = 8 << 20;
/// Documents of one batch.
const BATCH_DOCUMENTS: usize = 1024;

/// What became of one document.
enum Outcome {
    /// No feed knows it.
    Ignored,
    /// Can't be read, for this reason.
    Unreadable(String),
    /// Records, and what was left out.
    Read {
        format: &'static str,
        records: Vec<Record>,
        skipped: Vec<(String, String)>,
    },
}

/// A record on its way to the writer.
struct Record {
    /// The feed, where the document itself decides it.
    feed: String,
    /// The ecosystem it would name its feed by.
    ecosystem: Option<String>,
    id: String,
    prepared: Prepared,
}

/// Imports feeds into a database, which is made where there is none. Records of the same feed and id are replaced, the
/// rest is kept. The database changes in one step at the end, or not at all.
pub fn import(
    paths: &[PathBuf],
    database: &Path,
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Result<ImportSummary, DatabaseError> {
    let mut arguments = Vec::with_capacity(paths.len());
    for path in paths {
        arguments.push((path, documents::find(path)?));
    }
    let side = SideFile::begin(database)?;
    let connection = side.connect()?;
    let mut import = Import {
        writer: Writer::new(&connection, side.target())?,
        feeds: BTreeMap::new(),
        names: Names::default(),
        ignored: 0,
    };
    let mut imported = 0;
    for (path, sources) in arguments {
        let mut recognised = 0;
        for source in sources {
            recognised += import.source(source, progress)?;
        }
        let total: u64 = import.feeds.values().map(|feed| feed.imported).sum();
        if recognised == 0 || (total == imported && imported == 0) {
            return Err(DatabaseError::NothingToImport { path: path.clone() });
        }
        imported = total;
    }
    let Import {
        writer,
        feeds,
        ignored,
        ..
    } = import;
    writer.finish(Timestamp::now())?;
    connection
        .close()
        .map_err(|(_, error)| DatabaseError::damaged(side.target(), error))?;
    let summary = ImportSummary {
        database: side.target().to_owned(),
        feeds: feeds.into_values().collect(),
        ignored,
    };
    side.commit()?;
    Ok(summary)
}

struct Import<'c> {
    writer: Writer<'c>,
    feeds: BTreeMap<String, FeedSummary>,
    names: Names,
    ignored: u64,
}

impl Import<'_> {
    /// Imports one archive or the files of one folder; the number of documents that a feed recognised.
    fn source(
        &mut self,
        source: Documents,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<u64, DatabaseError> {
        let path = source.path().to_owned();
        let total = source.len() as u64;
        let archive = naming::of_archive(&source);
        let (sender, receiver) = mpsc::sync_channel::<Vec<(String, Outcome)>>(1);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for batch in source.batches(BATCH_DOCUMENTS, BATCH_BYTES) {
                    let outcomes: Vec<(String, Outcome)> = batch
                        .into_par_iter()
                        .map_init(
                            || source.reader(),
                            |reader, index| (reader.label(index), read(reader.read(index))),
                        )
                        .collect();
                    // The writer gave up.
                    if sender.send(outcomes).is_err() {
                        return;
                    }
                }
            });
            let mut recognised = 0;
            let mut done = 0;
            progress(&Progress {
                source: &path,
                done,
                total,
            });
            for batch in receiver {
                done += batch.len() as u64;
                for (label, outcome) in batch {
                    match outcome {
                        Outcome::Ignored => self.ignored += 1,
                        Outcome::Unreadable(reason) => {
                            let name = archive
                                .as_ref()
                                .map_or_else(|| "osv".to_owned(), |name| format!("osv/{name}"));
                            self.skip(&name, label, reason);
                        }
                        Outcome::Read {
                            format,
                            records,
                            skipped,
                        } => {
                            recognised += 1;
                            self.write(format, archive.as_deref(), records, skipped)?;
                        }
                    }
                }
                progress(&Progress {
                    source: &path,
                    done,
                    total,
                });
            }
            Ok(recognised)
        })
    }

    fn write(
        &mut self,
        format: &str,
        archive: Option<&str>,
        records: Vec<Record>,
        skipped: Vec<(String, String)>,
    ) -> Result<(), DatabaseError> {
        let mut last = None;
        for record in records {
            let feed = if record.feed.is_empty() {
                self.names
                    .feed_of(format, archive, &record.id, record.ecosystem, &self.writer)?
            } else {
                record.feed
            };
            self.writer.write(&feed, &record.prepared)?;
            let summary = self.summary(&feed);
            summary.read += 1;
            summary.imported += 1;
            last = Some(feed);
        }
        let feed = last.unwrap_or_else(|| format.to_owned());
        for (what, reason) in skipped {
            self.skip(&feed, what, reason);
        }
        Ok(())
    }

    fn summary(&mut self, feed: &str) -> &mut FeedSummary {
        if !self.feeds.contains_key(feed) {
            self.feeds.insert(
                feed.to_owned(),
                FeedSummary {
                    name: feed.to_owned(),
                    ..FeedSummary::default()
                },
            );
        }
        self.feeds.entry(feed.to_owned()).or_default()
    }

    fn skip(&mut self, feed: &str, what: String, reason: String) {
        let summary = self.summary(feed);
        summary.read += 1;
        let known = summary.skipped.len();
        match summary
            .skipped
            .iter_mut()
            .find(|skipped| skipped.reason == reason)
        {
            Some(skipped) => {
                skipped.count += 1;
                if skipped.examples.len() < EXAMPLES {
                    skipped.examples.push(what);
                }
            }
            None if known < REASONS => summary.skipped.push(Skipped {
                reason,
                count: 1,
                examples: vec![what],
            }),
            None => {
                if let Some(last) = summary.skipped.last_mut() {
                    last.count += 1;
                }
            }
        }
    }
}

fn read(document: Result<Vec<u8>, String>) -> Outcome {
    let document = match document {
        Ok(document) => document,
        Err(reason) => return Outcome::Unreadable(reason),
    };
    let document = document
        .strip_prefix(b"\xef\xbb\xbf".as_slice())
        .unwrap_or(&document);
    let Some(feed): Option<&dyn AdvisoryFeed> = feed_of(document) else {
        return Outcome::Ignored;
    };
    match feed.read(document) {
        Err(reason) => Outcome::Unreadable(reason),
        Ok(read) => Outcome::Read {
            format: feed.name(),
            records: read.advisories.iter().map(record).collect(),
            skipped: read.skipped,
        },
    }
}

fn record(advisory: &Advisory) -> Record {
    Record {
        feed: advisory.feed.clone(),
        ecosystem: advisory
            .affected
            .first()
            .map(|entry| family(&entry.ecosystem).to_owned()),
        id: advisory.id.clone(),
        prepared: prepare(advisory),
    }
}

#[cfg(test)]
mod tests;
