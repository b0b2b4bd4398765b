//! `db import`: documents from files, folders and archives, through the feeds, into a new database file.
//!
//! One thread reads ahead and has batches of documents unpacked and parsed on all cores; the calling thread writes the
//! rows. Batches are bounded in bytes and come in order, so memory is bounded and the same input gives the same file.
//! A record that can't be read is counted and left out, the rest goes in.

mod content;
mod documents;
mod naming;

use super::feeds::{Document, OSV, Record, Records};
use super::model::family;
use super::store::{Prepared, PreparedFact, SideFile, Writer, prepare, prepare_fact};
use super::{AdvisoryFeed, DatabaseError, Fact};
use content::{Content, Spool, Unreadable};
use documents::{Documents, Task};
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
    /// Documents of feeds that say nothing which is kept: advisories that GitHub has not reviewed, notices that repeat others.
    pub empty: u64,
    /// Whether the database has it now; `false` where records were skipped and none were to be.
    pub committed: bool,
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

/// Records that a large document hands on at a time.
const PART: usize = 4096;

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Leave the database as it was if any record can't be read.
    pub strict: bool,
    /// The documents are the whole of their feeds: what a feed has no longer goes.
    pub replace: bool,
    /// When the documents came from upstream.
    pub fetched: Option<Timestamp>,
    /// The time that the database says it was built; now where it is not given.
    pub built_at: Option<Timestamp>,
}

/// What became of a document, or of a part of a large one.
enum Outcome {
    /// No feed knows it.
    Ignored,
    /// A feed knows it, and it says nothing that is kept.
    Nothing,
    /// Can't be read, for this reason; of this feed, if it was recognised.
    Unreadable(Option<&'static str>, String),
    /// What it says, of this format. The document goes on in another part if the last is `false`.
    Read(&'static str, Vec<Item>, bool),
}

/// Something to write.
enum Item {
    Advisory {
        /// The feed, where the document itself decides it.
        feed: String,
        /// The ecosystem it would name its feed by.
        ecosystem: Option<String>,
        id: String,
        prepared: Prepared,
    },
    Fact(String, PreparedFact),
    Skipped(String, String),
    Dated(String, Timestamp),
    Count(String, u64),
}

/// Imports feeds into a database, which is made where there is none. Records of the same feed and id are replaced, the
/// rest is kept. The database changes in one step at the end, or not at all.
pub fn import(
    paths: &[PathBuf],
    database: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Result<ImportSummary, DatabaseError> {
    let mut arguments = Vec::with_capacity(paths.len());
    for path in paths {
        arguments.push((path, documents::find(path)?));
    }
    let side = SideFile::begin(database)?;
    let connection = side.connect()?;
    let mut writer = Writer::new(&connection, side.target())?;
    if options.replace {
        writer.replace_feeds();
    }
    let mut import = Import {
        writer,
        spool: Spool::beside(side.target()),
        feeds: BTreeMap::new(),
        names: Names::default(),
        ignored: 0,
        empty: 0,
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
        empty,
        ..
    } = import;
    let is_whole = feeds.values().all(|feed| feed.skipped.is_empty());
    let summary = ImportSummary {
        database: side.target().to_owned(),
        feeds: feeds.into_values().collect(),
        ignored,
        empty,
        committed: is_whole || !options.strict,
    };
    writer.finish(
        options.built_at.unwrap_or_else(Timestamp::now),
        options.fetched,
    )?;
    connection
        .close()
        .map_err(|(_, error)| DatabaseError::damaged(side.target(), error))?;
    if summary.committed {
        side.commit()?;
    }
    Ok(summary)
}

struct Import<'c> {
    writer: Writer<'c>,
    spool: Spool,
    feeds: BTreeMap<String, FeedSummary>,
    names: Names,
    ignored: u64,
    empty: u64,
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
        let archive = naming::of_archive(&source, &self.spool);
        let (sender, receiver) = mpsc::sync_channel::<Vec<(String, Outcome)>>(1);
        let spool = Spool::beside(self.spool.place());
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                source.batches(BATCH_DOCUMENTS, BATCH_BYTES, &spool, &mut |batch| {
                    let outcomes = if batch.len() == 1 {
                        // One alone may be large: its records go on their way as they come.
                        let mut reader = source.reader();
                        batch
                            .into_iter()
                            .map(|task| {
                                let (label, content) = fetch(task, &mut reader, &spool);
                                let mut pass = |items, format| {
                                    let part = Outcome::Read(format, items, false);
                                    // An error: the writer gave up, which the last part will meet.
                                    let _ = sender.send(vec![(label.clone(), part)]);
                                };
                                let outcome = read(&label, content, Some(&mut pass));
                                (label, outcome)
                            })
                            .collect()
                    } else {
                        batch
                            .into_par_iter()
                            .map_init(
                                || source.reader(),
                                |reader, task| {
                                    let (label, content) = fetch(task, reader, &spool);
                                    let outcome = read(&label, content, None);
                                    (label, outcome)
                                },
                            )
                            .collect::<Vec<_>>()
                    };
                    // An error: the writer gave up.
                    sender.send(outcomes).is_ok()
                })
            });
            let mut recognised = 0;
            let mut done = 0;
            progress(&Progress {
                source: &path,
                done,
                total,
            });
            for batch in receiver {
                for (label, outcome) in batch {
                    done += u64::from(!matches!(outcome, Outcome::Read(_, _, false)));
                    match outcome {
                        Outcome::Ignored => self.ignored += 1,
                        Outcome::Nothing => {
                            recognised += 1;
                            self.empty += 1;
                        }
                        Outcome::Unreadable(format, reason) => {
                            let format = format.unwrap_or(OSV);
                            let name = archive
                                .as_ref()
                                .filter(|_| format == OSV)
                                .map_or_else(|| format.to_owned(), |name| format!("{OSV}/{name}"));
                            self.skip(&name, label, reason);
                        }
                        Outcome::Read(format, items, _) => {
                            recognised += 1;
                            self.write(format, archive.as_deref(), items)?;
                        }
                    }
                }
                progress(&Progress {
                    source: &path,
                    done,
                    total: total.max(done),
                });
            }
            match reading.join() {
                Ok(read) => read.map(|()| recognised),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn write(
        &mut self,
        format: &str,
        archive: Option<&str>,
        items: Vec<Item>,
    ) -> Result<(), DatabaseError> {
        let mut last = None;
        let mut skipped = Vec::new();
        for item in items {
            match item {
                Item::Advisory {
                    feed,
                    ecosystem,
                    id,
                    prepared,
                } => {
                    let feed = if feed.is_empty() {
                        self.names
                            .feed_of(format, archive, &id, ecosystem, &self.writer)?
                    } else {
                        feed
                    };
                    self.writer.write(&feed, &prepared)?;
                    self.took(&feed);
                    last = Some(feed);
                }
                Item::Fact(feed, fact) => {
                    self.writer.write_fact(&feed, &fact)?;
                    self.took(&feed);
                    last = Some(feed);
                }
                Item::Dated(feed, time) => self.writer.date(&feed, time)?,
                Item::Count(feed, records) => {
                    self.writer.count(&feed, records)?;
                    last = Some(feed);
                }
                Item::Skipped(what, reason) => skipped.push((what, reason)),
            }
        }
        let feed = last.unwrap_or_else(|| format.to_owned());
        for (what, reason) in skipped {
            self.skip(&feed, what, reason);
        }
        Ok(())
    }

    fn took(&mut self, feed: &str) {
        let summary = self.summary(feed);
        summary.read += 1;
        summary.imported += 1;
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

fn fetch(
    task: Task,
    reader: &mut documents::Reader<'_>,
    spool: &Spool,
) -> (String, Result<Content, Unreadable>) {
    match task {
        Task::At(index) => (reader.label(index), reader.read(index, spool)),
        Task::Read(label, content) => (label, content),
    }
}

/// Takes a part of a large document, of a format.
type Pass<'a> = &'a mut dyn FnMut(Vec<Item>, &'static str);

/// Reads a document; its records go to `pass` part by part, where there is one.
fn read(label: &str, content: Result<Content, Unreadable>, mut pass: Option<Pass<'_>>) -> Outcome {
    let content = match content {
        Ok(content) => content,
        Err(Unreadable { format, reason }) => return Outcome::Unreadable(format, reason),
    };
    let Some(feed): Option<&dyn AdvisoryFeed> = content.feed else {
        return Outcome::Ignored;
    };
    let document = Document {
        label,
        bytes: &content.bytes,
        file: content.file.as_ref().map(content::Spooled::path),
    };
    let mut items = Vec::new();
    let mut is_empty = true;
    let mut take = |record| {
        is_empty = false;
        items.push(prepared(record));
        if items.len() >= PART
            && let Some(pass) = &mut pass
        {
            pass(std::mem::take(&mut items), feed.name());
        }
    };
    match feed.read(&document, &mut Records::new(&mut take)) {
        Err(reason) => Outcome::Unreadable(Some(feed.name()), reason),
        Ok(()) if is_empty => Outcome::Nothing,
        Ok(()) => Outcome::Read(feed.name(), items, true),
    }
}

fn prepared(record: Record) -> Item {
    match record {
        Record::Advisory(mut advisory) => {
            naming::name_sources(&mut advisory.ratings, &mut advisory.cvss);
            Item::Advisory {
                ecosystem: advisory
                    .affected
                    .first()
                    .map(|entry| family(&entry.ecosystem).to_owned()),
                prepared: prepare(&advisory),
                feed: advisory.feed,
                id: advisory.id,
            }
        }
        Record::Fact(feed, mut fact) => {
            if let Fact::Rated { ratings, cvss, .. } = &mut fact {
                naming::name_sources(ratings, cvss);
            }
            Item::Fact(feed, prepare_fact(&fact))
        }
        Record::Skipped(what, reason) => Item::Skipped(what, reason),
        Record::Dated(feed, time) => Item::Dated(feed, time),
        Record::Count(feed, records) => Item::Count(feed, records),
    }
}

#[cfg(test)]
mod tests;
