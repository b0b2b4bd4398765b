//! The tar walk on any bytes: from memory and from a stream it has to say the same.

#![no_main]

use layerscan::image::tar::{Input, SliceInput, StreamInput, TarEntry, TarReader};
use libfuzzer_sys::fuzz_target;

/// What one entry or error looks like, content included.
fn walk(input: impl Input) -> Vec<(Vec<u8>, Vec<u8>, u64, Option<Vec<u8>>)> {
    let mut reader = TarReader::new(input);
    let mut entry = TarEntry::default();
    let mut seen = Vec::new();
    while let Ok(true) = reader.next(&mut entry) {
        let Ok(content) = reader.content(&entry, 1 << 16) else {
            break;
        };
        let content = content.map(|content| content.into_owned());
        seen.push((entry.path.clone(), entry.link.clone(), entry.size, content));
    }
    seen
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(walk(SliceInput::new(data)), walk(StreamInput::new(data)));
});
