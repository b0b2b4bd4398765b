//! A folder as it lies: a project, or the root file system of something that was unpacked. It is one layer, without links
//! followed: those are resolved inside of it later, as in an image.
//!
//! Files are read by their paths, small ones into memory and large ones mapped. What cannot be opened or listed is a
//! warning. When the root of a running system is scanned, `/proc`, `/sys` and `/dev` are left out where they are file
//! systems of their own: nothing in them is a file of the image.

use super::entry::{Entry, EntryKind, EntryTable};
use super::error::Problem;
use super::layer::{Analyser, FIRST_BYTES, LayerFacts, Progress, ReadAgain, Wanted};
use super::limits;
use super::map::Map;
use super::search::Searched;
use super::tar::SliceInput;
use rayon::prelude::*;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes up to which a file is read at once; a larger one is mapped, so that readers touch what they need of it.
const SMALL: u64 = 256 << 10;
/// Left out at the root, where they are mounted.
const SYSTEM_FOLDERS: [&[u8]; 3] = [b"proc", b"sys", b"dev"];

/// Walks the folder and has the wanted files read.
pub(super) fn walk<A: Analyser>(
    root: &Path,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<LayerFacts<A::Facts>, Problem> {
    let mut facts = LayerFacts {
        entries: EntryTable::default(),
        ..LayerFacts::default()
    };
    list(root, &mut facts)?;
    progress.start(facts.size);
    let count = u32::try_from(facts.entries.len()).unwrap_or(u32::MAX);
    let made: Vec<_> = (0..count)
        .into_par_iter()
        .filter_map(|index| {
            let entry = facts.entries.get(index)?;
            if entry.kind != EntryKind::File {
                return None;
            }
            let made = read(root, &entry, analyser);
            progress.advance(entry.size);
            match made {
                Ok((None, searched)) if searched == Searched::default() => None,
                made => Some((index, made)),
            }
        })
        .collect();
    for (index, made) in made {
        match made {
            Ok((made, searched)) => {
                facts.files.extend(made.map(|made| (index, made)));
                let path = facts.entries.get(index).map(|entry| entry.path.to_vec());
                facts.add_searched(index, &path.unwrap_or_default(), searched);
            }
            Err(error) => {
                let path = facts.entries.get(index).map(|entry| entry.path.to_vec());
                facts.warn(&path.unwrap_or_default(), format!("was not read: {error}"));
            }
        }
    }
    Ok(facts)
}

/// Reads files of a walked folder as the analyser wants them now.
pub(super) fn walk_again<A: Analyser>(
    root: &Path,
    entries: &EntryTable,
    analyser: &A,
    again: ReadAgain<'_>,
) -> Vec<Option<A::Facts>> {
    let read = |(index, path, wanted): &(u32, &[u8], Wanted)| {
        let there = entries.get(*index)?;
        let file = open(root, there.path).ok()?;
        let renamed = Entry { path, ..there };
        read_wanted(root, &there, &renamed, file, *wanted, analyser).ok()?
    };
    again.iter().map(read).collect()
}

/// Fills the table, folder by folder, each in the order of its names.
fn list<Facts>(root: &Path, facts: &mut LayerFacts<Facts>) -> Result<(), Problem> {
    let device = fs::metadata(root)?.dev();
    let mut folders: Vec<Vec<u8>> = vec![Vec::new()];
    while let Some(folder) = folders.pop() {
        let full = full_path(root, &folder);
        let children = fs::read_dir(&full).and_then(|children| {
            children
                .map(|child| child.map(|child| child.file_name()))
                .collect::<io::Result<Vec<_>>>()
        });
        let mut names = match children {
            Ok(names) => names,
            Err(error) if folder.is_empty() => return Err(error.into()),
            Err(error) => {
                facts.warn(&folder, format!("was not listed: {error}"));
                continue;
            }
        };
        names.sort_unstable();
        let mut below = Vec::new();
        for name in names {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name.as_bytes());
            let there = full.join(&name);
            let metadata = match fs::symlink_metadata(&there) {
                Ok(metadata) => metadata,
                Err(error) => {
                    facts.warn(&path, format!("was not read: {error}"));
                    continue;
                }
            };
            let is_mounted = folder.is_empty() && metadata.dev() != device;
            if is_mounted && SYSTEM_FOLDERS.contains(&name.as_bytes()) {
                continue;
            }
            let link = if metadata.is_symlink() {
                fs::read_link(&there)
                    .map(|link| link.as_os_str().as_bytes().to_vec())
                    .unwrap_or_default()
            } else {
                Vec::new()
            };
            if path.len().max(link.len()) > limits::PATH {
                facts.warn(
                    &path[..200],
                    "was passed over: its name or link is too long",
                );
                continue;
            }
            let entry = entry(&path, &link, &metadata);
            if !facts.entries.push(&entry) {
                return Err(Problem::Limit {
                    what: "entries or bytes of names",
                    limit: limits::LAYER_ENTRIES as u64,
                });
            }
            facts.size += entry.size;
            if let Some(value) = capability(&there, &entry) {
                let name = CAPABILITY.as_bytes().to_vec();
                facts.entries.set_xattrs(vec![(name, value)]);
            }
            if entry.kind == EntryKind::Folder {
                below.push(path);
            }
        }
        // The first is taken next.
        folders.extend(below.into_iter().rev());
    }
    Ok(())
}

fn entry<'a>(path: &'a [u8], link: &'a [u8], metadata: &Metadata) -> Entry<'a> {
    let kind = if metadata.is_file() {
        EntryKind::File
    } else if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_symlink() {
        EntryKind::SymbolicLink
    } else {
        EntryKind::Special
    };
    Entry {
        path,
        link,
        kind,
        size: if kind == EntryKind::File {
            metadata.len()
        } else {
            0
        },
        mode: (metadata.mode() & 0o7777) as u16,
        uid: metadata.uid(),
        gid: metadata.gid(),
        offset: 0,
    }
}

/// The one extended attribute that anybody asks about, of those files that it does something for.
fn capability(path: &Path, entry: &Entry<'_>) -> Option<Vec<u8>> {
    if entry.kind != EntryKind::File || entry.mode & 0o111 == 0 {
        return None;
    }
    let mut value = [0; CAPABILITY_BYTES];
    let length = rustix::fs::lgetxattr(path, CAPABILITY, &mut value[..]).ok()?;
    value.get(..length).map(<[u8]>::to_vec)
}

const CAPABILITY: &str = "security.capability";
/// Bytes of its value; the kernel takes none with more than 24.
const CAPABILITY_BYTES: usize = 64;

fn full_path(root: &Path, path: &[u8]) -> PathBuf {
    root.join(OsStr::from_bytes(path))
}

/// Opens a file that was one when the folder was listed: a link or a pipe that took its place is none.
fn open(root: &Path, path: &[u8]) -> io::Result<File> {
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(full_path(root, path))?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("is no regular file any more"))
    }
}

/// Has a file read and searched if somebody wants it.
fn read<A: Analyser>(
    root: &Path,
    entry: &Entry<'_>,
    analyser: &A,
) -> io::Result<(Option<A::Facts>, Searched)> {
    let mut searched = Searched::default();
    if let Some(search) = analyser.search()
        && entry.size > 0
        && search.looks_into(entry)
    {
        let file = open(root, entry.path)?;
        with_content(root, entry, file, |content| {
            searched = search.search(entry, &mut SliceInput::new(content))?;
            Ok(())
        })?;
    }
    Ok((read_if_wanted(root, entry, analyser)?, searched))
}

fn read_if_wanted<A: Analyser>(
    root: &Path,
    entry: &Entry<'_>,
    analyser: &A,
) -> io::Result<Option<A::Facts>> {
    if let Some(wanted) = analyser.wants(entry) {
        let file = open(root, entry.path)?;
        return read_wanted(root, entry, entry, file, wanted, analyser);
    }
    if entry.size == 0 {
        return Ok(None);
    }
    let file = open(root, entry.path)?;
    let mut first = Vec::with_capacity(FIRST_BYTES);
    (&file).take(FIRST_BYTES as u64).read_to_end(&mut first)?;
    let Some(wanted) = analyser.wants_content(entry, &first) else {
        return Ok(None);
    };
    let file = open(root, entry.path)?;
    read_wanted(root, entry, entry, file, wanted, analyser)
}

/// Reads the file at `there`, known to the analyser as `entry`.
fn read_wanted<A: Analyser>(
    root: &Path,
    there: &Entry<'_>,
    entry: &Entry<'_>,
    file: File,
    wanted: Wanted,
    analyser: &A,
) -> io::Result<Option<A::Facts>> {
    if there.size > wanted.mapped_limit {
        return Ok(analyser.too_large(entry, wanted));
    }
    with_content(root, there, file, |content| {
        Ok(analyser.read(entry, wanted, content))
    })
}

/// The bytes of the file at `there`, mapped where it is large.
fn with_content<T>(
    root: &Path,
    there: &Entry<'_>,
    file: File,
    make: impl FnOnce(&[u8]) -> io::Result<T>,
) -> io::Result<T> {
    if there.size > SMALL {
        let map = Map::open(&full_path(root, there.path))?;
        return make(map.bytes());
    }
    let mut content = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut content)?;
    make(&content)
}
