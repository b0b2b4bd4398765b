//! Sparse files: where the stored pieces lie in the file that they stand for.
//!
//! Source: GNU tar manual, "Storing Sparse Files" (old GNU format; pax formats 0.0, 0.1, 1.0).

use super::header::number;
use super::{BLOCK, Input};
use crate::image::limits;
use std::io;

/// A stored stretch of a sparse file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Reads the pieces of old GNU headers: 12 bytes of offset, 12 of length. `false` where the list is damaged.
pub(super) fn read_gnu_pieces(field: &[u8], pieces: &mut Vec<Piece>) -> bool {
    for pair in field.chunks_exact(24) {
        if pair[0] == 0 {
            break;
        }
        let (Some(offset), Some(length)) = (number(&pair[..12]), number(&pair[12..])) else {
            return false;
        };
        pieces.push(Piece { offset, length });
    }
    pieces.len() <= limits::SPARSE_PIECES
}

/// Reads the map that format 1.0 puts before the content: decimal numbers on lines, padded to whole blocks.
/// The bytes it takes are counted off `left`. `None` where the map is damaged.
pub(super) fn read_map(input: &mut impl Input, left: &mut u64) -> io::Result<Option<Vec<Piece>>> {
    let mut lines = Lines {
        input,
        left,
        block: Vec::new(),
        position: 0,
    };
    let Some(count) = lines.next()? else {
        return Ok(None);
    };
    if count > limits::SPARSE_PIECES as u64 {
        return Ok(None);
    }
    let mut pieces = Vec::new();
    for _ in 0..count {
        let (Some(offset), Some(length)) = (lines.next()?, lines.next()?) else {
            return Ok(None);
        };
        pieces.push(Piece { offset, length });
    }
    Ok(Some(pieces))
}

struct Lines<'a, I> {
    input: &'a mut I,
    left: &'a mut u64,
    block: Vec<u8>,
    position: usize,
}

impl<I: Input> Lines<'_, I> {
    fn next(&mut self) -> io::Result<Option<u64>> {
        let mut value = 0_u64;
        let mut digits = 0;
        loop {
            let Some(byte) = self.byte()? else {
                return Ok(None);
            };
            match byte {
                b'0'..=b'9' if digits < 19 => {
                    value = value * 10 + u64::from(byte - b'0');
                    digits += 1;
                }
                b'\n' if digits > 0 => return Ok(Some(value)),
                _ => return Ok(None),
            }
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.position == self.block.len() {
            if *self.left < BLOCK as u64 {
                return Ok(None);
            }
            self.block.clear();
            self.block.extend_from_slice(self.input.take(BLOCK)?);
            *self.left -= self.block.len() as u64;
            self.position = 0;
        }
        let byte = self.block.get(self.position).copied();
        self.position += 1;
        Ok(byte)
    }
}

/// Lays `stored` out as the file it stands for. `None` where the pieces don't fit it or each other.
pub(super) fn expand(stored: &[u8], pieces: &[Piece], size: usize) -> Option<Vec<u8>> {
    let mut file = vec![0; size];
    let mut from = 0_usize;
    let mut end = 0;
    for piece in pieces {
        let offset = usize::try_from(piece.offset).ok()?;
        let length = usize::try_from(piece.length).ok()?;
        if offset < end {
            return None;
        }
        end = offset.checked_add(length)?;
        let source = stored.get(from..from.checked_add(length)?)?;
        file.get_mut(offset..end)?.copy_from_slice(source);
        from += length;
    }
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tar::SliceInput;

    #[test]
    fn pieces_are_laid_out() {
        let pieces = [
            Piece {
                offset: 2,
                length: 2,
            },
            Piece {
                offset: 6,
                length: 1,
            },
            Piece {
                offset: 8,
                length: 0,
            },
        ];
        assert_eq!(expand(b"abc", &pieces, 8).unwrap(), b"\0\0ab\0\0c\0");
        assert_eq!(expand(b"ab", &pieces, 8), None, "too little stored");
        assert_eq!(expand(b"abc", &pieces, 6), None, "past the end");
        assert_eq!(
            expand(b"abcd", &[pieces[1], pieces[0]], 8),
            None,
            "out of order"
        );
        assert_eq!(
            expand(
                b"",
                &[Piece {
                    offset: u64::MAX,
                    length: 2
                }],
                8
            ),
            None
        );
    }

    #[test]
    fn maps_take_whole_blocks() {
        let mut bytes = b"2\n0\n5\n100\n7\n".to_vec();
        bytes.resize(BLOCK, 0);
        bytes.extend(b"content");
        let mut left = bytes.len() as u64;
        let pieces = read_map(&mut SliceInput::new(&bytes), &mut left)
            .unwrap()
            .unwrap();
        assert_eq!(
            pieces,
            [
                Piece {
                    offset: 0,
                    length: 5
                },
                Piece {
                    offset: 100,
                    length: 7
                }
            ]
        );
        assert_eq!(left, 7);
        for damaged in [&b"x\n"[..], b"9999999999\n", b"1\n\n", b"1"] {
            let mut block = damaged.to_vec();
            block.resize(BLOCK, b'\0');
            assert_eq!(
                read_map(&mut SliceInput::new(&block), &mut (BLOCK as u64)).unwrap(),
                None
            );
        }
    }
}
