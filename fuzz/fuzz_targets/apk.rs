//! apk's installed database and list of repositories.
#![no_main]

use layerscan::inventory::{Needs, parse_installed, parse_repositories};
use libfuzzer_sys::fuzz_target;

const NEEDS: Needs = Needs {
    owned_files: true,
    checksums: true,
};

fuzz_target!(|bytes: &[u8]| {
    let with = parse_installed(bytes, NEEDS).packages;
    let without = parse_installed(bytes, Needs::default()).packages;
    assert_eq!(with.len(), without.len());
    for installed in with {
        assert!(!installed.package.name.is_empty() && !installed.package.version.is_empty());
    }
    parse_repositories(bytes);
});
