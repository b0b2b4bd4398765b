//! Where documents and blobs are had by name: an archive in a map, a layout folder, or what a stream brought.

use super::archive::{self, Members};
use super::error::Problem;
use super::layer::Blob;
use super::limits;
use super::map::Map;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Documents by their path in an image.
pub(super) trait Documents {
    /// The document at `path`; `None` where there is none.
    fn document(&self, path: &str) -> Result<Option<Cow<'_, [u8]>>, Problem>;

    /// Size of the file at `path`, of whatever kind; `None` where there is none.
    fn size(&self, path: &str) -> Option<u64>;
}

/// An image in files.
#[derive(Debug)]
pub(super) enum FileStore {
    /// One uncompressed archive.
    Archive {
        map: Arc<Map>,
        members: Members<Range<usize>>,
    },
    /// An OCI layout folder; files are mapped when they are asked for.
    Folder {
        root: PathBuf,
        maps: Mutex<HashMap<String, Arc<Map>>>,
    },
}

impl FileStore {
    /// Indexes an archive that is mapped.
    pub(super) fn archive(map: Arc<Map>) -> Result<Self, Problem> {
        let members = archive::index(map.bytes())?;
        map.release(0..map.bytes().len());
        Ok(Self::Archive { map, members })
    }

    /// A layout folder.
    pub(super) fn folder(root: &Path) -> Self {
        Self::Folder {
            root: root.to_owned(),
            maps: Mutex::default(),
        }
    }

    /// The file at `path`, wherever it lies.
    pub(super) fn blob(&self, path: &str) -> Result<Option<Blob>, Problem> {
        match self {
            Self::Archive { map, members } => Ok(members.get(path).map(|range| Blob {
                map: Arc::clone(map),
                range: range.clone(),
            })),
            Self::Folder { root, maps } => {
                let mut maps = maps.lock().unwrap_or_else(PoisonError::into_inner);
                let map = match maps.get(path) {
                    Some(map) => Arc::clone(map),
                    None => match Map::open(&root.join(path)) {
                        Ok(map) => {
                            let map = Arc::new(map);
                            maps.insert(path.to_owned(), Arc::clone(&map));
                            map
                        }
                        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                        Err(error) => {
                            return Err(Problem::document(
                                path,
                                format!("cannot be opened: {error}"),
                            ));
                        }
                    },
                };
                let range = 0..map.bytes().len();
                Ok(Some(Blob { map, range }))
            }
        }
    }

    /// Whether every file that was read is still what it was.
    pub(super) fn unchanged(&self) -> bool {
        match self {
            Self::Archive { map, .. } => map.unchanged(),
            Self::Folder { maps, .. } => maps
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values()
                .all(|map| map.unchanged()),
        }
    }
}

impl Documents for FileStore {
    fn document(&self, path: &str) -> Result<Option<Cow<'_, [u8]>>, Problem> {
        let Some(blob) = self.blob(path)? else {
            return Ok(None);
        };
        if blob.len() as u64 > limits::DOCUMENT {
            return Err(too_large(path, blob.len() as u64));
        }
        Ok(Some(Cow::Owned(blob.bytes().to_vec())))
    }

    fn size(&self, path: &str) -> Option<u64> {
        match self {
            Self::Archive { members, .. } => members.get(path).map(|range| range.len() as u64),
            Self::Folder { root, .. } => std::fs::metadata(root.join(path))
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|file| file.len()),
        }
    }
}

pub(super) fn too_large(path: &str, size: u64) -> Problem {
    Problem::document(
        path,
        format!(
            "is no manifest: {size} bytes are over the limit of {}",
            limits::DOCUMENT
        ),
    )
}
