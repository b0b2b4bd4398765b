//! Headers of the portable executables of Windows.
//!
//! Format: <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>.

use super::executable::{Area, Executable, Mapping, SYMBOL_LIMIT, SymbolTable, note};
use super::fields::{Fields, unpadded};

const INITIALIZED: u32 = 0x40;
const CODE_OR_EXECUTABLE: u32 = 0x2000_0020;
const WRITABLE: u32 = 0x8000_0000;

/// Bytes of the writable data that Go's build information is looked for in. The linker puts it first.
const DATA_START: usize = 1 << 20;

pub(super) fn read(content: &[u8]) -> Option<Executable<'_>> {
    let file = Fields::little(content);
    let start = file.u32(0x3c)?;
    let header = file
        .stretch(u64::from(start), u64::MAX)
        .strip_prefix(b"PE\0\0")?;
    let header = Fields::little(header);
    let sections = usize::from(header.u16(2)?);
    let optional = header.stretch(20, u64::from(header.u16(16)?));
    let table = header.stretch(20 + optional.len() as u64, u64::MAX);
    let optional = Fields::little(optional);
    let (base, directories) = match optional.u16(0)? {
        0x10b => (u64::from(optional.u32(28)?), 96),
        0x20b => (optional.u64(24)?, 112),
        _ => return None,
    };
    let mut program = Executable::default();
    for entry in table.chunks_exact(40).take(sections) {
        let fields = Fields::little(entry);
        let (Some(memory), Some(address), Some(size), Some(offset), Some(traits)) = (
            fields.u32(8),
            fields.u32(12),
            fields.u32(16),
            fields.u32(20),
            fields.u32(36),
        ) else {
            continue;
        };
        let bytes = file.stretch(u64::from(offset), u64::from(size));
        let name = unpadded(&entry[..8]);
        if name == b".dep-v0" {
            // What is filled up to a block does not belong to it.
            let size = usize::try_from(memory).unwrap_or(usize::MAX);
            let size = if size == 0 {
                bytes.len()
            } else {
                size.min(bytes.len())
            };
            program.audit = Some(&bytes[..size]);
        }
        if name == b".rdata" {
            program.constants = bytes;
        }
        let is_data = traits & (INITIALIZED | WRITABLE) == INITIALIZED | WRITABLE
            && traits & CODE_OR_EXECUTABLE == 0;
        if is_data && program.build_info.is_none() && address != 0 && size != 0 {
            program.build_info = Some(Area {
                bytes,
                size: DATA_START.min(bytes.len()),
            });
        }
        if !bytes.is_empty() {
            let address = base.wrapping_add(u64::from(address));
            program.mappings.push(Mapping { address, bytes });
        }
    }
    let exports = optional
        .u32(directories)
        .filter(|exports| *exports != 0)
        .and_then(|exports| Exports::read(&program, base, exports));
    program.symbols.extend(exports.map(SymbolTable::Exports));
    Some(program)
}

/// The export directory, with all that it points to taken from the section it lies in.
#[derive(Debug)]
pub(super) struct Exports<'a> {
    base: u64,
    /// The section, and its address from the base on.
    section: &'a [u8],
    address: u32,
    functions: &'a [u8],
    names: &'a [u8],
    ordinals: &'a [u8],
}

impl<'a> Exports<'a> {
    fn read(program: &Executable<'a>, base: u64, at: u32) -> Option<Self> {
        let wanted = base.wrapping_add(u64::from(at));
        let mapping = program.mappings.iter().find(|mapping| {
            let offset = wanted.checked_sub(mapping.address);
            offset.is_some_and(|offset| offset < mapping.bytes.len() as u64)
        })?;
        let address = u32::try_from(mapping.address.wrapping_sub(base)).ok()?;
        let section = mapping.bytes;
        let part = |at: u32| section.get(at.checked_sub(address)? as usize..);
        let directory = Fields::little(part(at)?);
        Some(Self {
            base,
            section,
            address,
            functions: part(directory.u32(28)?)?,
            names: Fields::little(part(directory.u32(32)?)?)
                .stretch(0, u64::from(directory.u32(24)?) * 4),
            ordinals: part(directory.u32(36)?)?,
        })
    }

    pub(super) fn find<const N: usize>(&self, names: [&[u8]; N], found: &mut [Option<u64>; N]) {
        let (functions, ordinals) = (
            Fields::little(self.functions),
            Fields::little(self.ordinals),
        );
        for (index, name) in self.names.chunks_exact(4).take(SYMBOL_LIMIT).enumerate() {
            let text = Fields::little(name)
                .u32(0)
                .and_then(|name| name.checked_sub(self.address))
                .and_then(|place| self.section.get(place as usize..));
            let address = ordinals
                .u16(index * 2)
                .and_then(|ordinal| functions.u32(usize::from(ordinal) * 4));
            if let (Some(text), Some(address)) = (text, address) {
                note(
                    text,
                    self.base.wrapping_add(u64::from(address)),
                    names,
                    found,
                );
            }
        }
    }
}
