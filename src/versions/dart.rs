//! The order of Dart's and Flutter's packages on pub.
//!
//! The reference is `Version` of the package `pub_semver` (2.1; <https://pub.dev/packages/pub_semver>, `lib/src/version.dart` and
//! `patterns.dart`). It can't run here, so `scripts/compare-orders` does not ask it. It differs from the specification of
//! Semantic Versioning:
//!
//! - Build metadata counts: where all else is equal, a version with some is after one without, and two are compared as
//!   prereleases are. Dart's packages use it for releases of the same code.
//! - The three numbers are 64 bit with a sign, and may have leading zeros.
//! - An identifier is a number if Dart's `int.tryParse` makes one of it: `-1` and `0x1f` are, with their value (hexadecimal
//!   ones are the 64 bits they spell), and what does not fit is a word.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of pub packages.
#[derive(Debug)]
pub struct Pub;

/// 2⁶³ − 1.
const LARGEST_NUMBER: &[u8] = b"9223372036854775807";

impl VersionScheme for Pub {
    fn name(&self) -> &'static str {
        "pub"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        let mut order = Ordering::Equal;
        for (left, right) in a.numbers.into_iter().zip(b.numbers) {
            order = order.then_with(|| compare_numbers(left, right));
        }
        Some(
            order
                .then_with(|| match (a.prerelease, b.prerelease) {
                    (Some(left), Some(right)) => compare_identifiers(left, right),
                    (left, right) => left.is_none().cmp(&right.is_none()),
                })
                .then_with(|| match (a.build, b.build) {
                    (Some(left), Some(right)) => compare_identifiers(left, right),
                    (left, right) => left.is_some().cmp(&right.is_some()),
                }),
        )
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    numbers: [&'a [u8]; 3],
    prerelease: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (text, build) = split(text, '+');
        let (core, prerelease) = split(text, '-');
        let is_fine = |part: &str| {
            part.split('.').all(|identifier| {
                !identifier.is_empty()
                    && identifier
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
        };
        if !prerelease.is_none_or(is_fine) || !build.is_none_or(is_fine) {
            return None;
        }
        let mut parts = core.split('.');
        let mut number = || {
            let part = parts.next()?.as_bytes();
            let (digits, rest) = split_number(part);
            (!part.is_empty() && rest.is_empty() && compare_numbers(digits, LARGEST_NUMBER).is_le())
                .then_some(digits)
        };
        let numbers = [number()?, number()?, number()?];
        parts.next().is_none().then_some(Self {
            numbers,
            prerelease,
            build,
        })
    }
}

/// What is before the first separator, and what is after it.
fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let mut left = a.split('.');
    let mut right = b.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) => match (value(left), value(right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                (None, None) => left.cmp(right),
                (left, right) => right.is_some().cmp(&left.is_some()),
            },
            (None, None) => return Ordering::Equal,
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if order.is_ne() {
            return order;
        }
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
