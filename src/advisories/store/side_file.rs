//! Writing a database beside the old one and putting it in its place in one step.
//!
//! The side file has one fixed name per database and is locked while it is written. So two imports take turns and
//! neither loses the other's records, and what a killed import left is found and overwritten by the next one.

use super::{SCHEMA, header, uri};
use crate::advisories::DatabaseError;
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// A database under construction.
#[derive(Debug)]
pub(crate) struct SideFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl SideFile {
    /// Begins with a copy of the database at `target`, or an empty one. Waits for another import into the same file.
    pub(crate) fn begin(target: &Path) -> Result<Self, DatabaseError> {
        let mut side = Self::begin_empty(target)?;
        side.fill()?;
        Ok(side)
    }

    /// Begins with nothing. Waits for another import into the same file.
    pub(crate) fn begin_empty(target: &Path) -> Result<Self, DatabaseError> {
        // A link stays a link: the file it points to is what is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let name = target.file_name().ok_or_else(|| DatabaseError::Missing {
            path: target.clone(),
        })?;
        let folder = folder_of(&target);
        fs::create_dir_all(folder).map_err(|source| DatabaseError::Io {
            path: folder.to_owned(),
            source,
        })?;
        let mut side_name = OsString::from(".");
        side_name.push(name);
        side_name.push(".import");
        let path = folder.join(side_name);
        let failed = |source| DatabaseError::Io {
            path: path.clone(),
            source,
        };

        let file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            file.lock().map_err(failed)?;
            // Whoever held the lock has renamed the file away in the meantime, or removed it: then this handle is
            // on the finished database, and the next side file has to be made anew.
            if is_at(&file, &path) {
                break file;
            }
        };
        file.set_len(0).map_err(failed)?;
        Ok(Self {
            file,
            path,
            target,
            committed: false,
        })
    }

    fn fill(&mut self) -> Result<(), DatabaseError> {
        let failed = |source| DatabaseError::Io {
            path: self.path.clone(),
            source,
        };
        match header::check(&self.target) {
            Ok(()) => {
                let mut old = File::open(&self.target)
                    .map_err(|error| DatabaseError::io(&self.target, error))?;
                std::io::copy(&mut old, &mut self.file).map_err(failed)?;
                Ok(())
            }
            Err(DatabaseError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A connection to the side file, with the schema in place.
    pub(crate) fn connect(&self) -> Result<Connection, DatabaseError> {
        let damaged = |error| DatabaseError::damaged(&self.target, error);
        let is_new = self
            .file
            .metadata()
            .is_ok_and(|metadata| metadata.len() == 0);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri(&self.path, "mode=rw&nolock=1"), flags)
            .map_err(damaged)?;
        // Neither journal nor syncs: if anything goes wrong the side file is thrown away; `commit` syncs once.
        connection
            .execute_batch(
                "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
                 PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -32768;
                 PRAGMA temp_store = MEMORY;",
            )
            .map_err(damaged)?;
        if is_new {
            connection.execute_batch(SCHEMA).map_err(damaged)?;
        }
        Ok(connection)
    }

    /// The file itself, to be written before a connection is made.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it lies while it is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the finished database goes.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the finished database in place. Every connection must be closed.
    pub(crate) fn commit(mut self) -> Result<(), DatabaseError> {
        let failed = |source| DatabaseError::Io {
            path: self.path.clone(),
            source,
        };
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.path, &self.target).map_err(failed)?;
        self.committed = true;
        // The rename itself is on disk when the folder is.
        #[cfg(unix)]
        if let Ok(folder) = File::open(folder_of(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for SideFile {
    fn drop(&mut self) {
        if !self.committed {
            // Still locked: whoever waits sees that the file is gone and makes a new one.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(named)) => open.dev() == named.dev() && open.ino() == named.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}
