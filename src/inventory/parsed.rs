//! What a parser hands back: packages as one file lists them, not yet placed in an image.

use super::checksums::Checksums;
use crate::packages::{Evidence, Package, Relation};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Paths that a package owns, relative to the root (no leading `/`), in one allocation, and perhaps their checksums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileList {
    /// The paths, each ended by a NUL byte (the one byte no path can hold).
    bytes: Vec<u8>,
    /// What the list says of their content, where that was asked for; it may speak of files that are not in the list.
    pub checksums: Checksums,
}

impl FileList {
    /// Adds one path; leading `/` and `./` are dropped, an empty path is not added.
    pub fn push(&mut self, path: &[u8]) {
        let mut path = path;
        while let Some(rest) = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"./")) {
            path = rest;
        }
        if !path.is_empty() && path != b"." && memchr::memchr(0, path).is_none() {
            self.bytes.extend_from_slice(path);
            self.bytes.push(0);
        }
    }

    /// The paths in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes
            .split_inclusive(|byte| *byte == 0)
            .map(|path| &path[..path.len() - 1])
    }

    /// Whether no path was added.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// One package as a file lists it; its locations are still empty.
#[derive(Clone, Debug)]
pub struct InstalledPackage {
    /// The package.
    pub package: Package,
    /// First line of its entry (from 1), where the file is a text.
    pub line: Option<u32>,
    /// The files it owns, where the database itself lists them.
    pub files: FileList,
    /// What kind of file this is.
    pub evidence: Evidence,
    /// Whether the file says that it is for development only.
    pub dev: bool,
    /// How it came to be a dependency, where the file says so.
    pub relation: Option<Relation>,
    /// Where in the file it lies, if that is an archive: a path, with `!/` where archives lie in archives.
    pub inner: Option<String>,
}

impl InstalledPackage {
    /// A package of which the file says no more.
    pub fn new(package: Package, evidence: Evidence) -> Self {
        Self {
            package,
            line: None,
            files: FileList::default(),
            evidence,
            dev: false,
            relation: None,
            inner: None,
        }
    }

    /// On the given line.
    #[must_use]
    pub fn on_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
}

/// What a reader keeps of a file for [`join`](super::PackageReader::join), in a form of its own.
#[derive(Clone)]
pub struct Notes(Arc<dyn Any + Send + Sync>);

impl Notes {
    /// Wraps what is kept.
    pub fn new(notes: impl Any + Send + Sync) -> Self {
        Self(Arc::new(notes))
    }

    /// What was kept, where it is of this form.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Notes")
    }
}

/// What was made of one file.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The packages, in the order of the file.
    pub packages: Vec<InstalledPackage>,
    /// One sentence for each entry that could not be read; the rest is in `packages`.
    pub warnings: Vec<String>,
    /// What other files may want to know of this one.
    pub notes: Option<Notes>,
}

impl Parsed {
    /// Whether there is nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.warnings.is_empty() && self.notes.is_none()
    }

    /// What was kept of the file, where it is of this form.
    pub fn notes<T: Any>(&self) -> Option<&T> {
        self.notes.as_ref()?.get()
    }
}

/// A file of which nothing can be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// The format's own marks are missing.
    #[error("is no {expected}")]
    NotOfThisFormat {
        /// What it should have been: `rpm database (BerkeleyDB hash)`, …
        expected: &'static str,
    },
    /// Damaged in a way that leaves nothing to read.
    #[error("{what} at byte {offset}")]
    Damaged {
        /// What is wrong there.
        what: String,
        /// Where, from the start of the file.
        offset: u64,
    },
    /// A bound of the scanner was met.
    #[error("{what} is over the limit of {limit}")]
    TooLarge {
        /// What grew too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl ReadError {
    /// A file over a reader's limit, in bytes.
    pub(super) fn too_large(limit: u64) -> Self {
        Self::TooLarge {
            what: "its size",
            limit,
        }
    }
}
