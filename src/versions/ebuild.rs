//! Gentoo's version order: `digits{.digits}[letter]{_suffix[digits]}[-rdigits]`.
//!
//! The rules are those of the Package Manager Specification (<https://projects.gentoo.org/pms/8/pms.html>, "Version
//! Comparison"); the reference is portage's `vercmp`:
//!
//! - The first number is a number. After a dot, where either of two numbers begins with `0` they are compared as decimal
//!   fractions: `1.01` < `1.1` and `1.010` equals `1.01`; else as numbers. Where one goes on it is after the other.
//! - Then the letter, none before `a`.
//! - Suffixes stand as `alpha` < `beta` < `pre` < `rc` < none < `p`; a suffix without a number has 0.
//! - The revision is a number, and missing it is 0.
//!
//! Portage's own pattern also takes digits of other scripts; the specification does not, and here they are no version.

use super::{VersionScheme, compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Gentoo's ebuilds.
#[derive(Debug)]
pub struct Ebuild;

impl VersionScheme for Ebuild {
    fn name(&self) -> &'static str {
        "ebuild"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        Some(
            compare_numbers(a.first, b.first)
                .then_with(|| compare_fractions(a.numbers, b.numbers))
                .then_with(|| a.letter.cmp(&b.letter))
                .then_with(|| compare_suffixes(a.suffixes, b.suffixes))
                .then_with(|| compare_numbers(a.revision, b.revision)),
        )
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    first: &'a [u8],
    /// The numbers behind it, each with its dot.
    numbers: &'a [u8],
    letter: Option<u8>,
    /// Suffixes with their underscores.
    suffixes: &'a [u8],
    /// Digits without leading zeros.
    revision: &'a [u8],
}

/// Each word with its place, none having 0. `p` comes after `pre`, which begins with it.
const SUFFIXES: [(&[u8], i8); 5] = [
    (b"alpha", -4),
    (b"beta", -3),
    (b"pre", -2),
    (b"rc", -1),
    (b"p", 0),
];

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.as_bytes();
        if !text.first()?.is_ascii_digit() {
            return None;
        }
        let (first, numbers) = split_number(text);
        let mut rest = numbers;
        while let [b'.', after @ ..] = rest {
            if !after.first()?.is_ascii_digit() {
                return None;
            }
            (_, rest) = split_number(after);
        }
        let numbers = numbers.get(..numbers.len() - rest.len())?;
        let mut letter = None;
        if let [byte @ b'a'..=b'z', after @ ..] = rest {
            (letter, rest) = (Some(*byte), after);
        }
        let suffixes = rest;
        while rest.first() == Some(&b'_') {
            (_, _, rest) = next_suffix(rest)?;
        }
        let suffixes = suffixes.get(..suffixes.len() - rest.len())?;
        let mut revision = &b""[..];
        if let [b'-', b'r', after @ ..] = rest {
            if after.is_empty() {
                return None;
            }
            (revision, rest) = split_number(after);
        }
        rest.is_empty().then_some(Self {
            first,
            numbers,
            letter,
            suffixes,
            revision,
        })
    }
}

/// The place and the number of the suffix that a text begins with, and the rest.
fn next_suffix(text: &[u8]) -> Option<(i8, &[u8], &[u8])> {
    let text = text.strip_prefix(b"_")?;
    SUFFIXES.iter().find_map(|(word, place)| {
        let (number, rest) = split_number(text.strip_prefix(*word)?);
        Some((*place, number, rest))
    })
}

fn compare_fractions(a: &[u8], b: &[u8]) -> Ordering {
    // Both begin with a dot, so what is before it is the same empty text.
    let numbers = |text| <[u8]>::split(text, |&byte| byte == b'.');
    compare_lists(numbers(a), numbers(b), |left, right| {
        if left.starts_with(b"0") || right.starts_with(b"0") {
            compare_decimals(left, right)
        } else {
            compare_numbers(left, right)
        }
    })
}

/// Compares digits behind a decimal point: zeros at the end count for nothing.
fn compare_decimals(left: &[u8], right: &[u8]) -> Ordering {
    let trim = |digits: &[u8]| {
        digits
            .iter()
            .rposition(|&byte| byte != b'0')
            .map_or(0, |place| place + 1)
    };
    left[..trim(left)].cmp(&right[..trim(right)])
}

fn compare_suffixes(mut left: &[u8], mut right: &[u8]) -> Ordering {
    loop {
        let (a, b) = (next_suffix(left), next_suffix(right));
        // The end is a `p` with a number below 0.
        let key = |suffix: Option<(i8, _, _)>| {
            suffix.map_or((0, false), |(place, _, _): (i8, &[u8], &[u8])| {
                (place, true)
            })
        };
        let order = key(a).cmp(&key(b));
        match (a, b) {
            (Some((_, left_number, left_rest)), Some((_, right_number, right_rest))) => {
                let order = order.then_with(|| compare_numbers(left_number, right_number));
                if order.is_ne() {
                    return order;
                }
                (left, right) = (left_rest, right_rest);
            }
            // A suffix and the end are never equal.
            _ => return order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_portage_does() {
        for (a, b, expected) in [
            ("1.2.3", "1.2.3", Some(Equal)),
            ("01", "1-r0", Some(Equal)),
            ("1", "1.0", Some(Less)),
            ("1.01", "1.1", Some(Less)),
            ("1.010", "1.01", Some(Equal)),
            ("1.02", "1.1", Some(Less)),
            ("1.10", "1.9", Some(Greater)),
            ("1.0", "1.00", Some(Equal)),
            ("12.2.5", "12.2b", Some(Greater)),
            ("12.2b", "12.2", Some(Greater)),
            ("1.1.1k", "1.1.1w", Some(Less)),
            ("1_alpha", "1_beta", Some(Less)),
            ("1_pre2", "1_rc1", Some(Less)),
            ("1_rc", "1", Some(Less)),
            ("1_p", "1", Some(Greater)),
            ("1_p", "1_p0", Some(Equal)),
            ("1_p10", "1_p9", Some(Greater)),
            ("1_p1_alpha", "1_p1", Some(Less)),
            ("1_p1_p", "1_p1", Some(Greater)),
            ("1_alpha_p", "1_alpha", Some(Greater)),
            ("1-r10", "1-r9", Some(Greater)),
            ("1_p-r1", "1.0", Some(Less)),
            ("99999999999999999999", "100000000000000000000", Some(Less)),
            ("1.", "1", None),
            ("1ab", "1", None),
            ("1A", "1", None),
            ("1_foo", "1", None),
            ("1_prex", "1", None),
            ("1-r", "1", None),
            ("1-1", "1", None),
            ("1-r1.2", "1", None),
            ("a", "1", None),
            ("1.٣", "1", None),
            ("", "", None),
        ] {
            assert_eq!(Ebuild.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Ebuild.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
