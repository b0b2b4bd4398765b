//! Archives as writers make them, and as an attacker would.

use super::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

fn written(entries: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read_all(bytes: &[u8]) -> Vec<(String, Result<Vec<u8>, ArchiveError>)> {
    let archive = Archive::open(bytes).unwrap();
    let mut inflater = Decompress::new(false);
    let mut content = |entry: &Entry<'_>| match archive.data(entry)? {
        Data::Stored(bytes) => Ok(bytes.to_vec()),
        Data::Deflated(bytes) => {
            let mut out = Vec::new();
            inflate(&mut inflater, bytes, entry.size, 1 << 20, &mut out).map(|()| out)
        }
    };
    archive
        .entries()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = String::from_utf8_lossy(entry.name).into_owned();
            (name, content(&entry))
        })
        .collect()
}

const ENTRIES: &[(&str, &[u8])] = &[("a.txt", b"hello hello hello hello"), ("b/empty", b"")];

fn expected() -> Vec<(String, Result<Vec<u8>, ArchiveError>)> {
    let own = |(name, content): &(&str, &[u8])| ((*name).to_owned(), Ok(content.to_vec()));
    ENTRIES.iter().map(own).collect()
}

#[test]
fn stored_and_deflated_entries_are_read() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        assert_eq!(read_all(&written(ENTRIES, options(method))), expected());
    }
}

#[test]
fn sizes_may_take_eight_bytes_or_stand_behind_the_data() {
    let wide = options(CompressionMethod::Deflated).large_file(true);
    assert_eq!(read_all(&written(ENTRIES, wide)), expected());
    let mut stream = ZipWriter::new_stream(Vec::new());
    for (name, content) in ENTRIES {
        stream
            .start_file(*name, options(CompressionMethod::Deflated))
            .unwrap();
        stream.write_all(content).unwrap();
    }
    let bytes = stream.finish().unwrap().into_inner();
    assert_eq!(read_all(&bytes), expected());
}

#[test]
fn more_entries_than_the_count_can_say() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..70_000 {
        writer
            .start_file(number.to_string(), options(CompressionMethod::Stored))
            .unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert!(memmem::find(&bytes, END_64).is_some());
    let archive = Archive::open(&bytes).unwrap();
    assert_eq!(archive.entries().count(), 70_000);
    // The same behind a script, with offsets that don't count it.
    let prefixed = [b"#!/bin/sh\nexec java -jar $0\n", &bytes[..]].concat();
    let archive = Archive::open(&prefixed).unwrap();
    let last = archive.entries().last().unwrap().unwrap();
    assert_eq!(last.name, b"69999");
    assert!(archive.data(&last).is_ok());
}

#[test]
fn a_script_may_stand_in_front_and_anything_behind() {
    let bytes = written(ENTRIES, options(CompressionMethod::Deflated));
    let script = b"#!/bin/sh\nexec java -jar \"$0\"\nexit\n";
    assert_eq!(read_all(&[&script[..], &bytes].concat()), expected());
    assert_eq!(read_all(&[&bytes[..], b"trailing"].concat()), expected());
    // Offsets that count the script.
    let mut counted = [&script[..], &bytes].concat();
    let shift = u32::try_from(script.len()).unwrap();
    let mut add = |at: usize| {
        let old = double(&counted, at).unwrap();
        counted[at..at + 4].copy_from_slice(&(old + shift).to_le_bytes());
    };
    let end = script.len() + memmem::rfind(&bytes, END).unwrap();
    add(end + 16);
    for place in memmem::find_iter(&bytes, CENTRAL) {
        add(script.len() + place + 42);
    }
    assert_eq!(read_all(&counted), expected());
}

#[test]
fn what_is_cut_short_is_no_archive() {
    let bytes = written(ENTRIES, options(CompressionMethod::Deflated));
    for length in 0..bytes.len() {
        assert!(Archive::open(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn every_changed_byte_is_survived() {
    let bytes = written(
        ENTRIES,
        options(CompressionMethod::Deflated).large_file(true),
    );
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let Ok(archive) = Archive::open(&changed) else {
                continue;
            };
            for entry in archive.entries().flatten() {
                if let Ok(Data::Deflated(data)) = archive.data(&entry) {
                    let mut out = Vec::new();
                    let mut inflater = Decompress::new(false);
                    let _ = inflate(&mut inflater, data, entry.size, 1 << 16, &mut out);
                    assert!(out.len() <= 1 << 16);
                }
            }
        }
    }
}

#[test]
fn bombs_stop_at_the_limit() {
    let zeros = vec![0; 8 << 20];
    let bytes = written(&[("zeros", &zeros)], options(CompressionMethod::Deflated));
    let archive = Archive::open(&bytes).unwrap();
    let entry = archive.entries().next().unwrap().unwrap();
    let Ok(Data::Deflated(data)) = archive.data(&entry) else {
        panic!("not deflated");
    };
    let mut out = Vec::new();
    let mut inflater = Decompress::new(false);
    for said in [entry.size, 0, 1, u64::MAX] {
        let result = inflate(&mut inflater, data, said, 1 << 20, &mut out);
        assert_eq!(result, Err(ArchiveError::TooLarge(1 << 20)));
        assert_eq!(out.len(), 1 << 20);
        assert!(out.capacity() <= 3 << 20, "{}", out.capacity());
    }
    assert_eq!(
        inflate(&mut inflater, data, 0, zeros.len(), &mut out),
        Ok(())
    );
    assert_eq!(out.len(), zeros.len());
    let half = &data[..data.len() / 2];
    assert_eq!(
        inflate(&mut inflater, half, entry.size, zeros.len(), &mut out),
        Err(ArchiveError::Deflate)
    );
}

#[test]
fn encrypted_entries_and_unknown_methods_are_told() {
    let mut bytes = written(ENTRIES, options(CompressionMethod::Stored));
    let central = memmem::find(&bytes, CENTRAL).unwrap();
    bytes[central + 8] |= 1;
    assert_eq!(read_all(&bytes)[0].1, Err(ArchiveError::Encrypted));
    bytes[central + 8] &= !1;
    bytes[central + 10] = 12;
    assert_eq!(read_all(&bytes)[0].1, Err(ArchiveError::Method(12)));
    bytes[central + 10] = 0;
    bytes[central + 42] = 0xff;
    assert_eq!(read_all(&bytes)[0].1, Err(ArchiveError::Place));
}
