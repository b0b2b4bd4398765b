//! Texts in UTF-16, as Windows' tools write them: every second byte of theirs is zero, and so they would pass for binary
//! files. They are told by their byte order mark and gone through as the characters they are made of.

use crate::image::tar::Input;
use std::io;

/// What stands at the start of such a text: little end first, or big end first.
const LITTLE: [u8; 2] = [0xff, 0xfe];
const BIG: [u8; 2] = [0xfe, 0xff];
/// Bytes that are turned at once.
const CHUNK: usize = 32 << 10;
/// Stands for what is no character of ASCII, as no secret is made of such.
const OTHER: u8 = 0x80;

/// Whether a file that begins so is one, and whether its big ends come first.
pub(super) fn told_by(first: &[u8]) -> Option<bool> {
    let mark = first.first_chunk::<2>()?;
    (*mark == LITTLE || *mark == BIG).then_some(*mark == BIG)
}

/// One byte for each unit of a text; places and lengths count units.
pub(super) struct Utf16<'a> {
    inner: &'a mut dyn Input,
    is_big: bool,
    turned: Vec<u8>,
    start: usize,
    position: u64,
}

impl<'a> Utf16<'a> {
    pub(super) fn new(inner: &'a mut dyn Input, is_big: bool) -> Self {
        Self {
            inner,
            is_big,
            turned: Vec::new(),
            start: 0,
            position: 0,
        }
    }

    /// Turns until `count` bytes are there or the text ends; how many are there, `count` at most.
    fn fill(&mut self, count: usize) -> io::Result<usize> {
        if self.turned.len() - self.start < count {
            self.turned.drain(..self.start);
            self.start = 0;
        }
        while self.turned.len() - self.start < count {
            let units = self.inner.take(CHUNK)?;
            if units.is_empty() {
                break;
            }
            let is_big = self.is_big;
            // Half a unit at the end of a cut file says nothing.
            self.turned.extend(units.chunks_exact(2).map(|unit| {
                let (high, low) = if is_big {
                    (unit[0], unit[1])
                } else {
                    (unit[1], unit[0])
                };
                if high == 0 && low.is_ascii() {
                    low
                } else {
                    OTHER
                }
            }));
        }
        Ok((self.turned.len() - self.start).min(count))
    }
}

impl Input for Utf16<'_> {
    fn position(&self) -> u64 {
        self.position
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let there = self.fill(count)?;
        Ok(&self.turned[self.start..self.start + there])
    }

    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let there = self.fill(count)?;
        let start = self.start;
        self.start += there;
        self.position += there as u64;
        Ok(&self.turned[start..self.start])
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut skipped = 0;
        while skipped < count {
            let step = usize::try_from(count - skipped).map_or(CHUNK, |rest| rest.min(CHUNK));
            let there = self.take(step)?.len();
            if there == 0 {
                break;
            }
            skipped += there as u64;
        }
        Ok(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::SliceInput;

    fn written(text: &str, is_big: bool) -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if is_big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        units.flat_map(bytes).collect()
    }

    #[test]
    fn both_orders_are_read() {
        for is_big in [false, true] {
            let mut bytes = written("a\u{e9}\u{1f512}b", is_big);
            assert_eq!(told_by(&bytes), Some(is_big));
            bytes.push(b'x');
            let mut slice = SliceInput::new(&bytes);
            let mut text = Utf16::new(&mut slice, is_big);
            assert_eq!(text.peek(2).unwrap(), [OTHER, b'a']);
            assert_eq!(text.skip(1).unwrap(), 1);
            assert_eq!(
                text.take(9).unwrap(),
                [b'a', OTHER, OTHER, OTHER, b'b'].as_slice()
            );
            assert_eq!((text.position(), text.skip(1).unwrap()), (6, 0));
        }
        assert_eq!(told_by(b"ab"), None);
        assert_eq!(told_by(b"\xff"), None);
    }

    #[test]
    fn a_long_text_is_whole_over_its_chunks() {
        let long: String = (b'a'..=b'z')
            .cycle()
            .take(100_001)
            .map(char::from)
            .collect();
        let bytes = written(&long, false);
        let mut slice = SliceInput::new(&bytes);
        let mut text = Utf16::new(&mut slice, false);
        assert_eq!(text.skip(50_001).unwrap(), 50_001);
        assert_eq!(text.peek(usize::MAX).unwrap(), &long.as_bytes()[50_000..]);
    }
}
