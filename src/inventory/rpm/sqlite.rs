//! The `SQLite` storage (`rpmdb.sqlite`): the table `Packages (hnum INTEGER PRIMARY KEY, blob BLOB)`, one header a row.
//!
//! `SQLite` itself reads it, from a copy in memory: nothing is written beside the image, and the copy is where the
//! two bytes that ask for a write-ahead log are set back (an in-memory database can't have one) and the log's
//! committed pages are laid over the file's. The file is an attacker's, so its schema is not trusted, `Packages` must
//! be a plain table of just those two columns, every size has a limit and the work is counted: pages that several
//! parents share could otherwise make endless rows out of a small file.
//! Sources: <https://www.sqlite.org/fileformat2.html>, <https://www.sqlite.org/security.html>, rpm's
//! `lib/backend/sqlite.c`.

use super::header::MAX_HEADER;
use super::wal::{self, Overlay};
use super::{Collector, MAX_PACKAGES};
use crate::inventory::ReadError;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Magic at the start of the file.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The largest copy that is made of a database, in bytes.
const MAX_DATABASE: u64 = 1 << 30;
/// Bytes of a value while the schema is read; rpm's own statements have some 60.
const MAX_SCHEMA_TEXT: i32 = 65_536;
/// Steps of `SQLite`'s virtual machine between two looks at the counter, and how many looks the schema (some 1,000
/// steps in real ones) and the rows (4 a row) may take.
const STEPS_PER_TICK: i32 = 1000;
const SCHEMA_TICKS: u32 = 200;
const ROW_TICKS: u32 = 10_000;
const _: () = assert!(
    MAX_PACKAGES < ROW_TICKS as usize * STEPS_PER_TICK as usize / 8,
    "enough steps for all packages"
);
/// How many row numbers are tried one after the other to get past damaged pages.
const MAX_ATTEMPTS: u32 = 4096;

/// The database as it is handed to `SQLite`: the file, what the log lays over it, and a few corrected bytes.
#[derive(Debug)]
struct Image<'a> {
    file: &'a [u8],
    overlay: Option<Overlay<'a>>,
    page_size: usize,
    page_count: u32,
    /// How far it was read.
    position: usize,
}

impl<'a> Image<'a> {
    fn new(
        file: &'a [u8],
        log: Option<&'a [u8]>,
        collector: &mut Collector,
    ) -> Result<Self, ReadError> {
        let damaged = |what: String, offset| Err(ReadError::Damaged { what, offset });
        let number = |at: usize| {
            file.get(at..)?
                .first_chunk()
                .map(|bytes| u32::from_be_bytes(*bytes))
        };
        let (Some(&[high, low]), Some(claimed)) = (
            file.get(16..).and_then(|rest| rest.first_chunk()),
            number(28),
        ) else {
            return damaged("SQLite header cut short".into(), file.len() as u64);
        };
        let page_size = match u16::from_be_bytes([high, low]) {
            1 => 65_536,
            size => usize::from(size),
        };
        if page_size < 512 || !page_size.is_power_of_two() {
            return damaged(format!("SQLite page size {page_size}"), 16);
        }
        let pages = u32::try_from(file.len() / page_size).unwrap_or(u32::MAX);
        let overlay = log
            .filter(|log| !log.is_empty())
            .and_then(|log| wal::committed(log, page_size));
        let mut page_count = pages;
        if let Some(overlay) = &overlay {
            // A commit says how large the database is. Pages that are neither in the file nor in the log are unused
            // ones; a log that claims many of them is not believed.
            let logged = u32::try_from(overlay.pages.len()).unwrap_or(u32::MAX);
            page_count = overlay
                .page_count
                .min(pages.saturating_add(logged).saturating_mul(2));
        } else {
            // The size in the header counts where it was written along with the last change (bytes 24 and 92).
            if claimed > pages && number(24) == number(92) {
                collector.warn(format_args!(
                    "SQLite database cut short: {pages} of {claimed} pages"
                ));
            }
        }
        if page_count == 0 {
            return damaged(
                "SQLite database without a whole page".into(),
                file.len() as u64,
            );
        }
        let size = u64::from(page_count).saturating_mul(page_size as u64);
        if size > MAX_DATABASE {
            return Err(ReadError::TooLarge {
                what: "SQLite database",
                limit: MAX_DATABASE,
            });
        }
        Ok(Self {
            file,
            overlay,
            page_size,
            page_count,
            position: 0,
        })
    }

    /// Bytes of the whole image.
    fn len(&self) -> usize {
        (self.page_count as usize).saturating_mul(self.page_size)
    }

    /// The bytes from the position on, as many as lie together; empty for a page that is nowhere.
    fn run(&self) -> &'a [u8] {
        let Some(overlay) = &self.overlay else {
            return self.file.get(self.position..).unwrap_or_default();
        };
        let within = self.position % self.page_size;
        let page = u32::try_from(self.position / self.page_size + 1)
            .ok()
            .and_then(|number| overlay.pages.get(&number));
        let start = self.position - within;
        let page = page
            .copied()
            .or_else(|| self.file.get(start..start.checked_add(self.page_size)?));
        page.and_then(|page| page.get(within..)).unwrap_or_default()
    }
}

impl Read for Image<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let run = self.run();
        let length = if run.is_empty() {
            let length = buffer
                .len()
                .min(self.page_size - self.position % self.page_size);
            buffer[..length].fill(0);
            length
        } else {
            let length = buffer.len().min(run.len());
            buffer[..length].copy_from_slice(&run[..length]);
            length
        };
        // No write-ahead log (bytes 18 and 19), and the size that is really there (28 to 31).
        let [a, b, c, d] = self.page_count.to_be_bytes();
        for (at, byte) in [(18, 1), (19, 1), (28, a), (29, b), (30, c), (31, d)] {
            if let Some(byte_there) = at_offset(buffer, length, self.position, at) {
                *byte_there = byte;
            }
        }
        self.position = self.position.saturating_add(length);
        Ok(length)
    }
}

/// The byte at `offset` of the image, if the `length` bytes read from `position` on hold it.
fn at_offset(buffer: &mut [u8], length: usize, position: usize, offset: usize) -> Option<&mut u8> {
    buffer
        .get_mut(..length)?
        .get_mut(offset.checked_sub(position)?)
}

/// Opens the image, with all that `SQLite` would do for a friend switched off.
fn open(image: Image<'_>, ticks: Arc<AtomicU32>) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_in_memory_with_flags(flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_SCHEMA_TEXT),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SCHEMA_TEXT),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 20),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    connection.progress_handler(
        STEPS_PER_TICK,
        // True interrupts. The counter stops at 0, so that a statement prepared later is interrupted as well.
        Some(move || {
            ticks
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_err()
        }),
    )?;
    let length = image.len();
    connection.deserialize_read_exact("main", image, length, true)?;
    // The mapping spares a copy of each page: in a memory database it is the image itself.
    connection.execute_batch(
        "PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA mmap_size = 1073741824;",
    )?;
    Ok(connection)
}

/// What keeps `Packages` from being rpm's table, if anything does.
fn unlike_rpm(connection: &Connection) -> rusqlite::Result<Option<&'static str>> {
    let mut tables = connection.prepare(
        "SELECT rootpage > 0 FROM sqlite_schema WHERE name = 'Packages' AND type = 'table'",
    )?;
    let mut tables = tables.query([])?;
    match tables.next()? {
        None => return Ok(Some("SQLite database without a table Packages")),
        Some(row) if !row.get::<_, bool>(0)? => return Ok(Some("Packages is a virtual table")),
        Some(_) => {}
    }
    // Name, position in the primary key, and whether it is hidden or generated. With exactly these two columns
    // nothing else can go by the name `rowid`.
    let mut columns = connection.prepare("PRAGMA main.table_xinfo('Packages')")?;
    let columns = columns.query_map([], |row| {
        Ok((
            row.get::<_, String>(1)?,
            row.get::<_, i64>(5)?,
            row.get::<_, i64>(6)?,
        ))
    })?;
    let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
    let rpm = [("hnum".to_owned(), 1, 0), ("blob".to_owned(), 0, 0)];
    Ok((columns != rpm).then_some("Packages has other columns than rpm's"))
}

/// Reads all packages, in the order of their numbers.
pub(super) fn read(
    bytes: &[u8],
    log: Option<&[u8]>,
    collector: &mut Collector,
) -> Result<(), ReadError> {
    let image = Image::new(bytes, log, collector)?;
    let size = image.len();
    let ticks = Arc::new(AtomicU32::new(SCHEMA_TICKS));
    let damaged = |what: String| ReadError::Damaged { what, offset: 0 };
    let unreadable =
        |error: rusqlite::Error| damaged(format!("SQLite database can't be read ({error})"));

    let connection = open(image, Arc::clone(&ticks)).map_err(unreadable)?;
    if let Some(what) = unlike_rpm(&connection).map_err(unreadable)? {
        return Err(damaged(what.into()));
    }
    let longest = i32::try_from(MAX_HEADER.min(size as u64)).unwrap_or(i32::MAX);
    connection
        .set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)
        .map_err(unreadable)?;
    ticks.store(ROW_TICKS, Ordering::Relaxed);
    rows(&connection, size, collector).map_err(unreadable)
}

/// Hands every row's header over. A damaged page makes `SQLite` end the statement; it is then asked for what comes
/// after one row number more, and so on until the damage is behind.
fn rows(connection: &Connection, size: usize, collector: &mut Collector) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("SELECT rowid, blob FROM main.Packages NOT INDEXED WHERE rowid > ?1")?;
    // Rows never share bytes of the file, unless somebody arranged it.
    let mut bytes_left = size;
    let mut attempts = 0;
    let mut after = 0_i64;
    loop {
        let mut rows = statement.query([after])?;
        let error = loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(()),
                Err(error) => break error,
            };
            let number: i64 = row.get(0)?;
            if number <= after {
                collector.warn(format_args!(
                    "SQLite rows of the table Packages are out of order after {after}"
                ));
                return Ok(());
            }
            after = number;
            match row.get_ref(1)? {
                ValueRef::Blob(record) if record.len() <= bytes_left => {
                    bytes_left -= record.len();
                    collector.header(number.unsigned_abs(), record);
                }
                ValueRef::Blob(_) => {
                    collector.warn(format_args!(
                        "SQLite rows from {number} on overlap; they were not read"
                    ));
                    return Ok(());
                }
                _ => collector.warn(format_args!("rpm header {number} is no blob")),
            }
            if collector.is_full() {
                collector.too_many_packages();
                return Ok(());
            }
        };
        if attempts == 0 || error.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt) {
            collector.warn(format_args!(
                "SQLite rows after {after} can't all be read ({error})"
            ));
        }
        attempts += 1;
        if attempts > MAX_ATTEMPTS
            || error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
        {
            return Ok(());
        }
        after = after.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::rpm::tests::{
        EXPECTED, EXPECTED_WITH_LOG, LOG, SQLITE, assert_listing, names,
    };
    use crate::inventory::rpm::{Options, read};
    use rusqlite::Connection;

    /// The fixture after some statements.
    fn changed(statements: &str) -> Vec<u8> {
        let mut connection = Connection::open_in_memory().unwrap();
        let mut image = SQLITE.to_vec();
        image[18..20].fill(1);
        let length = image.len();
        connection
            .deserialize_read_exact("main", &image[..], length, false)
            .unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .unwrap();
        connection.execute_batch(statements).unwrap();
        connection.serialize("main").unwrap().to_vec()
    }

    #[test]
    fn reads_what_rpm_reads() {
        assert_listing(
            &read(
                SQLITE,
                None,
                Options {
                    with_files: true,
                    with_checksums: true,
                },
            )
            .unwrap(),
            EXPECTED,
        );
    }

    #[test]
    fn the_log_counts() {
        assert_listing(
            &read(
                SQLITE,
                Some(LOG),
                Options {
                    with_files: true,
                    with_checksums: true,
                },
            )
            .unwrap(),
            EXPECTED_WITH_LOG,
        );
        assert_listing(
            &read(
                SQLITE,
                Some(b""),
                Options {
                    with_files: true,
                    with_checksums: true,
                },
            )
            .unwrap(),
            EXPECTED,
        );
    }

    #[test]
    fn a_file_cut_short_keeps_what_is_there() {
        let whole = names(&read(SQLITE, None, Options::default()).unwrap());
        // The schema and the first pages of the table come first; indices and vacuumed rows behind.
        let mut partial = 0;
        for tenth in 1..10 {
            let Ok(parsed) = read(
                &SQLITE[..SQLITE.len() * tenth / 10],
                None,
                Options::default(),
            ) else {
                continue;
            };
            let found = names(&parsed);
            assert!(found.iter().all(|name| whole.contains(name)));
            assert!(
                parsed.warnings[0].contains("cut short"),
                "{:?}",
                parsed.warnings
            );
            partial += usize::from(!found.is_empty() && found.len() < whole.len());
        }
        assert!(partial > 0);
    }

    #[test]
    fn rows_behind_a_damaged_page_are_read() {
        let whole = names(&read(SQLITE, None, Options::default()).unwrap());
        let mut some_lost = false;
        // Leaves of tables begin with 13.
        for at in (1024..SQLITE.len())
            .step_by(1024)
            .filter(|at| SQLITE[*at] == 13)
        {
            let mut bytes = SQLITE.to_vec();
            bytes[at] = 0;
            let Ok(parsed) = read(&bytes, None, Options::default()) else {
                continue;
            };
            let found = names(&parsed);
            if found.len() < whole.len() {
                some_lost = true;
                assert!(
                    found.contains(whole.first().unwrap()) || found.contains(whole.last().unwrap())
                );
                assert!(!parsed.warnings.is_empty());
            }
        }
        assert!(some_lost);
    }

    #[test]
    fn a_packages_that_is_not_the_table_of_rpm_is_refused() {
        let refused = |statements: &str| {
            read(&changed(statements), None, Options::default())
                .unwrap_err()
                .to_string()
        };
        let missing = "SQLite database without a table Packages at byte 0";
        let other = "Packages has other columns than rpm's at byte 0";
        assert_eq!(refused("DROP TABLE Packages"), missing);
        assert_eq!(
            refused(
                "ALTER TABLE Packages RENAME TO p; CREATE VIEW Packages AS SELECT hnum, blob FROM p"
            ),
            missing
        );
        assert_eq!(
            refused(
                "DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (zeroblob(9)))"
            ),
            other
        );
        assert_eq!(refused("ALTER TABLE Packages ADD COLUMN extra"), other);
        assert_eq!(
            refused("DROP TABLE Packages; CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)"),
            "Packages is a virtual table at byte 0"
        );
    }

    #[test]
    fn rows_that_are_no_headers_are_said_so() {
        let bytes = changed(
            "UPDATE Packages SET blob = 'text' WHERE hnum = (SELECT min(hnum) FROM Packages)",
        );
        let parsed = read(&bytes, None, Options::default()).unwrap();
        assert_eq!(parsed.warnings, ["rpm header 1 is no blob"]);
        assert_eq!(parsed.packages.len(), EXPECTED.lines().count() - 1);
    }

    #[test]
    fn a_schema_that_takes_endless_work_is_given_up() {
        // One page of the schema's tree whose cells all lead back to it.
        let mut bytes = changed("");
        let mut root = vec![0_u8; 1024 - 100];
        let cells = 100_u16;
        root[0] = 5;
        root[3..5].copy_from_slice(&cells.to_be_bytes());
        root[8..12].copy_from_slice(&2_u32.to_be_bytes());
        for cell in 0..cells {
            let at = 1024 - 6 * (cell + 1);
            let pointer = 12 + 2 * usize::from(cell);
            root[pointer..pointer + 2].copy_from_slice(&at.to_be_bytes());
            root[usize::from(at) - 100..][..6].copy_from_slice(&[0, 0, 0, 2, 1, 1]);
        }
        root[5..7].copy_from_slice(&(1024 - 6 * cells).to_be_bytes());
        bytes[100..1024].copy_from_slice(&root);
        let error = read(&bytes, None, Options::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("SQLite database can't be read"),
            "{error}"
        );
    }
}
