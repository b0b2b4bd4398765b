//! Documents in every wrapping that feeds come in, and bombs that end at their limit.

use super::*;
use crate::advisories::feeds::OSV;
use std::io::Write;

const RECORD: &str = r#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","affected":[]}"#;

fn spool() -> Spool {
    Spool::beside(Path::new("nowhere/db.sqlite"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).expect("encoded")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

/// [`RECORD`] through `xz -9`.
const XZ: &[u8] = include_bytes!("record.json.xz");

#[test]
fn the_same_in_every_wrapping() {
    for bytes in [
        RECORD.as_bytes().to_vec(),
        [b"\xef\xbb\xbf".as_slice(), RECORD.as_bytes()].concat(),
        gzip(RECORD.as_bytes()),
        // Members one after another are one stream.
        [
            gzip(&RECORD.as_bytes()[..10]),
            gzip(&RECORD.as_bytes()[10..]),
        ]
        .concat(),
        zstd(RECORD.as_bytes()),
        bzip2(RECORD.as_bytes()),
        XZ.to_vec(),
    ] {
        let content = load(bytes.as_slice(), None, &spool()).expect("loads");
        assert_eq!(content.feed.map(AdvisoryFeed::name), Some(OSV));
        assert_eq!(content.bytes, RECORD.as_bytes());
    }
}

#[test]
fn a_bomb_ends_at_the_limit() {
    let mut bomb = RECORD.as_bytes().to_vec();
    bomb.resize(40 << 20, b' ');
    for bytes in [gzip(&bomb), zstd(&bomb), bzip2(&bomb)] {
        assert!(bytes.len() < 1 << 20);
        let error = load(bytes.as_slice(), None, &spool())
            .err()
            .expect("too large");
        assert_eq!(
            (error.format, error.reason.as_str()),
            (Some(OSV), "larger than 16 MiB")
        );
    }
}

#[test]
fn a_record_that_begins_with_a_long_text_is_recognised_all_the_same() {
    let text = format!(r#"{{"details":"{}",{}"#, "x".repeat(HEAD), &RECORD[1..]);
    let content = load(text.as_bytes(), None, &spool()).expect("loads");
    assert_eq!(content.feed.map(AdvisoryFeed::name), Some(OSV));
}

#[test]
fn what_is_cut_off_or_damaged_is_said_so() {
    for mut bytes in [
        gzip(RECORD.as_bytes()),
        zstd(RECORD.as_bytes()),
        bzip2(RECORD.as_bytes()),
        XZ.to_vec(),
    ] {
        bytes.truncate(bytes.len() / 2);
        let error = load(bytes.as_slice(), None, &spool())
            .err()
            .expect("cut off");
        assert!(error.reason.starts_with("unreadable: "), "{error:?}");
    }
}

#[test]
fn an_xz_stream_that_asks_for_all_memory_gets_none() {
    // A dictionary of 4 GiB - 1: the 40 of the filter's one property byte.
    let mut bytes = XZ.to_vec();
    let at = bytes
        .windows(2)
        .position(|pair| pair == [0x21, 0x01])
        .expect("filter")
        + 2;
    bytes[at] = 40;
    assert!(load(bytes.as_slice(), None, &spool()).is_err());
}

#[test]
fn archives_are_told_from_files() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(RECORD.len() as u64);
    header.set_cksum();
    builder
        .append_data(&mut header, "a/X-1.json", RECORD.as_bytes())
        .expect("appended");
    let archive = builder.into_inner().expect("finished");
    for bytes in [
        archive.clone(),
        gzip(&archive),
        zstd(&archive),
        bzip2(&archive),
    ] {
        assert!(is_tar(bytes.as_slice()).expect("read"));
    }
    assert!(!is_tar(RECORD.as_bytes()).expect("read"));
    assert!(!is_tar(gzip(RECORD.as_bytes()).as_slice()).expect("read"));
}

#[test]
fn something_large_that_is_no_document_is_left_alone() {
    let picture = vec![7; 17 << 20];
    let path = Some(Path::new("picture"));
    let content = load(picture.as_slice(), path, &spool()).expect("loads");
    assert!(content.feed.is_none());
    // In an archive of records everything is counted.
    assert!(load(picture.as_slice(), None, &spool()).is_err());
    let record = format!(r#"{{"details":"{}"}}"#, "x".repeat(17 << 20));
    let error = load(record.as_bytes(), path, &spool())
        .err()
        .expect("too large");
    assert_eq!(error.format, None);
}
