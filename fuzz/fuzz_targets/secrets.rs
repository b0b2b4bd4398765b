//! Any bytes as a file, and as a file of rules: marks, or an error with a line, never a panic; and what is shown stays short.

#![no_main]

use layerscan::secrets::{Rules, search_text};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(&[]).expect("the built-in rules"));

fuzz_target!(|data: &[u8]| {
    for path in ["app/.env", "etc/shadow", "config:env/TOKEN", "x/.docker/config.json"] {
        for found in search_text(&RULES, path.as_bytes(), data).found {
            assert!(found.span.end <= data.len() as u64 && found.line > 0);
            assert!(found.shown.len() < 80);
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Rules::parse_own(Path::new("rules.toml"), text);
    }
});
