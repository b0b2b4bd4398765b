//! A search that the content of every file goes through, beside what readers make of the few that they want.
//!
//! It is handed an input rather than bytes, so that a file of any size can be gone through where it lies in a mapped
//! archive, or as it passes by in a stream, without being held.

use super::entry::Entry;
use super::tar::Input;
use std::io;

/// Something that a search met in a file. What it means is the searcher's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The searcher's own number for it.
    pub what: u32,
    /// Its line, from 1.
    pub line: u32,
    /// What the searcher wants to say of it.
    pub text: String,
}

/// What came of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// In the order of the file.
    pub marks: Vec<Mark>,
    /// What was not searched, and why; said of the file's path.
    pub warning: Option<&'static str>,
}

/// Goes through the content of files; called from several threads.
pub trait Search: Sync {
    /// Asked for every regular file before any of its content is touched.
    fn looks_into(&self, entry: &Entry<'_>) -> bool;

    /// Goes through one file from its start; what it leaves unread is passed over.
    fn search(&self, entry: &Entry<'_>, content: &mut dyn Input) -> io::Result<Searched>;
}
