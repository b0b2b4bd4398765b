//! The crates that a Rust program was built from, where `cargo auditable` built it.
//!
//! Format: <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>: zlib over JSON in the section `.dep-v0`.
//! A crate of the kind `build` ran while the program was built and is not in it: it is no package.

use super::bounded::inflated;
use crate::inventory::listing::{Details, Entry, Listing};
use crate::packages::{CARGO, Origin, OriginKind, Relation};
use flate2::bufread::ZlibDecoder;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashSet;

/// Bytes of the JSON; that of a project of a thousand crates is some 200 KB.
const LIMIT: usize = 8 << 20;

#[derive(Deserialize)]
struct Audit<'a> {
    #[serde(borrow)]
    packages: Vec<Crate<'a>>,
}

#[derive(Deserialize)]
struct Crate<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    source: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

/// Adds the crates that a section tells.
pub(super) fn packages(section: &[u8], listing: &mut Listing) {
    let json = match inflated(ZlibDecoder::new(section), LIMIT) {
        Ok(json) => json,
        Err(what) => {
            listing
                .warnings
                .push(|| format!("its list of crates (.dep-v0) {what}"));
            return;
        }
    };
    let audit: Audit<'_> = match serde_json::from_slice(&json) {
        Ok(audit) => audit,
        Err(error) => {
            listing
                .warnings
                .push(|| format!("its list of crates (.dep-v0) cannot be read: {error}"));
            return;
        }
    };
    let direct: HashSet<usize> = audit
        .packages
        .iter()
        .filter(|one| one.root)
        .flat_map(|root| root.dependencies.iter().copied())
        .collect();
    let has_root = audit.packages.iter().any(|one| one.root);
    for (index, one) in audit.packages.iter().enumerate() {
        if one.kind.as_deref() == Some("build") {
            continue;
        }
        // Only the kind of place is known.
        let origin = match &*one.source {
            "crates.io" => Origin::new(OriginKind::Registry, "crates.io"),
            "local" => Origin::new(OriginKind::Path, "."),
            _ => None,
        };
        let relation = if one.root {
            Some(Relation::Root)
        } else if direct.contains(&index) {
            Some(Relation::Direct)
        } else {
            has_root.then_some(Relation::Transitive)
        };
        listing.merge_at(Entry {
            kind: &CARGO,
            name: &one.name,
            version: &one.version,
            details: Details {
                relation,
                origin,
                ..Details::default()
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Evidence;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn told(section: &[u8]) -> Vec<String> {
        let mut listing = Listing::new(Evidence::Binary);
        packages(section, &mut listing);
        let parsed = listing.finish();
        let crates = parsed.packages.iter().map(|one| {
            let origin = one.package.origin.as_ref();
            format!(
                "{} {} {} {}",
                one.package.name,
                one.package.version,
                one.relation.map_or("-", Relation::as_str),
                origin.map_or("-", |origin| origin.kind.as_str())
            )
        });
        crates.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn crates_in_the_program_are_told() {
        let json = br#"{"packages":[
            {"name":"a","version":"1.0.0","source":"crates.io"},
            {"name":"b","version":"2.0.0","source":"git","dependencies":[0]},
            {"name":"c","version":"3.0.0","source":"crates.io","kind":"build"},
            {"name":"d","version":"0.1.0","source":"local","kind":"runtime","dependencies":[1,2],"root":true},
            {"name":"","version":"1","source":"local"},
            {"name":"e\n","version":"1","source":"local"}],"format":1}"#;
        assert_eq!(
            told(&zlib(json)),
            [
                "a 1.0.0 transitive registry",
                "b 2.0.0 direct -",
                "d 0.1.0 root path",
                "package `e\\n` is left out: its name is none",
            ]
        );
    }

    #[test]
    fn damage_is_told() {
        let whole = zlib(br#"{"packages":[]}"#);
        assert_eq!(told(&whole), [""; 0]);
        for (section, expected) in [
            (&b""[..], "ends too early"),
            (&whole[..whole.len() - 6], "ends too early"),
            (b"plain text", "cannot be inflated"),
            (&zlib(b"{}"), "cannot be read"),
            (&zlib(&b"[".repeat(1 << 20)), "cannot be read"),
            (
                &zlib(&vec![b' '; LIMIT + 1]),
                "is over the limit of 8388608 bytes",
            ),
        ] {
            let told = told(section);
            assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
        }
    }
}
