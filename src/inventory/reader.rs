//! What a reader is: which files it wants, what it makes of one, and which of them count in a file system.
//!
//! `wants` is asked of every entry of every layer, a hundred thousand times in a large image, so readers don't answer
//! it themselves: they list patterns, and one [`Selector`] made of all of them answers with a look-up or two.

use super::parsed::{FileList, Parsed, ReadError};
use crate::image::{EntryRef, Tree, Wanted};
use hashbrown::HashMap;
use std::io::Read;

/// A cheap test of a path. It collects candidates; the tree decides later which of them lie where they count.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// The last component.
    Name(&'static str),
    /// Any file right in a folder of this name.
    InFolder(&'static str),
    /// The text behind the last `.` of the last component, in a folder of this name.
    ExtensionInFolder(&'static str, &'static str),
    /// The text behind the last `.` of the last component in lower case, wherever the file lies.
    Extension(&'static str),
    /// How the last component begins and ends; the end has a `.` in it.
    Affix {
        /// Its first bytes.
        begins: &'static str,
        /// Its last bytes.
        ends: &'static str,
    },
    /// The first bytes of a file that no pattern of a name collects.
    Magic(&'static [u8]),
}

/// What a scan needs to collect beyond packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Which files belong to which system package.
    pub owned_files: bool,
    /// What the databases say of the content of those files.
    pub checksums: bool,
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
    /// It says more of packages in the database at this path, by their names and versions.
    DetailsOf(Vec<u8>),
    /// It holds what the database at this path is still to take in: a write-ahead log.
    LogOf(Vec<u8>),
    /// It says which files of packages lie elsewhere than those packages have them.
    Diversions,
    /// It says which distribution this is.
    Distro,
}

/// Another file that a file speaks of, by its path in the merged file system (a leading `/` is of no matter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Related {
    /// It lists packages as well, and is read as this one is: `-r other.txt`.
    Include(Vec<u8>),
    /// It says more about this one's packages: a `package.json` beside a `yarn.lock`.
    Consult(Vec<u8>),
}

/// The files that [`PackageReader::related`] asked for.
pub trait Others {
    /// What was made of the file at `path`, links followed; nothing where there is none, or none that could be read.
    fn get(&self, path: &[u8]) -> Option<&Parsed>;
}

/// One package database, lockfile or binary kind.
///
/// There are two sorts. A *database* lies at places of its own, which [`locate`](Self::locate) knows, and is told by
/// [`is_database`](Self::is_database). Any other file counts wherever it lies in the merged file system.
pub trait PackageReader: Sync {
    /// Name in documents and fixtures: `dpkg`, `yarn-lock`, …
    fn name(&self) -> &'static str;

    /// Candidates, with what the scan needs.
    fn patterns(&self, needs: Needs) -> Vec<Pattern>;

    /// A second look at the path of a candidate. Of several readers with the same pattern the first in
    /// [`READERS`](super::READERS) that accepts a path has it.
    fn accepts(&self, _path: &[u8]) -> bool {
        true
    }

    /// Bytes above which a file is not held in memory.
    fn limit(&self) -> u64;

    /// Bytes above which a file is not read that lies in a mapped archive, where nothing has to be held.
    fn mapped_limit(&self) -> u64 {
        self.limit()
    }

    /// Makes facts of one file. `path` tells files of different roles apart; the same content may lie under several
    /// names (hard links), of which this is one.
    ///
    /// A candidate that turns out to be something else altogether is no error but empty.
    fn read(&self, path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError>;

    /// Makes facts of a file over its limit of which nothing is held, as it passes by. `size` is in bytes.
    fn sift(&self, _path: &[u8], _size: u64, _content: &mut dyn Read) -> Result<Made, ReadError> {
        Err(ReadError::too_large(self.limit()))
    }

    /// Whether it lies at places of its own.
    fn is_database(&self) -> bool {
        false
    }

    /// Of a database: the files that count in `tree`, at whatever step of the build.
    fn locate(&self, _tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        Vec::new()
    }

    /// Of a database: joins it with its log, where [`Role::LogOf`] files are located.
    fn read_with_log(&self, content: &[u8], _log: &[u8], needs: Needs) -> Result<Made, ReadError> {
        self.read(b"", content, needs)
    }

    /// Other files that `parsed`, read from `path`, speaks of. Asked again for every file included.
    fn related(&self, _path: &[u8], _parsed: &Parsed) -> Vec<Related> {
        Vec::new()
    }

    /// Says with the help of other files what `parsed` means; `None` where it means what was read.
    fn join(&self, _path: &[u8], _parsed: &Parsed, _others: &dyn Others) -> Option<Parsed> {
        None
    }
}

/// Every pattern of every reader behind a look-up or three.
#[derive(Default)]
pub struct Selector {
    readers: &'static [&'static dyn PackageReader],
    names: HashMap<&'static [u8], Vec<u32>>,
    folders: HashMap<&'static [u8], Vec<u32>>,
    extensions_in_folders: HashMap<(&'static [u8], &'static [u8]), Vec<u32>>,
    /// By extension: how a name has to begin and end.
    extensions: HashMap<&'static [u8], Vec<Affix>>,
    magics: Vec<(&'static [u8], u32)>,
    limits: Vec<(u64, u64)>,
}

/// How a name begins and ends, and the reader that wants it.
type Affix = (&'static [u8], &'static [u8], u32);

/// Longest extension that is looked up.
const EXTENSION_LIMIT: usize = 16;

impl Selector {
    /// The patterns of `readers`; tokens are places in that slice.
    pub fn new(readers: &'static [&'static dyn PackageReader], needs: Needs) -> Self {
        let mut selector = Self {
            readers,
            ..Self::default()
        };
        for (index, reader) in (0..).zip(readers) {
            selector
                .limits
                .push((reader.limit(), reader.mapped_limit()));
            for pattern in reader.patterns(needs) {
                selector.add(pattern, index);
            }
        }
        selector
    }

    fn add(&mut self, pattern: Pattern, index: u32) {
        match pattern {
            Pattern::Name(name) => {
                self.names.entry(name.as_bytes()).or_default().push(index);
            }
            Pattern::InFolder(folder) => {
                self.folders
                    .entry(folder.as_bytes())
                    .or_default()
                    .push(index);
            }
            Pattern::ExtensionInFolder(extension, folder) => {
                self.extensions_in_folders
                    .entry((extension.as_bytes(), folder.as_bytes()))
                    .or_default()
                    .push(index);
            }
            Pattern::Extension(extension) => {
                self.extensions
                    .entry(extension.as_bytes())
                    .or_default()
                    .push((b"", b"", index));
            }
            Pattern::Affix { begins, ends } => {
                let extension = extension(ends.as_bytes()).unwrap_or_default();
                self.extensions.entry(extension).or_default().push((
                    begins.as_bytes(),
                    ends.as_bytes(),
                    index,
                ));
            }
            Pattern::Magic(magic) => self.magics.push((magic, index)),
        }
    }

    /// The reader that wants a file of this path.
    pub fn select(&self, path: &[u8]) -> Option<Wanted> {
        let name = base_name(path);
        let accepted = |tokens: &Vec<u32>| self.accepted(tokens.iter().copied(), path);
        if let Some(token) = self.names.get(name).and_then(accepted) {
            return self.wanted(token);
        }
        let extension = extension(name);
        if let Some(token) =
            extension.and_then(|extension| self.by_extension(extension, name, path))
        {
            return self.wanted(token);
        }
        let parent = path.get(..(path.len() - name.len()).checked_sub(1)?)?;
        let parent = base_name(parent);
        let token = self.folders.get(parent).and_then(accepted).or_else(|| {
            let key = (extension?, parent);
            self.extensions_in_folders.get(&key).and_then(accepted)
        })?;
        self.wanted(token)
    }

    fn by_extension(&self, extension: &[u8], name: &[u8], path: &[u8]) -> Option<u32> {
        let mut lower = [0; EXTENSION_LIMIT];
        let lower = lower.get_mut(..extension.len())?;
        lower.copy_from_slice(extension);
        lower.make_ascii_lowercase();
        let candidates = self.extensions.get(&*lower)?;
        let fits = candidates.iter().filter(|(begins, ends, _)| {
            name.len() >= begins.len() + ends.len()
                && name.starts_with(begins)
                && name.ends_with(ends)
        });
        self.accepted(fits.map(|(.., token)| *token), path)
    }

    fn accepted(&self, mut tokens: impl Iterator<Item = u32>, path: &[u8]) -> Option<u32> {
        tokens.find(|token| {
            self.readers
                .get(*token as usize)
                .is_some_and(|reader| reader.accepts(path))
        })
    }

    /// The reader that wants a file that begins so.
    pub(super) fn select_content(&self, path: &[u8], first: &[u8]) -> Option<Wanted> {
        let fits = self
            .magics
            .iter()
            .filter(|(magic, _)| first.starts_with(magic));
        let token = self.accepted(fits.map(|(_, token)| *token), path)?;
        self.wanted(token)
    }

    /// Whether a reader tells its files by their content.
    pub(super) fn by_content(&self, token: u32) -> bool {
        self.magics.iter().any(|(_, reader)| *reader == token)
    }

    /// The mark of a reader.
    pub(super) fn wanted(&self, token: u32) -> Option<Wanted> {
        let (limit, mapped_limit) = *self.limits.get(token as usize)?;
        Some(Wanted {
            token,
            limit,
            mapped_limit,
        })
    }
}

/// The last component of a path.
pub(super) fn base_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}

/// What stands before the last component, without the `/`; empty at the root.
pub(super) fn folder(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(b"", |slash| &path[..slash])
}

/// The path of a file that lies beside the one at `path`.
pub(super) fn beside(path: &[u8], name: impl AsRef<[u8]>) -> Vec<u8> {
    match folder(path) {
        b"" => name.as_ref().to_vec(),
        folder => [folder, b"/", name.as_ref()].concat(),
    }
}

/// The text behind the last `.`.
fn extension(name: &[u8]) -> Option<&[u8]> {
    memchr::memrchr(b'.', name).map(|dot| &name[dot + 1..])
}
