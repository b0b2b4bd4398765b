//! `db import`: documents from files, folders and archives, through the feeds, into a new database file.
//!
//! One thread reads ahead and has batches of documents unpacked and parsed on all cores; the calling thread writes the
//! rows. Batches are bounded in bytes and come in order, so memory is bounded and the same input gives the same file.
//! A record that can't be read is counted and left out, the rest goes in.

mod content;
mod documents;
mod naming;
mod sift;
mod summary;

use super::feeds::{Document, OSV, Record, Records};
use super::model::family;
use super::store::{Prepared, PreparedFact, SideFile, Writer, prepare, prepare_fact};
use super::{AdvisoryFeed, DatabaseError};
use content::{Content, Spool, Unreadable};
use documents::{Documents, Task};
use jiff::Timestamp;
use naming::Names;
use rayon::prelude::*;
pub use summary::{FeedSummary, ImportSummary, Skipped};

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
    LeftOut(String, String),
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
        first: 0,
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
    let mut summary = ImportSummary {
        database: side.target().to_owned(),
        feeds: feeds.into_values().collect(),
        ignored,
        committed: true,
    };
    summary.committed = !options.strict || summary.left_out() == 0;
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
    /// Number of the first advisory of the source that is being read.
    first: i64,
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
        self.first = self.writer.next_advisory();
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
                        Outcome::Unreadable(format, reason) => {
                            let name = unnamed(format.unwrap_or(OSV), archive.as_deref());
                            self.summary(&name).skip(label, &reason);
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
        let mut left_out = Vec::new();
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
                    let replaced = self.writer.write(&feed, &prepared)?;
                    let is_twice = replaced.is_some_and(|number| number >= self.first);
                    let summary = self.summary(&feed);
                    summary.took();
                    if is_twice {
                        summary.gave_way(id);
                    }
                    last = Some(feed);
                }
                Item::Fact(feed, fact) => {
                    self.writer.write_fact(&feed, &fact)?;
                    self.summary(&feed).took();
                    last = Some(feed);
                }
                Item::Dated(feed, time) => self.writer.date(&feed, time)?,
                Item::Count(feed, records) => {
                    self.writer.count(&feed, records)?;
                    last = Some(feed);
                }
                Item::Skipped(what, reason) => skipped.push((what, reason)),
                Item::LeftOut(what, reason) => left_out.push((what, reason)),
            }
        }
        if skipped.is_empty() && left_out.is_empty() {
            return Ok(());
        }
        let summary = self.summary(&last.unwrap_or_else(|| unnamed(format, archive)));
        for (what, reason) in skipped {
            summary.skip(what, &reason);
        }
        for (what, reason) in left_out {
            summary.leave_out(what, &reason);
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
}

/// The feed of records that do not say it themselves, by their format and what their archive is of.
fn unnamed(format: &str, archive: Option<&str>) -> String {
    match archive {
        Some(name) if format == OSV => format!("{OSV}/{name}"),
        _ => format.to_owned(),
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
    let mut take = |record| {
        prepare_record(record, &mut items);
        if items.len() >= PART
            && let Some(pass) = &mut pass
        {
            pass(std::mem::take(&mut items), feed.name());
        }
    };
    match feed.read(&document, &mut Records::new(&mut take)) {
        Err(reason) => Outcome::Unreadable(Some(feed.name()), reason),
        Ok(()) => Outcome::Read(feed.name(), items, true),
    }
}

fn prepare_record(record: Record, items: &mut Vec<Item>) {
    let item = match record {
        Record::Advisory(mut advisory) => {
            let ecosystem = advisory
                .affected
                .first()
                .map(|entry| family(&entry.ecosystem).to_owned());
            for _ in 0..sift::sift(&mut advisory) {
                items.push(Item::LeftOut(
                    advisory.id.clone(),
                    sift::BACKWARDS.to_owned(),
                ));
            }
            Item::Advisory {
                ecosystem,
                prepared: prepare(&advisory),
                feed: advisory.feed,
                id: advisory.id,
            }
        }
        Record::Fact(feed, fact) => Item::Fact(feed, prepare_fact(&fact)),
        Record::Skipped(what, reason) => Item::Skipped(what, reason),
        Record::LeftOut(what, reason) => Item::LeftOut(what, reason),
        Record::Dated(feed, time) => Item::Dated(feed, time),
        Record::Count(feed, records) => Item::Count(feed, records),
    };
    items.push(item);
}

#[cfg(test)]
mod tests;
