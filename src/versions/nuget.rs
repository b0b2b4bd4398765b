//! The order of .NET's packages on `NuGet`: one to four numbers, then Semantic Versioning's prerelease in any case.
//!
//! The reference is the library NuGet.Versioning (`NuGetVersion.TryParse` and `VersionComparer.Default`; asked as it is built into
//! nuget.exe 5.8; rules at <https://learn.microsoft.com/nuget/concepts/package-versioning>):
//!
//! - One to four numbers up to 2³¹ − 1, with leading zeros or not; missing ones are 0: `1` equals `1.0.0.0`. White space around
//!   the text and around each number is skipped.
//! - Labels of the prerelease are of ASCII letters, digits and hyphens, not empty, and without leading zeros if they are digits
//!   alone. They are compared in upper case. One that is a number of 32 bits, with a sign or not, is before words.
//! - Build metadata has no part in the order.

use super::{VersionScheme, compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of `NuGet` packages.
#[derive(Debug)]
pub struct Nuget;

/// 2³¹ − 1.
const LARGEST_NUMBER: &[u8] = b"2147483647";

impl VersionScheme for Nuget {
    fn name(&self) -> &'static str {
        "nuget"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        let order = compare_lists(a.numbers, b.numbers, compare_numbers);
        Some(order.then_with(|| match (a.labels, b.labels) {
            (Some(left), Some(right)) => {
                compare_lists(left.split('.'), right.split('.'), compare_labels)
            }
            (left, right) => left.is_none().cmp(&right.is_none()),
        }))
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    numbers: [&'a [u8]; 4],
    /// The prerelease.
    labels: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (text, metadata) = match text.split_once('+') {
            Some((before, after)) => (before, Some(after)),
            None => (text, None),
        };
        let (core, labels) = match text.split_once('-') {
            Some((before, after)) => (before, Some(after)),
            None => (text, None),
        };
        if !labels.is_none_or(|labels| labels.split('.').all(is_label))
            || !metadata.is_none_or(|metadata| metadata.split('.').all(is_identifier))
        {
            return None;
        }
        let mut numbers = [&b""[..]; 4];
        let mut parts = core.split('.');
        for (place, number) in numbers.iter_mut().enumerate() {
            let Some(part) = parts.next() else {
                return (place > 0).then_some(Self { numbers, labels });
            };
            let part = part.trim_matches(is_blank).as_bytes();
            let (digits, rest) = split_number(part);
            if part.is_empty()
                || !rest.is_empty()
                || compare_numbers(digits, LARGEST_NUMBER).is_gt()
            {
                return None;
            }
            *number = digits;
        }
        parts.next().is_none().then_some(Self { numbers, labels })
    }
}

/// The white space that .NET skips around a number.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_label(text: &str) -> bool {
    let has_zeros =
        text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    is_identifier(text) && !has_zeros
}

fn compare_labels(left: &str, right: &str) -> Ordering {
    match (left.parse::<i32>(), right.parse::<i32>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Err(_), Err(_)) => left
            .bytes()
            .map(|byte| byte.to_ascii_uppercase())
            .cmp(right.bytes().map(|byte| byte.to_ascii_uppercase())),
        (left, right) => right.is_ok().cmp(&left.is_ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_nuget_does() {
        for (a, b, expected) in [
            ("1", "1.0.0.0", Some(Equal)),
            ("01.002", "1.2", Some(Equal)),
            ("1.0.0.1", "1.0.0", Some(Greater)),
            ("13.0.10", "13.0.9", Some(Greater)),
            ("1.0.0-beta", "1.0.0", Some(Less)),
            ("1.0.0-Beta.2", "1.0.0-beta.2", Some(Equal)),
            ("1.0.0-beta_", "1.0.0", None),
            ("1.0.0-rc.10", "1.0.0-rc.9", Some(Greater)),
            ("1.0.0-a.1", "1.0.0-a", Some(Greater)),
            ("1.0.0-99999999999", "1.0.0-a", Some(Less)),
            ("1.0.0-99999999999", "1.0.0-2", Some(Greater)),
            ("1.0.0--1", "1.0.0-0", Some(Less)),
            ("1.0.0+a", "1.0.0+01", Some(Equal)),
            (" 1 . 2 ", "1.2", Some(Equal)),
            ("2147483647", "1", Some(Greater)),
            ("2147483648", "1", None),
            ("1.2.3.4.5", "1", None),
            ("1.0-01", "1", None),
            ("1.0-", "1", None),
            ("1.0+", "1", None),
            ("1.0-a..b", "1", None),
            ("1.0-a+", "1", None),
            ("1.0+a+b", "1", None),
            ("1.0 -a", "1", Some(Less)),
            ("1.0- a", "1", None),
            ("v1.0", "1", None),
            ("1.", "1", None),
            ("-1", "1", None),
            ("", "", None),
        ] {
            assert_eq!(Nuget.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Nuget.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
