//! Putting advisories into a database: packing them (on any thread) and writing the rows (on one).

use super::codec::{append_packages, decode_advisory, encode_advisory, encode_entry, encode_fact};
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
    feeds: HashMap<String, Feed>,
    ecosystems: HashMap<String, i64>,
    packages: HashMap<i64, HashMap<String, i64>>,
    remembered: usize,
    next_package: i64,
    next_advisory: i64,
    now: i64,
    /// Number of the first advisory of this import, where what the feeds no longer have goes.
    replacing: Option<i64>,
}

#[derive(Default)]
struct Feed {
    number: i64,
    newest: Option<i64>,
    /// As stored, or as the feed says now.
    counted: Option<i64>,
    fetched: Option<i64>,
    /// Met in this import.
    touched: bool,
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
            let feeds = connection
                .prepare("SELECT name, number, newest, counted, fetched FROM feed")?
                .query_map([], |row| {
                    Ok((
                        row.get(0)?,
                        Feed {
                            number: row.get(1)?,
                            newest: row.get(2)?,
                            counted: row.get(3)?,
                            fetched: row.get(4)?,
                            touched: false,
                        },
                    ))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let ecosystems = connection
                .prepare("SELECT name, number FROM ecosystem")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Self {
                connection,
                path: path.to_owned(),
                feeds,
                ecosystems,
                packages: HashMap::new(),
                remembered: 0,
                next_package: next("package")?,
                next_advisory: next("advisory")?,
                now: Timestamp::now().as_second(),
                replacing: None,
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
        let feed = self.feed(feed, advisory.newest)?;
        let old: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT advisory.number FROM name JOIN advisory ON advisory.number = name.advisory
                 WHERE name.id = ?1 AND advisory.feed = ?2 AND advisory.id = ?1",
            )?
            .query_row((&advisory.id, feed), |row| row.get(0))
            .optional()?;
        if let Some(old) = old {
            self.remove(old)?;
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
            let feed = self.feed(feed, fact.newest)?;
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
        let noted = self.feed(feed, time.as_second()).map(drop);
        noted.map_err(|error| self.damaged(error))
    }

    /// Notes how many records a feed counts; of several documents of one feed the largest count stands, a smaller one is of a part.
    pub(crate) fn count(&mut self, feed: &str, records: u64) -> Result<(), DatabaseError> {
        let noted = self.feed(feed, 0);
        noted.map_err(|error| self.damaged(error))?;
        if let Some(feed) = self.feeds.get_mut(feed) {
            feed.counted = feed
                .counted
                .max(Some(i64::try_from(records).unwrap_or(i64::MAX)));
        }
        Ok(())
    }

    fn remove(&self, number: i64) -> rusqlite::Result<()> {
        let connection = self.connection;
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

    fn feed(&mut self, name: &str, newest: i64) -> rusqlite::Result<i64> {
        // Times before 1970 stand for "not known" (Go), times to come are somebody's mistake.
        let newest = (newest > 0 && newest <= self.now).then_some(newest);
        if let Some(feed) = self.feeds.get_mut(name) {
            feed.newest = feed.newest.max(newest);
            if self.replacing.is_some() && !feed.touched {
                feed.counted = None;
                self.connection
                    .execute("DELETE FROM fact WHERE feed = ?1", [feed.number])?;
            }
            feed.touched = true;
            return Ok(feed.number);
        }
        self.connection
            .execute("INSERT INTO feed (name, records) VALUES (?1, 0)", [name])?;
        let number = self.connection.last_insert_rowid();
        let feed = Feed {
            number,
            newest,
            touched: true,
            ..Feed::default()
        };
        self.feeds.insert(name.to_owned(), feed);
        Ok(number)
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
                     WHERE name.id = ?1 AND advisory.id = ?1 AND substr(feed.name, 1, length(?2)) = ?2
                     ORDER BY feed.number",
                )?
                .query_row((id, prefix), |row| row.get(0))
                .optional()
        };
        find().map_err(|error| self.damaged(error))
    }

    /// From here on a feed that is met loses what it does not bring again.
    pub(crate) fn replace_feeds(&mut self) {
        self.replacing = Some(self.next_advisory);
    }

    fn drop_old(&self, feed: i64, first_new: i64) -> rusqlite::Result<()> {
        let old: Vec<i64> = self
            .connection
            .prepare_cached("SELECT number FROM advisory WHERE feed = ?1 AND number < ?2")?
            .query_map([feed, first_new], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        old.into_iter().try_for_each(|number| self.remove(number))
    }

    /// Counts, stamps and ends the transaction. `fetched` is when the documents of the feeds that were met came from upstream.
    pub(crate) fn finish(
        self,
        built_at: Timestamp,
        fetched: Option<Timestamp>,
    ) -> Result<(), DatabaseError> {
        let finish = || -> rusqlite::Result<()> {
            let connection = self.connection;
            if let Some(first_new) = self.replacing {
                for feed in self.feeds.values().filter(|feed| feed.touched) {
                    self.drop_old(feed.number, first_new)?;
                }
            }
            let mut update = connection.prepare(
                "UPDATE feed SET newest = ?2, counted = ?3, fetched = ?4 WHERE number = ?1",
            )?;
            for feed in self.feeds.values() {
                let fetched = match fetched {
                    Some(time) if feed.touched => Some(time.as_second()),
                    _ => feed.fetched,
                };
                update.execute((feed.number, feed.newest, feed.counted, fetched))?;
            }
            connection.execute(
                "UPDATE feed SET records = coalesce(counted.records, 0) FROM feed AS old LEFT JOIN
                 (SELECT feed, count(*) AS records FROM (SELECT feed FROM advisory UNION ALL SELECT feed FROM fact) GROUP BY feed)
                 AS counted ON counted.feed = old.number
                 WHERE feed.number = old.number",
                [],
            )?;
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
            connection.execute_batch("COMMIT")
        };
        finish().map_err(|error| self.damaged(error))
    }
}
