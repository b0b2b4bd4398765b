//! os-release, the files before it, and all that is made of them.
#![no_main]

use layerscan::inventory::{DISTRO_FILES, detect, os_release};
use layerscan::packages::{DEB, Package, package_url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    os_release(bytes);
    // The first byte says which of the files are there.
    let Some((there, content)) = bytes.split_first() else {
        return;
    };
    let found = detect(&|path| {
        let place = DISTRO_FILES.iter().position(|known| *known == path)?;
        (there & (1 << (place % 8)) != 0).then(|| content.to_vec())
    });
    if let Some(distro) = found {
        let _ = (
            distro.ecosystems(),
            distro.rpm_advisory_key(),
            distro.end_of_life(),
        );
        package_url(&Package::new(&DEB, "name", "1"), Some(&distro));
    }
});
