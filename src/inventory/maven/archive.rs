//! ZIP archives that lie in memory, read in place (APPNOTE 6.3.10, <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).
//!
//! Only the directory at the end is walked, entry by entry and without a copy or a map of names: a jar of a hundred
//! thousand classes costs as much as its directory is long. What the directory says is taken over what stands in front
//! of an entry, as Java does: sizes that are written behind the data (data descriptors) then need no care. How many entries
//! the end of the archive speaks of is of no matter, as writers without zip64 let the count run over.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;
use thiserror::Error;

const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const END_64: &[u8] = b"PK\x06\x06";
const END_64_LENGTH: usize = 56;
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const LOCATOR_64_LENGTH: usize = 20;
const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_LENGTH: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_LENGTH: usize = 30;
/// The longest comment that may follow the end record.
const COMMENT: usize = 0xffff;
/// Deflate cannot make more of a byte.
const MOST_OF_A_BYTE: usize = 1032;

/// What is wrong with an archive or an entry.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum ArchiveError {
    /// The record at the end is missing: it is cut short, or no archive.
    #[error("has no directory of a zip archive at its end")]
    NoDirectory,
    /// The directory holds something else from some byte on.
    #[error("has a directory that is damaged")]
    Directory,
    /// An entry's data does not lie where the directory says.
    #[error("lies outside of its archive")]
    Place,
    /// Compressed in another way than by deflate.
    #[error("is compressed in an unknown way ({0})")]
    Method(u16),
    /// Needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// Compressed data that no deflate made.
    #[error("is damaged where it is compressed")]
    Deflate,
    /// Larger than it may be.
    #[error("is over the limit of {0} bytes")]
    TooLarge(usize),
}

/// An archive: its bytes, and where its directory is in them.
#[derive(Clone, Copy)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    directory: &'a [u8],
    /// Bytes in front of the archive, which its offsets don't count: a script that starts the program.
    shift: u64,
}

/// One entry of an archive's directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Its path.
    pub(super) name: &'a [u8],
    method: u16,
    encrypted: bool,
    compressed: u64,
    /// Its size in bytes as the directory has it; nothing to rely on.
    pub(super) size: u64,
    offset: u64,
}

/// An entry's bytes as they lie in the archive.
pub(super) enum Data<'a> {
    /// As they are.
    Stored(&'a [u8]),
    /// Compressed with deflate.
    Deflated(&'a [u8]),
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let (word, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u16::from_le_bytes(*word))
}

fn double(bytes: &[u8], at: usize) -> Option<u32> {
    let (word, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u32::from_le_bytes(*word))
}

fn quad(bytes: &[u8], at: usize) -> Option<u64> {
    let (word, _) = bytes.get(at..)?.split_first_chunk()?;
    Some(u64::from_le_bytes(*word))
}

/// The bytes from `start` on, `length` of them, where they are all there.
fn part(bytes: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    let length = usize::try_from(length).ok()?;
    bytes.get(start..)?.get(..length)
}

impl<'a> Archive<'a> {
    /// Finds the directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let from = bytes.len().saturating_sub(END_LENGTH + COMMENT);
        let tail = bytes.get(from..).unwrap_or_default();
        memmem::rfind_iter(tail, END)
            .find_map(|at| Self::ending_at(bytes, from + at))
            .ok_or(ArchiveError::NoDirectory)
    }

    /// The archive whose end record is at `at`.
    fn ending_at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let record = bytes.get(at..)?.get(..END_LENGTH)?;
        let mut end = at;
        let mut size = u64::from(double(record, 12)?);
        let mut offset = u64::from(double(record, 16)?);
        let is_full = word(record, 10)? == u16::MAX
            || size == u64::from(u32::MAX)
            || offset == u64::from(u32::MAX);
        if is_full && let Some((place, record)) = Self::end_64(bytes, at) {
            end = place;
            size = quad(record, 40)?;
            offset = quad(record, 48)?;
        }
        // The directory lies right before its end, whatever stands before the archive.
        if let Some(start) = (end as u64).checked_sub(size)
            && let Some(shift) = start.checked_sub(offset)
            && let Some(directory) = part(bytes, start, size)
            && (directory.is_empty() || directory.starts_with(CENTRAL))
        {
            return Some(Self {
                bytes,
                directory,
                shift,
            });
        }
        let rest = (end as u64).checked_sub(offset)?;
        let directory = part(bytes, offset, size.min(rest))?;
        directory.starts_with(CENTRAL).then_some(Self {
            bytes,
            directory,
            shift: 0,
        })
    }

    /// The zip64 record that belongs to the end record at `at`.
    fn end_64(bytes: &[u8], at: usize) -> Option<(usize, &[u8])> {
        let locator_at = at.checked_sub(LOCATOR_64_LENGTH)?;
        let locator = bytes.get(locator_at..at)?;
        if !locator.starts_with(LOCATOR_64) {
            return None;
        }
        // Where it says, or right before it: then something stands in front of the archive.
        let said = usize::try_from(quad(locator, 8)?).ok();
        let before = locator_at.checked_sub(END_64_LENGTH);
        [before, said].into_iter().flatten().find_map(|place| {
            let record = bytes.get(place..)?.get(..END_64_LENGTH)?;
            (record.starts_with(END_64) && place < at).then_some((place, record))
        })
    }

    /// Bytes of the directory, which is what walking it costs.
    pub(super) fn directory_length(&self) -> usize {
        self.directory.len()
    }

    /// Its entries in the order of the directory; the last may be an error.
    pub(super) fn entries(&self) -> Entries<'a> {
        Entries {
            rest: self.directory,
            ahead: self.directory,
        }
    }

    /// Where an entry's bytes lie.
    pub(super) fn data(&self, entry: &Entry<'_>) -> Result<Data<'a>, ArchiveError> {
        if entry.encrypted {
            return Err(ArchiveError::Encrypted);
        }
        let find = || {
            let start = self.shift.checked_add(entry.offset)?;
            let header = part(self.bytes, start, LOCAL_LENGTH as u64)?;
            if !header.starts_with(LOCAL) {
                return None;
            }
            let names = u64::from(word(header, 26)?) + u64::from(word(header, 28)?);
            let start = start.checked_add(LOCAL_LENGTH as u64 + names)?;
            part(self.bytes, start, entry.compressed)
        };
        let data = find().ok_or(ArchiveError::Place)?;
        match entry.method {
            0 => Ok(Data::Stored(data)),
            8 => Ok(Data::Deflated(data)),
            other => Err(ArchiveError::Method(other)),
        }
    }
}

/// The entries of a directory.
pub(super) struct Entries<'a> {
    rest: &'a [u8],
    /// What was not fetched yet.
    ahead: &'a [u8],
}

/// Bytes of a directory that are fetched at once, and how close the walk comes to their end before the next are.
const FETCHED: usize = 16 << 10;
const CLOSE: usize = 4 << 10;
/// Bytes of a line of the processor's cache.
const CACHE_LINE: usize = 64;

impl<'a> Entries<'a> {
    /// Passes over entries whose names `passes` says yes to, and does no more with them than that.
    #[inline]
    pub(super) fn pass_over(&mut self, passes: impl Fn(&[u8]) -> bool) {
        while let Some((header, rest)) = self.rest.split_first_chunk::<CENTRAL_LENGTH>() {
            if !self.ahead.is_empty() && rest.len() < self.ahead.len() + CLOSE {
                self.fetch();
            }
            let length = |at| word(header, at).map_or(0, usize::from);
            let name = length(28);
            let entry = name + length(30) + length(32);
            if !header.starts_with(CENTRAL)
                || !rest.get(..name).is_some_and(&passes)
                || entry > rest.len()
            {
                return;
            }
            self.rest = rest.get(entry..).unwrap_or_default();
        }
    }

    /// Touches the next lines. Where an entry begins is known only when the one before it is there, so the walk alone would
    /// wait for the memory each time; these reads wait for it together.
    #[inline]
    fn fetch(&mut self) {
        let (near, far) = self.ahead.split_at(FETCHED.min(self.ahead.len()));
        self.ahead = far;
        let lines = near.iter().step_by(CACHE_LINE);
        std::hint::black_box(lines.fold(0, |all, byte| all ^ byte));
    }

    fn read(&mut self) -> Option<Entry<'a>> {
        let (header, rest) = self.rest.split_at_checked(CENTRAL_LENGTH)?;
        if !header.starts_with(CENTRAL) {
            return None;
        }
        let (name, rest) = rest.split_at_checked(word(header, 28)?.into())?;
        let (extra, rest) = rest.split_at_checked(word(header, 30)?.into())?;
        let (_, rest) = rest.split_at_checked(word(header, 32)?.into())?;
        self.rest = rest;
        let mut entry = Entry {
            name,
            method: word(header, 10)?,
            encrypted: word(header, 8)? & 1 != 0,
            compressed: double(header, 20)?.into(),
            size: double(header, 24)?.into(),
            offset: double(header, 42)?.into(),
        };
        entry.widen(extra);
        Some(entry)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or(ArchiveError::Directory))
    }
}

impl Entry<'_> {
    /// Takes what did not fit into four bytes from the zip64 field, which has those numbers alone, in this order.
    fn widen(&mut self, extra: &[u8]) {
        let full = u64::from(u32::MAX);
        if [self.size, self.compressed, self.offset]
            .iter()
            .all(|number| *number != full)
        {
            return;
        }
        let mut rest = extra;
        while let (Some(tag), Some(length)) = (word(rest, 0), word(rest, 2)) {
            let Some((field, after)) = rest
                .get(4..)
                .and_then(|rest| rest.split_at_checked(length.into()))
            else {
                return;
            };
            rest = after;
            if tag != 1 {
                continue;
            }
            let mut at = 0;
            for number in [&mut self.size, &mut self.compressed, &mut self.offset] {
                if *number == full
                    && let Some(wide) = quad(field, at)
                {
                    *number = wide;
                    at += 8;
                }
            }
            return;
        }
    }
}

/// Inflates data into `out`, which is emptied before. Above `limit` bytes it is an error, but `out` keeps what came by then.
pub(super) fn inflate(
    inflater: &mut Decompress,
    data: &[u8],
    size: u64,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), ArchiveError> {
    inflater.reset(false);
    out.clear();
    // The size is trusted only as far as the data may make it true.
    let most = data.len().saturating_mul(MOST_OF_A_BYTE).min(limit);
    let expected = usize::try_from(size).unwrap_or(usize::MAX);
    // A byte more lets the inflater see the end at once.
    out.reserve_exact(expected.min(most).saturating_add(1).max(64));
    let mut rest = data;
    loop {
        let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress_vec(rest, out, FlushDecompress::Finish)
            .map_err(|_| ArchiveError::Deflate)?;
        let taken = usize::try_from(inflater.total_in() - before_in).unwrap_or(usize::MAX);
        rest = rest.get(taken..).unwrap_or_default();
        if out.len() > limit {
            out.truncate(limit);
            return Err(ArchiveError::TooLarge(limit));
        }
        if status == Status::StreamEnd {
            return Ok(());
        }
        let stands_still = taken == 0 && inflater.total_out() == before_out;
        if out.len() < out.capacity() && (rest.is_empty() || stands_still) {
            return Err(ArchiveError::Deflate);
        }
        if out.len() == out.capacity() {
            let more = out.len().max(4096).min(limit - out.len() + 1);
            out.reserve_exact(more);
        }
    }
}

#[cfg(test)]
mod tests;
