//! One 512-byte header block: its numbers, names and type.

use super::BLOCK;

/// What a header says its entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Regular,
    /// v7's only type: a folder where the name ends with a slash, else a file.
    OldRegular,
    HardLink,
    SymbolicLink,
    CharacterDevice,
    BlockDevice,
    Folder,
    Fifo,
    /// GNU's old form of a sparse file.
    GnuSparse,
    /// Names for the entry that follows.
    GnuLongName,
    GnuLongLink,
    Pax,
    /// pax headers for all that follows; engines pass them over.
    PaxGlobal,
    /// A volume label or what is left of a multi-volume file: nothing that an image holds.
    Other,
}

/// A header block whose checksum is right.
#[derive(Clone, Copy)]
pub(super) struct Header<'a>(&'a [u8]);

/// Whether these bytes begin with a tar header: a right checksum over a whole block that is not empty.
pub fn looks_like_header(bytes: &[u8]) -> bool {
    bytes.len() >= BLOCK && Header::new(&bytes[..BLOCK]).is_some()
}

impl<'a> Header<'a> {
    /// The header in `block`, if its checksum is right. `block` is [`BLOCK`] bytes long.
    pub(super) fn new(block: &'a [u8]) -> Option<Self> {
        let block = block.get(..BLOCK)?;
        let stored = number(&block[148..156])?;
        let unsigned = sum(block) - sum(&block[148..156]) + 8 * u64::from(b' ');
        if stored == unsigned {
            return Some(Self(block));
        }
        // Some old tars summed signed bytes.
        let high = |bytes: &[u8]| bytes.iter().filter(|byte| **byte >= 0x80).count() as u64;
        let negative = 256 * (high(block) - high(&block[148..156]));
        (unsigned.checked_sub(negative) == Some(stored)).then_some(Self(block))
    }

    pub(super) fn kind(self) -> Type {
        match self.0[156] {
            b'1' => Type::HardLink,
            b'2' => Type::SymbolicLink,
            b'3' => Type::CharacterDevice,
            b'4' => Type::BlockDevice,
            b'5' | b'D' => Type::Folder,
            b'6' => Type::Fifo,
            b'S' => Type::GnuSparse,
            b'L' => Type::GnuLongName,
            b'K' => Type::GnuLongLink,
            b'x' | b'X' => Type::Pax,
            b'g' => Type::PaxGlobal,
            b'M' | b'V' | b'N' => Type::Other,
            0 => Type::OldRegular,
            // POSIX: a type that is not known is a regular file.
            _ => Type::Regular,
        }
    }

    pub(super) fn size(self) -> Option<u64> {
        number(&self.0[124..136])
    }

    pub(super) fn mode(self) -> u32 {
        small(&self.0[100..108])
    }

    pub(super) fn uid(self) -> u32 {
        small(&self.0[108..116])
    }

    pub(super) fn gid(self) -> u32 {
        small(&self.0[116..124])
    }

    pub(super) fn name(self) -> &'a [u8] {
        text(&self.0[..100])
    }

    pub(super) fn link(self) -> &'a [u8] {
        text(&self.0[157..257])
    }

    /// The ustar prefix; GNU tar uses these bytes for times.
    pub(super) fn prefix(self) -> &'a [u8] {
        if &self.0[257..263] == b"ustar\0" {
            text(&self.0[345..500])
        } else {
            &[]
        }
    }

    /// GNU sparse: the four pieces in the header, whether more blocks of pieces follow, and the file's real size.
    pub(super) fn sparse(self) -> (&'a [u8], bool, Option<u64>) {
        (
            &self.0[386..482],
            self.0[482] != 0,
            number(&self.0[483..495]),
        )
    }
}

/// Sum of bytes, eight at a time: every header of an image passes through here. At most [`BLOCK`] bytes, so that no
/// 16-bit lane overflows.
fn sum(bytes: &[u8]) -> u64 {
    const LANES: u64 = 0x00ff_00ff_00ff_00ff;
    let (words, rest) = bytes.as_chunks::<8>();
    let lanes = words.iter().fold(0_u64, |lanes, word| {
        let word = u64::from_le_bytes(*word);
        lanes + (word & LANES) + (word >> 8 & LANES)
    });
    let words: u64 = (0..4).map(|lane| lanes >> (16 * lane) & 0xffff).sum();
    words + rest.iter().map(|byte| u64::from(*byte)).sum::<u64>()
}

/// Bytes up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    memchr::memchr(0, field).map_or(field, |end| &field[..end])
}

/// A number field, zero where it cannot be read: for fields whose damage changes nothing that follows.
#[expect(
    clippy::cast_possible_truncation,
    reason = "Linux has 32-bit owners and 12-bit modes"
)]
fn small(field: &[u8]) -> u32 {
    number(field).unwrap_or(0) as u32
}

/// A number field: octal digits among spaces and NULs, or GNU's base-256. `None` for anything else and for negatives.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    if let Some(first) = field.first().filter(|byte| **byte & 0x80 != 0) {
        if first & 0x40 != 0 {
            return None;
        }
        let mut value = u64::from(first & 0x3f);
        for byte in &field[1..] {
            if value >> 56 != 0 {
                return None;
            }
            value = value << 8 | u64::from(*byte);
        }
        return Some(value);
    }
    let mut value = 0_u64;
    let mut digits = false;
    for byte in field {
        match byte {
            b'0'..=b'7' => {
                value = value.checked_mul(8)?.checked_add(u64::from(byte - b'0'))?;
                digits = true;
            }
            b' ' if !digits => {}
            // The first blank ends the number.
            b' ' | 0 => break,
            _ => return None,
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"    644 "), Some(0o644));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"77777777777"), Some(0o77_777_777_777));
        assert_eq!(number(b"12x"), None);
        assert_eq!(number(b"-1"), None);
        assert_eq!(
            number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]),
            Some(0x2_0000_0001)
        );
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(&[0x80, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), None);
    }

    #[test]
    fn checksums_in_both_signs() {
        let mut block = [0_u8; BLOCK];
        block[0] = 0xe9;
        block[148..156].copy_from_slice(b"0000751\0");
        assert!(looks_like_header(&block), "unsigned: 8 * 32 + 233 = 0o751");
        block[148..156].copy_from_slice(b"0000351\0");
        assert!(looks_like_header(&block), "signed: 256 less");
        block[148..156].copy_from_slice(b"0000752\0");
        assert!(!looks_like_header(&block));
        assert!(!looks_like_header(&[0; BLOCK]));
        assert!(!looks_like_header(&block[..100]));
    }
}
