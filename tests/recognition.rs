//! Feeds are told apart by what documents say: no document may be taken for one of two feeds.

use layerscan::advisories::FEEDS;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes that a feed is asked by first.
const HEAD: usize = 64 << 10;

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Decompressed, where it is an xz file.
fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if !bytes.starts_with(b"\xfd7zXZ\0") {
        return bytes;
    }
    let mut content = Vec::new();
    lzma_rust2::XzReader::new(bytes.as_slice(), true)
        .read_to_end(&mut content)
        .unwrap();
    content
}

/// Names of the feeds that take a document for theirs.
fn takers(document: &[u8]) -> Vec<&'static str> {
    let by = |part: &[u8]| -> Vec<&'static str> {
        FEEDS
            .iter()
            .filter(|feed| feed.recognises(part))
            .map(|feed| feed.name())
            .collect()
    };
    let head = by(&document[..document.len().min(HEAD)]);
    if head.is_empty() { by(document) } else { head }
}

#[test]
fn every_fixture_is_of_one_feed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/advisories");
    let mut count = 0;
    for path in files(&folder) {
        if path.file_name().is_some_and(|name| name == "README.md") {
            continue;
        }
        let takers = takers(&content(&path));
        assert_eq!(takers.len(), 1, "{}: {takers:?}", path.display());
        count += 1;
    }
    assert!(count > 5, "{count}");
}

/// Run by `scripts/check-samples`: prints the feed of each document.
#[test]
#[ignore = "needs a folder of published feeds in LAYERSCAN_SAMPLES"]
fn no_sample_is_of_two_feeds() {
    let folder = std::env::var_os("LAYERSCAN_SAMPLES").expect("LAYERSCAN_SAMPLES is a folder");
    let folder = Path::new(&folder);
    let mut wrong = Vec::new();
    for path in files(folder) {
        let takers = takers(&content(&path));
        let name = path.strip_prefix(folder).unwrap().display();
        println!("{:<20} {name}", takers.join(" and "));
        if takers.len() > 1 {
            wrong.push(format!("{name}: {}", takers.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
