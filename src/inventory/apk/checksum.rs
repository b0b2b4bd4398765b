//! apk's checksums of files: `Q1` and the SHA-1 in base64 as apk 2 and 3 write it, the forms that apk reads besides (apk-tools,
//! `src/blob.c`), and which files are settings (`src/database.c`: protected paths).

use crate::inventory::checksums::{ChecksumKind, Checksums, FileUse};

/// Adds the checksum in the value of a `Z` line. Of a symbolic link it is that of where the link leads.
pub(super) fn add(value: &[u8], has_short_sha256: bool, path: &[u8], checksums: &mut Checksums) {
    let of = file_use(path);
    let sha1 = if has_short_sha256 {
        ChecksumKind::Sha256
    } else {
        ChecksumKind::Sha1
    };
    let (digest, is_md5) = match value {
        [b'Q', b'1' | b'2', text @ ..] => (base64(text), false),
        [b'X', b'1' | b'2', text @ ..] => (hex(text), false),
        // Of the time before SHA-1.
        text => (hex(text), true),
    };
    let is_first = value.get(1) == Some(&b'1');
    let kind = match digest.as_ref().map(Vec::len) {
        Some(16) if is_md5 => ChecksumKind::Md5,
        Some(20) if !is_md5 && is_first => sha1,
        // apk tells a longer one by its length.
        Some(32) if !is_md5 => ChecksumKind::Sha256,
        _ => ChecksumKind::Broken,
    };
    checksums.push_bytes(path, kind, of, &digest.unwrap_or_default());
}

/// What is below `etc` is there to be changed, but for the scripts in `init.d`.
fn file_use(path: &[u8]) -> FileUse {
    if path.starts_with(b"etc/") && !path.starts_with(b"etc/init.d/") {
        FileUse::Setting
    } else {
        FileUse::Plain
    }
}

/// Bytes of a checksum at most.
const LONGEST: usize = 64;

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    (pairs.len() <= LONGEST).then(|| pairs.iter().map(byte).collect())?
}

/// Base64 with its padding (RFC 4648, 4).
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    if !text.len().is_multiple_of(4) || text.len() > 2 * LONGEST {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.get(..text.len().checked_sub(padding)?)? {
        bits = bits << 6 | u32::from(value(*byte)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    (padding <= 2 && bits & ((1 << held) - 1) == 0 && held == 2 * padding).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, has_short_sha256: bool) -> (ChecksumKind, String) {
        let mut checksums = Checksums::default();
        add(value.as_bytes(), has_short_sha256, b"bin/a", &mut checksums);
        let one = checksums.iter().next().unwrap();
        (one.kind, String::from_utf8(one.text.to_vec()).unwrap())
    }

    #[test]
    fn every_form_that_apk_reads() {
        // printf abc | sha1sum, md5sum and sha256sum; base64 of their bytes.
        let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for (value, is_short, kind, digits) in [
            (
                "Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                false,
                ChecksumKind::Sha1,
                sha1,
            ),
            (
                "X1a9993e364706816aba3e25717850c26c9cd0d89d",
                false,
                ChecksumKind::Sha1,
                sha1,
            ),
            (
                "Q2ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
                false,
                ChecksumKind::Sha256,
                sha256,
            ),
            (
                "Q1ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
                false,
                ChecksumKind::Sha256,
                sha256,
            ),
            (
                "Q1ungWv48Bz+pBQUDeXa4iI7ADYaM=",
                true,
                ChecksumKind::Sha256,
                &sha256[..40],
            ),
            (md5, false, ChecksumKind::Md5, md5),
        ] {
            assert_eq!(read(value, is_short), (kind, digits.to_owned()), "{value}");
        }
    }

    #[test]
    fn what_is_no_checksum_is_a_broken_one() {
        for value in [
            "",
            "Q1",
            "Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0",
            "Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J==",
            "Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J1=",
            "Q1====",
            "Q3qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "Q2qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "Q1qZk+NkcGgWq6PiVxeFDCb zQ2J0=",
            "X1a9993e364706816aba3e25717850c26c9cd0d89",
            "900150983cd24fb0d6963f7d28e17f7",
            &"Q1A".repeat(1 << 20),
        ] {
            let said = &value[..value.len().min(50)];
            assert_eq!(read(value, false).0, ChecksumKind::Broken, "{said}");
        }
    }
}
