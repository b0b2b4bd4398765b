//! Headers of Mach-O files, and of those that hold several architectures.
//!
//! Format: <https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h> and `fat.h` beside it.

use super::executable::{Area, Entries, Executable, Mapping, PART_LIMIT, SymbolTable};
use super::fields::{Fields, unpadded};

/// Architectures in one file that are looked at; there are two in nearly all.
const ARCHITECTURES: usize = 8;

const SEGMENT: u32 = 1;
const SYMBOLS: u32 = 2;
const SEGMENT_64: u32 = 0x19;

const READ_WRITE: u32 = 3;

/// Bytes of the writable data that Go's build information is looked for in where no section has its name.
const DATA_START: usize = 1 << 20;

/// The programs in a file.
pub(super) fn read_all(content: &[u8]) -> Vec<Executable<'_>> {
    let file = Fields::big(content);
    let is_wide = match file.u32(0) {
        Some(0xcafe_babe) => false,
        Some(0xcafe_babf) => true,
        _ => return read(content).into_iter().collect(),
    };
    let count = file.u32(4).map_or(0, |count| count as usize);
    let size = if is_wide { 32 } else { 20 };
    let table = content.get(8..).unwrap_or_default();
    table
        .chunks_exact(size)
        .take(count.min(ARCHITECTURES))
        .filter_map(|entry| {
            let entry = Fields::big(entry);
            let offset = entry.word(8, is_wide)?;
            let size = entry.word(if is_wide { 16 } else { 12 }, is_wide)?;
            read(file.stretch(offset, size))
        })
        .collect()
}

/// Where the fields of a segment and its sections lie.
struct Layout {
    is_wide: bool,
    /// Of a segment: address, offset, size in the file, largest and first protection, count of sections, their start.
    segment: [usize; 7],
    /// Of a section: its length, address, size, offset.
    section: [usize; 3],
}

const WIDE: Layout = Layout {
    is_wide: true,
    segment: [24, 40, 48, 56, 60, 64, 72],
    section: [80, 40, 48],
};

const NARROW: Layout = Layout {
    is_wide: false,
    segment: [24, 32, 36, 40, 44, 48, 56],
    section: [68, 36, 40],
};

fn read(content: &[u8]) -> Option<Executable<'_>> {
    let (file, layout) = match content.first_chunk()? {
        [0xcf, 0xfa, 0xed, 0xfe] => (Fields::little(content), WIDE),
        [0xce, 0xfa, 0xed, 0xfe] => (Fields::little(content), NARROW),
        [0xfe, 0xed, 0xfa, 0xcf] => (Fields::big(content), WIDE),
        [0xfe, 0xed, 0xfa, 0xce] => (Fields::big(content), NARROW),
        _ => return None,
    };
    let mut program = Executable {
        is_big_endian: file.is_big_endian,
        ..Executable::default()
    };
    let mut data = None;
    let count = file
        .u32(16)?
        .min(u32::try_from(PART_LIMIT).unwrap_or(u32::MAX));
    let size = u64::from(file.u32(20)?);
    let mut commands = file.stretch(if layout.is_wide { 32 } else { 28 }, size);
    let mut parts = 0;
    for _ in 0..count {
        let header = file.of(commands);
        let (Some(kind), Some(length)) = (header.u32(0), header.u32(4)) else {
            break;
        };
        let length = length as usize;
        let Some((command, rest)) = commands.split_at_checked(length).filter(|_| length >= 8)
        else {
            break;
        };
        commands = rest;
        match kind {
            SEGMENT | SEGMENT_64 => {
                segment(file, &layout, command, &mut program, &mut data, &mut parts);
            }
            SYMBOLS => {
                let table = symbols(file, &layout, file.of(command));
                program.symbols.extend(table);
            }
            _ => {}
        }
        if parts >= PART_LIMIT {
            break;
        }
    }
    if program.build_info.is_none() {
        program.build_info = data.map(|bytes: &[u8]| Area {
            bytes,
            size: DATA_START.min(bytes.len()),
        });
    }
    Some(program)
}

fn segment<'a>(
    file: Fields<'a>,
    layout: &Layout,
    command: &'a [u8],
    program: &mut Executable<'a>,
    data: &mut Option<&'a [u8]>,
    parts: &mut usize,
) -> Option<()> {
    let fields = file.of(command);
    let word = |at| fields.word(at, layout.is_wide);
    let [address, offset, size, largest, first, count, sections] = layout.segment;
    let segment_name = unpadded(command.get(8..24)?);
    let address = word(address)?;
    let bytes = file.stretch(word(offset)?, word(size)?);
    // The first page stands for nothing.
    if segment_name != b"__PAGEZERO" {
        program.mappings.push(Mapping { address, bytes });
    }
    let is_data = fields.u32(largest)? == READ_WRITE && fields.u32(first)? == READ_WRITE;
    if is_data && data.is_none() && address != 0 && !bytes.is_empty() {
        *data = Some(bytes);
    }
    let count = fields.u32(count)? as usize;
    let [length, size, offset] = layout.section;
    for entry in command.get(sections..)?.chunks_exact(length).take(count) {
        *parts += 1;
        let fields = file.of(entry);
        let (Some(size), Some(offset)) = (fields.word(size, layout.is_wide), fields.u32(offset))
        else {
            continue;
        };
        let bytes = file.stretch(u64::from(offset), size);
        match unpadded(&entry[..16]) {
            b"__go_buildinfo" => {
                program.build_info = Some(Area {
                    bytes: file.stretch(u64::from(offset), u64::MAX),
                    size: bytes.len(),
                });
                program.is_go = true;
            }
            b".dep-v0" => program.audit = Some(bytes),
            // The first one is that of the code, the second that of the data.
            b"__rodata" if program.constants.is_empty() => program.constants = bytes,
            b"__gopclntab" => program.is_go = true,
            _ => {}
        }
    }
    Some(())
}

fn symbols<'a>(file: Fields<'a>, layout: &Layout, command: Fields<'_>) -> Option<SymbolTable<'a>> {
    let size: usize = if layout.is_wide { 16 } else { 12 };
    let bytes = u64::from(command.u32(12)?) * size as u64;
    Some(SymbolTable::Entries(Entries {
        fields: file.of(file.stretch(u64::from(command.u32(8)?), bytes)),
        strings: file.stretch(u64::from(command.u32(16)?), u64::from(command.u32(20)?)),
        size,
        is_wide: layout.is_wide,
        value: 8,
        prefix: b"_",
        info: None,
    }))
}
