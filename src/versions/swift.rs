//! The order of Swift packages: Semantic Versioning as Swift's package manager reads it.
//!
//! The reference is `Version` of `SwiftPM` (`TSCUtility/Version.swift` in <https://github.com/swiftlang/swift-tools-support-core>),
//! strict parsing. It can't run here, so `scripts/compare-orders` does not ask it. It differs from the specification:
//!
//! - Numbers are 64 bit with a sign, and may have leading zeros.
//! - Identifiers of the prerelease and the build metadata may be empty: `1.2.3-` is a version, before `1.2.3`.
//! - An identifier of the prerelease is a number if Swift's `Int` can be made of it: `-1` is one, with its sign, and one that is too
//!   large is a word.
//!
//! `SwiftPM` compares no further where two identifiers are the same number in different spelling (`1.0.0-01.a` equals `1.0.0-1.b`),
//! which is no order. Here what follows decides.

use super::semver::completed;
use super::semver_loose::{LooseSemver, is_alphanumeric};
use super::{VersionScheme, compare_lists};
use std::cmp::Ordering;

/// The order of Swift packages.
#[derive(Debug)]
pub struct Swift;

impl VersionScheme for Swift {
    fn name(&self) -> &'static str {
        "swift"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let a = LooseSemver::parse(a, is_alphanumeric)?;
        let b = LooseSemver::parse(b, is_alphanumeric)?;
        Some(
            a.compare_release(&b)
                .then_with(|| match (a.prerelease, b.prerelease) {
                    (Some(left), Some(right)) => {
                        compare_lists(left.split('.'), right.split('.'), compare_identifiers)
                    }
                    (left, right) => left.is_none().cmp(&right.is_none()),
                }),
        )
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Err(_), Err(_)) => left.cmp(right),
        (left, right) => right.is_ok().cmp(&left.is_ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_swift_does() {
        for (a, b, expected) in [
            ("5.10.0", "5.9.2", Some(Greater)),
            ("01.2.3", "1.2.03", Some(Equal)),
            ("1.2.3-", "1.2.3", Some(Less)),
            ("1.2.3-", "1.2.3-0", Some(Greater)),
            ("1.2.3-a..b", "1.2.3-a.0", Some(Greater)),
            ("1.2.3-a", "1.2.3-a.", Some(Less)),
            ("1.2.3--1", "1.2.3-0", Some(Less)),
            ("1.2.3-01.a", "1.2.3-1.b", Some(Less)),
            ("1.2.3-9223372036854775808", "1.2.3-a", Some(Less)),
            ("1.2.3-9223372036854775808", "1.2.3-1", Some(Greater)),
            ("1.2.3+a", "1.2.3+b.", Some(Equal)),
            ("1.2.9223372036854775808", "1.2.3", None),
            ("1.2", "1.2.0", None),
            ("v1.2.3", "1.2.3", None),
            ("1.2.3.4", "1.2.3", None),
            ("1.2.3+a+b", "1.2.3", None),
            ("1.2.3-é", "1.2.3", None),
            ("1..3", "1.2.3", None),
            ("", "", None),
        ] {
            assert_eq!(Swift.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Swift.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
