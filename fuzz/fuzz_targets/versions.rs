//! Every order of versions, on two texts with a line feed between them.
#![no_main]

use layerscan::versions::SCHEMES;
use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;

fuzz_target!(|bytes: &[u8]| {
    let Some((a, b)) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        return;
    };
    for scheme in SCHEMES {
        let order = scheme.compare(a, b);
        assert_eq!(scheme.compare(b, a), order.map(Ordering::reverse));
        assert!(matches!(scheme.compare(a, a), None | Some(Ordering::Equal)));
        if order.is_some() {
            assert!(scheme.compare(a, a).is_some() && scheme.compare(b, b).is_some());
        }
    }
});
