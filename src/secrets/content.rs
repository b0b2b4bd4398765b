//! What a file holds, told by its first bytes: text that is searched by every rule, bytes with texts in them that are
//! searched for tokens of a known form, or what can't be read without opening it.

use super::judge::Place;

/// First bytes that are looked at.
pub(super) const LOOKED_AT: usize = 4 << 10;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Lines.
    Text,
    /// Databases, compiled scripts, objects of git's: a token in them stands there as it is, a name and its value do not.
    Bytes,
    /// Archives, compressed files and pictures; programs, whose own lists of words and forms read like secrets; bytes that
    /// a system or a package brings.
    Closed,
}

/// Where systems keep the programs that their packages bring.
const PROGRAM_ROOTS: &[&[u8]] = &[b"usr/bin/", b"usr/sbin/", b"bin/", b"sbin/", b"boot/"];

const CLOSED: &[&[u8]] = &[
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"!<arch>",
    b"%PDF-",
    b"wOFF",
    b"wOF2",
    b"ID3",
];
const PROGRAMS: &[&[u8]] = &[b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe"];

/// What a file at `path` holds that begins so.
pub(super) fn told_by(first: &[u8], path: &[u8], place: Place) -> Content {
    if CLOSED.iter().any(|magic| first.starts_with(magic)) {
        return Content::Closed;
    }
    if memchr::memchr(0, first).is_none() {
        return Content::Text;
    }
    let is_brought = place.packages || PROGRAM_ROOTS.iter().any(|root| path.starts_with(root));
    if is_brought || PROGRAMS.iter().any(|magic| first.starts_with(magic)) {
        Content::Closed
    } else {
        Content::Bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::judge::place;

    #[test]
    fn contents() {
        let of = |path: &str, first: &[u8]| told_by(first, path.as_bytes(), place(path.as_bytes()));
        assert_eq!(of("app/a", b"text"), Content::Text);
        assert_eq!(of("app/a", b""), Content::Text);
        assert_eq!(of("app/a", b"SQLite format 3\0"), Content::Bytes);
        assert_eq!(of("app/a", b"\x7fELF\0"), Content::Closed);
        assert_eq!(of("usr/bin/a", b"\x01\0"), Content::Closed);
        assert_eq!(of("app/node_modules/a", b"\x01\0"), Content::Closed);
        assert_eq!(of("app/a", b"PK\x03\x04"), Content::Closed);
        assert_eq!(of("usr/bin/a", b"#!/bin/sh"), Content::Text);
    }
}
