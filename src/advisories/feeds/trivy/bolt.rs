//! A reader for `BoltDB` files, the key-value store that `trivy.db` is (<https://github.com/etcd-io/bbolt>, `internal/common/page.go` and
//! `meta.go` for the layout).
//!
//! The file is a list of pages; the first two are copies of the header, of which the newer whole one counts. Everything else is B+ trees:
//! a bucket is the number of a tree's root page, or a small tree in itself; a tree's leaves hold keys with values or with buckets.
//! Pages are read one by one where they lie; none is read twice in one pass over a bucket, so that no file can make it go
//! round in circles, and what is in memory are the pages from the root to one leaf.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::Path;

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
const PAGE_HEADER: usize = 16;
const META: usize = 64;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
/// Flag of a leaf's element whose value is a bucket.
const BUCKET: u32 = 1;
/// Header of a bucket: number of its root page, 0 for one in itself, and a counter.
const BUCKET_HEADER: usize = 16;
/// Bytes of a page with those that follow it: a value is in one such run.
const RUN: u64 = 64 << 20;
/// A tree of the largest possible file is not deeper.
const DEPTH: u32 = 24;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Damaged(String);

impl From<io::Error> for Damaged {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "damaged BoltDB: {}", self.0)
    }
}

fn damaged<T>(what: &str) -> Result<T, Damaged> {
    Err(Damaged(what.to_owned()))
}

/// Whether a file begins as one.
pub(super) fn is_bolt(head: &[u8]) -> bool {
    let Some(meta) = head.get(PAGE_HEADER..PAGE_HEADER + 8) else {
        return false;
    };
    number(meta, 0) == Some(MAGIC) && number(meta, 4) == Some(VERSION)
}

/// An open file.
pub(super) struct Bolt {
    file: File,
    length: u64,
    page_size: u64,
    root: u64,
    /// Pages of the passes under way that were read already.
    read: RefCell<HashSet<u64>>,
}

/// A tree of keys.
#[derive(Clone, Debug)]
pub(super) enum Bucket {
    /// By its root page.
    Page(u64),
    /// In itself.
    Inline(Vec<u8>),
}

/// What a key leads to.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    Bucket(Bucket),
}

type Visit<'v> = &'v mut dyn FnMut(&[u8], Value<'_>) -> Result<(), Damaged>;

impl Bolt {
    pub(super) fn open(path: &Path) -> Result<Self, Damaged> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut first = vec![0; PAGE_HEADER + META];
        read_at(&file, &mut first, 0)?;
        let mut metas: Vec<Meta> = Meta::read(&first).into_iter().collect();
        // The second header is one page further; where the first is not whole its page size is not to be trusted.
        let sizes = match metas.first() {
            Some(meta) => vec![meta.page_size],
            None => (9..=16).map(|bits| 1 << bits).collect(),
        };
        for size in sizes {
            let mut second = vec![0; PAGE_HEADER + META];
            if read_at(&file, &mut second, size).is_ok() {
                metas.extend(Meta::read(&second).filter(|meta| meta.page_size == size));
            }
        }
        let newest = metas.into_iter().max_by_key(|meta| meta.transaction);
        let Some(meta) = newest else {
            return damaged("no whole header");
        };
        Ok(Self {
            file,
            length,
            page_size: meta.page_size,
            root: meta.root,
            read: RefCell::default(),
        })
    }

    /// The bucket that holds all others.
    pub(super) fn root(&self) -> Bucket {
        Bucket::Page(self.root)
    }

    /// Pages may be read again.
    pub(super) fn begin_pass(&self) {
        self.read.borrow_mut().clear();
    }

    /// Hands on the keys of a bucket in their order.
    pub(super) fn each(&self, bucket: &Bucket, visit: Visit<'_>) -> Result<(), Damaged> {
        match bucket {
            Bucket::Inline(page) => self.page(page, DEPTH, visit),
            Bucket::Page(number) => self.tree(*number, 0, visit),
        }
    }

    fn tree(&self, number: u64, depth: u32, visit: Visit<'_>) -> Result<(), Damaged> {
        if !self.read.borrow_mut().insert(number) {
            return damaged("a page is in two places");
        }
        let page = self.run(number)?;
        self.page(&page, depth, visit)
    }

    fn page(&self, page: &[u8], depth: u32, visit: Visit<'_>) -> Result<(), Damaged> {
        let (Some(flags), Some(count)) = (short(page, 8), short(page, 10)) else {
            return damaged("a page without a header");
        };
        for index in 0..usize::from(count) {
            let at = PAGE_HEADER + index * 16;
            let Some(element) = page.get(at..at + 16) else {
                return damaged("elements beyond their page");
            };
            match flags {
                BRANCH if depth < DEPTH => {
                    let child = long(element, 8).unwrap_or_default();
                    self.tree(child, depth + 1, visit)?;
                }
                BRANCH => return damaged("a tree that is too deep"),
                LEAF => {
                    let part = |offset| number(element, offset).unwrap_or_default() as usize;
                    let key = at.saturating_add(part(4));
                    let value = key.saturating_add(part(8));
                    let end = value.saturating_add(part(12));
                    let (Some(key), Some(value)) = (page.get(key..value), page.get(value..end))
                    else {
                        return damaged("a value beyond its page");
                    };
                    if number(element, 0).unwrap_or_default() & BUCKET == 0 {
                        visit(key, Value::Bytes(value))?;
                    } else {
                        visit(key, Value::Bucket(bucket(value)?))?;
                    }
                }
                _ => return damaged("a page of another kind in a tree"),
            }
        }
        Ok(())
    }

    /// A page with those that belong to it.
    fn run(&self, number: u64) -> Result<Vec<u8>, Damaged> {
        let start = number.checked_mul(self.page_size);
        let start = start.filter(|start| start.saturating_add(self.page_size) <= self.length);
        let Some(start) = start else {
            return damaged("a page beyond the end");
        };
        let mut page = vec![0; usize::try_from(self.page_size).unwrap_or_default()];
        read_at(&self.file, &mut page, start)?;
        let more = u64::from(self::number(&page, 12).unwrap_or_default());
        let length = (more + 1).saturating_mul(self.page_size);
        if length > RUN || start.saturating_add(length) > self.length {
            return damaged("a page longer than the file");
        }
        let first = page.len();
        page.resize(usize::try_from(length).unwrap_or_default(), 0);
        if let Some(rest) = page.get_mut(first..).filter(|rest| !rest.is_empty()) {
            read_at(&self.file, rest, start + self.page_size)?;
        }
        Ok(page)
    }
}

fn bucket(value: &[u8]) -> Result<Bucket, Damaged> {
    match long(value, 0) {
        Some(0) => match value.get(BUCKET_HEADER..) {
            Some(page) => Ok(Bucket::Inline(page.to_vec())),
            None => damaged("a bucket without a header"),
        },
        Some(root) => Ok(Bucket::Page(root)),
        None => damaged("a bucket without a header"),
    }
}

struct Meta {
    page_size: u64,
    root: u64,
    transaction: u64,
}

impl Meta {
    /// `None` for one that is not whole.
    fn read(page: &[u8]) -> Option<Self> {
        let meta = page.get(PAGE_HEADER..PAGE_HEADER + META)?;
        let page_size = u64::from(number(meta, 8)?);
        let is_whole = number(meta, 0)? == MAGIC
            && number(meta, 4)? == VERSION
            && long(meta, 56)? == checksum(&meta[..56])
            && page_size.is_power_of_two()
            && (512..=65_536).contains(&page_size);
        is_whole.then_some(Self {
            page_size,
            root: long(meta, 16)?,
            transaction: long(meta, 48)?,
        })
    }
}

/// FNV-1a, 64 bits.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_le_bytes)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u64::from_le_bytes)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut position: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, position)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[count..];
        position += count as u64;
    }
    Ok(())
}
