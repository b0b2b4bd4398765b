//! What a reader is: which files it wants, what it makes of one, and which of them count in a file system.
//!
//! `wants` is asked of every entry of every layer, a hundred thousand times in a large image, so readers don't answer
//! it themselves: they list patterns, and one [`Selector`] made of all of them answers with a look-up or two.

use super::parsed::{FileList, Parsed, ReadError};
use crate::image::{Entry, EntryRef, Tree, Wanted};
use hashbrown::HashMap;

/// A cheap test of a path. It collects candidates; the tree decides later which of them lie where they count.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// The last component.
    Name(&'static str),
    /// Any file right in a folder of this name.
    InFolder(&'static str),
    /// The text behind the last `.` of the last component, in a folder of this name.
    ExtensionInFolder(&'static str, &'static str),
}

/// What a scan needs to collect beyond packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Which files belong to which system package.
    pub owned_files: bool,
}

/// What a reader made of one file.
#[derive(Debug)]
pub enum Made {
    /// A list of packages.
    Packages(Parsed),
    /// A list of paths that some package owns.
    Files(FileList),
    /// The bytes themselves, to be joined with another file's.
    Bytes(Vec<u8>),
}

/// Facts of one file: which reader made them, and what.
#[derive(Debug)]
pub struct FileFacts {
    /// Index in [`READERS`](super::READERS).
    pub reader: u32,
    /// What came of it.
    pub made: Result<Made, ReadError>,
}

/// A file that counts in a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Its path, links followed.
    pub path: Vec<u8>,
    /// Where its content lies.
    pub entry: EntryRef,
    /// What it is there for.
    pub role: Role,
}

/// What a located file is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It lists packages. Of files of one group the first that lists any speaks, the others are left-overs.
    Packages {
        /// Told apart by the reader.
        group: u32,
    },
    /// It lists the files of one package: the name, and the architecture where the file name has one.
    FilesOf(Vec<u8>),
    /// It lists the files of the packages in the database at this path.
    FilesOfDatabase(Vec<u8>),
    /// It holds what the database at this path is still to take in: a write-ahead log.
    LogOf(Vec<u8>),
    /// It says which distribution this is.
    Distro,
}

/// One package database, lockfile or binary kind.
pub trait PackageReader: Sync {
    /// Name in documents and fixtures: `dpkg`, …
    fn name(&self) -> &'static str;

    /// Candidates, with what the scan needs.
    fn patterns(&self, needs: Needs) -> Vec<Pattern>;

    /// Bytes above which a file is not read.
    fn limit(&self) -> u64;

    /// Makes facts of one file. `path` tells files of different roles apart.
    fn read(&self, path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError>;

    /// The files that count in `tree`, at whatever step of the build.
    fn locate(&self, tree: &Tree<'_>, needs: Needs) -> Vec<Located>;

    /// Joins a database with its log, where [`Role::LogOf`] files are located.
    fn read_with_log(&self, content: &[u8], _log: &[u8], needs: Needs) -> Result<Made, ReadError> {
        self.read(b"", content, needs)
    }
}

/// Every pattern of every reader behind a look-up or two.
#[derive(Debug, Default)]
pub(super) struct Selector {
    names: HashMap<&'static [u8], u32>,
    folders: HashMap<&'static [u8], u32>,
    extensions: HashMap<(&'static [u8], &'static [u8]), u32>,
    limits: Vec<u64>,
}

impl Selector {
    pub(super) fn new(readers: &[&dyn PackageReader], needs: Needs) -> Self {
        let mut selector = Self::default();
        for (index, reader) in (0..).zip(readers) {
            selector.limits.push(reader.limit());
            for pattern in reader.patterns(needs) {
                match pattern {
                    Pattern::Name(name) => selector.names.insert(name.as_bytes(), index),
                    Pattern::InFolder(folder) => selector.folders.insert(folder.as_bytes(), index),
                    Pattern::ExtensionInFolder(extension, folder) => selector
                        .extensions
                        .insert((extension.as_bytes(), folder.as_bytes()), index),
                };
            }
        }
        selector
    }

    pub(super) fn select(&self, entry: &Entry<'_>) -> Option<Wanted> {
        let path = entry.path;
        let name = entry.name();
        let token = self.names.get(name).or_else(|| {
            let parent = path.get(..(path.len() - name.len()).checked_sub(1)?)?;
            let parent = memchr::memrchr(b'/', parent).map_or(parent, |slash| &parent[slash + 1..]);
            self.folders.get(parent).or_else(|| {
                let extension = &name[memchr::memrchr(b'.', name)? + 1..];
                self.extensions.get(&(extension, parent))
            })
        })?;
        self.wanted(*token)
    }

    /// The mark of a reader.
    pub(super) fn wanted(&self, token: u32) -> Option<Wanted> {
        Some(Wanted {
            token,
            limit: *self.limits.get(token as usize)?,
        })
    }
}
