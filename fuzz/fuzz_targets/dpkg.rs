//! dpkg's status file and its file lists.
#![no_main]

use layerscan::inventory::{parse_file_list, parse_md5sums, parse_status};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for installed in parse_status(bytes, true).packages {
        assert!(!installed.package.name.is_empty() && !installed.package.version.is_empty());
    }
    parse_file_list(bytes);
    parse_md5sums(bytes, true);
});
