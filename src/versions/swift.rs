//! The order of Swift packages: Semantic Versioning as Swift's package manager reads it.
//!
//! The reference is `Version` of SwiftPM (`TSCUtility/Version.swift` in <https://github.com/swiftlang/swift-tools-support-core>),
//! strict parsing. It can't run here, so `scripts/compare-orders` does not ask it. It differs from the specification:
//!
//! - Numbers are 64 bit with a sign, and may have leading zeros.
//! - Identifiers of the prerelease and the build metadata may be empty: `1.2.3-` is a version, before `1.2.3`.
//! - An identifier of the prerelease is a number if Swift's `Int` can be made of it: `-1` is one, with its sign, and one that is too
//!   large is a word.
//!
//! SwiftPM compares no further where two identifiers are the same number in different spelling (`1.0.0-01.a` equals `1.0.0-1.b`),
//! which is no order. Here what follows decides.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Swift packages.
#[derive(Debug)]
pub struct Swift;

/// 2⁶³ − 1.
const LARGEST_NUMBER: &[u8] = b"9223372036854775807";

impl VersionScheme for Swift {
    fn name(&self) -> &'static str {
        "swift"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        let mut order = Ordering::Equal;
        for (left, right) in a.numbers.into_iter().zip(b.numbers) {
            order = order.then_with(|| compare_numbers(left, right));
        }
        Some(order.then_with(|| compare_prereleases(a.prerelease, b.prerelease)))
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    numbers: [&'a [u8]; 3],
    /// What is between `-` and `+`, which may be nothing.
    prerelease: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (text, build) = split(text, '+');
        let (core, prerelease) = split(text, '-');
        let is_fine = |part: &str| {
            part.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
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

fn compare_prereleases(a: Option<&str>, b: Option<&str>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_none().cmp(&b.is_none());
    };
    let mut left = a.split('.');
    let mut right = b.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) => match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Err(_), Err(_)) => left.cmp(right),
                (left, right) => right.is_ok().cmp(&left.is_ok()),
            },
            (None, None) => return Ordering::Equal,
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if order.is_ne() {
            return order;
        }
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
