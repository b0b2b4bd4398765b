//! Every feed reads any bytes to an end, whether or not it would recognise them.
#![no_main]

use layerscan::advisories::{Document, FEEDS, Records};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for feed in FEEDS.iter().filter(|feed| !feed.wants_file()) {
        let _ = feed.recognises(bytes);
        let document = Document {
            label: "gems/name/CVE-2024-1.yml",
            bytes,
            file: None,
        };
        let _ = feed.read(&document, &mut Records::new(&mut |_| {}));
    }
});
