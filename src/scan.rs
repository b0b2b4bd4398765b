//! The one path, from an image to its report, as one readable function.

use crate::advisories::{Database, DatabaseError};
use crate::report::Report;
use std::path::PathBuf;
use thiserror::Error;

/// Where an image comes from.
#[derive(Clone, Debug)]
pub enum Input {
    /// An archive or an OCI layout folder.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// `tag` of `IMAGE:tag` or `sha256:…` of `IMAGE@sha256:…`.
        reference: Option<String>,
    },
    /// An archive on standard input.
    Stdin,
}

/// What to scan for and how.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, and any two go together"
)]
pub struct Options {
    /// `OS/ARCH[/VARIANT]` of an image for several platforms; this machine's where it is not given.
    pub platform: Option<String>,
    /// `NAME:TAG` of an archive with several images.
    pub image: Option<String>,
    /// All images of an archive.
    pub all: bool,
    /// Check the digests of all layers.
    pub verify: bool,
    /// Threads to work with; as many as there are processors where it is not given.
    pub threads: Option<usize>,
    /// Kinds of packages to report; all where it is empty.
    pub only: Vec<String>,
    /// Keep findings that are no vulnerabilities.
    pub informational: bool,
    /// Measure the stages.
    pub timings: bool,
}

/// Who wants to know how far a scan is; called from several threads.
pub trait Progress: Sync {
    /// The scan begins; 0 where the number of bytes is not known.
    fn start(&self, total_bytes: u64);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The scan is over.
    fn finish(&self);
}

/// A scan that can't be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no image reader yet.
    #[error("{input:?}: images can't be read yet")]
    NotYet {
        /// What was to be scanned.
        input: Input,
    },
}

impl ScanError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint(),
            Self::NotYet { .. } => None,
        }
    }
}

/// Scans one input; more than one report only with [`Options::all`].
pub fn scan(
    input: &Input,
    _options: &Options,
    _database: &Database,
    progress: &dyn Progress,
) -> Result<Vec<Report>, ScanError> {
    progress.finish();
    Err(ScanError::NotYet {
        input: input.clone(),
    })
}
