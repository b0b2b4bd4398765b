//! Opening another program's SQLite file, which may be an attacker's.
//!
//! Nothing that a schema can make SQLite do is allowed: views, triggers and virtual tables are refused, the schema is not trusted, and
//! what is asked for must be plain tables (<https://www.sqlite.org/security.html>). Work is counted in steps of SQLite's virtual
//! machine, since pages that several parents share make endless rows out of a small file, and so are the bytes of the values.

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::cell::Cell;
use std::collections::HashSet;
use std::path::Path;

/// Magic at the start of the file.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Longest value and statement, in bytes: the longest records of real databases have some hundred kilobytes.
const VALUE: i32 = 4 << 20;
/// Steps of the virtual machine between two looks at the counter.
const STEPS: i32 = 10_000;
/// Looks that every file may take, and one more for so many of its bytes. A row takes less than 20 steps and has some 10 bytes;
/// finding a value by its number takes as many again.
const LOOKS: u64 = 10_000;
const BYTES_A_LOOK: u64 = 1000;
/// Bytes of values that every file may give, and how often over it may give its own: rows may share their values.
const BYTES: u64 = 256 << 20;
const TIMES: u64 = 16;

/// A file that can't be read, and why.
pub(super) type Result<T> = std::result::Result<T, String>;

/// An open file.
pub(super) struct Source {
    connection: Connection,
    tables: HashSet<String>,
    /// Bytes that may still be handed out.
    left: Cell<u64>,
}

pub(super) fn failed(error: impl std::fmt::Display) -> String {
    format!("damaged SQLite file: {error}")
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let length = std::fs::metadata(path).map_err(failed)?.len();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Immutable: no lock, no journal and no log is looked for beside the file.
        let uri = crate::advisories::store::uri(path, "mode=ro&immutable=1");
        let mut connection = Connection::open_with_flags(uri, flags).map_err(failed)?;
        restrict(&mut connection, length).map_err(failed)?;
        let tables = plain_tables(&connection).map_err(failed)?;
        Ok(Self {
            connection,
            tables,
            left: Cell::new(BYTES.saturating_add(length.saturating_mul(TIMES))),
        })
    }

    /// Whether there is a plain table of that name.
    pub(super) fn has(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    /// The columns of a table that are there, of those that are wanted.
    fn columns(&self, table: &str) -> Result<HashSet<String>> {
        let mut statement = self
            .connection
            .prepare(&format!("PRAGMA main.table_xinfo('{table}')"))
            .map_err(failed)?;
        // The last says whether it is hidden or computed.
        let columns = statement
            .query_map([], |row| {
                Ok((row.get::<_, String>(1)?, row.get::<_, i64>(6)?))
            })
            .map_err(failed)?;
        let mut names = HashSet::new();
        for column in columns {
            let (name, hidden) = column.map_err(failed)?;
            if hidden == 0 {
                names.insert(name.to_lowercase());
            }
        }
        Ok(names)
    }

    /// Hands on the rows of a table, in the order of `columns`; a column that the table does not have is null. A table that is
    /// missing has none. `only` is a column that has to have this value.
    ///
    /// The names are of this program, never of a file.
    pub(super) fn rows(
        &self,
        table: &str,
        columns: &[&str],
        only: Option<(&str, &str)>,
        take: &mut dyn FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        if !self.has(table) {
            return Ok(());
        }
        let there = self.columns(table)?;
        let list: Vec<&str> = columns
            .iter()
            .map(|column| {
                if there.contains(*column) {
                    column
                } else {
                    "NULL"
                }
            })
            .collect();
        let mut text = format!("SELECT {} FROM main.{table}", list.join(", "));
        let mut values = Vec::new();
        if let Some((column, value)) = only {
            if !there.contains(column) {
                return Ok(());
            }
            text = format!("{text} WHERE {column} = ?1");
            values.push(value);
        }
        let mut statement = self.connection.prepare(&text).map_err(failed)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(values))
            .map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(row).map_err(failed)?;
        }
        Ok(())
    }

    /// The value of a blob's row by its number.
    pub(super) fn blob(&self, number: u32) -> Result<String> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT value FROM main.blobs WHERE id = ?1")
            .map_err(failed)?;
        let value: Option<Option<String>> = statement
            .query_row([number], |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Text(text)
                    | rusqlite::types::ValueRef::Blob(text) => {
                        std::str::from_utf8(text).ok().map(str::to_owned)
                    }
                    _ => None,
                })
            })
            .optional()
            .map_err(failed)?;
        let value = value.flatten().ok_or("its value is missing")?;
        match self.left.get().checked_sub(value.len() as u64) {
            Some(left) => self.left.set(left),
            None => return Err("too many records share their values".to_owned()),
        }
        Ok(value)
    }

    /// Whether values can be found by their number without going over all of them.
    pub(super) fn has_numbered_blobs(&self) -> Result<bool> {
        let mut statement = self
            .connection
            .prepare("PRAGMA main.table_xinfo('blobs')")
            .map_err(failed)?;
        let keys = statement
            .query_map([], |row| {
                Ok((row.get::<_, String>(1)?, row.get::<_, i64>(5)?))
            })
            .map_err(failed)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(failed)?;
        let keys: Vec<&(String, i64)> = keys.iter().filter(|(_, key)| *key > 0).collect();
        Ok(matches!(keys.as_slice(), [(name, _)] if name.eq_ignore_ascii_case("id")))
    }
}

/// Switches off all that SQLite would do for a friend.
fn restrict(connection: &mut Connection, length: u64) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, VALUE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 16),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 20),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    let mut looks = LOOKS.saturating_add(length / BYTES_A_LOOK);
    connection.progress_handler(
        STEPS,
        // True interrupts, then and ever after.
        Some(move || {
            looks = looks.saturating_sub(1);
            looks == 0
        }),
    )?;
    // No mmap: a file that is cut off while it is mapped would end the process, a read is an error.
    connection.execute_batch(
        "PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -65536;",
    )
}

/// Names of the tables that are neither virtual nor views.
fn plain_tables(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 LIMIT 1000",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    names.collect()
}
