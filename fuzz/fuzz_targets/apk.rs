//! apk's installed database and list of repositories.
#![no_main]

use layerscan::inventory::{parse_installed, parse_repositories};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let with = parse_installed(bytes, true).packages;
    let without = parse_installed(bytes, false).packages;
    assert_eq!(with.len(), without.len());
    for installed in with {
        assert!(!installed.package.name.is_empty() && !installed.package.version.is_empty());
    }
    parse_repositories(bytes);
});
