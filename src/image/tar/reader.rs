//! Entries one after another, with all that stands before an entry (long names, pax records, sparse maps) folded
//! into it.

use super::header::{Header, Type};
use super::pax::Pax;
use super::sparse::{self, Piece};
use super::{BLOCK, Input};
use crate::image::entry::EntryKind;
use crate::image::limits;
use std::borrow::Cow;
use std::io;
use thiserror::Error;

/// What can be wrong with an archive as a whole; `offset` counts bytes of the (inflated) archive.
#[derive(Debug, Error)]
pub enum TarError {
    /// The bytes behind the archive failed, or could not be inflated.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The archive ends inside of an entry.
    #[error("is cut short at byte {offset}{}", name(path))]
    Truncated {
        /// Where the bytes end.
        offset: u64,
        /// The entry it happened in, as far as known.
        path: Vec<u8>,
    },
    /// A block that should be a header is none.
    #[error("has a damaged header at byte {offset}{}", name(path))]
    Header {
        /// Where the block begins.
        offset: u64,
        /// The entry, as far as known.
        path: Vec<u8>,
    },
    /// A bound was met.
    #[error("has more than {limit} {what}")]
    Limit {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
}

/// ` in PATH`, where there is a path.
fn name(path: &[u8]) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" in {}", String::from_utf8_lossy(path).escape_debug())
    }
}

/// One entry. A reader fills the same one again and again, so that a walk allocates nothing per entry.
#[derive(Debug, Default)]
pub struct TarEntry {
    /// Path from the root: no leading `/` or `./`, no `.` or `..`, no doubled or trailing slash. Empty for the root.
    pub path: Vec<u8>,
    /// Target of a link: of a hard link a path like `path`, of a symbolic link the text as it stands.
    pub link: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Size of the file, in bytes; of a sparse file with its holes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes: name and value.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Where the stored content begins in the archive.
    pub offset: u64,
    /// Bytes stored, without padding.
    stored: u64,
    sparse: Option<Vec<Piece>>,
}

impl TarEntry {
    /// Bytes that the archive holds of its content.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// Whether its content is stored without its holes.
    pub fn is_sparse(&self) -> bool {
        self.sparse.is_some()
    }
}

/// Reads the entries of one archive.
#[derive(Debug)]
pub struct TarReader<I> {
    input: I,
    /// End of the current entry's content without and with padding.
    content_end: u64,
    next_header: u64,
    /// An end mark was passed.
    ended: bool,
    /// An entry followed an end mark.
    beyond_end: bool,
    long_name: Vec<u8>,
    long_link: Vec<u8>,
    /// Bytes of holes that were filled so far.
    holes: u64,
}

impl<I: Input> TarReader<I> {
    /// Reads the archive that `input` stands at the start of.
    pub fn new(input: I) -> Self {
        Self {
            input,
            content_end: 0,
            next_header: 0,
            ended: false,
            beyond_end: false,
            long_name: Vec::new(),
            long_link: Vec::new(),
            holes: 0,
        }
    }

    /// Whether entries follow an end mark, as in archives written one after another. Container engines stop at the
    /// first mark.
    pub fn goes_on_beyond_end(&self) -> bool {
        self.beyond_end
    }

    /// The input, to read what follows the archive.
    pub fn into_input(self) -> I {
        self.input
    }

    /// The input, standing where the current entry's content is read.
    pub fn input(&mut self) -> &mut I {
        &mut self.input
    }

    /// Bytes of the current entry's stored content that were not consumed yet.
    pub fn content_left(&self) -> u64 {
        self.content_end.saturating_sub(self.input.position())
    }

    /// Fills `entry` with the next one; `false` at the end.
    pub fn next(&mut self, entry: &mut TarEntry) -> Result<bool, TarError> {
        let mut pax = None::<Pax>;
        self.long_name.clear();
        self.long_link.clear();
        loop {
            self.pass_content(entry)?;
            let offset = self.input.position();
            let block = self.input.take(BLOCK)?;
            if block.len() < BLOCK {
                // Whole blocks of zeros may be missing at the end, but nothing may be begun.
                let begun =
                    pax.is_some() || !self.long_name.is_empty() || !self.long_link.is_empty();
                if begun || block.iter().any(|byte| *byte != 0) && !self.ended {
                    return Err(TarError::Truncated {
                        offset: offset + block.len() as u64,
                        path: Vec::new(),
                    });
                }
                return Ok(false);
            }
            let Some(header) = Header::new(block) else {
                if block.iter().all(|byte| *byte == 0) {
                    self.ended = true;
                    self.next_header = offset + BLOCK as u64;
                    continue;
                }
                if self.ended {
                    // What stands behind the end mark and is no archive is nobody's.
                    return Ok(false);
                }
                return Err(TarError::Header {
                    offset,
                    path: std::mem::take(&mut entry.path),
                });
            };
            self.beyond_end |= self.ended;
            let damaged = || TarError::Header {
                offset,
                path: header.name().to_vec(),
            };
            let size = header.size().ok_or_else(damaged)?;
            let start = offset + BLOCK as u64;
            match header.kind() {
                kind @ (Type::Pax | Type::GnuLongName | Type::GnuLongLink) => {
                    if size > limits::EXTENDED_HEADER {
                        return Err(TarError::Limit {
                            what: "bytes in an extended header",
                            limit: limits::EXTENDED_HEADER,
                        });
                    }
                    self.set_content(start, size)?;
                    #[expect(clippy::cast_possible_truncation, reason = "at most the limit")]
                    let bytes = self.input.take(size as usize)?;
                    if bytes.len() as u64 != size {
                        return Err(TarError::Truncated {
                            offset: start + bytes.len() as u64,
                            path: Vec::new(),
                        });
                    }
                    match kind {
                        Type::GnuLongName => copy_text(bytes, &mut self.long_name),
                        Type::GnuLongLink => copy_text(bytes, &mut self.long_link),
                        _ => {
                            if !pax.get_or_insert_with(Pax::default).read(bytes) {
                                return Err(TarError::Header {
                                    offset,
                                    path: Vec::new(),
                                });
                            }
                        }
                    }
                }
                Type::PaxGlobal | Type::Other => self.set_content(start, size)?,
                mut kind => {
                    if kind == Type::OldRegular {
                        let name = pax.as_ref().and_then(|pax| pax.path.as_deref());
                        let name = name.or(Some(&self.long_name)
                            .filter(|name| !name.is_empty())
                            .map(|name| &name[..]));
                        let is_folder = name.unwrap_or(header.name()).ends_with(b"/");
                        kind = if is_folder {
                            Type::Folder
                        } else {
                            Type::Regular
                        };
                    }
                    fill(entry, header, kind, &self.long_name, &self.long_link);
                    let mut stored = size;
                    if let Some(pax) = pax.as_mut() {
                        pax_over(entry, pax);
                        stored = pax.size.unwrap_or(size);
                    }
                    if !matches!(kind, Type::Regular | Type::GnuSparse) {
                        stored = 0;
                    }
                    entry.size = stored;
                    entry.sparse = None;
                    if kind == Type::GnuSparse {
                        let (pieces, more, real) = header.sparse();
                        let mut list = Vec::new();
                        let good = sparse::read_gnu_pieces(pieces, &mut list);
                        let real = real.filter(|_| good).ok_or_else(damaged)?;
                        if more {
                            self.read_gnu_extensions(offset, &mut list)?;
                        }
                        entry.size = real;
                        entry.sparse = Some(list);
                    }
                    let start = self.input.position();
                    self.set_content(start, stored)?;
                    entry.offset = start;
                    entry.stored = stored;
                    if let Some(pax) = pax.filter(|_| kind == Type::Regular) {
                        self.pax_sparse(entry, pax, offset)?;
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// The whole content of the current entry, as long as it is not longer than `limit`; `None` where it is, and
    /// where the sparse files read so far hold more holes than all of a layer may.
    pub fn content(
        &mut self,
        entry: &TarEntry,
        limit: u64,
    ) -> Result<Option<Cow<'_, [u8]>>, TarError> {
        let (Ok(stored), Ok(size)) = (usize::try_from(entry.stored), usize::try_from(entry.size))
        else {
            return Ok(None);
        };
        if entry.size > limit || entry.stored > limit {
            return Ok(None);
        }
        if entry.sparse.is_some() {
            self.holes = self
                .holes
                .saturating_add(entry.size.saturating_sub(entry.stored));
            if self.holes > limits::HOLES {
                return Ok(None);
            }
        }
        let offset = self.input.position();
        let bytes = self.input.take(stored)?;
        if bytes.len() < stored {
            return Err(TarError::Truncated {
                offset: offset + bytes.len() as u64,
                path: entry.path.clone(),
            });
        }
        match &entry.sparse {
            None => Ok(Some(Cow::Borrowed(bytes))),
            Some(pieces) => match sparse::expand(bytes, pieces, size) {
                Some(file) => Ok(Some(Cow::Owned(file))),
                None => Err(TarError::Header {
                    offset,
                    path: entry.path.clone(),
                }),
            },
        }
    }

    /// Passes over what is left of the last content and its padding.
    fn pass_content(&mut self, entry: &TarEntry) -> Result<(), TarError> {
        let position = self.input.position();
        let Some(left) = self
            .next_header
            .checked_sub(position)
            .filter(|left| *left > 0)
        else {
            return Ok(());
        };
        let skipped = self.input.skip(left)?;
        let end = position + skipped;
        // The last padding may be missing.
        if end < self.content_end {
            return Err(TarError::Truncated {
                offset: end,
                path: entry.path.clone(),
            });
        }
        Ok(())
    }

    fn set_content(&mut self, start: u64, stored: u64) -> Result<(), TarError> {
        let end = start
            .checked_add(stored)
            .and_then(|end| Some((end, end.checked_next_multiple_of(BLOCK as u64)?)));
        let Some((end, next)) = end else {
            return Err(TarError::Header {
                offset: start,
                path: Vec::new(),
            });
        };
        (self.content_end, self.next_header) = (end, next);
        Ok(())
    }

    fn read_gnu_extensions(
        &mut self,
        offset: u64,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), TarError> {
        loop {
            let block = self.input.take(BLOCK)?;
            if block.len() < BLOCK || !sparse::read_gnu_pieces(&block[..504], pieces) {
                return Err(TarError::Header {
                    offset,
                    path: Vec::new(),
                });
            }
            if block[504] == 0 {
                return Ok(());
            }
        }
    }

    fn pax_sparse(&mut self, entry: &mut TarEntry, pax: Pax, offset: u64) -> Result<(), TarError> {
        let sparse = pax.sparse;
        if sparse.major == Some(1) {
            let mut left = entry.stored;
            let pieces = sparse::read_map(&mut self.input, &mut left)?;
            let (Some(pieces), Some(real)) = (pieces, sparse.real_size) else {
                return Err(TarError::Header {
                    offset,
                    path: entry.path.clone(),
                });
            };
            entry.offset += entry.stored - left;
            (entry.stored, entry.size, entry.sparse) = (left, real, Some(pieces));
        } else if let (Some(real), false) = (sparse.real_size, sparse.pieces.is_empty()) {
            (entry.size, entry.sparse) = (real, Some(sparse.pieces));
        }
        Ok(())
    }
}

fn copy_text(bytes: &[u8], into: &mut Vec<u8>) {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    into.clear();
    into.extend_from_slice(&bytes[..end]);
}

/// What the header itself says.
fn fill(entry: &mut TarEntry, header: Header<'_>, kind: Type, long_name: &[u8], long_link: &[u8]) {
    entry.kind = match kind {
        Type::HardLink => EntryKind::HardLink,
        Type::SymbolicLink => EntryKind::SymbolicLink,
        Type::Folder => EntryKind::Folder,
        Type::CharacterDevice | Type::BlockDevice | Type::Fifo => EntryKind::Special,
        _ => EntryKind::File,
    };
    entry.path.clear();
    if long_name.is_empty() {
        clean(header.prefix(), &mut entry.path);
        clean(header.name(), &mut entry.path);
    } else {
        clean(long_name, &mut entry.path);
    }
    set_link(
        entry,
        if long_link.is_empty() {
            header.link()
        } else {
            long_link
        },
    );
    entry.mode = header.mode();
    entry.uid = header.uid();
    entry.gid = header.gid();
    entry.xattrs.clear();
}

/// What pax records say instead.
fn pax_over(entry: &mut TarEntry, pax: &mut Pax) {
    if let Some(path) = pax.sparse.name.as_ref().or(pax.path.as_ref()) {
        entry.path.clear();
        clean(path, &mut entry.path);
    }
    if let Some(link) = pax.link.as_ref() {
        set_link(entry, link);
    }
    entry.uid = pax.uid.unwrap_or(entry.uid);
    entry.gid = pax.gid.unwrap_or(entry.gid);
    entry.xattrs = std::mem::take(&mut pax.xattrs);
}

fn set_link(entry: &mut TarEntry, link: &[u8]) {
    entry.link.clear();
    match entry.kind {
        EntryKind::HardLink => clean(link, &mut entry.link),
        EntryKind::SymbolicLink => entry.link.extend_from_slice(link),
        _ => {}
    }
}

/// Appends `path` to `cleaned`, component by component: `.` and empty ones fall out, `..` goes up and stops at the
/// root, as an engine that unpacks below a root folder has it.
pub(super) fn clean(path: &[u8], cleaned: &mut Vec<u8>) {
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => cleaned.truncate(memchr::memrchr(b'/', cleaned).unwrap_or(0)),
            name => {
                if !cleaned.is_empty() {
                    cleaned.push(b'/');
                }
                cleaned.extend_from_slice(name);
            }
        }
    }
}

#[cfg(test)]
mod tests;
