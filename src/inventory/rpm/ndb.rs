//! NDB, rpm's own storage (`Packages.db`): SUSE's default.
//!
//! All numbers are little-endian, 32 bits. The file begins with a header of 32 bytes (magic `RpmP`, version,
//! generation, number of slot pages, next package number) and slot pages of 4096 bytes. A slot is 16 bytes: magic
//! `Slot`, package number, first block, count of blocks; blocks are 16 bytes too, and first block 0 marks a free
//! slot. The blocks of a package hold magic `BlbS`, package number, time, length, then the header record, padding,
//! and as their last 12 bytes an Adler-32 sum, the length again and magic `BlbE`. As in rpm, the sum is not checked
//! when reading. Source: rpm's `lib/backend/ndb/rpmpkg.c`.

use super::{Collector, MAX_PACKAGES};
use crate::inventory::ReadError;
use nom::Parser;
use nom::bytes::complete::{tag, take};
use nom::number::complete::le_u32;

/// Magic at the start of the file.
pub(super) const MAGIC: &[u8; 4] = b"RpmP";
/// Bytes of a slot page.
const PAGE: usize = 4096;
/// Bytes of a slot, and of a block.
const BLOCK: usize = 16;
/// Bytes of the file's header; the first slots would lie there.
const HEADER: usize = 32;
/// Bytes of what comes behind a package's record.
const TRAILER: usize = 12;

type Parsed<'a, T> = nom::IResult<&'a [u8], T>;

/// The number of slot pages, from the file's header.
fn file_header(input: &[u8]) -> Parsed<'_, (u32, u32)> {
    (tag(&MAGIC[..]), le_u32, le_u32, le_u32)
        .map(|(_, version, _generation, slot_pages)| (version, slot_pages))
        .parse(input)
}

/// Where a package's blocks lie.
#[derive(Clone, Copy, Debug)]
struct Slot {
    package: u32,
    first_block: u32,
    blocks: u32,
}

fn slot(input: &[u8]) -> Parsed<'_, Slot> {
    (tag(&b"Slot"[..]), le_u32, le_u32, le_u32)
        .map(|(_, package, first_block, blocks)| Slot {
            package,
            first_block,
            blocks,
        })
        .parse(input)
}

/// The record in a package's blocks, for the package number given.
fn record(package: u32) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| {
        let (rest, (_, _, _time, length)) = (
            tag(&b"BlbS"[..]),
            tag(&package.to_le_bytes()[..]),
            le_u32,
            le_u32,
        )
            .parse(input)?;
        let (padding, record) = take(length).parse(rest)?;
        let (trailer, _) = take(padding.len().saturating_sub(TRAILER)).parse(padding)?;
        let (rest, _) =
            (le_u32, tag(&length.to_le_bytes()[..]), tag(&b"BlbE"[..])).parse(trailer)?;
        Ok((rest, record))
    }
}

/// Reads all packages, in the order of their numbers.
pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), ReadError> {
    let (_, (version, slot_pages)) = file_header(bytes).map_err(|_| ReadError::Damaged {
        what: "NDB header cut short".into(),
        offset: 0,
    })?;
    if version != 0 {
        return Err(ReadError::Damaged {
            what: format!("unknown NDB version {version}"),
            offset: 4,
        });
    }
    let slots_length = (slot_pages as usize).saturating_mul(PAGE);
    let slots_end = slots_length.min(bytes.len());
    if slots_end < slots_length {
        collector.warn(format_args!(
            "NDB file ends within its {slot_pages} slot pages"
        ));
    }

    let mut slots = Vec::new();
    let (chunks, _) = bytes
        .get(HEADER..slots_end)
        .unwrap_or_default()
        .as_chunks::<BLOCK>();
    for (index, chunk) in chunks.iter().enumerate() {
        match slot(chunk) {
            Ok((_, slot)) if slot.first_block == 0 => {}
            Ok((_, slot)) if slots.len() < MAX_PACKAGES => slots.push(slot),
            Ok(_) => {
                collector.too_many_packages();
                break;
            }
            Err(_) => collector.warn(format_args!(
                "NDB slot at byte {} is damaged",
                HEADER + index * BLOCK
            )),
        }
    }

    // Blocks of two packages never overlap; keeping to that bounds what is read by the size of the file.
    slots.sort_by_key(|slot| slot.first_block);
    let mut end = slots_length / BLOCK;
    slots.retain(|slot| {
        let first = slot.first_block as usize;
        if first < end {
            collector.warn(format_args!(
                "rpm header {}: its blocks overlap others",
                slot.package
            ));
            return false;
        }
        end = first.saturating_add(slot.blocks as usize);
        true
    });

    slots.sort_by_key(|slot| slot.package);
    for slot in slots {
        let start = (slot.first_block as usize).saturating_mul(BLOCK);
        let blocks = bytes
            .get(start..)
            .and_then(|rest| rest.get(..(slot.blocks as usize).saturating_mul(BLOCK)));
        let Some(blocks) = blocks else {
            collector.warn(format_args!(
                "rpm header {}: its blocks lie beyond the end of the file",
                slot.package
            ));
            continue;
        };
        match record(slot.package)(blocks) {
            Ok((_, record)) => collector.header(slot.package.into(), record),
            Err(_) => collector.warn(format_args!(
                "rpm header {}: its blocks at byte {start} are damaged",
                slot.package
            )),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::inventory::rpm::tests::{EXPECTED, NDB, assert_listing, names};
    use crate::inventory::rpm::{Options, read};

    #[test]
    fn reads_what_rpm_reads() {
        assert_listing(
            &read(
                NDB,
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

    #[test]
    fn a_damaged_blob_costs_its_package_only() {
        let whole = names(&read(NDB, None, Options::default()).unwrap());
        let mut bytes = NDB.to_vec();
        let blob = memchr::memmem::rfind(&bytes, b"BlbS").unwrap();
        bytes[blob] = b'X';
        let parsed = read(&bytes, None, Options::default()).unwrap();
        assert_eq!(names(&parsed).len(), whole.len() - 1);
        assert_eq!(parsed.warnings.len(), 1, "{:?}", parsed.warnings);
        assert!(
            parsed.warnings[0].contains("are damaged"),
            "{:?}",
            parsed.warnings
        );
    }

    #[test]
    fn two_slots_of_one_blob_give_one_package() {
        let mut bytes = NDB.to_vec();
        let free = (32..4096)
            .step_by(16)
            .find(|at| bytes[at + 8..at + 12] == [0; 4])
            .unwrap();
        let used = (32..4096)
            .step_by(16)
            .find(|at| bytes[at + 8..at + 12] != [0; 4])
            .unwrap();
        bytes.copy_within(used..used + 16, free);
        let parsed = read(&bytes, None, Options::default()).unwrap();
        assert_eq!(
            names(&parsed),
            names(&read(NDB, None, Options::default()).unwrap())
        );
        assert!(
            parsed.warnings[0].contains("overlap"),
            "{:?}",
            parsed.warnings
        );
    }

    #[test]
    fn a_file_cut_short_keeps_what_is_there() {
        let whole = names(&read(NDB, None, Options::default()).unwrap());
        let parsed = read(&NDB[..NDB.len() / 2], None, Options::default()).unwrap();
        let half = names(&parsed);
        assert!(
            !half.is_empty() && half.len() < whole.len(),
            "{} of {}",
            half.len(),
            whole.len()
        );
        assert!(half.iter().all(|name| whole.contains(name)));
        // The signing key's entry is lost or kept without a word in the list of packages.
        assert!(half.len() + parsed.warnings.len() >= whole.len());
    }
}
