//! What a repository of git's keeps: objects packed with zlib, one by one or many in a pack. A secret that was committed
//! and taken out again is still there, and a clone in an image mostly has a pack.
//!
//! Objects come out one after another as one text. A delta comes as it is stored: what a commit added stands in it as
//! it was written.

use crate::image::tar::Input;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, Read};

/// Bytes that are looked at at once.
const CHUNK: usize = 32 << 10;
/// How many times its size a file may become, beside [`FREE`]: source code gets no larger than a tenth of it, and a file
/// made to hold a scan up is given up.
const RATIO: u64 = 50;
const FREE: u64 = 1 << 20;
/// What a pack begins with, its version (4 bytes) and the number of its objects (4 bytes): git's `gitformat-pack`.
const PACK: &[u8; 4] = b"PACK";
const HEADER: usize = 12;

/// What a file of a repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One object.
    Loose,
    /// Many.
    Pack,
}

/// Whether a file that lies at `path` and begins so is one of a repository's.
pub(super) fn told_by(path: &[u8], first: &[u8]) -> Option<Kind> {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let (name, folder, above) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &[u8], count| text.len() == count && text.iter().all(u8::is_ascii_hexdigit);
    if folder == b"pack" && above == b"objects" && name.ends_with(b".pack") {
        return first.starts_with(PACK).then_some(Kind::Pack);
    }
    let is_object = above == b"objects" && is_hex(folder, 2) && is_hex(name, 38);
    (is_object && first.first() == Some(&0x78)).then_some(Kind::Loose)
}

/// The objects of a file, inflated. It ends where the file is broken.
pub(super) struct Objects<'a> {
    inner: &'a mut dyn Input,
    inflater: Decompress,
    /// Objects to come, beside the one under way.
    left: u32,
    is_within: bool,
    taken: u64,
    made: u64,
}

impl<'a> Objects<'a> {
    pub(super) fn new(inner: &'a mut dyn Input, kind: Kind) -> io::Result<Self> {
        let left = match kind {
            Kind::Loose => 0,
            Kind::Pack => match inner.take(HEADER)?.last_chunk() {
                Some(count) => u32::from_be_bytes(*count),
                None => 0,
            },
        };
        Ok(Self {
            inner,
            inflater: Decompress::new(true),
            left,
            is_within: kind == Kind::Loose,
            taken: 0,
            made: 0,
        })
    }

    /// Goes past the head of the next object of a pack: its kind and size in bits of seven, and the object that a delta
    /// is one to. Whether there is a next one.
    fn begin(&mut self) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let Some(first) = self.number()? else {
            return Ok(false);
        };
        match first >> 4 & 7 {
            1..=4 => {}
            6 if self.number()?.is_some() => {}
            7 if self.inner.skip(20)? == 20 => {}
            _ => return Ok(false),
        }
        self.inflater.reset(true);
        self.is_within = true;
        Ok(true)
    }

    /// Goes past a number in bits of seven; its first byte.
    fn number(&mut self) -> io::Result<Option<u8>> {
        let mut first = None;
        // Ten bytes hold 64 bits.
        for _ in 0..10 {
            let Some(byte) = self.inner.take(1)?.first().copied() else {
                return Ok(None);
            };
            first = first.or(Some(byte));
            if byte < 0x80 {
                return Ok(first);
            }
        }
        Ok(None)
    }

    /// Inflates some of the object under way; how much was made.
    fn inflate(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let packed = self.inner.peek(CHUNK)?;
        let (taken, made) = (self.inflater.total_in(), self.inflater.total_out());
        let status = self
            .inflater
            .decompress(packed, buffer, FlushDecompress::None);
        let (taken, made) = (
            self.inflater.total_in() - taken,
            self.inflater.total_out() - made,
        );
        self.inner.skip(taken)?;
        self.taken += taken;
        self.made += made;
        let is_stuck = taken == 0 && made == 0;
        let is_bomb = self.made > FREE + RATIO * self.taken;
        match status {
            Ok(Status::StreamEnd) => self.is_within = false,
            Ok(_) if !is_stuck && !is_bomb => {}
            _ => (self.is_within, self.left) = (false, 0),
        }
        Ok(usize::try_from(made).unwrap_or(buffer.len()))
    }
}

impl Read for Objects<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_within {
                let made = self.inflate(buffer)?;
                if made > 0 {
                    return Ok(made);
                }
            } else if !self.begin()? {
                return Ok(0);
            } else if let Some(first) = buffer.first_mut() {
                // What ends one object and begins the next is no word.
                *first = b'\n';
                return Ok(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::SliceInput;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn objects(bytes: &[u8], kind: Kind) -> Vec<u8> {
        let mut text = Vec::new();
        let mut input = SliceInput::new(bytes);
        let mut objects = Objects::new(&mut input, kind).unwrap();
        objects.read_to_end(&mut text).unwrap();
        text
    }

    /// A blob, a delta by place and a delta by name.
    fn pack() -> Vec<u8> {
        let mut pack = b"PACK\0\0\0\x02\0\0\0\x03".to_vec();
        pack.extend([0xb3, 0x0a]);
        pack.extend(packed(b"one"));
        pack.extend([0x63, 0x81, 0x00]);
        pack.extend(packed(b"two"));
        pack.push(0x75);
        pack.extend([0xee; 20]);
        pack.extend(packed(b"three"));
        pack.extend([0; 20]);
        pack
    }

    #[test]
    fn objects_are_read_one_after_another() {
        assert_eq!(
            objects(&packed(b"blob 3\0abc"), Kind::Loose),
            b"blob 3\0abc"
        );
        assert_eq!(objects(&pack(), Kind::Pack), b"\none\ntwo\nthree");
    }

    #[test]
    fn what_is_broken_ends() {
        let pack = pack();
        for end in 0..pack.len() {
            let text = objects(&pack[..end], Kind::Pack);
            assert!(b"\none\ntwo\nthree".starts_with(&text));
        }
        assert_eq!(objects(b"\x78\x9cnothing of the kind", Kind::Loose), b"");
        let bomb = objects(&packed(&vec![0; 64 << 20]), Kind::Loose).len();
        assert!(bomb < 8 << 20, "{bomb}");
    }

    #[test]
    fn files_are_told_by_name_and_first_bytes() {
        let loose = "app/.git/objects/ab/0123456789abcdef0123456789abcdef012345";
        assert_eq!(told_by(loose.as_bytes(), b"\x78\x01"), Some(Kind::Loose));
        assert_eq!(told_by(loose.as_bytes(), b"text"), None);
        assert_eq!(
            told_by(b"a.git/objects/pack/pack-1.pack", b"PACK\0"),
            Some(Kind::Pack)
        );
        assert_eq!(told_by(b"a.git/objects/pack/pack-1.idx", b"PACK\0"), None);
        assert_eq!(told_by(b"objects/x", b"\x78\x01"), None);
    }
}
