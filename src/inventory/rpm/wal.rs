//! `SQLite`'s write-ahead log: committed pages that were not yet folded into the database file.
//!
//! The log begins with 32 bytes: magic (its lowest bit tells the byte order of the sums), version, page size,
//! checkpoint number, two salts and a sum of the 24 bytes before it, all big-endian. Frames follow: page number, size
//! of the database in pages if the frame commits a transaction (else 0), the two salts, two sums, and the page. A
//! frame counts if its salts are the log's and its sum, which goes on from the frame before, is right; the log ends
//! at the first that does not, and frames after the last commit were never part of the database.
//! Source: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::collections::HashMap;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Magic for sums over little-endian words; the one for big-endian words is one more.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// What a log adds to its database.
#[derive(Debug)]
pub(super) struct Overlay<'a> {
    /// The newest committed content of each page in the log; the first page of a database is 1.
    pub(super) pages: HashMap<u32, &'a [u8]>,
    /// Size of the database in pages after the last commit.
    pub(super) page_count: u32,
}

/// The running sum of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum(u32, u32);

impl Sum {
    /// Goes on over `bytes`, whose length is a multiple of 8.
    fn over(self, bytes: &[u8], big_endian: bool) -> Self {
        let word = if big_endian {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        };
        let (words, _) = bytes.as_chunks::<4>();
        let (pairs, _) = words.as_chunks::<2>();
        pairs.iter().fold(self, |Self(first, second), [even, odd]| {
            let first = first.wrapping_add(word(*even)).wrapping_add(second);
            Self(first, second.wrapping_add(word(*odd)).wrapping_add(first))
        })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The committed pages of a log for a database with pages of this many bytes; `None` where there are none.
pub(super) fn committed(log: &[u8], page_size: usize) -> Option<Overlay<'_>> {
    let header = log.get(..HEADER)?;
    let magic = number(header, 0)?;
    let big_endian = magic & 1 == 1;
    if magic & !1 != MAGIC
        || number(header, 4)? != VERSION
        || number(header, 8)? as usize != page_size
    {
        return None;
    }
    let salts = header.get(16..24)?;
    let mut sum = Sum::default().over(header.get(..24)?, big_endian);
    if sum != Sum(number(header, 24)?, number(header, 28)?) {
        return None;
    }

    let mut overlay = Overlay {
        pages: HashMap::new(),
        page_count: 0,
    };
    let mut transaction = Vec::new();
    for frame in log.get(HEADER..)?.chunks_exact(FRAME_HEADER + page_size) {
        let (head, page) = frame.split_at_checked(FRAME_HEADER)?;
        sum = sum.over(head.get(..8)?, big_endian).over(page, big_endian);
        let page_number = number(head, 0)?;
        if head.get(8..16)? != salts
            || sum != Sum(number(head, 16)?, number(head, 20)?)
            || page_number == 0
        {
            break;
        }
        transaction.push((page_number, page));
        let page_count = number(head, 4)?;
        if page_count != 0 {
            overlay.pages.extend(transaction.drain(..));
            overlay.page_count = page_count;
        }
    }
    (overlay.page_count != 0).then_some(overlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of one-page transactions and, with commit size 0, unfinished ones.
    fn log(big_endian: bool, frames: &[(u32, u32, u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [
            MAGIC | u32::from(big_endian),
            VERSION,
            512,
            0,
            0xfeed,
            0xbeef,
        ] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        let mut sum = Sum::default().over(&bytes, big_endian);
        bytes.extend([sum.0, sum.1].iter().flat_map(|word| word.to_be_bytes()));
        for (page, commit, fill) in frames {
            let head = [page.to_be_bytes(), commit.to_be_bytes()].concat();
            sum = sum.over(&head, big_endian).over(&[*fill; 512], big_endian);
            bytes.extend_from_slice(&head);
            bytes.extend(
                [0xfeed, 0xbeef, sum.0, sum.1]
                    .iter()
                    .flat_map(|word: &u32| word.to_be_bytes()),
            );
            bytes.extend_from_slice(&[*fill; 512]);
        }
        bytes
    }

    /// The first byte of each page, by page number.
    fn content(log: &[u8]) -> Option<(u32, Vec<(u32, u8)>)> {
        let overlay = committed(log, 512)?;
        let mut pages: Vec<_> = overlay
            .pages
            .iter()
            .map(|(number, page)| (*number, page[0]))
            .collect();
        pages.sort_unstable();
        Some((overlay.page_count, pages))
    }

    #[test]
    fn the_last_committed_content_of_a_page_counts() {
        for big_endian in [false, true] {
            let log = log(
                big_endian,
                &[(1, 0, 10), (2, 3, 20), (2, 4, 21), (1, 0, 11)],
            );
            assert_eq!(content(&log), Some((4, vec![(1, 10), (2, 21)])));
        }
    }

    #[test]
    fn the_log_ends_where_a_sum_or_a_salt_is_wrong() {
        let whole = log(false, &[(1, 1, 10), (2, 2, 20), (3, 3, 30)]);
        let second = HEADER + FRAME_HEADER + 512;
        for at in [second, second + 8, second + 16, second + FRAME_HEADER + 511] {
            let mut log = whole.clone();
            log[at] ^= 1;
            assert_eq!(content(&log), Some((1, vec![(1, 10)])), "byte {at}");
        }
        assert_eq!(
            content(&whole[..whole.len() - 1]).unwrap().0,
            2,
            "a frame cut short"
        );
    }

    #[test]
    fn a_log_without_commit_or_with_another_header_is_none() {
        assert_eq!(content(&log(false, &[(1, 0, 10)])), None);
        let whole = log(false, &[(1, 1, 10)]);
        for at in [0, 4, 8, 24, 31] {
            let mut log = whole.clone();
            log[at] ^= 0x40;
            assert_eq!(content(&log), None, "byte {at}");
        }
        assert!(committed(&whole, 1024).is_none());
        assert!(committed(&whole[..31], 512).is_none());
    }
}
