//! The checks of a file that cost one read of its first 100 bytes: <https://www.sqlite.org/fileformat2.html>, section
//! 1.3.

use super::{APPLICATION_ID, SCHEMA_VERSION};
use crate::advisories::DatabaseError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const LENGTH: usize = 100;

/// Says whether a file can be a whole database of this program.
pub(super) fn check(path: &Path) -> Result<(), DatabaseError> {
    let mut file = File::open(path).map_err(|error| DatabaseError::io(path, error))?;
    let length = file
        .metadata()
        .map_err(|error| DatabaseError::io(path, error))?
        .len();
    let mut header = Vec::with_capacity(LENGTH);
    file.by_ref()
        .take(LENGTH as u64)
        .read_to_end(&mut header)
        .map_err(|error| DatabaseError::io(path, error))?;
    check_bytes(path, &header, length)
}

fn check_bytes(path: &Path, header: &[u8], length: u64) -> Result<(), DatabaseError> {
    if !header.starts_with(MAGIC) {
        return Err(DatabaseError::NotSqlite {
            path: path.to_owned(),
        });
    }
    let Some(header) = header.first_chunk::<LENGTH>() else {
        return Err(DatabaseError::Length {
            path: path.to_owned(),
            found: length,
            expected: LENGTH as u64,
        });
    };
    let number = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let found = number(68);
    if found != APPLICATION_ID {
        return Err(DatabaseError::NotADatabase {
            path: path.to_owned(),
            found,
        });
    }
    let found = number(60);
    if found != SCHEMA_VERSION {
        return Err(DatabaseError::Schema {
            path: path.to_owned(),
            found,
            expected: SCHEMA_VERSION,
        });
    }
    let page_size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let expected = page_size * u64::from(number(28));
    if length != expected || expected == 0 {
        return Err(DatabaseError::Length {
            path: path.to_owned(),
            found: length,
            expected,
        });
    }
    // An import never leaves a write-ahead log, and an immutable opening would not read one.
    if header[18] != 1 || header[19] != 1 {
        return Err(DatabaseError::damaged(
            path,
            "it was changed by another program (write-ahead log)",
        ));
    }
    Ok(())
}
