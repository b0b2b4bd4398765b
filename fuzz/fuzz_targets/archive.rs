//! A whole archive, from its first byte to its packages, in memory.
//!
//! Good seeds: small archives of `docker save` and OCI layouts in a tar.

#![no_main]

use layerscan::image::{Progress, Request, Source, analyse};
use layerscan::inventory::{Collector, Needs, resolve};
use libfuzzer_sys::fuzz_target;

struct Silent;

impl Progress for Silent {
    fn start(&self, _total: u64) {}
    fn advance(&self, _bytes: u64) {}
}

fuzz_target!(|data: &[u8]| {
    let collector = Collector::new(Needs { owned_files: true, checksums: true });
    let request = Request {
        all: true,
        verify: data.len() % 2 == 0,
        ..Request::default()
    };
    let source = Source::Stream(Box::new(std::io::Cursor::new(data.to_vec())));
    if let Ok(images) = analyse(source, "fuzz", &request, &collector, &Silent) {
        for image in &images {
            let _ = resolve(image, &collector);
        }
    }
});
