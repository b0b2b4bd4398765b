//! The rows of feeds while a database is written: how many records, how new, from which document.
//!
//! A feed that comes whole replaces what was there of it: its records are written under a new row, and when all are in, one
//! of the two rows goes. So a document that turns out to be unreadable, or holds but a part of what the feed had, costs
//! nothing: the old records stay as they were.

use jiff::Timestamp;
use rusqlite::Connection;
use std::collections::HashMap;

/// A feed that comes whole and has fewer records than one in so many of the old ones is not believed.
const LEAST_SHARE: i64 = 2;
/// Feeds of so few records may shrink as they like.
const SMALL: i64 = 20;

/// A feed whose old records were kept, since what came in their place can't be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The feed.
    pub(crate) feed: String,
    /// Its old records.
    pub(crate) old: u64,
    /// What came in their place and was left out.
    pub(crate) new: u64,
}

/// All feeds, by name.
pub(super) struct FeedRows {
    rows: HashMap<String, Row>,
    now: i64,
    replacing: bool,
    /// The document that is being read, and when it was the newest.
    document: Option<(String, i64)>,
}

#[derive(Default)]
struct Row {
    number: i64,
    newest: Option<i64>,
    /// As stored, or as the feed says now.
    counted: Option<i64>,
    fetched: Option<i64>,
    source: Option<String>,
    /// Met in this import.
    touched: bool,
    /// What it replaces.
    old: Option<Box<Row>>,
    /// A document of it could not be read.
    torn: bool,
}

impl FeedRows {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let rows = connection
            .prepare("SELECT name, number, newest, counted, fetched, source FROM feed")?
            .query_map([], |row| {
                Ok((
                    row.get(0)?,
                    Row {
                        number: row.get(1)?,
                        newest: row.get(2)?,
                        counted: row.get(3)?,
                        fetched: row.get(4)?,
                        source: row.get(5)?,
                        ..Row::default()
                    },
                ))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            rows,
            now: Timestamp::now().as_second(),
            replacing: false,
            document: None,
        })
    }

    /// From here on a feed that is met for the first time is replaced, or added to; and comes from this document.
    pub(super) fn begin(&mut self, replacing: bool, document: Option<(&str, Timestamp)>) {
        self.replacing = replacing;
        self.document = document.map(|(url, time)| (url.to_owned(), time.as_second()));
    }

    /// The number of a feed's row, which is made where there is none. `newest` is the time on a record, in seconds since 1970.
    pub(super) fn number(
        &mut self,
        connection: &Connection,
        name: &str,
        newest: i64,
    ) -> rusqlite::Result<i64> {
        // Times before 1970 stand for "not known" (Go), times to come are somebody's mistake.
        let newest = (newest > 0 && newest <= self.now).then_some(newest);
        if !self.rows.contains_key(name) {
            let mut row = Row::insert(connection, name)?;
            row.touched = true;
            self.rows.insert(name.to_owned(), row);
        }
        let row = self.rows.entry(name.to_owned()).or_default();
        if !row.touched {
            if self.replacing {
                let new = Row::insert(connection, &format!("{name} (new)"))?;
                row.old = Some(Box::new(std::mem::replace(row, new)));
            }
            row.touched = true;
        }
        if let Some((url, time)) = &self.document {
            if row.source.as_ref() != Some(url) {
                row.source = Some(url.clone());
            }
            row.fetched = Some(*time);
        }
        row.newest = row.newest.max(newest);
        Ok(row.number)
    }

    /// Notes how many records a feed counts; of several documents of one feed the largest count stands, a smaller one is of a part.
    pub(super) fn count(&mut self, name: &str, records: u64) {
        if let Some(row) = self.rows.get_mut(name) {
            row.counted = row
                .counted
                .max(Some(i64::try_from(records).unwrap_or(i64::MAX)));
        }
    }

    /// Notes that a document of a feed could not be read, so that what came of it is not all.
    pub(super) fn tear(&mut self, name: &str) {
        if let Some(row) = self.rows.get_mut(name) {
            row.torn = true;
        }
    }

    /// Notes that a document is still the newest, and with it the feeds that came from it.
    pub(super) fn current(&mut self, url: &str, time: Timestamp) {
        for row in self.rows.values_mut() {
            if row.source.as_deref() == Some(url) {
                row.fetched = Some(time.as_second());
            }
        }
    }

    /// Decides of every feed that was replaced which row stays, has the records of the other removed, and stores the rows.
    pub(super) fn settle(
        mut self,
        connection: &Connection,
        mut remove_all: impl FnMut(i64) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        let mut names: Vec<&String> = self.rows.keys().collect();
        names.sort_unstable();
        let names: Vec<String> = names.into_iter().cloned().collect();
        for name in names {
            let Some(row) = self.rows.get_mut(&name) else {
                continue;
            };
            if let Some(old) = row.old.take() {
                let before = rows_of(connection, old.number)?;
                let after = rows_of(connection, row.number)?;
                let is_believed = !row.torn && (before < SMALL || after >= before / LEAST_SHARE);
                let loser = if is_believed {
                    old.number
                } else {
                    kept.push(Kept {
                        feed: name.clone(),
                        old: u64::try_from(before).unwrap_or_default(),
                        new: u64::try_from(after).unwrap_or_default(),
                    });
                    let new = std::mem::replace(row, *old);
                    // Nor is the document it came from in here.
                    connection.execute("DELETE FROM source WHERE url = ?1", [&new.source])?;
                    new.number
                };
                remove_all(loser)?;
                connection.execute("DELETE FROM feed WHERE number = ?1", [loser])?;
            }
            connection.execute(
                "UPDATE feed SET name = ?2, newest = ?3, counted = ?4, fetched = ?5, source = ?6 WHERE number = ?1",
                (row.number, &name, row.newest, row.counted, row.fetched, &row.source),
            )?;
        }
        connection.execute(
            "UPDATE feed SET records = coalesce(counted.records, 0) FROM feed AS old LEFT JOIN
             (SELECT feed, count(*) AS records FROM (SELECT feed FROM advisory UNION ALL SELECT feed FROM fact) GROUP BY feed)
             AS counted ON counted.feed = old.number
             WHERE feed.number = old.number",
            [],
        )?;
        Ok(kept)
    }
}

impl Row {
    fn insert(connection: &Connection, name: &str) -> rusqlite::Result<Self> {
        connection.execute("INSERT INTO feed (name, records) VALUES (?1, 0)", [name])?;
        Ok(Self {
            number: connection.last_insert_rowid(),
            ..Self::default()
        })
    }
}

fn rows_of(connection: &Connection, feed: i64) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT (SELECT count(*) FROM advisory WHERE feed = ?1) + (SELECT count(*) FROM fact WHERE feed = ?1)",
        [feed],
        |row| row.get(0),
    )
}
