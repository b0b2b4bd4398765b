//! What can be wrong with a database or an import, with the facts that a person needs to mend it.

use std::path::{Path, PathBuf};
use thiserror::Error;

/// A database that can't be used, or an import that can't be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The database that was asked for is not there.
    #[error("{}: no such database", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Not an SQLite file at all.
    #[error("{}: is no SQLite file", path.display())]
    NotSqlite {
        /// The file.
        path: PathBuf,
    },
    /// SQLite, but not one of ours.
    #[error("{}: is an SQLite file, but no vulnerability database (application id {found:#010x})", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// The application id it carries.
        found: u32,
    },
    /// Written by another version of the program.
    #[error("{}: has schema version {found}, this program reads {expected}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// Shorter or longer than its header says: a copy that was cut off.
    #[error("{}: is {found} bytes long, its header says {expected}: cut off or still being copied", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// What the header says.
        expected: u64,
    },
    /// Damaged inside: a page, or a row that does not read as what it should be.
    #[error("{}: is damaged: {detail}", path.display())]
    Damaged {
        /// The file (`seed` for the built-in one).
        path: PathBuf,
        /// What was met.
        detail: String,
    },
    /// A path to import holds nothing that a feed recognises.
    #[error("{}: holds no advisories of a known feed", path.display())]
    NothingToImport {
        /// The path.
        path: PathBuf,
    },
    /// A zip archive that can't be opened.
    #[error("{}: damaged zip archive: {detail}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// What was asked for needs a file, and the database is the built-in seed.
    #[error("there is no database file, only the seed built into this program")]
    NoFile,
    /// Records or parts of them were left out, and none were to be.
    #[error(
        "{left_out} records or parts of them could not be read: the database was left as it was"
    )]
    Strict {
        /// How many.
        left_out: u64,
    },
    /// No folder to keep the database in is known.
    #[error("no home folder is known to keep the database in")]
    NoHome,
}

impl DatabaseError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => {
                Some("make one with `layerscan db import PATH…`, or leave `--db` out to use the built-in seed".to_owned())
            }
            Self::Schema { found, expected, .. } if found > expected => {
                Some("it was written by a newer layerscan: update this one, or import the feeds anew".to_owned())
            }
            Self::Schema { .. } => Some("remove the file and import the feeds anew".to_owned()),
            Self::Length { .. } | Self::Damaged { .. } => {
                Some("copy it again, or remove it and import the feeds anew".to_owned())
            }
            Self::NotSqlite { .. } | Self::NotADatabase { .. } => {
                Some("`--db` takes a file that `layerscan db import` wrote".to_owned())
            }
            Self::NothingToImport { .. } => {
                Some("docs/database.md lists the feeds that are known; files may be compressed or in archives".to_owned())
            }
            Self::NoFile => Some("make one with `layerscan db import PATH…`, or name one with `--db FILE`".to_owned()),
            Self::NoHome => Some("name a file with `--db FILE`".to_owned()),
            Self::Io { .. } | Self::Archive { .. } | Self::Strict { .. } => None,
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::Missing {
                path: path.to_owned(),
            }
        } else {
            Self::Io {
                path: path.to_owned(),
                source,
            }
        }
    }

    pub(crate) fn damaged(path: &Path, detail: impl std::fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            detail: detail.to_string().replace('\n', " "),
        }
    }
}
