//! The order of Julia's packages.
//!
//! The reference is `VersionNumber` of Julia's Base (`base/version.jl` of 1.10;
//! <https://docs.julialang.org/en/v1/manual/strings/#man-version-number-literals>). It can't run here, so `scripts/compare-orders`
//! does not ask it.
//!
//! - One to three numbers of 32 bits, with leading zeros or not, after an optional `v`; missing ones are 0.
//! - Then the prerelease: a hyphen alone (before every prerelease of that version), a hyphen with identifiers, or identifiers
//!   that begin with a letter and need no hyphen (`1.0rc1`).
//! - Then the build: a plus alone (after every build of that version), or a plus with identifiers. Build counts: a version with one
//!   is after the same without.
//! - Identifiers that are digits alone are numbers of 64 bits, and before words; words are compared by their letters' codes.
//! - `∞` is the largest version.

use super::{VersionScheme, compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Julia packages.
#[derive(Debug)]
pub struct Julia;

/// 2³² − 1 and 2⁶⁴ − 1.
const LARGEST_NUMBER: &[u8] = b"4294967295";
const LARGEST_IDENTIFIER: &[u8] = b"18446744073709551615";

impl VersionScheme for Julia {
    fn name(&self) -> &'static str {
        "julia"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        let order = compare_lists(a.numbers, b.numbers, compare_numbers);
        Some(
            order
                .then_with(|| match (a.prerelease, b.prerelease) {
                    (Some(left), Some(right)) => compare_identifiers(left, right),
                    (left, right) => left.is_none().cmp(&right.is_none()),
                })
                .then_with(|| match (a.build, b.build) {
                    (Some(""), Some("")) | (None, None) => Ordering::Equal,
                    (Some(""), _) => Ordering::Greater,
                    (_, Some("")) => Ordering::Less,
                    (Some(left), Some(right)) => compare_identifiers(left, right),
                    (left, right) => left.is_some().cmp(&right.is_some()),
                }),
        )
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    numbers: [&'a [u8]; 3],
    /// Empty for a hyphen alone.
    prerelease: Option<&'a str>,
    /// Empty for a plus alone.
    build: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if text == "∞" {
            return Some(Self {
                numbers: [LARGEST_NUMBER; 3],
                prerelease: None,
                build: Some(""),
            });
        }
        let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut numbers = [&b""[..]; 3];
        for (place, number) in numbers.iter_mut().enumerate() {
            let part = match rest.strip_prefix('.') {
                Some(after) if place > 0 => after,
                None if place == 0 => rest,
                _ => break,
            };
            let (digits, after) = split_number(part.as_bytes());
            let length = part.len() - after.len();
            if length == 0 || compare_numbers(digits, LARGEST_NUMBER).is_gt() {
                return None;
            }
            *number = digits;
            rest = part.get(length..)?;
        }
        let (prerelease, build) = match rest.split_once('+') {
            Some((before, after)) => (before, Some(after)),
            None => (rest, None),
        };
        let prerelease = match prerelease.strip_prefix('-') {
            // A hyphen alone can't have a build behind it.
            Some("") if build.is_some() => return None,
            Some(after) => Some(after),
            None if prerelease.is_empty() => None,
            None => {
                if !prerelease.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                    return None;
                }
                Some(prerelease)
            }
        };
        [prerelease, build]
            .into_iter()
            .flatten()
            .all(|part| part.is_empty() || part.split('.').all(is_identifier))
            .then_some(Self {
                numbers,
                prerelease,
                build,
            })
    }
}

fn is_identifier(text: &str) -> bool {
    let (digits, rest) = split_number(text.as_bytes());
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (!rest.is_empty() || compare_numbers(digits, LARGEST_IDENTIFIER).is_le())
}

/// Compares prereleases or builds; the empty one is before all.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return b.is_empty().cmp(&a.is_empty());
    }
    compare_lists(a.split('.'), b.split('.'), |left, right| {
        let (left_number, left_rest) = split_number(left.as_bytes());
        let (right_number, right_rest) = split_number(right.as_bytes());
        match (left_rest.is_empty(), right_rest.is_empty()) {
            (true, true) => compare_numbers(left_number, right_number),
            (false, false) => left.cmp(right),
            (left, right) => right.cmp(&left),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::Equal;

    #[test]
    fn orders_as_julia_does() {
        let ascending = [
            "0-",
            "0",
            "1.2-",
            "1.2.0-0",
            "1.2-10",
            "v1.2alpha.1",
            "1.2.0-beta",
            "1.2rc1",
            "1.2",
            "1.2+0",
            "1.2+10",
            "1.2+a",
            "1.2.0+a.b",
            "1.2+",
            "1.2.1-",
            "1.10",
            "4294967295",
            "∞",
        ];
        for (place, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(Julia.compare(a, b), Some(place.cmp(&other)), "{a} {b}");
            }
        }
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for (a, b) in [
            ("1", "1.0.0"),
            ("V01.2", "1.02.0"),
            ("1.0rc1", "1.0.0-rc1"),
            ("1.0.0-01", "1-1"),
            ("∞", "4294967295.4294967295.4294967295+"),
        ] {
            assert_eq!(Julia.compare(a, b), Some(Equal), "{a} {b}");
        }
    }

    #[test]
    fn what_julia_refuses_has_no_order() {
        for bad in [
            "",
            "v",
            "a",
            "1.",
            "1.2.3.4",
            "1..2",
            "1-+",
            "1-+a",
            "1-a.",
            "1+a..b",
            "1+a+b",
            "1_2",
            " 1",
            "4294967296",
            "1-18446744073709551616",
            "1+18446744073709551616",
            "1é",
            "1.a",
        ] {
            assert_eq!(Julia.compare(bad, "1"), None, "{bad:?}");
            assert_eq!(Julia.compare("1", bad), None, "{bad:?}");
        }
        assert_eq!(Julia.compare("1--", "1---"), Some(Ordering::Less));
    }
}
