//! Numbers in the headers of programs: at any offset, in either byte order, and nothing where the bytes end.

/// Bytes with numbers in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_big_endian: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn little(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_big_endian: false,
        }
    }

    pub(super) fn big(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_big_endian: true,
        }
    }

    /// The same order of bytes elsewhere.
    pub(super) fn of(self, bytes: &[u8]) -> Fields<'_> {
        Fields {
            bytes,
            is_big_endian: self.is_big_endian,
        }
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        let mut array: [u8; N] = self.bytes.get(at..)?.first_chunk().copied()?;
        if self.is_big_endian {
            array.reverse();
        }
        Some(array)
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A number of eight bytes where `is_wide`, else of four.
    pub(super) fn word(self, at: usize, is_wide: bool) -> Option<u64> {
        if is_wide {
            self.u64(at)
        } else {
            self.u32(at).map(u64::from)
        }
    }

    /// The bytes from `offset` on, `size` of them; fewer where the end comes first.
    pub(super) fn stretch(self, offset: u64, size: u64) -> &'a [u8] {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.get(offset..))
            .unwrap_or_default();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        &rest[..rest.len().min(size)]
    }
}

/// A text of a field of fixed length, which zeros fill up.
pub(super) fn unpadded(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    &field[..end]
}
