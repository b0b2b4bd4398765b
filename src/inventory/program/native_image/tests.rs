//! Bills of materials in native images, on crafted files.

use super::*;
use crate::packages::Evidence;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn told(document: &[u8]) -> Vec<String> {
    let mut listing = Listing::new(Evidence::Binary);
    packages(document, &mut listing);
    let found = listing.finish();
    let libraries = found.packages.iter().map(|one| {
        let package = &one.package;
        format!(
            "{} {} {}",
            package.name,
            package.version,
            package.licenses.join("+")
        )
        .trim_end()
        .to_owned()
    });
    libraries.chain(found.warnings.iter().cloned()).collect()
}

#[test]
fn components_are_libraries() {
    let document = br#"{"bomFormat":"CycloneDX","components":[
        {"name":"x","version":"1","purl":"pkg:maven/a.b/c%2Bd@1.0%2Be?type=jar","licenses":[{"license":{"id":"MIT"}},{"expression":"A OR B"},{"license":{"name":"own"}}]},
        {"group":"g","name":"n","version":"2.0","components":[{"name":"inner","version":"3"}]},
        {"name":"no version"},
        {"name":"other","version":"1","purl":"pkg:npm/other@1"},
        {"name":"half","version":"1","purl":"pkg:maven/half"},
        {"name":" ","version":"1"},
        {"name":"b\u0007","version":"1"},
        {"name":"last","version":"4"}]}"#;
    assert_eq!(
        told(&gzip(document)),
        [
            "a.b:c+d 1.0+e MIT+A OR B+own",
            "g:n 2.0",
            "inner 3",
            "last 4",
            "package `b\\u{7}` is left out: its name is none",
        ]
    );
}

#[test]
fn damage_is_told() {
    let whole = gzip(br#"{"components":[]}"#);
    assert_eq!(told(&whole), [""; 0]);
    let deep = [
        &b"{\"components\":[".repeat(10_000)[..],
        &b"]}".repeat(10_000),
    ]
    .concat();
    for (document, expected) in [
        (&whole[..whole.len() - 9], "ends too early"),
        (b"\x1f\x8bnot gzip at all", "cannot be inflated"),
        (&gzip(b"[]]"), "cannot be read"),
        (&gzip(&deep), "cannot be read"),
        (&gzip(&vec![b' '; LIMIT + 1]), "is over the limit"),
        (
            &gzip(&[b"{\"components\":[", &b"{},".repeat(1 << 20)[..], b"{}]}"].concat()),
            "has more than 524288 objects",
        ),
    ] {
        let told = told(document);
        assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
    }
}
