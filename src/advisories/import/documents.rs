//! Finding documents: a file, the files under a folder, the entries of a zip or tar archive.
//!
//! Names inside an archive are labels for messages and nothing else: none of them is ever a path on disk. Sizes are
//! checked before and while unpacking.

use super::content::{self, Content, Spool, Unreadable};
use crate::advisories::DatabaseError;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zip::ZipArchive;

/// How deep folders are followed.
const DEPTH_LIMIT: usize = 16;

/// The documents of one archive or folder.
pub(super) struct Documents {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Files(Vec<PathBuf>),
    Archive(ZipArchive<SharedFile>),
    /// Read from one end to the other.
    Tar,
}

/// One document of a batch: the number of a file or entry that is still to be read, or what was read on the way.
pub(super) enum Task {
    At(usize),
    Read(String, Result<Content, Unreadable>),
}

/// Everything to read under a path: a file, an archive, or a folder with both in it.
pub(super) fn find(path: &Path) -> Result<Vec<Documents>, DatabaseError> {
    let failed = |error| DatabaseError::io(path, error);
    if fs::metadata(path).map_err(failed)?.is_dir() {
        let mut found = Vec::new();
        folder(path, DEPTH_LIMIT, &mut found)?;
        return Ok(found);
    }
    Ok(vec![match form(path).map_err(failed)? {
        Form::Zip => archive(path)?,
        Form::Tar => tar(path),
        Form::Plain => Documents {
            path: path.to_owned(),
            kind: Kind::Files(vec![path.to_owned()]),
        },
    }])
}

fn tar(path: &Path) -> Documents {
    Documents {
        path: path.to_owned(),
        kind: Kind::Tar,
    }
}

fn folder(path: &Path, depth: usize, found: &mut Vec<Documents>) -> Result<(), DatabaseError> {
    let failed = |error| DatabaseError::io(path, error);
    let mut entries = fs::read_dir(path)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    // The order of a folder is the file system's whim.
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        if kind.is_dir() {
            folders.push(path);
        } else if kind.is_file() {
            // Advisories come by the ten thousand: their files are not opened twice.
            let is_plain = path
                .extension()
                .is_some_and(|extension| extension == "json" || extension == "yml");
            match form(&path) {
                _ if is_plain => files.push(path),
                Ok(Form::Zip) => found.push(archive(&path)?),
                Ok(Form::Tar) => found.push(tar(&path)),
                _ => files.push(path),
            }
        }
    }
    if !files.is_empty() {
        found.push(Documents {
            path: path.to_owned(),
            kind: Kind::Files(files),
        });
    }
    if depth > 0 {
        for path in folders {
            folder(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

enum Form {
    Plain,
    Zip,
    Tar,
}

fn form(path: &Path) -> io::Result<Form> {
    let mut magic = Vec::with_capacity(4);
    let mut file = File::open(path)?;
    (&mut file).take(4).read_to_end(&mut magic)?;
    if magic == b"PK\x03\x04" || magic == b"PK\x05\x06" {
        return Ok(Form::Zip);
    }
    let is_tar = content::is_tar(io::Cursor::new(magic).chain(file)).unwrap_or(false);
    Ok(if is_tar { Form::Tar } else { Form::Plain })
}

fn archive(path: &Path) -> Result<Documents, DatabaseError> {
    let file = SharedFile::open(path).map_err(|error| DatabaseError::io(path, error))?;
    let archive = ZipArchive::new(file).map_err(|error| DatabaseError::Archive {
        path: path.to_owned(),
        detail: error.to_string(),
    })?;
    Ok(Documents {
        path: path.to_owned(),
        kind: Kind::Archive(archive),
    })
}

impl Documents {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Name of the folder, which OSV calls by the ecosystem.
    pub(super) fn label(&self) -> String {
        let folder = match &self.kind {
            Kind::Archive(_) | Kind::Tar => self.path.parent(),
            Kind::Files(files) if files.first() == Some(&self.path) => self.path.parent(),
            Kind::Files(_) => Some(self.path.as_path()),
        };
        folder
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// Documents in it; 0 for an archive whose entries are met one after another.
    pub(super) fn len(&self) -> usize {
        match &self.kind {
            Kind::Files(files) => files.len(),
            Kind::Archive(archive) => archive.len(),
            Kind::Tar => 0,
        }
    }

    /// Hands over runs of documents with at most so many documents and unpacked bytes, but one at least; until `take` says that it
    /// wants no more.
    pub(super) fn batches(
        &self,
        documents: usize,
        bytes: u64,
        spool: &Spool,
        take: &mut dyn FnMut(Vec<Task>) -> bool,
    ) -> Result<(), DatabaseError> {
        if matches!(self.kind, Kind::Tar) {
            return self.tar_batches(documents, bytes, spool, take);
        }
        let mut next = 0;
        while next < self.len() {
            let start = next;
            let mut room = bytes;
            while next < self.len() && next - start < documents {
                let size = self.size(next);
                if size > room && next > start {
                    break;
                }
                room = room.saturating_sub(size);
                next += 1;
            }
            let documents = (start..next).filter(|index| !self.is_folder(*index));
            if !take(documents.map(Task::At).collect()) {
                break;
            }
        }
        Ok(())
    }

    /// Whether an entry of an archive is a folder, which says nothing itself.
    fn is_folder(&self, index: usize) -> bool {
        match &self.kind {
            Kind::Archive(archive) => archive
                .name_for_index(index)
                .is_some_and(|name| name.is_ok_and(|name| name.ends_with('/'))),
            Kind::Files(_) | Kind::Tar => false,
        }
    }

    fn tar_batches(
        &self,
        documents: usize,
        bytes: u64,
        spool: &Spool,
        take: &mut dyn FnMut(Vec<Task>) -> bool,
    ) -> Result<(), DatabaseError> {
        let damaged = |error: io::Error| DatabaseError::Archive {
            path: self.path.clone(),
            detail: error.to_string(),
        };
        let file = File::open(&self.path).map_err(|error| DatabaseError::io(&self.path, error))?;
        let (source, _) = content::inflate(file).map_err(damaged)?;
        let mut archive = tar::Archive::new(source);
        let mut batch = Vec::new();
        let mut room = bytes;
        for entry in archive.entries().map_err(damaged)? {
            let mut entry = entry.map_err(damaged)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let label = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let size = entry.size();
            let is_large = size > bytes;
            if (size > room || is_large || batch.len() >= documents) && !batch.is_empty() {
                if !take(std::mem::take(&mut batch)) {
                    return Ok(());
                }
                room = bytes;
            }
            room = room.saturating_sub(size);
            batch.push(Task::Read(label, content::load(&mut entry, None, spool)));
        }
        if !batch.is_empty() {
            take(batch);
        }
        Ok(())
    }

    /// Unpacked size as claimed; what is read is limited whatever the claim.
    fn size(&self, index: usize) -> u64 {
        match &self.kind {
            Kind::Files(files) => files
                .get(index)
                .and_then(|path| fs::metadata(path).ok())
                .map_or(0, |data| data.len()),
            Kind::Archive(archive) => archive.by_index_data(index).map_or(0, |entry| entry.size()),
            Kind::Tar => 0,
        }
    }

    /// A reader for one thread.
    pub(super) fn reader(&self) -> Reader<'_> {
        match &self.kind {
            Kind::Files(files) => Reader::Files(files),
            Kind::Archive(archive) => Reader::Archive(Box::new(archive.clone())),
            Kind::Tar => Reader::Files(&[]),
        }
    }
}

/// Reads documents by their number.
pub(super) enum Reader<'a> {
    Files(&'a [PathBuf]),
    Archive(Box<ZipArchive<SharedFile>>),
}

impl Reader<'_> {
    /// What to call a document in a message.
    pub(super) fn label(&self, index: usize) -> String {
        match self {
            Self::Files(files) => files
                .get(index)
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            Self::Archive(archive) => match archive.name_for_index(index) {
                Some(Ok(name)) => name.into_owned(),
                _ => format!("entry {index}"),
            },
        }
    }

    /// A document; why it can't be had is the error.
    pub(super) fn read(&mut self, index: usize, spool: &Spool) -> Result<Content, Unreadable> {
        match self {
            Self::Files(files) => {
                let path = files.get(index).ok_or_else(|| "missing".to_owned())?;
                let file = File::open(path)?;
                content::load(file, Some(path), spool)
            }
            Self::Archive(archive) => {
                let entry = archive
                    .by_index(index)
                    .map_err(|error| format!("damaged archive entry: {error}"))?;
                content::load(entry, None, spool)
            }
        }
    }
}

/// One open file with a place of its own in every clone, so that threads read the same archive side by side.
#[derive(Debug)]
pub(super) struct SharedFile {
    file: Arc<File>,
    length: u64,
    position: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl Clone for SharedFile {
    fn clone(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            length: self.length,
            position: self.position,
            buffer: Vec::new(),
            buffer_start: 0,
        }
    }
}

impl SharedFile {
    const BUFFER: usize = 64 << 10;

    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            length,
            position: 0,
            buffer: Vec::new(),
            buffer_start: 0,
        })
    }

    fn buffered(&self) -> &[u8] {
        let skip = self
            .position
            .checked_sub(self.buffer_start)
            .and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.buffer.get(skip..))
            .unwrap_or_default()
    }
}

impl Read for SharedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() {
            self.buffer.resize(Self::BUFFER, 0);
            let count = read_at(&self.file, &mut self.buffer, self.position)?;
            self.buffer.truncate(count);
            self.buffer_start = self.position;
        }
        let count = self.buffered().read(out)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}
