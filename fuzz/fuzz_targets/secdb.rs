//! Any bytes as a document of this feed: an answer or an error, never a panic.

#![no_main]

use layerscan::advisories::FEEDS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    for feed in FEEDS.iter().filter(|feed| feed.name() == "secdb") {
        let _ = feed.recognises(document);
        if let Ok(read) = feed.read(document) {
            assert!(read.advisories.iter().all(|advisory| !advisory.id.is_empty()));
        }
    }
});
