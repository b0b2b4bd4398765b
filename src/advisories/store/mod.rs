//! The database: one SQLite file, its layout in `vulndb/schema.sql`.
//!
//! A scan opens it read-only and immutable, so any number of scans share one file and none of them can lock or change
//! it. What would make answers wrong is checked at open (magic, application id, schema version, length); a damaged page
//! that is met later is an error of that look-up, never an empty answer.

mod codec;
mod diff;
mod export;
mod feed_rows;
mod header;
mod inspect;
mod side_file;
mod source;
mod write;

pub use codec::Entry;
pub use diff::{FeedChanges, diff};
pub use export::{Exported, export};
pub use inspect::{DatabaseInfo, FeedInfo, Verified};
pub(crate) use side_file::SideFile;
pub(crate) use source::Source;
pub(crate) use write::{Prepared, PreparedFact, Writer, prepare, prepare_fact};

use super::fact::{About, Fact, release_key, repository_key};
use super::model::family;
use super::{Advisory, Affected, DatabaseError, seed};
use crate::versions::{Event, Range};
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const SCHEMA: &str = include_str!("../../../vulndb/schema.sql");
/// `application_id` of `schema.sql`.
const APPLICATION_ID: u32 = u32::from_be_bytes(*b"LSVD");
/// `user_version` of `schema.sql`.
const SCHEMA_VERSION: u32 = 4;

/// Which database a scan takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// `$LAYERSCAN_DB`, else the file in the user's cache folder, else the seed.
    #[default]
    Default,
    /// This file; an error where it is missing.
    File(PathBuf),
    /// The seed that is built into the program.
    Seed,
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: Option<PathBuf>,
    ecosystems: RefCell<HashMap<String, Ecosystem>>,
    /// Of the seed: what of it is in memory.
    seed: Option<RefCell<seed::Loaded>>,
}

#[derive(Clone, Copy, Debug)]
struct Ecosystem {
    number: i64,
    packages: i64,
}

/// Where `db import` writes and a scan looks where no file is named: `$LAYERSCAN_DB`, else
/// `$XDG_CACHE_HOME/layerscan/vulndb.sqlite`, else `~/.cache/layerscan/vulndb.sqlite`.
pub fn default_path() -> Result<PathBuf, DatabaseError> {
    if let Some(path) = variable("LAYERSCAN_DB") {
        return Ok(path);
    }
    cached_path().ok_or(DatabaseError::NoHome)
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn cached_path() -> Option<PathBuf> {
    let cache = variable("XDG_CACHE_HOME")
        // The XDG base directory specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("layerscan").join("vulndb.sqlite"))
}

/// What lies where a database is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Present {
    /// Nothing.
    Nothing,
    /// A database that this program reads.
    Readable,
    /// One that an older program wrote.
    Older,
}

impl Present {
    /// Looks at a path; what is no database of ours is an error.
    pub(crate) fn at(path: &Path) -> Result<Self, DatabaseError> {
        match header::check(path) {
            Ok(()) => Ok(Self::Readable),
            Err(DatabaseError::Missing { .. }) => Ok(Self::Nothing),
            Err(DatabaseError::Schema {
                found, expected, ..
            }) if found < expected => Ok(Self::Older),
            Err(error) => Err(error),
        }
    }
}

impl Database {
    /// Opens the chosen database.
    pub fn open(choice: &Choice) -> Result<Self, DatabaseError> {
        match choice {
            Choice::File(path) => Self::open_file(path),
            Choice::Seed => Self::open_seed(),
            Choice::Default => {
                if let Some(path) = variable("LAYERSCAN_DB") {
                    return Self::open_file(&path);
                }
                match cached_path() {
                    Some(path) if path.exists() => Self::open_file(&path),
                    _ => Self::open_seed(),
                }
            }
        }
    }

    fn open_file(path: &Path) -> Result<Self, DatabaseError> {
        header::check(path)?;
        let damaged = |error| DatabaseError::damaged(path, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri(path, "mode=ro&immutable=1"), flags)
            .map_err(damaged)?;
        // No mmap: a file that is cut off while it is mapped would end the process with SIGBUS, a read is an error.
        connection
            .execute_batch(
                "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;
                 PRAGMA cache_size = -8192; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;",
            )
            .map_err(damaged)?;
        Self::with_connection(connection, Some(path.to_owned()))
    }

    fn open_seed() -> Result<Self, DatabaseError> {
        let damaged = |error| DatabaseError::damaged(Path::new("seed"), error);
        let connection = Connection::open_in_memory().map_err(damaged)?;
        connection.execute_batch(SCHEMA).map_err(damaged)?;
        let mut database = Self::with_connection(connection, None)?;
        database.seed = Some(RefCell::default());
        Ok(database)
    }

    /// A database in memory that holds these advisories, for tests of other rooms.
    #[cfg(test)]
    pub(crate) fn of(advisories: &[Advisory]) -> Self {
        Self::with_facts(advisories, &[])
    }

    /// The same, with facts and the feeds they are of.
    #[cfg(test)]
    pub(crate) fn with_facts(advisories: &[Advisory], facts: &[(&str, Fact)]) -> Self {
        let connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch(SCHEMA).expect("schema");
        let mut writer = Writer::new(&connection, Path::new("memory")).expect("writer");
        for advisory in advisories {
            writer
                .write(&advisory.feed, &prepare(advisory))
                .expect("written");
        }
        for (feed, fact) in facts {
            writer
                .write_fact(feed, &prepare_fact(fact))
                .expect("written");
        }
        writer
            .finish(jiff::Timestamp::UNIX_EPOCH)
            .expect("finished");
        Self::with_connection(connection, None).expect("opened")
    }

    fn with_connection(
        connection: Connection,
        path: Option<PathBuf>,
    ) -> Result<Self, DatabaseError> {
        connection.set_prepared_statement_cache_capacity(16);
        // The bundled SQLite plans a statement anew for every value that is bound to it, unless it is told that the plan
        // does not depend on values: that was nine tenths of a look-up.
        let stable_plans = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        let database = Self {
            connection,
            path,
            ecosystems: RefCell::default(),
            seed: None,
        };
        stable_plans.map_err(|error| database.damaged(error))?;
        database.read_ecosystems()?;
        Ok(database)
    }

    fn read_ecosystems(&self) -> Result<(), DatabaseError> {
        *self.ecosystems.borrow_mut() = self.read(|connection| {
            connection
                .prepare("SELECT name, number, packages FROM ecosystem")?
                .query_map([], |row| {
                    Ok((
                        row.get(0)?,
                        Ecosystem {
                            number: row.get(1)?,
                            packages: row.get(2)?,
                        },
                    ))
                })?
                .collect()
        })?;
        Ok(())
    }

    /// Makes sure that what the seed has of an ecosystem (of all, for `None`) is in memory.
    fn want(&self, ecosystem: Option<&str>) -> Result<(), DatabaseError> {
        let Some(seed) = &self.seed else {
            return Ok(());
        };
        if seed
            .borrow_mut()
            .load(&self.connection, ecosystem.map(family))?
        {
            self.read_ecosystems()?;
        }
        Ok(())
    }

    /// Runs a query; what goes wrong in it is damage of the file.
    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        query(&self.connection).map_err(|error| self.damaged(error))
    }

    fn damaged(&self, detail: impl std::fmt::Display) -> DatabaseError {
        DatabaseError::damaged(self.path.as_deref().unwrap_or(Path::new("seed")), detail)
    }

    /// Whether anything at all is known of an ecosystem (`Debian:12`).
    pub fn has_ecosystem(&self, ecosystem: &str) -> Result<bool, DatabaseError> {
        self.want(Some(ecosystem))?;
        let ecosystems = self.ecosystems.borrow();
        Ok(ecosystems
            .get(ecosystem)
            .is_some_and(|ecosystem| ecosystem.packages > 0))
    }

    /// Look-ups one after another, as a scan makes them.
    pub fn look_ups(&self) -> Result<LookUps<'_>, DatabaseError> {
        let statement = self.connection.prepare_cached(
            "SELECT affected.advisory, affected.body FROM package JOIN affected ON affected.package = package.number
             WHERE package.name = ?1 AND package.ecosystem = ?2",
        );
        Ok(LookUps {
            database: self,
            statement: RefCell::new(statement.map_err(|error| self.damaged(error))?),
        })
    }

    /// A single look-up, see [`LookUps::look_up`].
    pub fn look_up(
        &self,
        ecosystem: &str,
        package: &str,
        visit: impl FnMut(i64, Entry<'_>),
    ) -> Result<(), DatabaseError> {
        self.look_ups()?.look_up(ecosystem, package, visit)
    }

    /// An advisory without its entries.
    pub fn advisory(&self, number: i64) -> Result<Advisory, DatabaseError> {
        self.advisory_and_packages(number)
            .map(|(advisory, _)| advisory)
    }

    fn advisory_and_packages(&self, number: i64) -> Result<(Advisory, Vec<i64>), DatabaseError> {
        let row: Option<(String, String, Vec<u8>)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT advisory.id, feed.name, advisory.body FROM advisory JOIN feed ON feed.number = advisory.feed
                     WHERE advisory.number = ?1",
                )?
                .query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })?;
        let (id, feed, body) =
            row.ok_or_else(|| self.damaged(format_args!("advisory {number} is missing")))?;
        let (mut advisory, packages) = codec::decode_advisory(&body)
            .map_err(|error| self.damaged(format_args!("{error} of advisory {id}")))?;
        advisory.id = id;
        advisory.feed = feed;
        Ok((advisory, packages))
    }

    /// An advisory with its entries.
    pub fn full_advisory(&self, number: i64) -> Result<Advisory, DatabaseError> {
        let (mut advisory, packages) = self.advisory_and_packages(number)?;
        for package in packages {
            self.entries_of(number, package, &mut advisory.affected)?;
        }
        Ok(advisory)
    }

    fn entries_of(
        &self,
        advisory: i64,
        package: i64,
        affected: &mut Vec<Affected>,
    ) -> Result<(), DatabaseError> {
        let rows: Vec<(String, String, Vec<u8>)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT ecosystem.name, package.name, affected.body FROM affected
                     JOIN package ON package.number = affected.package
                     JOIN ecosystem ON ecosystem.number = package.ecosystem
                     WHERE affected.package = ?1 AND affected.advisory = ?2",
                )?
                .query_map([package, advisory], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect()
        })?;
        for (ecosystem, package, body) in rows {
            let entry = codec::decode_entry(&body).map_err(|error| self.damaged(error))?;
            let mut entry = match entry {
                Entry::Full(entry) => *entry,
                Entry::Before(fixed) => Affected {
                    ranges: vec![Range {
                        events: vec![
                            Event::Introduced("0".to_owned()),
                            Event::Fixed(fixed.to_owned()),
                        ],
                    }],
                    ..Affected::default()
                },
            };
            entry.ecosystem = ecosystem;
            entry.package = package;
            affected.push(entry);
        }
        Ok(())
    }

    /// What feeds say of a vulnerability as such, whatever package has it; by its id in any case of its letters.
    pub fn about(&self, id: &str) -> Result<About, DatabaseError> {
        let mut about = About::default();
        for fact in self.facts(id)? {
            about.add(fact);
        }
        Ok(about)
    }

    /// The end of a distribution's release, by `ID` of os-release and the feed's name for the release: the day after which nothing
    /// is fixed, and that of extended support.
    pub fn end_of_life(
        &self,
        distribution: &str,
        release: &str,
    ) -> Result<Option<(String, Option<String>)>, DatabaseError> {
        let facts = self.facts(&release_key(distribution, release))?;
        Ok(facts.into_iter().find_map(|fact| match fact {
            Fact::EndOfLife { day, extended, .. } => Some((day, extended)),
            _ => None,
        }))
    }

    /// The CPEs of the products that a repository's packages are of, by its label; none where it is not known.
    pub fn repository_cpes(&self, label: &str) -> Result<Vec<String>, DatabaseError> {
        let facts = self.facts(&repository_key(label))?;
        Ok(facts
            .into_iter()
            .flat_map(|fact| match fact {
                Fact::Repository { cpes, .. } => cpes,
                _ => Vec::new(),
            })
            .collect())
    }

    /// In the order of the feeds' numbers.
    fn facts(&self, key: &str) -> Result<Vec<Fact>, DatabaseError> {
        let rows: Vec<Vec<u8>> = self.read(|connection| {
            connection
                .prepare_cached("SELECT body FROM fact WHERE key = ?1 ORDER BY feed")?
                .query_map([key], |row| row.get(0))?
                .collect()
        })?;
        rows.iter()
            .map(|body| {
                codec::decode_fact(key, body)
                    .map_err(|error| self.damaged(format_args!("{error} of {key}")))
            })
            .collect()
    }

    /// Numbers of the advisories that go by an id, own or alias, in any case of its letters.
    pub fn advisories_named(&self, id: &str) -> Result<Vec<i64>, DatabaseError> {
        self.want(None)?;
        self.read(|connection| {
            connection
                .prepare_cached("SELECT advisory FROM name WHERE id = ?1 ORDER BY advisory")?
                .query_map([id], |row| row.get(0))?
                .collect()
        })
    }
}

/// A path as SQLite's URI: every byte that could mean something there is escaped.
pub(crate) fn uri(path: &Path, query: &str) -> String {
    use std::fmt::Write;
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri.push('?');
    uri.push_str(query);
    uri
}

/// Look-ups with one statement: finding it again for each of thousands takes as long as some of the look-ups themselves.
pub struct LookUps<'d> {
    database: &'d Database,
    statement: RefCell<CachedStatement<'d>>,
}

impl LookUps<'_> {
    /// Hands every entry for a package to `visit`, with the number of its advisory, in the order of those numbers.
    pub fn look_up(
        &self,
        ecosystem: &str,
        package: &str,
        mut visit: impl FnMut(i64, Entry<'_>),
    ) -> Result<(), DatabaseError> {
        self.database.want(Some(ecosystem))?;
        let ecosystem = self.database.ecosystems.borrow().get(ecosystem).copied();
        let Some(ecosystem) = ecosystem else {
            return Ok(());
        };
        let mut statement = self.statement.borrow_mut();
        let mut malformed = None;
        let mut run = || -> rusqlite::Result<()> {
            let mut rows = statement.query((package, ecosystem.number))?;
            while let Some(row) = rows.next()? {
                let number = row.get(0)?;
                match codec::decode_entry(row.get_ref(1)?.as_blob()?) {
                    Ok(entry) => visit(number, entry),
                    Err(error) => malformed = Some(error),
                }
            }
            Ok(())
        };
        run().map_err(|error| self.database.damaged(error))?;
        match malformed {
            None => Ok(()),
            Some(error) => Err(self
                .database
                .damaged(format_args!("{error} of package {package}"))),
        }
    }
}

#[cfg(test)]
mod tests;
