//! A bill of materials in place of an image: told by its content and read as the one layer of an image that it is not.

use super::ScanError;
use crate::inventory::{self, Document};
use crate::report;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;

/// Bytes of a document; the largest known ones have some 200 MB.
const LIMIT: u64 = 512 << 20;
/// Bytes by which a document is told from an archive.
const FIRST_BYTES: u64 = 4096;

/// A document with what the report says of it.
pub(super) struct Bill {
    pub(super) document: Document,
    pub(super) image: report::Image,
}

/// Reads the file at `path`, if it is a bill of materials.
pub(super) fn read(path: &Path, name: &str) -> Result<Option<Bill>, ScanError> {
    // A pipe must not be opened twice. What cannot be opened gets its message where images are read.
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let Ok(mut file) = File::open(path) else {
        return Ok(None);
    };
    let unreadable = |error: std::io::Error| ScanError::Bill {
        name: name.to_owned(),
        message: error.to_string(),
    };
    let mut content = Vec::new();
    (&file)
        .take(FIRST_BYTES)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    if !may_be_one(&content) {
        return Ok(None);
    }
    file.rewind().map_err(unreadable)?;
    content.clear();
    file.take(LIMIT + 1)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    if content.len() as u64 > LIMIT {
        return Err(ScanError::Bill {
            name: name.to_owned(),
            message: format!("is larger than {} MB", LIMIT >> 20),
        });
    }
    let document = inventory::parse_document(&content).map_err(|error| ScanError::Bill {
        name: name.to_owned(),
        message: error.to_string(),
    })?;
    let size = Some(content.len() as u64);
    Ok(document.map(|document| Bill {
        document,
        image: report::Image {
            source: name.to_owned(),
            kind: "sbom".to_owned(),
            size,
            // What is found needs a place.
            layers: vec![report::Layer {
                size,
                ..report::Layer::default()
            }],
            ..report::Image::default()
        },
    }))
}

/// Whether a file begins as one of the texts does, and not as an archive whose first name does.
fn may_be_one(first: &[u8]) -> bool {
    if first.get(257..262) == Some(b"ustar") {
        return false;
    }
    let text: Vec<u8> = match first {
        // Of UTF-16 every other byte, which is enough here.
        [0xff, 0xfe, rest @ ..] => rest.iter().step_by(2).copied().collect(),
        [0xfe, 0xff, rest @ ..] => rest.iter().skip(1).step_by(2).copied().collect(),
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        _ => first.to_vec(),
    };
    let text = text.trim_ascii_start();
    matches!(text, [b'{' | b'<', ..]) || memchr::memmem::find(text, b"SPDXVersion: SPDX-").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_archives() {
        let mut archive = b"{name".to_vec();
        archive.resize(257, 0);
        archive.extend_from_slice(b"ustar");
        for (first, expected) in [
            (&b"\n {\"a\""[..], true),
            (b"\xef\xbb\xbf<bom", true),
            (b"\xff\xfe{\0\"\0", true),
            (b"\xfe\xff\0{\0\"", true),
            (b"# x\nSPDXVersion: SPDX-2.3\n", true),
            (b"", false),
            (b"\x1f\x8b\x08", false),
            (&archive, false),
        ] {
            assert_eq!(may_be_one(first), expected);
        }
    }
}
