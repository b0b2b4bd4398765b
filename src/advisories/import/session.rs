//! An import under way: one writer, and the sources that are added to it one by one.
//!
//! What each of them says is summed up by feed. Nothing of it counts before the session ends: then the new database takes the
//! old one's place in one step.

use super::content::Spool;
use super::documents::{self, Documents};
use super::naming::{self, Names};
use super::{
    BATCH_BYTES, BATCH_DOCUMENTS, FeedSummary, ImportOptions, ImportSummary, Item, Outcome,
    Progress, fetch, read,
};
use crate::advisories::DatabaseError;
use crate::advisories::feeds::OSV;
use crate::advisories::store::{SideFile, Source, Writer};
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;

/// A source with more than one unreadable document in so many replaces nothing.
const TEAR: u64 = 10;

/// Runs an import of several sources into a database, which is made where there is none. With `work` failing, or giving up what it did
/// with `false`, the database stays as it was.
pub(crate) fn session<T>(
    database: &Path,
    options: &ImportOptions,
    work: impl FnOnce(&mut Session<'_>) -> Result<(T, bool), DatabaseError>,
) -> Result<(ImportSummary, T), DatabaseError> {
    let side = if options.anew {
        SideFile::begin_empty(database)?
    } else {
        SideFile::begin(database)?
    };
    let connection = side.connect()?;
    let mut session = Session {
        writer: Writer::new(&connection, side.target())?,
        spool: Spool::beside(side.target()),
        feeds: BTreeMap::new(),
        names: Names::default(),
        ignored: 0,
        empty: 0,
        met: BTreeSet::new(),
        first: 0,
    };
    session.writer.begin(options.replace, None);
    let (worked, is_wanted) = work(&mut session)?;
    let Session {
        writer,
        mut feeds,
        ignored,
        empty,
        ..
    } = session;
    for kept in writer.finish(options.built_at.unwrap_or_else(Timestamp::now))? {
        if let Some(feed) = feeds.get_mut(&kept.feed) {
            feed.imported = 0;
            feed.kept = Some(kept.old);
        }
    }
    connection
        .close()
        .map_err(|(_, error)| DatabaseError::damaged(side.target(), error))?;
    let mut summary = ImportSummary {
        database: side.target().to_owned(),
        feeds: feeds.into_values().collect(),
        ignored,
        empty,
        committed: is_wanted,
    };
    summary.committed &= !options.strict || summary.left_out() == 0;
    if summary.committed {
        side.commit()?;
    }
    Ok((summary, worked))
}

/// An import under way.
pub(crate) struct Session<'c> {
    writer: Writer<'c>,
    spool: Spool,
    feeds: BTreeMap<String, FeedSummary>,
    names: Names,
    ignored: u64,
    empty: u64,
    /// Feeds of the source that is being read.
    met: BTreeSet<String>,
    /// Number of the first advisory of it.
    first: i64,
}

/// What an update knows of a document that the document does not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// Where it was fetched.
    pub(crate) url: &'a str,
    /// When that was.
    pub(crate) fetched: Timestamp,
    /// Whether it is the whole of its feeds.
    pub(crate) is_whole: bool,
    /// The ecosystem that all its OSV records are filed under.
    pub(crate) ecosystem: Option<&'a str>,
}

impl Session<'_> {
    /// Imports what lies under a path.
    pub(super) fn add(
        &mut self,
        path: &Path,
        sources: Vec<Documents>,
        ecosystem: Option<&str>,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<(), DatabaseError> {
        let mut recognised = 0;
        for source in sources {
            recognised += self.source(source, ecosystem, progress)?;
        }
        if recognised == 0 {
            return Err(DatabaseError::NothingToImport {
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    /// Imports a document that was fetched.
    pub(crate) fn add_fetched(
        &mut self,
        path: &Path,
        origin: &Origin<'_>,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<(), DatabaseError> {
        let document = (origin.url, origin.fetched);
        self.writer.begin(origin.is_whole, Some(document));
        let sources = documents::find(path)?;
        self.add(path, sources, origin.ecosystem, progress)
    }

    /// Records that were read so far.
    pub(crate) fn records(&self) -> u64 {
        self.feeds.values().map(|feed| feed.read).sum()
    }

    /// Whether anything is in the new database that was not in the old one.
    pub(super) fn has_imported(&self) -> bool {
        self.feeds.values().any(|feed| feed.imported > 0)
    }

    /// Notes which version of a document is in the database now.
    pub(crate) fn fetched(&self, url: &str, source: &Source) -> Result<(), DatabaseError> {
        self.writer.fetched(url, source)
    }

    /// Notes that what is there of a document is still the newest.
    pub(crate) fn current(&mut self, url: &str, time: Timestamp) {
        self.writer.current(url, time);
    }

    /// Imports one archive or the files of one folder; the number of documents that a feed recognised.
    fn source(
        &mut self,
        source: Documents,
        ecosystem: Option<&str>,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) -> Result<u64, DatabaseError> {
        let path = source.path().to_owned();
        let total = source.len() as u64;
        self.met.clear();
        self.first = self.writer.next_advisory();
        let archive = ecosystem
            .map(str::to_owned)
            .or_else(|| naming::of_archive(&source, &self.spool));
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
            let mut unreadable = 0;
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
                            unreadable += 1;
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
            // One record of many is a pity; a document that breaks off, or many of them, is no base to throw the old ones away.
            if unreadable * TEAR > done {
                for feed in &self.met {
                    self.writer.tear(feed);
                }
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
                    self.took(&feed);
                    if is_twice {
                        self.summary(&feed).gave_way(id);
                    }
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

    fn took(&mut self, feed: &str) {
        if !self.met.contains(feed) {
            self.met.insert(feed.to_owned());
        }
        self.summary(feed).took();
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
