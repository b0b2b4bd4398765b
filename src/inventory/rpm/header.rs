//! The rpm header: the one record format that all storages of the rpm database hold.
//!
//! A header in a database is the number of index entries and the number of data bytes (32 bits each), the entries
//! (tag, type, offset into the data, count of values) and the data, all big-endian. The first entry is a region tag
//! that seals the entries a package was built with; those the installation added follow it. When both have the same
//! tag, the later one is right, as in rpm's own `headerImport`. Limits are those of rpm's `hdrblobInit` and
//! `hdrblobVerifyInfo`. Source: rpm's "Package format" manual page and `lib/header.c`.

use nom::Parser;
use nom::number::complete::be_u32;
use thiserror::Error;

/// rpm refuses a header with more tags than this.
const MAX_TAGS: u32 = 0xffff;
/// rpm refuses a header with more data than this, in bytes.
const MAX_DATA: u32 = 0x0fff_ffff;
/// The largest header in bytes, with its index: what a storage need never look beyond.
pub(super) const MAX_HEADER: u64 = 8 + 16 * MAX_TAGS as u64 + MAX_DATA as u64;
/// Bytes of the two counts at the start.
const INTRODUCTION: usize = 8;
/// Bytes of one index entry.
const ENTRY: usize = 16;
/// Tags below this one are regions and the like, no package data.
const FIRST_PACKAGE_TAG: u32 = 1000;

/// Types of a tag's values that are read here.
const CHAR: u32 = 1;
const INT8: u32 = 2;
const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;

/// The tags that are read, by the numbers of rpm's `rpmtag.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Name,
    Version,
    Release,
    Epoch,
    Vendor,
    License,
    Architecture,
    OldFileNames,
    FileStates,
    FileDigests,
    FileLinks,
    FileFlags,
    SourceRpm,
    FileVerifyFlags,
    DirectoryIndexes,
    BaseNames,
    DirectoryNames,
    FileDigestAlgorithm,
    ModularityLabel,
}

impl Tag {
    const COUNT: usize = Self::ModularityLabel as usize + 1;

    fn of(number: u32) -> Option<Self> {
        Some(match number {
            1000 => Self::Name,
            1001 => Self::Version,
            1002 => Self::Release,
            1003 => Self::Epoch,
            1011 => Self::Vendor,
            1014 => Self::License,
            1022 => Self::Architecture,
            1027 => Self::OldFileNames,
            1029 => Self::FileStates,
            1035 => Self::FileDigests,
            1036 => Self::FileLinks,
            1037 => Self::FileFlags,
            1044 => Self::SourceRpm,
            1045 => Self::FileVerifyFlags,
            1116 => Self::DirectoryIndexes,
            1117 => Self::BaseNames,
            1118 => Self::DirectoryNames,
            5011 => Self::FileDigestAlgorithm,
            5096 => Self::ModularityLabel,
            _ => return None,
        })
    }
}

/// Why a record is no header.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// Not even the two counts are there.
    #[error("header of {length} bytes")]
    TooShort { length: usize },
    /// More tags than rpm allows.
    #[error("header claims {tags} tags")]
    TooManyTags { tags: u32 },
    /// More data than rpm allows.
    #[error("header claims {bytes} bytes of data")]
    TooMuchData { bytes: u32 },
    /// The record ends before the header does.
    #[error("header cut short: {found} bytes of {expected}")]
    Truncated { expected: u64, found: usize },
}

/// Where one tag's values lie.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u32,
    offset: u32,
    count: u32,
}

/// One header, its index read and its data untouched.
#[derive(Debug)]
pub(super) struct Header<'a> {
    entries: [Option<Entry>; Tag::COUNT],
    data: &'a [u8],
}

type Parsed<'a, T> = nom::IResult<&'a [u8], T>;

fn introduction(input: &[u8]) -> Parsed<'_, (u32, u32)> {
    (be_u32, be_u32).parse(input)
}

fn index_entry(input: &[u8]) -> Parsed<'_, (u32, Entry)> {
    (be_u32, be_u32, be_u32, be_u32)
        .map(|(tag, kind, offset, count)| {
            (
                tag,
                Entry {
                    kind,
                    offset,
                    count,
                },
            )
        })
        .parse(input)
}

impl<'a> Header<'a> {
    /// Reads the index of a header as a database stores it, without the magic that package files put before it.
    pub(super) fn parse(record: &'a [u8]) -> Result<Self, HeaderError> {
        let (rest, (tags, bytes)) = introduction(record).map_err(|_| HeaderError::TooShort {
            length: record.len(),
        })?;
        if tags > MAX_TAGS {
            return Err(HeaderError::TooManyTags { tags });
        }
        if bytes > MAX_DATA {
            return Err(HeaderError::TooMuchData { bytes });
        }
        let index_length = ENTRY * tags as usize;
        let truncated = || HeaderError::Truncated {
            expected: INTRODUCTION as u64 + index_length as u64 + u64::from(bytes),
            found: record.len(),
        };
        let (mut index, data) = rest.split_at_checked(index_length).ok_or_else(truncated)?;
        let data = data.get(..bytes as usize).ok_or_else(truncated)?;

        let mut entries = [None; Tag::COUNT];
        while let Ok((rest, (number, entry))) = index_entry(index) {
            index = rest;
            // The cheap test first: a header has a hundred tags, and a dozen of them count here.
            if number >= FIRST_PACKAGE_TAG
                && let Some(tag) = Tag::of(number)
                && let Some(slot) = entries.get_mut(tag as usize)
            {
                *slot = Some(entry);
            }
        }
        Ok(Self { entries, data })
    }

    /// The tag's entry and the data from its first value on, if its type is one of `kinds`.
    fn values(&self, tag: Tag, kinds: &[u32]) -> Option<(Entry, &'a [u8])> {
        let entry = self.entries.get(tag as usize).copied().flatten()?;
        if entry.count == 0 || !kinds.contains(&entry.kind) {
            return None;
        }
        Some((entry, self.data.get(entry.offset as usize..)?))
    }

    /// A text, or the first of several; `None` where the tag is missing or its value does not lie in the data.
    pub(super) fn text(&self, tag: Tag) -> Option<&'a [u8]> {
        self.texts(tag).next()
    }

    /// All texts of a tag in their order, as far as they lie in the data.
    pub(super) fn texts(&self, tag: Tag) -> Texts<'a> {
        match self.values(tag, &[STRING, STRING_ARRAY, I18N_STRING]) {
            Some((entry, data)) => {
                let left = if entry.kind == STRING { 1 } else { entry.count };
                Texts { data, left }
            }
            None => Texts { data: &[], left: 0 },
        }
    }

    /// The first 32-bit number of a tag.
    pub(super) fn number(&self, tag: Tag) -> Option<u32> {
        self.numbers(tag).next()
    }

    /// All 32-bit numbers of a tag, as far as they lie in the data.
    pub(super) fn numbers(&self, tag: Tag) -> impl Iterator<Item = u32> + use<'a> {
        let (count, data) = self
            .values(tag, &[INT32])
            .map_or((0, &[][..]), |(entry, data)| (entry.count, data));
        let (numbers, _) = data.as_chunks::<4>();
        numbers
            .iter()
            .take(count as usize)
            .map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// All bytes of a tag, as far as they lie in the data.
    pub(super) fn bytes(&self, tag: Tag) -> &'a [u8] {
        let (count, data) = self
            .values(tag, &[CHAR, INT8])
            .map_or((0, &[][..]), |(entry, data)| (entry.count, data));
        &data[..data.len().min(count as usize)]
    }

    /// How many values the tag's index entry claims; the data may hold fewer.
    pub(super) fn count(&self, tag: Tag) -> u32 {
        self.entries
            .get(tag as usize)
            .copied()
            .flatten()
            .map_or(0, |entry| entry.count)
    }
}

/// The NUL-ended texts of one tag. An unfinished last one is not given out.
#[derive(Clone, Debug)]
pub(super) struct Texts<'a> {
    data: &'a [u8],
    left: u32,
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (text, rest) = self.data.split_at_checked(memchr::memchr(0, self.data)?)?;
        self.data = rest.get(1..).unwrap_or_default();
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of entries (tag, type, offset, count) over `data`.
    fn header(entries: &[[u32; 4]], data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(
            entries
                .iter()
                .flatten()
                .flat_map(|number| number.to_be_bytes()),
        );
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn a_tag_added_later_replaces_the_one_in_the_region() {
        let bytes = header(
            &[[63, 7, 4, 16], [1000, 6, 0, 1], [1000, 6, 4, 1]],
            b"old\0new\0",
        );
        assert_eq!(
            Header::parse(&bytes).unwrap().text(Tag::Name),
            Some(&b"new"[..])
        );
    }

    #[test]
    fn values_outside_the_data_are_no_values() {
        let data = b"name\0\0\0\x01tail";
        let parsed = |entry| {
            let bytes = header(&[entry], data);
            let header = Header::parse(&bytes).unwrap();
            (
                header.text(Tag::Name).map(<[u8]>::to_vec),
                header.number(Tag::Epoch),
            )
        };
        assert_eq!(parsed([1000, 6, 0, 1]).0.as_deref(), Some(&b"name"[..]));
        assert_eq!(parsed([1000, 6, 8, 1]).0, None, "no NUL behind it");
        assert_eq!(parsed([1000, 6, 12, 1]).0, None, "at the end");
        assert_eq!(parsed([1000, 6, u32::MAX, 1]).0, None, "far away");
        assert_eq!(parsed([1000, 4, 0, 1]).0, None, "another type");
        assert_eq!(parsed([1000, 6, 0, 0]).0, None, "none at all");
        assert_eq!(parsed([1003, 4, 4, 1]).1, Some(1));
        assert_eq!(parsed([1003, 4, 9, 1]).1, None, "three bytes left");
        assert_eq!(parsed([1003, 4, u32::MAX, u32::MAX]).1, None);
    }

    #[test]
    fn a_count_ends_a_list_and_so_does_the_data() {
        let list = |count| {
            let bytes = header(&[[1117, 8, 0, count]], b"a\0\0c\0d");
            Header::parse(&bytes)
                .unwrap()
                .texts(Tag::BaseNames)
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        assert_eq!(list(2), [b"a".to_vec(), b"".to_vec()]);
        assert_eq!(list(u32::MAX), [b"a".to_vec(), b"".to_vec(), b"c".to_vec()]);
    }

    #[test]
    fn sizes_beyond_those_of_rpm_are_refused() {
        let refused = |tags: u32, bytes: u32| {
            Header::parse(&[tags.to_be_bytes(), bytes.to_be_bytes()].concat()).unwrap_err()
        };
        assert_eq!(
            refused(0x1_0000, 0),
            HeaderError::TooManyTags { tags: 0x1_0000 }
        );
        assert_eq!(
            refused(0, 0x1000_0000),
            HeaderError::TooMuchData { bytes: 0x1000_0000 }
        );
        assert_eq!(
            refused(1, 4),
            HeaderError::Truncated {
                expected: 28,
                found: 8
            }
        );
        assert_eq!(
            Header::parse(&[0; 7]).unwrap_err(),
            HeaderError::TooShort { length: 7 }
        );
    }
}
