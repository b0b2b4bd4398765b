//! The Berkeley DB hash storage (`Packages`), rpm's own before 4.16: RHEL and `CentOS` up to 8, Amazon Linux 2, SLE 12.
//!
//! The file is pages of one size, in the byte order of the machine that made it. Page 0 describes the rest. Every page
//! begins with 26 bytes: log position (8), own number, previous and next page (4 each), count of items, bytes used
//! (2 each), level and type (1 each). A hash page goes on with the offsets of its items (2 bytes each), which lie
//! from the page's end downwards, keys and values in turn. An item is its type and content: `KEYDATA` the value
//! itself, `OFFPAGE` the first page and length of a chain of overflow pages. Keys are header numbers, 32 bits in the
//! file's byte order; the value of key 0 is the highest number used, no header.
//!
//! Pages are read from first to last and not bucket by bucket: a damaged bucket or counter then hides nothing, and
//! no loop of links can be built. Each overflow page is used once at most, which bounds the rest.
//! Sources: Berkeley DB's `dbinc/db_page.h`, rpm's `lib/backend/bdb_ro.c`.

use super::header::MAX_HEADER;
use super::{Collector, MAX_PACKAGES};
use crate::inventory::ReadError;

/// Bytes before a page's own content.
const PAGE_HEADER: usize = 26;
const HASH_MAGIC: u32 = 0x0006_1561;
const HASH_MAGIC_OFFSET: usize = 12;

/// Page types.
const UNSORTED_HASH_PAGE: u8 = 2;
const OVERFLOW_PAGE: u8 = 7;
const HASH_PAGE: u8 = 13;

/// Item types, and the length of the one that points elsewhere.
const KEYDATA: u8 = 1;
const OFFPAGE: u8 = 3;
const OFFPAGE_LENGTH: usize = 12;

/// Which end a number begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self == Self::Little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if self == Self::Little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}

/// The byte order of a Berkeley DB hash file; `None` for any other.
pub(super) fn byte_order(bytes: &[u8]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .find(|order| order.u32(bytes, HASH_MAGIC_OFFSET) == Some(HASH_MAGIC))
}

/// The value of a hash item.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Inline(&'a [u8]),
    Chain { first: u32, length: u32 },
}

/// The file as pages.
#[derive(Debug)]
struct Pages<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
    size: usize,
    /// One bit for each overflow page that was used.
    used: Vec<u64>,
}

impl<'a> Pages<'a> {
    fn open(bytes: &'a [u8], collector: &mut Collector) -> Result<Self, ReadError> {
        let damaged = |what: String, offset| Err(ReadError::Damaged { what, offset });
        let Some(order) = byte_order(bytes) else {
            return Err(ReadError::NotOfThisFormat {
                expected: "rpm database (BerkeleyDB hash)",
            });
        };
        let (Some(version), Some(size), Some(&encryption), Some(&flags), Some(last)) = (
            order.u32(bytes, 16),
            order.u32(bytes, 20),
            bytes.get(24),
            bytes.get(26),
            order.u32(bytes, 32),
        ) else {
            return damaged("BerkeleyDB file cut short".into(), bytes.len() as u64);
        };
        if !(8..=10).contains(&version) {
            return damaged(format!("unknown BerkeleyDB hash version {version}"), 16);
        }
        if !(512..=65_536).contains(&size) || !size.is_power_of_two() {
            return damaged(format!("BerkeleyDB page size {size}"), 20);
        }
        if encryption != 0 || flags & 1 != 0 {
            return damaged(
                "encrypted or checksummed BerkeleyDB pages, which rpm never writes".into(),
                24,
            );
        }
        let size = size as usize;
        let pages = bytes.len() / size;
        if (last as usize) >= pages {
            collector.warn(format_args!(
                "BerkeleyDB file cut short: {pages} of {} pages",
                u64::from(last) + 1
            ));
        }
        Ok(Self {
            bytes,
            order,
            size,
            used: vec![0; pages.div_ceil(64)],
        })
    }

    /// A whole page that says that it is the one asked for.
    fn get(&self, number: u32) -> Option<&'a [u8]> {
        let start = (number as usize).checked_mul(self.size)?;
        let page = self.bytes.get(start..)?.get(..self.size)?;
        (self.order.u32(page, 8) == Some(number)).then_some(page)
    }

    /// Marks an overflow page as used; false if it was before.
    fn take(&mut self, number: u32) -> bool {
        let Some(word) = self.used.get_mut(number as usize / 64) else {
            return false;
        };
        let bit = 1 << (number % 64);
        let first = *word & bit == 0;
        *word |= bit;
        first
    }

    /// The items of a hash page from its end downwards; ends at the first that can't be one.
    fn items(&self, page: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let order = self.order;
        let count = usize::from(order.u16(page, 20).unwrap_or(0));
        let lowest = PAGE_HEADER + 2 * count;
        let mut end = page.len();
        (0..count).map_while(move |index| {
            let start = usize::from(order.u16(page, PAGE_HEADER + 2 * index)?);
            let item = page
                .get(start.max(lowest)..end)
                .filter(|item| !item.is_empty())?;
            end = start;
            Some(item)
        })
    }

    fn value(&self, item: &'a [u8]) -> Option<Value<'a>> {
        match item.split_first()? {
            (&KEYDATA, content) => Some(Value::Inline(content)),
            (&OFFPAGE, _) if item.len() == OFFPAGE_LENGTH => Some(Value::Chain {
                first: self.order.u32(item, 4)?,
                length: self.order.u32(item, 8)?,
            }),
            _ => None,
        }
    }

    /// Puts the content of an overflow chain into `record`; what is wrong with it otherwise.
    fn chain(&mut self, first: u32, length: u32, record: &mut Vec<u8>) -> Result<(), &'static str> {
        record.clear();
        if u64::from(length) > MAX_HEADER {
            return Err("too long");
        }
        let (mut number, mut left) = (first, length as usize);
        while left > 0 {
            let page = self.get(number).ok_or("an overflow page is missing")?;
            if page.get(25) != Some(&OVERFLOW_PAGE) {
                return Err("an overflow page is missing");
            }
            if !self.take(number) {
                return Err("an overflow page is used twice");
            }
            let used = usize::from(self.order.u16(page, 22).unwrap_or(0));
            let content = page
                .get(PAGE_HEADER..)
                .and_then(|content| content.get(..used));
            let content = content.filter(|content| !content.is_empty() && content.len() <= left);
            let content = content.ok_or("an overflow page is damaged")?;
            record.extend_from_slice(content);
            left -= content.len();
            number = self.order.u32(page, 16).unwrap_or(0);
        }
        Ok(())
    }
}

/// Reads all packages, in the order of their numbers.
pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), ReadError> {
    let mut pages = Pages::open(bytes, collector)?;
    let mut headers = Vec::new();
    for (number, page) in bytes.chunks_exact(pages.size).enumerate().skip(1) {
        if !matches!(page.get(25), Some(&(HASH_PAGE | UNSORTED_HASH_PAGE))) {
            continue;
        }
        if pages
            .order
            .u32(page, 8)
            .is_none_or(|own| own as usize != number)
        {
            collector.warn(format_args!("BerkeleyDB page {number} is damaged"));
            continue;
        }
        let count = usize::from(pages.order.u16(page, 20).unwrap_or(0));
        let mut seen = 0;
        let mut items = pages.items(page);
        while let Some(key) = items.next() {
            let Some(value) = items.next() else { break };
            seen += 2;
            let key = key.strip_prefix(&[KEYDATA]).filter(|key| key.len() == 4);
            match (
                key.and_then(|key| pages.order.u32(key, 0)),
                pages.value(value),
            ) {
                (Some(0), _) => {}
                (Some(key), Some(value)) => headers.push((key, value)),
                _ => collector.warn(format_args!("BerkeleyDB page {number}: an item is damaged")),
            }
        }
        if seen < count {
            collector.warn(format_args!(
                "BerkeleyDB page {number}: {seen} of {count} items could be read"
            ));
        }
    }
    headers.sort_by_key(|(number, _)| *number);
    if headers.len() > MAX_PACKAGES {
        headers.truncate(MAX_PACKAGES);
        collector.too_many_packages();
    }

    let mut record = Vec::new();
    for (number, value) in headers {
        match value {
            Value::Inline(content) => collector.header(number.into(), content),
            Value::Chain { first, length } => match pages.chain(first, length, &mut record) {
                Ok(()) => collector.header(number.into(), &record),
                Err(reason) => collector.warn(format_args!("rpm header {number}: {reason}")),
            },
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::rpm::tests::{
        BERKELEY_DB, BERKELEY_DB_BIG_ENDIAN, EXPECTED, assert_listing, names,
    };
    use crate::inventory::rpm::{Options, read};

    #[test]
    fn reads_what_rpm_reads_in_both_byte_orders() {
        assert_eq!(byte_order(BERKELEY_DB), Some(ByteOrder::Little));
        assert_eq!(byte_order(BERKELEY_DB_BIG_ENDIAN), Some(ByteOrder::Big));
        for bytes in [BERKELEY_DB, BERKELEY_DB_BIG_ENDIAN] {
            assert_listing(
                &read(
                    bytes,
                    None,
                    Options {
                        with_files: true,
                        with_checksums: true,
                    },
                )
                .unwrap(),
                EXPECTED,
            );
        }
    }

    /// Offsets of the overflow pages in a little-endian file of 4096-byte pages.
    fn overflow_pages(bytes: &[u8]) -> Vec<usize> {
        (0..bytes.len())
            .step_by(4096)
            .filter(|page| bytes[page + 25] == OVERFLOW_PAGE)
            .collect()
    }

    #[test]
    fn a_chain_that_bites_its_tail_costs_its_package_only() {
        let whole = names(&read(BERKELEY_DB, None, Options::default()).unwrap());
        let mut bytes = BERKELEY_DB.to_vec();
        let page = overflow_pages(&bytes)
            .into_iter()
            .find(|page| bytes[page + 16..page + 20] != [0; 4])
            .unwrap();
        bytes.copy_within(page + 8..page + 12, page + 16);
        let parsed = read(&bytes, None, Options::default()).unwrap();
        assert_eq!(names(&parsed).len(), whole.len() - 1);
        assert!(
            parsed.warnings[0].contains("used twice"),
            "{:?}",
            parsed.warnings
        );
    }

    #[test]
    fn a_file_cut_short_keeps_what_is_there() {
        let whole = names(&read(BERKELEY_DB, None, Options::default()).unwrap());
        let cut = overflow_pages(BERKELEY_DB)[overflow_pages(BERKELEY_DB).len() / 2] + 100;
        let parsed = read(&BERKELEY_DB[..cut], None, Options::default()).unwrap();
        let rest = names(&parsed);
        assert!(
            !rest.is_empty() && rest.len() < whole.len(),
            "{} of {}",
            rest.len(),
            whole.len()
        );
        assert!(
            parsed.warnings[0].contains("cut short"),
            "{:?}",
            parsed.warnings
        );
    }

    #[test]
    fn a_header_that_is_none_says_why() {
        let refused = |change: fn(&mut Vec<u8>)| {
            let mut bytes = BERKELEY_DB.to_vec();
            change(&mut bytes);
            read(&bytes, None, Options::default())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(|bytes| bytes[16] = 7),
            "unknown BerkeleyDB hash version 7 at byte 16"
        );
        assert_eq!(
            refused(|bytes| bytes[21] = 0),
            "BerkeleyDB page size 0 at byte 20"
        );
        assert_eq!(
            refused(|bytes| bytes.truncate(20)),
            "BerkeleyDB file cut short at byte 20"
        );
        assert!(refused(|bytes| bytes[24] = 1).starts_with("encrypted"));
    }
}
