//! What is remembered of a document that was fetched: which version of it is in the database.
//!
//! It is kept in the database itself and changes with the records in one step. So a database that is copied, restored or left
//! as it was by a killed update never claims to hold what it does not.

use super::{Database, Writer};
use crate::advisories::DatabaseError;
use jiff::Timestamp;
use rusqlite::OptionalExtension;

/// The version of the program, which may read a document differently than the last one did.
const READER: &str = env!("CARGO_PKG_VERSION");

/// The version of a document that is in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// What its server calls it, as sent.
    pub(crate) etag: Option<String>,
    /// When its server says it changed, as sent.
    pub(crate) last_modified: Option<String>,
    /// Of a list of changes: the latest one that is in the database.
    pub(crate) newest: Option<Timestamp>,
}

impl Database {
    /// Which version of a document is in here; `None` where it was not fetched, or read by another version of the program.
    pub(crate) fn source(&self, url: &str) -> Result<Option<Source>, DatabaseError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT etag, last_modified, newest FROM source WHERE url = ?1 AND reader = ?2",
                )?
                .query_row((url, READER), |row| {
                    let newest: Option<i64> = row.get(2)?;
                    Ok(Source {
                        etag: row.get(0)?,
                        last_modified: row.get(1)?,
                        newest: newest.and_then(|second| Timestamp::from_second(second).ok()),
                    })
                })
                .optional()
        })
    }
}

impl Database {
    /// Digest and address of the ready-made database that this one is.
    pub(crate) fn origin(&self) -> Result<Option<String>, DatabaseError> {
        self.read(|connection| {
            connection
                .query_row("SELECT value FROM build WHERE key = 'origin'", [], |row| {
                    row.get(0)
                })
                .optional()
        })
    }
}

impl Writer<'_> {
    /// Notes which version of a document is in the database now.
    pub(crate) fn fetched(&self, url: &str, source: &Source) -> Result<(), DatabaseError> {
        let newest = source.newest.map(Timestamp::as_second);
        self.execute(
            "INSERT OR REPLACE INTO source (url, etag, last_modified, newest, reader) VALUES (?1, ?2, ?3, ?4, ?5)",
            (url, &source.etag, &source.last_modified, newest, READER),
        )
    }
}
