//! The order of Rust crates: Semantic Versioning as Cargo reads it.
//!
//! The reference is the crate `semver` that Cargo itself is built with (`Version::parse` and `Version::cmp_precedence`, 1.0.28;
//! <https://docs.rs/semver>). It is the specification's grammar to the letter, with one limit: none of the three numbers is
//! above 2⁶⁴ − 1. Numbers in the prerelease have no limit. Build metadata has no part in the order: the crate's `Ord`
//! has it in, only so that a sorted list is always the same one.

use super::semver::{Semver, completed};
use super::{VersionScheme, compare_numbers};
use std::cmp::Ordering;

/// The order of Rust crates.
#[derive(Debug)]
pub struct Cargo;

/// 2⁶⁴ − 1.
const LARGEST_NUMBER: &[u8] = b"18446744073709551615";

impl VersionScheme for Cargo {
    fn name(&self) -> &'static str {
        "cargo"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(parse(a)?.compare(&parse(b)?))
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

pub(super) fn parse(text: &str) -> Option<Semver<'_>> {
    let version = Semver::parse(text)?;
    [version.major, version.minor, version.patch]
        .iter()
        .all(|number| compare_numbers(number.as_bytes(), LARGEST_NUMBER).is_le())
        .then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_cargo_does() {
        for (a, b, expected) in [
            ("1.0.0", "1.0.0", Some(Equal)),
            ("1.0.0-rc.1", "1.0.0", Some(Less)),
            ("1.0.0-rc.10", "1.0.0-rc.9", Some(Greater)),
            ("1.0.0+a", "1.0.0+b", Some(Equal)),
            ("18446744073709551615.0.0", "1.0.0", Some(Greater)),
            ("1.0.0-18446744073709551616", "1.0.0-2", Some(Greater)),
            ("1.0.18446744073709551616", "1.0.0", None),
            ("1.0", "1.0.0", None),
            ("v1.0.0", "1.0.0", None),
            ("", "", None),
        ] {
            assert_eq!(Cargo.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Cargo.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
