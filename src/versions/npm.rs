//! npm's version order: Semantic Versioning as the package `semver` of npm reads it.
//!
//! The reference is the strict `parse` and `compare` of node-semver 7 (7.8.6; <https://github.com/npm/node-semver>), which npm
//! itself orders with. A text is a version if `semver.parse` answers with one:
//!
//! - White space around it (as JavaScript's `trim` sees it) and one `v` before it are dropped; a `=` is refused, as is all that
//!   only its loose mode reads.
//! - It has at most 256 UTF-16 units, that white space included.
//! - None of the three numbers is above 2⁵³ − 1. Numbers in the prerelease may be, and are then compared as the
//!   floating point numbers that JavaScript makes of them.
//! - Build metadata has no part in the order.
//!
//! One answer is not npm's. For `1.0.0-9007199254740992.1` and `1.0.0-9007199254740993.2` npm says equal as soon as it meets two
//! spellings of one floating point number, whatever follows: that is no order (it would make `….1` and `….3` of the same
//! beginning equal too). Here what follows decides.

use super::semver::{Semver, completed, is_number};
use super::{VersionScheme, compare_numbers, semver};
use std::cmp::Ordering;

/// The order of npm packages.
#[derive(Debug)]
pub struct Npm;

/// Longest text that is a version, in UTF-16 units.
const LONGEST: usize = 256;

/// 2⁵³ − 1, the largest whole number that JavaScript calls safe.
const LARGEST_NUMBER: &[u8] = b"9007199254740991";

impl VersionScheme for Npm {
    fn name(&self) -> &'static str {
        "npm"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (parse(a)?, parse(b)?);
        Some(
            a.compare_release(&b)
                .then_with(|| compare_prereleases(a.prerelease, b.prerelease)),
        )
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

pub(super) fn parse(text: &str) -> Option<Semver<'_>> {
    // No character is more UTF-16 units than bytes.
    if text.len() > LONGEST && text.encode_utf16().nth(LONGEST).is_some() {
        return None;
    }
    let text = text.trim_matches(is_white_space);
    let version = Semver::parse(text.strip_prefix('v').unwrap_or(text))?;
    [version.major, version.minor, version.patch]
        .iter()
        .all(|number| compare_numbers(number.as_bytes(), LARGEST_NUMBER).is_le())
        .then_some(version)
}

/// White space and line terminators of ECMAScript (ECMA-262, sections 12.2 and 12.3): Unicode's, but for two.
fn is_white_space(letter: char) -> bool {
    (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}'
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let short = |text: &str| text.len() < LARGEST_NUMBER.len();
    if short(a) || short(b) || a == b {
        // A number too long to be told exactly would have to be in both to matter.
        return semver::compare_prereleases(a, b);
    }
    let mut left = a.split('.');
    let mut right = b.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) if is_number(left) && is_number(right) => {
                // Digits always are a number, and never NaN.
                let value = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
                value(left).total_cmp(&value(right))
            }
            (Some(left), Some(right)) => semver::compare_identifiers(left, right),
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
    fn orders_as_npm_does() {
        for (a, b, expected) in [
            ("1.2.3", "1.2.10", Less),
            ("v1.2.3", "  1.2.3\t", Equal),
            ("\u{feff}1.2.3\u{a0}", "1.2.3+build", Equal),
            ("1.2.3-beta.2", "1.2.3-beta.11", Less),
            ("1.2.3-beta", "1.2.3", Less),
            ("1.0.0-1", "1.0.0-a", Less),
            ("9007199254740991.0.0", "1.0.0", Greater),
            // 2⁵³ and 2⁵³ + 1 are one floating point number.
            ("1.0.0-9007199254740993", "1.0.0-9007199254740992", Equal),
            ("1.0.0-9007199254740994", "1.0.0-9007199254740992", Greater),
            ("1.0.0-9007199254740993.1", "1.0.0-9007199254740992.2", Less),
        ] {
            assert_eq!(Npm.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(
                Npm.compare(b, a),
                Some(expected.reverse()),
                "{b:?} against {a:?}"
            );
        }
    }

    #[test]
    fn what_npm_refuses_has_no_order() {
        let long = format!("1.0.0-{}", "a".repeat(251));
        for bad in [
            "",
            "1",
            "1.2",
            "=1.2.3",
            "V1.2.3",
            "vv1.2.3",
            "v 1.2.3",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-01",
            "1.2.3beta",
            "9007199254740992.0.0",
            "1.0.18446744073709551616",
            "\u{85}1.2.3",
            "latest",
            &long,
        ] {
            assert_eq!(Npm.compare(bad, "1.0.0"), None, "{bad:?}");
            assert_eq!(Npm.compare(bad, bad), None, "{bad:?}");
        }
        let longest = &long[..256];
        assert_eq!(Npm.compare(longest, longest), Some(Equal));
        assert_eq!(Npm.compare(&format!(" {longest}"), "1.0.0"), None);
        assert_eq!(
            Npm.compare(&format!("1.0.0{}", "\u{3000}".repeat(251)), "1.0.0"),
            Some(Equal)
        );
        assert_eq!(
            Npm.compare(&format!("1.0.0{}", "\u{3000}".repeat(252)), "1.0.0"),
            None
        );
    }
}
