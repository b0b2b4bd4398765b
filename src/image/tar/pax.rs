//! pax extended headers: `LENGTH KEY=VALUE\n` records (POSIX.1-2017, `pax`, "pax Extended Header").

use super::sparse::Piece;
use nom::bytes::complete::{tag, take, take_till1};
use nom::character::complete::{char, u64 as decimal};
use nom::sequence::terminated;
use nom::{IResult, Parser};

/// What the records before an entry said of it.
#[derive(Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    /// `SCHILY.xattr.` records: name and value.
    pub(super) xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) sparse: PaxSparse,
}

/// GNU's sparse files in pax clothing, all three versions of them.
#[derive(Debug, Default)]
pub(super) struct PaxSparse {
    pub(super) major: Option<u64>,
    pub(super) real_size: Option<u64>,
    pub(super) name: Option<Vec<u8>>,
    /// Version 0.0 gives offsets and lengths as records of their own, 0.1 as one list.
    pub(super) pieces: Vec<Piece>,
    pub(super) offset: Option<u64>,
}

/// One record: its key and value, behind a length that counts the whole record.
fn record(input: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    let (rest, length) = terminated(decimal, char(' ')).parse(input)?;
    let head = input.len() - rest.len();
    let incomplete = || {
        nom::Err::Error(nom::error::Error::new(
            input,
            nom::error::ErrorKind::LengthValue,
        ))
    };
    let body = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_sub(head + 1))
        .ok_or_else(incomplete)?;
    let (rest, body) = terminated(take(body), char('\n')).parse(rest)?;
    let (value, key) = terminated(take_till1(|byte| byte == b'='), tag(&b"="[..])).parse(body)?;
    Ok((rest, (key, value)))
}

fn integer(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[expect(clippy::cast_possible_truncation, reason = "Linux has 32-bit owners")]
fn owner(value: &[u8]) -> Option<u32> {
    integer(value).map(|number| number as u32)
}

impl Pax {
    /// Reads records into `self`, later ones over earlier ones; whether all of them could be read.
    pub(super) fn read(&mut self, mut records: &[u8]) -> bool {
        while !records.is_empty() && records[0] != 0 {
            let Ok((rest, (key, value))) = record(records) else {
                return false;
            };
            if !self.set(key, value) {
                return false;
            }
            records = rest;
        }
        true
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        match key {
            // An empty value takes a global header's back.
            b"path" => self.path = (!value.is_empty()).then(|| value.to_vec()),
            b"linkpath" => self.link = (!value.is_empty()).then(|| value.to_vec()),
            b"size" => {
                self.size = integer(value);
                return self.size.is_some();
            }
            b"uid" => self.uid = owner(value),
            b"gid" => self.gid = owner(value),
            b"GNU.sparse.major" => self.sparse.major = integer(value),
            b"GNU.sparse.name" => self.sparse.name = Some(value.to_vec()),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.sparse.real_size = integer(value),
            b"GNU.sparse.offset" => self.sparse.offset = integer(value),
            b"GNU.sparse.numbytes" => {
                let (Some(offset), Some(length)) = (self.sparse.offset.take(), integer(value))
                else {
                    return false;
                };
                return self.sparse.push(Piece { offset, length });
            }
            b"GNU.sparse.map" => {
                let mut numbers = value.split(|byte| *byte == b',').map(integer);
                while let Some(offset) = numbers.next() {
                    let (Some(offset), Some(Some(length))) = (offset, numbers.next()) else {
                        return false;
                    };
                    if !self.sparse.push(Piece { offset, length }) {
                        return false;
                    }
                }
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    self.xattrs.push((name.to_vec(), value.to_vec()));
                }
            }
        }
        true
    }
}

impl PaxSparse {
    fn push(&mut self, piece: Piece) -> bool {
        self.pieces.push(piece);
        self.pieces.len() <= crate::image::limits::SPARSE_PIECES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_by_their_length() {
        let mut pax = Pax::default();
        assert!(pax.read(b"14 path=a=b\nc\n10 size=7\n33 SCHILY.xattr.user.key=v\nwith\n\n\0\0"));
        assert_eq!(pax.path.as_deref(), Some(&b"a=b\nc"[..]));
        assert_eq!(pax.size, Some(7));
        assert_eq!(pax.xattrs, [(b"user.key".to_vec(), b"v\nwith\n".to_vec())]);
    }

    #[test]
    fn damage_is_told() {
        for records in [
            &b"99 path=a\n"[..],
            b"path=a\n",
            b"9 path=a",
            b"0 a=b\n",
            b"4 ab\n",
            b"10 size=x\n",
        ] {
            assert!(!Pax::default().read(records), "{records:?}");
        }
    }

    #[test]
    fn sparse_maps() {
        let mut pax = Pax::default();
        assert!(pax.read(b"24 GNU.sparse.offset=10\n25 GNU.sparse.numbytes=3\n"));
        assert!(pax.read(b"28 GNU.sparse.map=20,1,30,2\n"));
        let pieces = [(10, 3), (20, 1), (30, 2)].map(|(offset, length)| Piece { offset, length });
        assert_eq!(pax.sparse.pieces, pieces);
    }
}
