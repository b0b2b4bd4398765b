//! Where advisories come from: one file per feed.
//!
//! A feed is recognised by what a document says, never by its name. Adding one is one file here and one line in
//! [`FEEDS`].

mod arch;
mod csaf;
mod debian;
mod debian_list;
mod echo;
mod endoflife;
mod epss;
mod friendsofphp;
mod grype;
mod json;
mod kev;
mod nvd;
mod osv;
mod oval;
mod photon_cve;
mod redhat_api;
mod redhat_repositories;
mod rubysec;
mod secdb;
mod trivy;
mod ubuntu_vex;
mod updateinfo;
mod yaml;

use super::{Advisory, Fact};
use crate::versions::{Event, Range};
use jiff::Timestamp;
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
    /// A part of a record that can't be read, while the rest is handed on: what the record is, and why.
    LeftOut(String, String),
    /// How new a feed is, where its records do not say.
    Dated(String, Timestamp),
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

    /// A part of a record that can't be read, while the rest is handed on: what the record is, and why.
    pub fn leave_out(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        (self.take)(Record::LeftOut(what.into(), reason.into()));
    }

    /// When the feed was made, where its records have no times.
    pub fn dated(&mut self, feed: &str, time: Timestamp) {
        (self.take)(Record::Dated(feed.to_owned(), time));
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
    &arch::Arch,
    &debian::Debian,
    &debian_list::DebianList,
    &echo::Echo,
    &endoflife::EndOfLife,
    &epss::Epss,
    &friendsofphp::FriendsOfPhp,
    &grype::Grype,
    &kev::Kev,
    &nvd::Nvd,
    &osv::Osv,
    &oval::AZURE,
    &oval::ORACLE,
    &oval::PHOTON,
    &photon_cve::PhotonCve,
    &oval::RED_HAT,
    &oval::SUSE,
    &redhat_api::RedHatApi,
    &csaf::RED_HAT,
    &redhat_repositories::RedHatRepositories,
    &rubysec::Rubysec,
    &secdb::Secdb,
    &csaf::SUSE,
    &trivy::Trivy,
    &oval::UBUNTU,
    &ubuntu_vex::UbuntuVex,
    &updateinfo::Updateinfo,
];

/// The feed that recognises a document by its head.
pub(super) fn feed_of(head: &[u8]) -> Option<&'static dyn AdvisoryFeed> {
    FEEDS.iter().copied().find(|feed| feed.recognises(head))
}

/// A range that every version lies in.
fn every_version() -> Range {
    Range {
        events: vec![Event::Introduced("0".to_owned())],
    }
}

/// Whether a text is the address of a page.
fn is_page(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.len() <= 512
        && !url.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
mod testing;
