//! Looking at a database as a whole: what is in it, a search by word, the full check.

use super::codec::{decode_advisory, decode_entry, decode_fact};
use super::{Database, SCHEMA};
use crate::advisories::{Advisory, DatabaseError, seed};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use std::path::PathBuf;

/// What a database is and what is in it: the report's `database` object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInfo {
    /// `seed` or `file`.
    pub kind: &'static str,
    /// The file.
    pub path: Option<PathBuf>,
    /// When the last import ended, or the seed was curated; RFC 3339, UTC.
    pub built_at: String,
    /// By name.
    pub feeds: Vec<FeedInfo>,
}

/// One feed of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedInfo {
    /// `osv/Debian`, `alpine-secdb/v3.19/main`, `seed/debian`.
    pub name: String,
    /// Records read from it, withdrawn ones included.
    pub records: u64,
    /// Latest time on a record, RFC 3339, UTC.
    pub newest: Option<String>,
    /// When it was fetched from upstream, RFC 3339, UTC.
    pub fetched: Option<String>,
}

/// What the full check went over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Advisories.
    pub advisories: u64,
    /// Package entries of advisories.
    pub entries: u64,
    /// Facts that are no advisories.
    pub facts: u64,
}

/// Name, records, newest, fetched.
type FeedRow = (String, i64, Option<i64>, Option<i64>);

fn time(second: Option<i64>) -> Option<String> {
    Timestamp::from_second(second?)
        .ok()
        .map(|time| time.to_string())
}

impl Database {
    /// What is in it.
    pub fn info(&self) -> Result<DatabaseInfo, DatabaseError> {
        if self.seed.is_some() {
            return Ok(DatabaseInfo {
                kind: "seed",
                path: None,
                built_at: seed::curated().to_string(),
                feeds: seed::feeds()
                    .map(|(name, records, newest)| FeedInfo {
                        name,
                        records,
                        newest: newest.map(|time| time.to_string()),
                        fetched: None,
                    })
                    .collect(),
            });
        }
        let (built_at, feeds): (Option<String>, Vec<FeedRow>) = self.read(|connection| {
            let built_at = connection
                .query_row("SELECT value FROM build WHERE key = 'builtAt'", [], |row| {
                    row.get(0)
                })
                .optional()?;
            let feeds = connection
                .prepare("SELECT name, coalesce(counted, records), newest, fetched FROM feed WHERE records > 0 ORDER BY name")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok((built_at, feeds))
        })?;
        Ok(DatabaseInfo {
            kind: if self.path.is_some() { "file" } else { "seed" },
            path: self.path.clone(),
            built_at: built_at.ok_or_else(|| self.damaged("it does not say when it was built"))?,
            feeds: feeds
                .into_iter()
                .map(|(name, records, newest, fetched)| FeedInfo {
                    name,
                    records: u64::try_from(records).unwrap_or_default(),
                    newest: time(newest),
                    fetched: time(fetched),
                })
                .collect(),
        })
    }

    /// Advisories by a word: an id or alias in any case; else a package of that name in any ecosystem; else packages
    /// whose names begin with it. At most `limit`, by id and feed.
    pub fn search(&self, word: &str, limit: usize) -> Result<Vec<Advisory>, DatabaseError> {
        let mut numbers = self.advisories_named(word)?;
        if numbers.is_empty() {
            numbers = self.advisories_of_packages(word, word, limit)?;
        }
        if numbers.is_empty() && !word.is_empty() {
            numbers = self.advisories_of_packages(word, &format!("{word}\u{10ffff}"), limit)?;
        }
        numbers.truncate(limit);
        let mut advisories = numbers
            .into_iter()
            .map(|number| self.full_advisory(number))
            .collect::<Result<Vec<_>, _>>()?;
        advisories.sort_by(|a, b| (&a.id, &a.feed).cmp(&(&b.id, &b.feed)));
        Ok(advisories)
    }

    fn advisories_of_packages(
        &self,
        first: &str,
        last: &str,
        limit: usize,
    ) -> Result<Vec<i64>, DatabaseError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            connection
                .prepare(
                    // The index begins with the ecosystem, so each of them is gone to in turn.
                    "SELECT DISTINCT affected.advisory FROM ecosystem
                     CROSS JOIN package ON package.ecosystem = ecosystem.number AND package.name BETWEEN ?1 AND ?2
                     JOIN affected ON affected.package = package.number
                     ORDER BY affected.advisory DESC LIMIT ?3",
                )?
                .query_map((first, last, limit), |row| row.get(0))?
                .collect()
        })
    }

    /// Goes over every page and row; any damage is the error.
    pub fn verify(&self) -> Result<Verified, DatabaseError> {
        self.want(None)?;
        let complaints: Vec<String> = self.read(|connection| {
            connection
                .prepare("PRAGMA integrity_check(3)")?
                .query_map([], |row| row.get(0))?
                .collect()
        })?;
        if complaints != ["ok"] {
            return Err(self.damaged(complaints.join("; ")));
        }
        if self.read(tables)? != expected_tables().map_err(|error| self.damaged(error))? {
            return Err(self.damaged("its tables are not those of its schema version"));
        }
        for (what, query) in [
            (
                "an entry's package",
                "SELECT 1 FROM affected LEFT JOIN package ON number = package WHERE number IS NULL",
            ),
            (
                "a package's ecosystem",
                "SELECT 1 FROM package LEFT JOIN ecosystem AS e ON e.number = ecosystem WHERE e.number IS NULL",
            ),
            (
                "an advisory's feed",
                "SELECT 1 FROM advisory LEFT JOIN feed AS f ON f.number = feed WHERE f.number IS NULL",
            ),
            (
                "a fact's feed",
                "SELECT 1 FROM fact LEFT JOIN feed AS f ON f.number = feed WHERE f.number IS NULL",
            ),
            (
                "an id's advisory",
                "SELECT 1 FROM name LEFT JOIN advisory AS a ON a.number = advisory WHERE a.number IS NULL",
            ),
            (
                "a feed's count",
                "SELECT 1 FROM feed WHERE records <> (SELECT count(*) FROM advisory WHERE feed = feed.number)
                 + (SELECT count(*) FROM fact WHERE feed = feed.number)",
            ),
        ] {
            let found: Option<i64> = self
                .read(|connection| connection.query_row(query, [], |row| row.get(0)).optional())?;
            if found.is_some() {
                return Err(self.damaged(format_args!("{what} is missing or wrong")));
            }
        }
        self.info()?;
        self.verify_rows()
    }

    fn verify_rows(&self) -> Result<Verified, DatabaseError> {
        let mut verified = Verified::default();
        let mut listed = 0u64;
        let mut malformed: Option<String> = None;
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT id, body FROM advisory")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                verified.advisories += 1;
                match decode_advisory(row.get_ref(1)?.as_blob()?) {
                    Ok((_, packages)) => listed += packages.len() as u64,
                    Err(error) => {
                        malformed =
                            Some(format!("{error} of advisory {}", row.get::<_, String>(0)?));
                    }
                }
            }
            let mut statement = connection.prepare("SELECT key, body FROM fact")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                verified.facts += 1;
                let key = row.get_ref(0)?.as_str()?;
                if let Err(error) = decode_fact(key, row.get_ref(1)?.as_blob()?) {
                    malformed = Some(format!("{error} of {key}"));
                }
            }
            let mut statement = connection.prepare("SELECT part, body FROM affected")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                verified.entries += 1;
                if row.get::<_, i64>(0)? == 0 {
                    listed = listed.wrapping_sub(1);
                }
                if let Err(error) = decode_entry(row.get_ref(1)?.as_blob()?) {
                    malformed = Some(format!("{error} among the entries"));
                }
            }
            Ok(())
        })?;
        if let Some(detail) = malformed {
            return Err(self.damaged(detail));
        }
        if listed != 0 {
            return Err(self.damaged("entries and advisories do not agree"));
        }
        Ok(verified)
    }
}

/// Names and definitions of all tables and indices; comments and layout of the definitions don't count.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let bare = |sql: String| -> String {
        sql.lines()
            .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
            .flat_map(str::split_ascii_whitespace)
            .collect::<Vec<_>>()
            .join(" ")
    };
    connection
        .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, bare(row.get(1)?))))?
        .collect()
}

fn expected_tables() -> rusqlite::Result<Vec<(String, String)>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(SCHEMA)?;
    tables(&connection)
}
