//! Putting advisories into a database: packing them (on any thread) and writing the rows (on one).

use super::codec::{append_packages, decode_advisory, encode_advisory, encode_entry, encode_fact};
use super::feed_rows::{FeedRows, Kept};
use crate::advisories::model::filed_name;
use crate::advisories::{Advisory, DatabaseError, Fact};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// An advisory ready to be written.
#[derive(Debug)]
pub(crate) struct Prepared {
    id: String,
    names: Vec<String>,
    body: Vec<u8>,
    entries: Vec<(String, String, Vec<u8>)>,
    newest: i64,
}

/// A fact ready to be written.
#[derive(Debug)]
pub(crate) struct PreparedFact {
    key: String,
    body: Vec<u8>,
    newest: i64,
}

/// Packs a fact.
pub(crate) fn prepare_fact(fact: &Fact) -> PreparedFact {
    let time = match fact {
        Fact::Exploited { added, .. } => *added,
        Fact::Rated { published, .. } => *published,
        _ => None,
    };
    PreparedFact {
        key: fact.key().into_owned(),
        body: encode_fact(fact),
        newest: time.map_or(0, Timestamp::as_second),
    }
}

/// Packs an advisory.
pub(crate) fn prepare(advisory: &Advisory) -> Prepared {
    let mut names: Vec<String> = [&advisory.id]
        .into_iter()
        .chain(&advisory.aliases)
        .chain(&advisory.vulnerabilities)
        .cloned()
        .collect();
    names.sort_unstable();
    names.dedup();
    let newest = advisory
        .published
        .max(advisory.modified)
        .map_or(0, Timestamp::as_second);
    Prepared {
        id: advisory.id.clone(),
        names,
        body: encode_advisory(advisory),
        entries: advisory
            .affected
            .iter()
            .map(|entry| {
                (
                    entry.ecosystem.clone(),
                    filed_name(&entry.ecosystem, &entry.package),
                    encode_entry(entry),
                )
            })
            .collect(),
        newest,
    }
}

/// More names than this are looked up in the file again instead of being remembered.
const REMEMBERED_PACKAGES: usize = 200_000;

/// Writes rows in one transaction.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    path: PathBuf,
    feeds: FeedRows,
    ecosystems: HashMap<String, i64>,
    packages: HashMap<i64, HashMap<String, i64>>,
    remembered: usize,
    next_package: i64,
    next_advisory: i64,
}

impl<'c> Writer<'c> {
    /// Begins; `path` is for messages.
    pub(crate) fn new(connection: &'c Connection, path: &Path) -> Result<Self, DatabaseError> {
        let damaged = |error| DatabaseError::damaged(path, error);
        let begin = || -> rusqlite::Result<Self> {
            connection.set_prepared_statement_cache_capacity(32);
            // Plans must not be made anew for every bound value, see `Database`.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            // The bundled SQLite checks references row by row; here they hold by construction, and `verify` looks.
            connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
            let next = |table: &str| {
                connection.query_row(
                    &format!("SELECT coalesce(max(number), 0) + 1 FROM {table}"),
                    [],
                    |row| row.get(0),
                )
            };
            let ecosystems = connection
                .prepare("SELECT name, number FROM ecosystem")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Self {
                connection,
                path: path.to_owned(),
                feeds: FeedRows::load(connection)?,
                ecosystems,
                packages: HashMap::new(),
                remembered: 0,
                next_package: next("package")?,
                next_advisory: next("advisory")?,
            })
        };
        begin().map_err(damaged)
    }

    fn damaged(&self, error: impl std::fmt::Display) -> DatabaseError {
        DatabaseError::damaged(&self.path, error)
    }

    /// The number that the next advisory gets; numbers only grow.
    pub(crate) fn next_advisory(&self) -> i64 {
        self.next_advisory
    }

    /// Writes one advisory; the one of the same feed and id, if there is one, is replaced, and its number handed back.
    pub(crate) fn write(
        &mut self,
        feed: &str,
        advisory: &Prepared,
    ) -> Result<Option<i64>, DatabaseError> {
        self.try_write(feed, advisory)
            .map_err(|error| self.damaged(error))
    }

    fn try_write(&mut self, feed: &str, advisory: &Prepared) -> rusqlite::Result<Option<i64>> {
        let feed = self.feeds.number(self.connection, feed, advisory.newest)?;
        let old: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT advisory.number FROM name JOIN advisory ON advisory.number = name.advisory
                 WHERE name.id = ?1 AND advisory.feed = ?2 AND advisory.id = ?1",
            )?
            .query_row((&advisory.id, feed), |row| row.get(0))
            .optional()?;
        if let Some(old) = old {
            Self::remove(self.connection, old)?;
        }

        let number = self.next_advisory;
        self.next_advisory += 1;
        let mut entries = Vec::with_capacity(advisory.entries.len());
        for (ecosystem, package, body) in &advisory.entries {
            entries.push((self.package(ecosystem, package)?, body));
        }
        // Stable: entries of one package stay in the feed's order.
        entries.sort_by_key(|(package, _)| *package);
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO affected (package, advisory, part, body) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut packages: Vec<i64> = Vec::with_capacity(entries.len());
        let mut part = 0i64;
        for (package, body) in entries {
            if packages.last() == Some(&package) {
                part += 1;
            } else {
                packages.push(package);
                part = 0;
            }
            insert.execute((package, number, part, body))?;
        }
        let mut insert = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO name (id, advisory) VALUES (?1, ?2)")?;
        for name in &advisory.names {
            insert.execute((name, number))?;
        }
        let mut body = advisory.body.clone();
        append_packages(&mut body, &packages);
        self.connection
            .prepare_cached(
                "INSERT INTO advisory (number, feed, id, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((number, feed, &advisory.id, body))?;
        Ok(old)
    }

    /// Writes a fact; the one of the same feed and key, if there is one, is replaced.
    pub(crate) fn write_fact(
        &mut self,
        feed: &str,
        fact: &PreparedFact,
    ) -> Result<(), DatabaseError> {
        let mut write = || {
            let feed = self.feeds.number(self.connection, feed, fact.newest)?;
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO fact (key, feed, body) VALUES (?1, ?2, ?3)",
                )?
                .execute((&fact.key, feed, &fact.body))
                .map(drop)
        };
        let written = write();
        written.map_err(|error| self.damaged(error))
    }

    /// Notes that a feed was made at a time.
    pub(crate) fn date(&mut self, feed: &str, time: Timestamp) -> Result<(), DatabaseError> {
        let noted = self
            .feeds
            .number(self.connection, feed, time.as_second())
            .map(drop);
        noted.map_err(|error| self.damaged(error))
    }

    /// Notes how many records a feed counts; of several documents of one feed the largest count stands, a smaller one is of a part.
    pub(crate) fn count(&mut self, feed: &str, records: u64) -> Result<(), DatabaseError> {
        let noted = self.feeds.number(self.connection, feed, 0).map(drop);
        noted.map_err(|error| self.damaged(error))?;
        self.feeds.count(feed, records);
        Ok(())
    }

    /// From here on a feed that is met for the first time is replaced as a whole, or added to. `document` is where the records
    /// come from, and when that was known to be the newest.
    pub(crate) fn begin(&mut self, replacing: bool, document: Option<(&str, Timestamp)>) {
        self.feeds.begin(replacing, document);
    }

    /// Notes that a document of a feed could not be read: what is there of the feed is not replaced.
    pub(crate) fn tear(&mut self, feed: &str) {
        self.feeds.tear(feed);
    }

    /// Notes that a document is still the newest.
    pub(crate) fn current(&mut self, url: &str, time: Timestamp) {
        self.feeds.current(url, time);
    }

    /// Runs a statement.
    pub(super) fn execute(
        &self,
        statement: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<(), DatabaseError> {
        let executed = self.connection.execute(statement, parameters);
        executed.map(drop).map_err(|error| self.damaged(error))
    }

    fn remove(connection: &Connection, number: i64) -> rusqlite::Result<()> {
        let (id, body): (String, Vec<u8>) = connection
            .prepare_cached("SELECT id, body FROM advisory WHERE number = ?1")?
            .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (old, packages) = decode_advisory(&body).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                0,
                rusqlite::types::Type::Blob,
                error.to_string().into(),
            )
        })?;
        let mut delete = connection
            .prepare_cached("DELETE FROM affected WHERE package = ?1 AND advisory = ?2")?;
        for package in packages {
            delete.execute([package, number])?;
        }
        let mut delete =
            connection.prepare_cached("DELETE FROM name WHERE id = ?1 AND advisory = ?2")?;
        for name in [&id]
            .into_iter()
            .chain(&old.aliases)
            .chain(&old.vulnerabilities)
        {
            delete.execute((name, number))?;
        }
        connection
            .prepare_cached("DELETE FROM advisory WHERE number = ?1")?
            .execute([number])?;
        Ok(())
    }

    fn package(&mut self, ecosystem: &str, name: &str) -> rusqlite::Result<i64> {
        let ecosystem = if let Some(number) = self.ecosystems.get(ecosystem) {
            *number
        } else {
            self.connection.execute(
                "INSERT INTO ecosystem (name, packages) VALUES (?1, 0)",
                [ecosystem],
            )?;
            let number = self.connection.last_insert_rowid();
            self.ecosystems.insert(ecosystem.to_owned(), number);
            number
        };
        let known = self.packages.entry(ecosystem).or_default();
        if let Some(number) = known.get(name) {
            return Ok(*number);
        }
        let stored: Option<i64> = self
            .connection
            .prepare_cached("SELECT number FROM package WHERE name = ?1 AND ecosystem = ?2")?
            .query_row((name, ecosystem), |row| row.get(0))
            .optional()?;
        let number = if let Some(number) = stored {
            number
        } else {
            let number = self.next_package;
            self.connection
                .prepare_cached(
                    "INSERT INTO package (number, name, ecosystem) VALUES (?1, ?2, ?3)",
                )?
                .execute((number, name, ecosystem))?;
            self.next_package += 1;
            number
        };
        if self.remembered >= REMEMBERED_PACKAGES {
            self.packages.clear();
            self.remembered = 0;
        }
        self.packages
            .entry(ecosystem)
            .or_default()
            .insert(name.to_owned(), number);
        self.remembered += 1;
        Ok(number)
    }

    /// The feed that holds a record of this id already, among those whose name begins with `prefix`.
    pub(crate) fn feed_of(&self, id: &str, prefix: &str) -> Result<Option<String>, DatabaseError> {
        let find = || {
            self.connection
                .prepare_cached(
                    "SELECT feed.name FROM name JOIN advisory ON advisory.number = name.advisory
                     JOIN feed ON feed.number = advisory.feed
                     WHERE name.id = ?1 AND advisory.id = ?1 AND substr(feed.name, 1, length(?2)) = ?2 AND feed.name NOT LIKE '% (new)'
                     ORDER BY feed.number",
                )?
                .query_row((id, prefix), |row| row.get(0))
                .optional()
        };
        find().map_err(|error| self.damaged(error))
    }

    /// Counts, stamps and ends the transaction; feeds whose old records were kept, see [`Kept`].
    pub(crate) fn finish(self, built_at: Timestamp) -> Result<Vec<Kept>, DatabaseError> {
        let Self {
            connection, feeds, ..
        } = self;
        let remove_all = |feed: i64| -> rusqlite::Result<()> {
            let numbers: Vec<i64> = connection
                .prepare_cached("SELECT number FROM advisory WHERE feed = ?1")?
                .query_map([feed], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for number in numbers {
                Self::remove(connection, number)?;
            }
            connection
                .execute("DELETE FROM fact WHERE feed = ?1", [feed])
                .map(drop)
        };
        let finish = || -> rusqlite::Result<Vec<Kept>> {
            let kept = feeds.settle(connection, remove_all)?;
            connection.execute(
                "UPDATE ecosystem SET packages = coalesce(counted.packages, 0) FROM ecosystem AS old LEFT JOIN
                 (SELECT ecosystem, count(*) AS packages FROM package GROUP BY ecosystem) AS counted
                 ON counted.ecosystem = old.number WHERE ecosystem.number = old.number",
                [],
            )?;
            let built_at = Timestamp::from_second(built_at.as_second())
                .unwrap_or(built_at)
                .to_string();
            connection.execute(
                "INSERT OR REPLACE INTO build (key, value) VALUES ('builtAt', ?1)",
                [built_at],
            )?;
            connection.execute_batch("COMMIT")?;
            Ok(kept)
        };
        finish().map_err(|error| DatabaseError::damaged(&self.path, error))
    }
}
