//! The order of Bitnami's components: Semantic Versioning in which what follows the hyphen is a revision.
//!
//! Bitnami counts its own rebuilds of an upstream version behind a hyphen: `2.4.58-1` is the second packaging of 2.4.58, and is after
//! `2.4.58`, where Semantic Versioning would put it before. The reference is Bitnami's own library, which scanners of its
//! advisories use (<https://github.com/bitnami/go-version>, its README and test cases: "pre-release versions are considered
//! revisions"). The grammar is the specification's, revisions are compared as it compares prereleases, build metadata has
//! no part in the order. It can't run here, so `scripts/compare-orders` does not ask it.
//!
//! The rule holds for words too: `1.4.0-alpha` is after `1.4.0`. Bitnami publishes no prerelease. Ranges taken over from Go's advisories
//! begin at `1.21.0-0`, which stands here for the first packaging of 1.21.0, and so is the first version that they mean.

use super::VersionScheme;
use super::semver::{Semver, compare_prereleases, completed};
use std::cmp::Ordering;

/// The order of Bitnami components.
#[derive(Debug)]
pub struct Bitnami;

impl VersionScheme for Bitnami {
    fn name(&self) -> &'static str {
        "bitnami"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Semver::parse(a)?, Semver::parse(b)?);
        Some(a.compare_release(&b).then_with(|| {
            let has_revision = |version: &Semver| !version.prerelease.is_empty();
            has_revision(&a)
                .cmp(&has_revision(&b))
                .then_with(|| compare_prereleases(a.prerelease, b.prerelease))
        }))
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn a_revision_is_after_what_it_revises() {
        for (a, b, expected) in [
            ("2.4.58-1", "2.4.58", Some(Greater)),
            ("2.4.58-1", "2.4.58-0", Some(Greater)),
            ("2.4.58-10", "2.4.58-9", Some(Greater)),
            ("2.4.58-1", "2.4.59", Some(Less)),
            ("1.2.3+foo", "1.2.3+bar", Some(Equal)),
            ("1.2.0", "1.2.0-1+metadata", Some(Less)),
            (
                "0.0.0-20251119135424-6672e6aaa41e",
                "0.0.0-20251119140106-9dbdfc3f1be0",
                Some(Less),
            ),
            ("1.2.2147483648", "1.2.2", Some(Greater)),
            ("1.0", "1.0.0", None),
            ("1.2.3-alpha.01", "1.2.3", None),
            ("v1.2.3", "1.2.3", None),
            ("1.2.3.4", "1.2.3", None),
        ] {
            assert_eq!(Bitnami.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Bitnami.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
