//! `db import`: documents from files, folders and archives, through the feeds, into a new database file.
//!
//! One thread reads ahead and has batches of documents unpacked and parsed on all cores; the calling thread writes the
//! rows. Batches are bounded in bytes and come in order, so memory is bounded and the same input gives the same file.
//! A record that can't be read is counted and left out, the rest goes in.

mod content;
mod documents;
mod naming;
mod session;
mod sift;
mod summary;

use super::feeds::{Document, Record, Records};
use super::model::family;
use super::store::{Prepared, PreparedFact, prepare, prepare_fact};
use super::{AdvisoryFeed, DatabaseError, Fact};
use content::{Content, Spool, Unreadable};
use documents::Task;
use jiff::Timestamp;
#[cfg_attr(not(feature = "update"), allow(unused_imports))]
pub(crate) use session::{Origin, Session, session};
use std::path::{Path, PathBuf};
pub use summary::{FeedSummary, ImportSummary, Skipped};

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
    /// The documents are the whole of their feeds: what a feed has no longer goes. A feed keeps what it had if a document of it
    /// can't be read, or if less than half is left of it.
    pub replace: bool,
    /// Begin with nothing instead of the database that is there.
    pub anew: bool,
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
    // What is not there shows before anything is copied.
    let found = paths
        .iter()
        .map(|path| documents::find(path))
        .collect::<Result<Vec<_>, _>>()?;
    session(database, options, |session| {
        for (path, sources) in paths.iter().zip(found) {
            session.add(path, sources, None, progress)?;
            if !session.has_imported() {
                return Err(DatabaseError::NothingToImport { path: path.clone() });
            }
        }
        Ok(((), true))
    })
    .map(|(summary, ())| summary)
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
        prepare_record(record, &mut items);
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

fn prepare_record(record: Record, items: &mut Vec<Item>) {
    let item = match record {
        Record::Advisory(mut advisory) => {
            naming::name_sources(&mut advisory.ratings, &mut advisory.cvss);
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
        Record::Fact(feed, mut fact) => {
            if let Fact::Rated { ratings, cvss, .. } = &mut fact {
                naming::name_sources(ratings, cvss);
            }
            Item::Fact(feed, prepare_fact(&fact))
        }
        Record::Skipped(what, reason) => Item::Skipped(what, reason),
        Record::LeftOut(what, reason) => Item::LeftOut(what, reason),
        Record::Dated(feed, time) => Item::Dated(feed, time),
        Record::Count(feed, records) => Item::Count(feed, records),
    };
    items.push(item);
}

#[cfg(test)]
mod tests;
