//! Every grammar of requirements, on a requirement and a version with a line feed between them.
#![no_main]

use layerscan::versions::{Requirement, SCHEMES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((text, version)) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        return;
    };
    for scheme in SCHEMES {
        if let Ok(requirement) = Requirement::parse(scheme.name(), text) {
            let answer = requirement.judge(version);
            assert!(answer.is_none() || scheme.compare(version, version).is_some());
            assert_eq!(
                requirement.judge_as_npm(version).is_some(),
                answer.is_some()
            );
        }
    }
});
