//! rpm databases of every storage, their logs, and the lists that stand for them.
//!
//! Good seeds: `cargo fuzz run rpm fuzz/corpus/rpm fixtures/packages/rpm`.

#![no_main]

use layerscan::inventory::rpm::{Options, read, read_container_manifest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = read(data, None, Options { with_files: true, with_checksums: true });
    let _ = read_container_manifest(data);
    // The last four bytes say where a database ends and its log begins.
    if let Some((rest, split)) = data.split_last_chunk()
        && let Some((database, log)) = rest.split_at_checked(u32::from_le_bytes(*split) as usize)
    {
        let _ = read(database, Some(log), Options::default());
    }
});
