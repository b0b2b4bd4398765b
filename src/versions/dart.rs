//! The order of Dart's and Flutter's packages on pub.
//!
//! The reference is `Version` of the package `pub_semver` (2.1; <https://github.com/dart-lang/tools>, `lib/src/version.dart` and
//! `patterns.dart`). It can't run here, so `scripts/compare-orders` does not ask it. It differs from the specification of
//! Semantic Versioning:
//!
//! - Build metadata counts: where all else is equal, a version with some is after one without, and two are compared as
//!   prereleases are. Dart's packages use it for releases of the same code.
//! - The three numbers are 64 bit with a sign, and may have leading zeros.
//! - An identifier is a number if Dart's `int.tryParse` makes one of it: `-1` and `0x1f` are, with their value (hexadecimal
//!   ones are the 64 bits they spell), and what does not fit is a word.

use super::semver::completed;
use super::semver_loose::{LooseSemver, is_alphanumeric};
use super::{VersionScheme, compare_lists};
use std::cmp::Ordering;

/// The order of pub packages.
#[derive(Debug)]
pub struct Pub;

impl VersionScheme for Pub {
    fn name(&self) -> &'static str {
        "pub"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let is_identifier = |text: &str| !text.is_empty() && is_alphanumeric(text);
        let a = LooseSemver::parse(a, is_identifier)?;
        let b = LooseSemver::parse(b, is_identifier)?;
        let lists = |left: &str, right: &str| {
            compare_lists(left.split('.'), right.split('.'), compare_identifiers)
        };
        Some(
            a.compare_release(&b)
                .then_with(|| match (a.prerelease, b.prerelease) {
                    (Some(left), Some(right)) => lists(left, right),
                    (left, right) => left.is_none().cmp(&right.is_none()),
                })
                .then_with(|| match (a.build, b.build) {
                    (Some(left), Some(right)) => lists(left, right),
                    (left, right) => left.is_some().cmp(&right.is_some()),
                }),
        )
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (value(left), value(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (None, None) => left.cmp(right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    }
}

/// The number that Dart makes of an identifier.
fn value(identifier: &str) -> Option<i64> {
    let digits = identifier.strip_prefix('-').unwrap_or(identifier);
    if let Some(digits) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        let is_fine = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = u64::from_str_radix(digits, 16).ok().filter(|_| is_fine)?;
        let value = bits.cast_signed();
        return Some(if identifier.starts_with('-') {
            value.wrapping_neg()
        } else {
            value
        });
    }
    identifier.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_pub_does() {
        for (a, b, expected) in [
            ("1.10.0", "1.9.0", Some(Greater)),
            ("01.02.03", "1.2.3", Some(Equal)),
            ("1.0.0-dev.1", "1.0.0", Some(Less)),
            ("1.0.0-01.dev", "1.0.0-1.dev", Some(Equal)),
            ("1.0.0-1", "1.0.0-a", Some(Less)),
            ("1.0.0--1", "1.0.0-0", Some(Less)),
            ("1.0.0-0x10", "1.0.0-15", Some(Greater)),
            ("1.0.0-0xffffffffffffffff", "1.0.0--1", Some(Equal)),
            ("1.0.0-9223372036854775808", "1.0.0-1", Some(Greater)),
            ("1.0.0-9223372036854775808", "1.0.0-a", Some(Less)),
            ("1.2.3.4", "1.2.3", None),
            ("1.2", "1.2.0", None),
            ("v1.2.3", "1.2.3", None),
            ("1.2.3-", "1.2.3", None),
            ("1.2.3-a..b", "1.2.3", None),
            ("9223372036854775808.0.0", "1.0.0", None),
            ("", "", None),
        ] {
            assert_eq!(Pub.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Pub.compare(b, a), expected.map(Ordering::reverse));
        }
    }

    #[test]
    fn build_metadata_counts() {
        for (a, b, expected) in [
            ("1.0.0+1", "1.0.0", Greater),
            ("1.0.0+2", "1.0.0+10", Less),
            ("1.0.0+hotfix.1", "1.0.0+hotfix.2", Less),
            ("1.0.0-a+9", "1.0.0", Less),
            ("1.0.0+build", "1.0.0+5", Greater),
            ("1.0.0+05", "1.0.0+5", Equal),
        ] {
            assert_eq!(Pub.compare(a, b), Some(expected), "{a:?} against {b:?}");
        }
    }
}
