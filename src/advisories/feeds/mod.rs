//! Where advisories come from: one file per feed.
//!
//! A feed is recognised by what a document says, never by its name. Adding one is one file here and one line in
//! [`FEEDS`].

mod json;
mod osv;
mod secdb;

use super::Advisory;

/// What a feed made of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The records. Their `feed` is empty where the feed's name depends on what else is in the same archive; the import
    /// names it then.
    pub advisories: Vec<Advisory>,
    /// Records that could not be read: what they are, and why.
    pub skipped: Vec<(String, String)>,
}

/// A format in which advisories are published.
pub trait AdvisoryFeed: Sync {
    /// Name of the format, and first part of the names of its feeds.
    fn name(&self) -> &'static str;

    /// Whether a document is of this feed. Called with all of the document, decides on as little as it can.
    fn recognises(&self, document: &[u8]) -> bool;

    /// Reads a document; what it is that can't be read is the error, in a few words.
    fn read(&self, document: &[u8]) -> Result<Document, String>;
}

/// Every feed.
pub static FEEDS: &[&dyn AdvisoryFeed] = &[&osv::Osv, &secdb::Secdb];

/// The feed that recognises a document.
pub(super) fn feed_of(document: &[u8]) -> Option<&'static dyn AdvisoryFeed> {
    FEEDS.iter().copied().find(|feed| feed.recognises(document))
}
