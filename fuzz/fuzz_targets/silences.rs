//! Any text as a waiver file and as a VEX document: rules, warnings or an error, never a panic.

#![no_main]

use layerscan::matching::{SilenceKind, Silencer};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    for (name, kind) in [
        ("waivers.yaml", SilenceKind::Waivers),
        (".trivyignore", SilenceKind::Waivers),
        ("vex.json", SilenceKind::Vex),
    ] {
        let mut silencer = Silencer::default();
        let _ = silencer.take(Path::new(name), text, kind);
        let _ = silencer.unused();
    }
});
