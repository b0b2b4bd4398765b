//! Headers of ELF files of both widths and both orders of bytes.
//!
//! Format: <https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>, chapters 4 and 5.

use super::executable::{Area, Entries, Executable, Mapping, PART_LIMIT, SymbolTable};
use super::fields::Fields;

const SYMBOLS: u32 = 2;
const NO_BITS: u32 = 8;
const DYNAMIC_SYMBOLS: u32 = 11;
const LOAD: u32 = 1;
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;

/// Bytes at the start of the writable data that Go's build information is looked for in where there are no sections. The
/// linker puts it first.
const DATA_START: usize = 1 << 20;

/// Where the fields of headers lie: in files of eight bytes an address, and of four.
struct Layout {
    is_wide: bool,
    /// Of the file's header: program headers, section headers, their sizes and counts, the section of names.
    header: [usize; 7],
    /// Of a program header: flags, offset, address, size in the file.
    program: [usize; 4],
    /// Of a section header: address, offset, size, link.
    section: [usize; 4],
    /// Of a symbol: its size, address, kind.
    symbol: [usize; 3],
}

const WIDE: Layout = Layout {
    is_wide: true,
    header: [0x20, 0x28, 0x36, 0x38, 0x3a, 0x3c, 0x3e],
    program: [4, 8, 16, 32],
    section: [16, 24, 32, 40],
    symbol: [24, 8, 4],
};

const NARROW: Layout = Layout {
    is_wide: false,
    header: [0x1c, 0x20, 0x2a, 0x2c, 0x2e, 0x30, 0x32],
    program: [24, 4, 8, 16],
    section: [12, 16, 20, 24],
    symbol: [16, 4, 12],
};

/// One section.
#[derive(Clone, Copy)]
struct Section<'a> {
    kind: u32,
    name: u32,
    link: u32,
    bytes: &'a [u8],
    /// From its beginning to the end of the file.
    rest: &'a [u8],
}

pub(super) fn read(content: &[u8]) -> Option<Executable<'_>> {
    let layout = match content.get(4)? {
        2 => WIDE,
        1 => NARROW,
        _ => return None,
    };
    let file = Fields {
        bytes: content,
        is_big_endian: *content.get(5)? == 2,
    };
    let mut program = Executable {
        is_big_endian: file.is_big_endian,
        ..Executable::default()
    };
    let data = mappings(file, &layout, &mut program).unwrap_or_default();
    let has_names = sections(file, &layout, &mut program).unwrap_or_default();
    if !has_names && program.build_info.is_none() && !data.is_empty() {
        program.build_info = Some(Area {
            bytes: data,
            size: DATA_START.min(data.len()),
        });
    }
    Some(program)
}

/// Notes what is loaded; gives the first writable data.
fn mappings<'a>(
    file: Fields<'a>,
    layout: &Layout,
    program: &mut Executable<'a>,
) -> Option<&'a [u8]> {
    let [start, _, size, count, ..] = layout.header;
    let table = file.stretch(file.word(start, layout.is_wide)?, u64::MAX);
    let (size, count) = (file.u16(size)?, file.u16(count)?);
    if size == 0 {
        return None;
    }
    let mut data = None;
    for entry in table
        .chunks_exact(usize::from(size))
        .take(usize::from(count))
    {
        let fields = file.of(entry);
        let [flags, offset, address, size] = layout.program;
        let word = |at| fields.word(at, layout.is_wide);
        let (Some(LOAD), Some(flags), Some(offset), Some(address), Some(size)) = (
            fields.u32(0),
            fields.u32(flags),
            word(offset),
            word(address),
            word(size),
        ) else {
            continue;
        };
        let bytes = file.stretch(offset, size);
        program.mappings.push(Mapping { address, bytes });
        if flags & (WRITABLE | EXECUTABLE) == WRITABLE && data.is_none() {
            data = Some(bytes);
        }
    }
    data
}

/// Notes the sections that are of interest; says whether any has a name.
fn sections<'a>(file: Fields<'a>, layout: &Layout, program: &mut Executable<'a>) -> Option<bool> {
    let [_, start, _, _, size, count, names] = layout.header;
    let start = file
        .word(start, layout.is_wide)
        .filter(|start| *start > 0)?;
    let table = file.stretch(start, u64::MAX);
    let size = usize::from(file.u16(size)?);
    if size == 0 {
        return None;
    }
    let section = |index: usize| {
        let at = index.checked_mul(size)?;
        let entry = file.of(table.get(at..at.checked_add(size)?)?);
        let [_, offset, size, link] = layout.section;
        let offset = entry.word(offset, layout.is_wide)?;
        Some(Section {
            name: entry.u32(0)?,
            kind: entry.u32(4)?,
            link: entry.u32(link)?,
            bytes: file.stretch(offset, entry.word(size, layout.is_wide)?),
            rest: file.stretch(offset, u64::MAX),
        })
    };
    // Counts that do not fit are in the first section.
    let count = match file.u16(count)? {
        0 => usize::try_from(file.of(table).word(layout.section[2], layout.is_wide)?).ok()?,
        count => usize::from(count),
    };
    let names = match file.u16(names)? {
        0xffff => usize::try_from(section(0)?.link).ok()?,
        names => usize::from(names),
    };
    let names = section(names).map_or(&[][..], |names| names.bytes);
    let mut symbols = Vec::new();
    for section in (1..count.min(PART_LIMIT)).map_while(section) {
        if section.kind == NO_BITS {
            continue;
        }
        if matches!(section.kind, SYMBOLS | DYNAMIC_SYMBOLS) && symbols.len() < 2 {
            symbols.push(section);
            continue;
        }
        let name = usize::try_from(section.name).unwrap_or(usize::MAX);
        let name = names.get(name..).unwrap_or_default();
        let is = |text: &[u8]| {
            name.strip_prefix(text)
                .is_some_and(|rest| rest.first() == Some(&0))
        };
        if is(b".go.buildinfo") {
            program.build_info = Some(Area {
                bytes: section.rest,
                size: section.bytes.len(),
            });
            program.is_go = true;
        } else if is(b".dep-v0") {
            program.audit = Some(section.bytes);
        } else if is(b".rodata") {
            program.constants = section.bytes;
        } else if is(b".gopclntab") || is(b".note.go.buildid") {
            program.is_go = true;
        }
    }
    // The exported ones are fewer.
    symbols.sort_by_key(|symbols| symbols.kind != DYNAMIC_SYMBOLS);
    for table in symbols {
        let strings = usize::try_from(table.link).ok().and_then(section);
        let [size, value, info] = layout.symbol;
        program.symbols.push(SymbolTable::Entries(Entries {
            fields: file.of(table.bytes),
            strings: strings.map_or(&[][..], |strings| strings.bytes),
            size,
            is_wide: layout.is_wide,
            value,
            prefix: b"",
            info: Some(info),
        }));
    }
    Some(!names.is_empty())
}
