//! A database as a file to hand on: compact, compressed, with its digest beside it.

use super::{Database, header};
use crate::advisories::DatabaseError;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// How hard zstd works: the file is written once and fetched a thousand times.
const LEVEL: i32 = 19;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256, in hexadecimal digits; also in `PATH.sha256`, as `sha256sum` writes it.
    pub sha256: String,
}

/// Writes a database to `target`, compressed where the name ends in `.zst` or `.gz`. The same database gives the same bytes.
///
/// # Errors
///
/// The seed can't be exported; what goes wrong in reading or writing leaves no file behind.
pub fn export(database: &Database, target: &Path) -> Result<Exported, DatabaseError> {
    let source = database.path.as_deref().ok_or(DatabaseError::NoFile)?;
    let failed = |error| DatabaseError::Io {
        path: target.to_owned(),
        source: error,
    };
    let compact = Part::beside(target, ".compact");
    let _ = fs::remove_file(&compact.0);
    vacuum(source, &compact.0)?;
    header::check(&compact.0)?;
    let part = Part::beside(target, ".part");
    let mut digest = Digesting {
        file: BufWriter::new(File::create(&part.0).map_err(failed)?),
        hash: Sha256::new(),
        length: 0,
    };
    let mut plain = File::open(&compact.0).map_err(failed)?;
    compress(&mut plain, &mut digest, target).map_err(failed)?;
    digest.file.flush().map_err(failed)?;
    digest.file.get_ref().sync_all().map_err(failed)?;
    let sha256 = digest
        .hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat();
    fs::rename(&part.0, target).map_err(failed)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut beside = target.as_os_str().to_owned();
    beside.push(".sha256");
    fs::write(&beside, format!("{sha256}  {name}\n")).map_err(failed)?;
    Ok(Exported {
        path: target.to_owned(),
        length: digest.length,
        sha256,
    })
}

/// Copies a database without the room that removed rows have left.
fn vacuum(source: &Path, target: &Path) -> Result<(), DatabaseError> {
    let damaged = |error| DatabaseError::damaged(source, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(super::uri(source, "mode=ro&immutable=1"), flags)
        .map_err(damaged)?;
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(damaged)?;
    let target = target.to_string_lossy();
    connection
        .execute("VACUUM INTO ?1", [target.as_ref()])
        .map_err(damaged)?;
    Ok(())
}

fn compress(plain: &mut File, out: &mut impl Write, target: &Path) -> io::Result<()> {
    let extension = target.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("zst") => {
            let mut encoder = zstd::stream::write::Encoder::new(out, LEVEL)?;
            // A damaged download shows when it is unpacked, too.
            encoder.include_checksum(true)?;
            io::copy(plain, &mut encoder)?;
            encoder.finish()?;
        }
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::best());
            io::copy(plain, &mut encoder)?;
            encoder.finish()?;
        }
        _ => {
            let mut buffer = vec![0; 1 << 20];
            loop {
                let count = plain.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                out.write_all(&buffer[..count])?;
            }
        }
    }
    Ok(())
}

/// A file on its way, which goes if it does not arrive.
struct Part(PathBuf);

impl Part {
    fn beside(target: &Path, suffix: &str) -> Self {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(suffix);
        Self(target.with_file_name(name))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Writes and digests.
struct Digesting {
    file: BufWriter<File>,
    hash: Sha256,
    length: u64,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
