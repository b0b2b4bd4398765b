//! What Swift and Dart read of Semantic Versioning: `major.minor.patch[-prerelease][+build]`, where the numbers are 64 bit with a
//! sign and may have leading zeros. What an identifier may be, and how it is compared, is said in their own files.

use super::{compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// 2⁶³ − 1.
const LARGEST_NUMBER: &[u8] = b"9223372036854775807";

/// A version, in parts of its text.
pub(super) struct LooseSemver<'a> {
    /// Major, minor and patch: digits without leading zeros.
    numbers: [&'a [u8]; 3],
    /// What is between the first `-` and the first `+`, if there is that hyphen.
    pub(super) prerelease: Option<&'a str>,
    /// What is behind the first `+`, if there is one.
    pub(super) build: Option<&'a str>,
}

impl<'a> LooseSemver<'a> {
    /// A version whose identifiers all are as wanted; `None` where the text is none.
    pub(super) fn parse(text: &'a str, is_identifier: impl Fn(&str) -> bool) -> Option<Self> {
        let (text, build) = split_once(text, '+');
        let (core, prerelease) = split_once(text, '-');
        let are_identifiers = [prerelease, build]
            .into_iter()
            .flatten()
            .flat_map(|part| part.split('.'))
            .all(is_identifier);
        let mut parts = core.split('.');
        let mut number = || {
            let part = parts.next()?.as_bytes();
            let (digits, rest) = split_number(part);
            (!part.is_empty() && rest.is_empty() && compare_numbers(digits, LARGEST_NUMBER).is_le())
                .then_some(digits)
        };
        let numbers = [number()?, number()?, number()?];
        (are_identifiers && parts.next().is_none()).then_some(Self {
            numbers,
            prerelease,
            build,
        })
    }

    /// The order of the three numbers.
    pub(super) fn compare_release(&self, other: &Self) -> Ordering {
        compare_lists(self.numbers, other.numbers, compare_numbers)
    }
}

/// What is before the first separator, and what is behind it.
fn split_once(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Whether a text is of letters, digits and hyphens of ASCII; the empty one is.
pub(super) fn is_alphanumeric(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let parts = |text| {
            LooseSemver::parse(text, is_alphanumeric)
                .map(|version| (version.prerelease, version.build))
        };
        assert_eq!(parts("1.2.3"), Some((None, None)));
        assert_eq!(
            parts("01.2.3-a-b.c+d-e.f"),
            Some((Some("a-b.c"), Some("d-e.f")))
        );
        assert_eq!(parts("1.2.3+a-b"), Some((None, Some("a-b"))));
        assert_eq!(parts("1.2.3-+"), Some((Some(""), Some(""))));
        for bad in [
            "",
            "1.2",
            "1.2.3.4",
            "1..3",
            "1.2.3a",
            "1.2.3+a+b",
            "1.2.3-a_b",
            "1.2.9223372036854775808",
        ] {
            assert_eq!(parts(bad), None, "{bad:?}");
        }
    }
}
