//! Where advisories come from: one file per feed.
//!
//! A feed is recognised by what a document says, never by its name. Adding one is one file here and one line in
//! [`FEEDS`].

mod debian_list;
mod json;
mod osv;
mod photon_cve;
mod secdb;
mod ubuntu_vex;

use super::{Advisory, Fact};
use std::path::Path;

/// One document of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Its path below what was given to import, or inside of an archive: for messages, and for the few feeds that keep a record's id
    /// in its file's name.
    pub label: &'a str,
    /// All of it, decompressed; empty for a feed that [wants a file](AdvisoryFeed::wants_file).
    pub bytes: &'a [u8],
    /// Where it lies, for a feed that wants a file.
    pub file: Option<&'a Path>,
}

/// What a feed makes of a document, one after another.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// An advisory. Its `feed` is empty where the feed's name depends on what else is in the same archive; the import names it then.
    Advisory(Advisory),
    /// A statement that is no advisory: feed and fact.
    Fact(String, Fact),
    /// A record that can't be read: what it is, and why.
    Skipped(String, String),
    /// How many records a feed counts, where that is not the number of advisories and facts made of them.
    Count(String, u64),
}

/// Takes what a feed reads, so that no document's records have to be in memory together.
pub struct Records<'a> {
    take: &'a mut dyn FnMut(Record),
}

impl<'a> Records<'a> {
    /// Hands everything to `take`.
    pub fn new(take: &'a mut dyn FnMut(Record)) -> Self {
        Self { take }
    }

    /// An advisory.
    pub fn advisory(&mut self, advisory: Advisory) {
        (self.take)(Record::Advisory(advisory));
    }

    /// A fact of a feed.
    pub fn fact(&mut self, feed: &str, fact: Fact) {
        (self.take)(Record::Fact(feed.to_owned(), fact));
    }

    /// A record that can't be read: what it is, and why.
    pub fn skip(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        (self.take)(Record::Skipped(what.into(), reason.into()));
    }

    /// The number of records as the feed counts them, unreadable ones left out.
    pub fn count(&mut self, feed: &str, records: u64) {
        (self.take)(Record::Count(feed.to_owned(), records));
    }
}

/// Bytes that a document may have where its feed does not say otherwise: the largest single advisories have some hundred
/// kilobytes, a secdb of a whole repository a few megabytes.
pub(super) const DOCUMENT_LIMIT: u64 = 16 << 20;
/// Bytes of a document's beginning that it is recognised by.
pub(super) const HEAD: usize = 64 << 10;

/// A format in which advisories are published.
pub trait AdvisoryFeed: Sync {
    /// Name of the format, and first part of the names of its feeds.
    fn name(&self) -> &'static str;

    /// Bytes that a document of it may have, decompressed.
    fn limit(&self) -> u64 {
        DOCUMENT_LIMIT
    }

    /// Whether it reads a file where it lies, instead of bytes in memory: databases of other scanners.
    fn wants_file(&self) -> bool {
        false
    }

    /// Whether a document is of this feed. `head` is its first 64 KiB or all of it; where no feed recognises the head of a larger
    /// document, all are asked again with all of it.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Reads a document; what it is that can't be read is the error, in a few words.
    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String>;
}

/// Name of OSV's format, whose feeds are named by their archives.
pub(super) const OSV: &str = "osv";

/// Every feed.
pub static FEEDS: &[&dyn AdvisoryFeed] = &[
    &debian_list::DebianList,
    &osv::Osv,
    &photon_cve::PhotonCve,
    &secdb::Secdb,
    &ubuntu_vex::UbuntuVex,
];

/// The feed that recognises a document by its head.
pub(super) fn feed_of(head: &[u8]) -> Option<&'static dyn AdvisoryFeed> {
    FEEDS.iter().copied().find(|feed| feed.recognises(head))
}

/// All that a feed makes of a document.
#[cfg(test)]
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) advisories: Vec<Advisory>,
    pub(super) facts: Vec<(String, Fact)>,
    pub(super) skipped: Vec<(String, String)>,
    pub(super) counts: Vec<(String, u64)>,
}

/// Reads a document that lies in memory, for tests.
#[cfg(test)]
pub(super) fn read_all(feed: &dyn AdvisoryFeed, label: &str, bytes: &[u8]) -> Result<Read, String> {
    let mut read = Read::default();
    let document = Document {
        label,
        bytes,
        file: None,
    };
    let mut take = |record| match record {
        Record::Advisory(advisory) => read.advisories.push(advisory),
        Record::Fact(feed, fact) => read.facts.push((feed, fact)),
        Record::Skipped(what, reason) => read.skipped.push((what, reason)),
        Record::Count(feed, count) => read.counts.push((feed, count)),
    };
    feed.read(&document, &mut Records::new(&mut take))?;
    Ok(read)
}
