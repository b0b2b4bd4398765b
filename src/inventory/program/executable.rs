//! What the three formats of programs have in common, as far as it is asked for: a few sections by their names, where an address
//! lies in the file, and where a symbol points to.
//!
//! All headers are read at any alignment and with every offset checked: content may begin anywhere in a buffer, and a
//! hostile file may say anything. Nothing but headers is touched until something in it is asked for.

use super::fields::Fields;
use super::{elf, mach_o, pe};

/// Sections and segments that are looked at.
pub(super) const PART_LIMIT: usize = 65_536;
/// Symbols that are looked at.
pub(super) const SYMBOL_LIMIT: usize = 1 << 20;

/// A stretch of memory that is filled from the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping<'a> {
    pub(super) address: u64,
    pub(super) bytes: &'a [u8],
}

/// Where Go's build information is to be looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area<'a> {
    /// From its beginning to the end of the file.
    pub(super) bytes: &'a [u8],
    /// In how many of these bytes it begins.
    pub(super) size: usize,
}

/// One program: a file, or one of the architectures in a file for several.
#[derive(Debug, Default)]
pub(super) struct Executable<'a> {
    pub(super) mappings: Vec<Mapping<'a>>,
    /// The section of that name, or where the linker puts it in a file without named sections.
    pub(super) build_info: Option<Area<'a>>,
    /// Whether it has sections that only Go's linker makes.
    pub(super) is_go: bool,
    /// Constants.
    pub(super) constants: &'a [u8],
    /// The section of cargo-auditable.
    pub(super) audit: Option<&'a [u8]>,
    pub(super) symbols: Vec<SymbolTable<'a>>,
    pub(super) is_big_endian: bool,
}

/// Names and addresses.
#[derive(Debug)]
pub(super) enum SymbolTable<'a> {
    /// Entries of fixed size with the place of their name in a table of strings.
    Entries(Entries<'a>),
    /// Exports of a PE file.
    Exports(pe::Exports<'a>),
}

/// A table of ELF or Mach-O.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) strings: &'a [u8],
    /// Bytes of an entry, and whether its address is one of eight bytes.
    pub(super) size: usize,
    pub(super) is_wide: bool,
    /// Offset of the address in an entry.
    pub(super) value: usize,
    /// What stands before the name that C knows it by.
    pub(super) prefix: &'static [u8],
    /// Of ELF: offset of the byte whose low half tells a symbol's kind.
    pub(super) info: Option<usize>,
}

impl<'a> Executable<'a> {
    /// The programs in a file; none where it is none of the formats.
    pub(super) fn all(content: &'a [u8]) -> Vec<Self> {
        if content.starts_with(b"\x7fELF") {
            return elf::read(content).into_iter().collect();
        }
        if content.starts_with(b"MZ") {
            return pe::read(content).into_iter().collect();
        }
        mach_o::read_all(content)
    }

    /// The bytes from an address on, to the end of what is filled from the file there.
    pub(super) fn at(&self, address: u64) -> Option<&'a [u8]> {
        self.mappings.iter().find_map(|mapping| {
            let offset = address.checked_sub(mapping.address)?;
            let rest = mapping.bytes.get(usize::try_from(offset).ok()?..)?;
            (!rest.is_empty()).then_some(rest)
        })
    }

    /// The addresses of symbols.
    pub(super) fn addresses<const N: usize>(&self, names: [&[u8]; N]) -> [Option<u64>; N] {
        let mut found = [None; N];
        for table in &self.symbols {
            match table {
                SymbolTable::Entries(entries) => entries.find(names, &mut found),
                SymbolTable::Exports(exports) => exports.find(names, &mut found),
            }
            if found.iter().all(Option::is_some) {
                break;
            }
        }
        found
    }
}

/// Kinds of ELF symbols that are no data: code, sections and source files.
const NO_DATA: [u8; 3] = [2, 3, 4];

impl Entries<'_> {
    fn find<const N: usize>(&self, names: [&[u8]; N], found: &mut [Option<u64>; N]) {
        for entry in self.fields.bytes.chunks_exact(self.size).take(SYMBOL_LIMIT) {
            let fields = self.fields.of(entry);
            // Spares most names of a large table a look.
            let info = self.info.and_then(|info| entry.get(info));
            if info.is_some_and(|info| NO_DATA.contains(&(info & 0xf))) {
                continue;
            }
            let (Some(name), Some(value)) = (fields.u32(0), fields.word(self.value, self.is_wide))
            else {
                continue;
            };
            let place = usize::try_from(name).ok();
            let Some(text) = place
                .and_then(|place| self.strings.get(place..))
                .and_then(|text| text.strip_prefix(self.prefix))
            else {
                continue;
            };
            note(text, value, names, found);
        }
    }
}

/// Notes the address of the symbol that `text` begins with the name of.
pub(super) fn note<const N: usize>(
    text: &[u8],
    address: u64,
    names: [&[u8]; N],
    found: &mut [Option<u64>; N],
) {
    for (name, found) in names.iter().zip(found) {
        let is_it = text
            .strip_prefix(*name)
            .is_some_and(|rest| rest.first() == Some(&0));
        if is_it && address != 0 && found.is_none() {
            *found = Some(address);
        }
    }
}
