//! Where a program that Go built keeps what it knows of its build: the version of Go, and the text about its modules.
//!
//! There is no document but the source of Go's own reader, <https://pkg.go.dev/debug/buildinfo>. The linker writes a block
//! that begins with 14 bytes that mark it, the size of a pointer and a byte of flags. Since Go 1.18 (flag 2) the two texts follow 32 bytes
//! after its start, each with its length in front. From Go 1.12 on to that, two pointers to Go's strings follow, with the addresses of the texts.
//! The text about modules stands between two marks of 16 bytes in either form, since `runtime/debug` looks for them.
//!
//! Some take the block out of a program afterwards, to be left alone by scanners. The text with its marks stays among the
//! constants, where the program itself finds it, and here it is found there as well.

use super::executable::{Area, Executable};
use super::fields::Fields;
use memchr::memmem;
use std::io::{self, Read};

/// How the block begins.
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// What its address is a multiple of.
const ALIGNMENT: usize = 16;
/// Bytes before the first text of the newer form.
const HEADER: usize = 32;
/// In the flags: the pointers are big-endian.
const BIG_ENDIAN: u8 = 1;
/// In the flags: the texts are in the block.
const TEXTS_INSIDE: u8 = 2;

/// What the text about modules stands between.
const TEXT_STARTS: [u8; 16] = [
    0x30, 0x77, 0xaf, 0x0c, 0x92, 0x74, 0x08, 0x02, 0x41, 0xe1, 0xc1, 0x07, 0xe6, 0xd6, 0x18, 0xe6,
];
const TEXT_ENDS: [u8; 16] = [
    0xf9, 0x32, 0x43, 0x31, 0x86, 0x18, 0x20, 0x72, 0x00, 0x82, 0x42, 0x10, 0x41, 0x16, 0xd8, 0xf2,
];

/// Bytes of a text; the largest projects have a thousand modules in some 100 KB.
const TEXT_LIMIT: usize = 4 << 20;
/// Bytes of the version of Go.
const VERSION_LIMIT: usize = 256;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Build<'a> {
    /// What Go called itself: `go1.21.3`, `devel go1.23-abcdef …`; empty where that is not known.
    pub(super) go_version: String,
    /// The text about modules, without its marks; empty where it was built without modules.
    pub(super) modules: String,
    /// The program's constants.
    constants: &'a [u8],
}

/// Finds what is known of a program's build; nothing where Go did not build it.
pub(super) fn of<'a>(program: &Executable<'a>) -> Option<Build<'a>> {
    let from_block = program
        .build_info
        .and_then(|area| block(area, Some(program)));
    if from_block.is_none() && !program.is_go {
        return None;
    }
    let constants = program.constants;
    let mut build = Build {
        constants,
        ..from_block.unwrap_or_default()
    };
    if build.modules.is_empty() {
        build.modules = marked(constants, usize::MAX).unwrap_or_default();
    }
    if build.go_version.is_empty() && !build.modules.is_empty() {
        build.go_version = go_version_in(constants).unwrap_or_default();
    }
    (!build.go_version.is_empty() || !build.modules.is_empty()).then_some(build)
}

#[cfg(test)]
impl<'a> Build<'a> {
    pub(super) fn near(constants: &'a [u8], go_version: &str, modules: &str) -> Self {
        Self {
            go_version: go_version.to_owned(),
            modules: modules.to_owned(),
            constants,
        }
    }
}

impl Build<'_> {
    /// The texts that the linker wrote into variables, more or less: those without blanks.
    ///
    /// It puts a zero behind each, which no other text of Go has, and all of them close together: one is the version of
    /// Go. Only those near it are given, so that a text of some library is not taken for one.
    pub(super) fn written(&self) -> impl Iterator<Item = &str> {
        let version = [self.go_version.as_bytes(), b"\0"].concat();
        let place = if self.go_version.is_empty() {
            None
        } else {
            memmem::find(self.constants, &version)
        };
        let near = place.and_then(|place| {
            let end = (place + NEAR).min(self.constants.len());
            self.constants.get(place.saturating_sub(NEAR)..end)
        });
        // What stands before a text may be a number that ends with any byte.
        let is_text = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+_~".contains(byte);
        near.unwrap_or_default()
            .split(|byte| *byte == 0)
            .map(move |text| {
                let start = text.iter().rposition(|byte| !is_text(byte));
                &text[start.map_or(0, |last| last + 1)..]
            })
            .filter(|text| !text.is_empty() && text.len() <= VERSION_LIMIT)
            .filter_map(|text| str::from_utf8(text).ok())
    }
}

/// Bytes to either side of the version of Go in which other texts of the linker lie.
const NEAR: usize = 64 << 10;

/// The version of Go among the constants, where nothing else says it: a text with a zero behind it, and no other.
fn go_version_in(constants: &[u8]) -> Option<String> {
    let mut found = memmem::find_iter(constants, b"go1.").filter_map(|at| {
        let text = constants.get(at..)?;
        let text = &text[..memchr::memchr(0, &text[..text.len().min(32)])?];
        let is_version = text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
        str::from_utf8(text).ok().filter(|_| is_version)
    });
    let first = found.next()?;
    found.all(|other| other == first).then(|| first.to_owned())
}

/// Looks for the block in an area; a program that reads such blocks has the mark among its own data too.
fn block(area: Area<'_>, program: Option<&Executable<'_>>) -> Option<Build<'static>> {
    let finder = memmem::Finder::new(MAGIC);
    let searched = area.bytes.get(..area.size.saturating_add(MAGIC.len()));
    finder
        .find_iter(searched.unwrap_or(area.bytes))
        .filter(|at| at % ALIGNMENT == 0 && *at < area.size)
        .find_map(|at| decoded(area.bytes.get(at..)?, program))
}

/// Reads a block that `bytes` begin with. Pointers are followed in `program`.
fn decoded(bytes: &[u8], program: Option<&Executable<'_>>) -> Option<Build<'static>> {
    let header = bytes.get(..HEADER)?;
    let (pointer, flags) = (header[14], header[15]);
    let (version, modules) = if flags & TEXTS_INSIDE != 0 {
        let (version, rest) = counted(&bytes[HEADER..])?;
        (version, counted(rest).map_or(&[][..], |(text, _)| text))
    } else {
        let program = program?;
        let is_wide = match pointer {
            8 => true,
            4 => false,
            _ => return None,
        };
        let fields = Fields {
            bytes: header,
            is_big_endian: flags & BIG_ENDIAN != 0,
        };
        let text = |at| pointed_to(program, fields, fields.word(at, is_wide)?, is_wide);
        let version = text(16)?;
        let modules = text(16 + usize::from(pointer)).unwrap_or_default();
        (version, modules)
    };
    let version = str::from_utf8(version.get(..version.len().min(VERSION_LIMIT))?).ok()?;
    if !(version.starts_with("go") || version.starts_with("devel")) {
        return None;
    }
    Some(Build {
        go_version: version.to_owned(),
        modules: unmarked(modules),
        constants: &[],
    })
}

/// A text with its length in front, seven bits a byte with the lowest first; and what follows it.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let rest = &bytes[index + 1..];
            return rest
                .split_at_checked(length)
                .filter(|_| length <= TEXT_LIMIT);
        }
    }
    None
}

/// The text of a Go string: its address and its length lie at `address`.
fn pointed_to<'a>(
    program: &Executable<'a>,
    fields: Fields<'_>,
    address: u64,
    is_wide: bool,
) -> Option<&'a [u8]> {
    let string = fields.of(program.at(address)?);
    let text = program.at(string.word(0, is_wide)?)?;
    let length = string.word(if is_wide { 8 } else { 4 }, is_wide)?;
    let length = usize::try_from(length).ok()?;
    text.get(..length).filter(|_| length <= TEXT_LIMIT)
}

/// What stands between the marks; nothing where they are missing, as Go's reader has it.
fn unmarked(text: &[u8]) -> String {
    let end = text.len().saturating_sub(TEXT_ENDS.len());
    match text.get(TEXT_STARTS.len()..end) {
        Some(text) if text.ends_with(b"\n") => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    }
}

/// Looks for a text by its marks, whose first one begins in the first `size` bytes.
fn marked(bytes: &[u8], size: usize) -> Option<String> {
    let ends = memmem::Finder::new(&TEXT_ENDS);
    let mut from = 0;
    for at in memmem::find_iter(bytes, &TEXT_STARTS).take_while(|at| *at < size) {
        // Whatever was looked through for the end of an earlier one is not looked through again.
        if at < from {
            continue;
        }
        let start = at + TEXT_STARTS.len();
        let rest = bytes.get(start..)?;
        let rest = &rest[..rest.len().min(TEXT_LIMIT)];
        let Some(end) = ends.find(rest) else {
            from = start + rest.len();
            continue;
        };
        // A first mark that nothing belongs to may stand before the right one.
        let text = &rest[..end];
        let text = memmem::rfind(text, &TEXT_STARTS)
            .map_or(text, |inner| &text[inner + TEXT_STARTS.len()..]);
        if is_about_modules(text) {
            return Some(String::from_utf8_lossy(text).into_owned());
        }
        from = start + end;
    }
    None
}

/// Programs that deal with the marks hold them as well, with something else behind.
fn is_about_modules(text: &[u8]) -> bool {
    text.ends_with(b"\n") && (text.starts_with(b"path\t") || text.starts_with(b"mod\t"))
}

/// Bytes that are looked through at a time, a multiple of the block's alignment.
const PIECE: usize = 4 << 20;
/// Bytes that are held of a file that passes by: what begins in the first piece of them is whole.
const HELD: usize = PIECE + HEADER + VERSION_LIMIT + TEXT_LIMIT + TEXT_ENDS.len();

/// Looks for it in a program that passes by and is not held. In the older form the version of Go is lost: its text stands far
/// before the pointer to it.
pub(super) fn sift(content: &mut dyn Read) -> io::Result<Option<Build<'static>>> {
    let mut held = Vec::new();
    let mut modules: Option<String> = None;
    loop {
        let missing = HELD - held.len();
        content.take(missing as u64).read_to_end(&mut held)?;
        let has_ended = held.len() < HELD;
        let size = if has_ended { held.len() } else { PIECE };
        let area = Area { bytes: &held, size };
        if let Some(build) = block(area, None) {
            return Ok(Some(build));
        }
        modules = modules.or_else(|| marked(&held, size));
        if has_ended {
            break;
        }
        held.drain(..PIECE);
    }
    Ok(modules.map(|modules| Build {
        modules,
        ..Build::default()
    }))
}

#[cfg(test)]
mod tests;
