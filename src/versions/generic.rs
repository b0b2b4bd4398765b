//! An order for names whose versions follow no known rules: purls of type `generic`, and kinds without an order of their own.
//!
//! There is no reference. The rules are this program's, chosen so that versions as people write them come out as people mean
//! them, and so that no two spellings of one release differ:
//!
//! - A text is runs of digits and runs of letters; all else is between them and counts for nothing, a `~` apart. A `v` before the
//!   first digit is dropped.
//! - Numbers are compared by value, of any length. A run that is missing is 0: `1.0` equals `1`, and `1.0.1` is after both.
//! - At each place stand `~` (as in Debian) < words for what precedes a release (`dev` < `alpha` < `beta` < `pre` < `rc`, each with
//!   its usual spellings) < 0 and the end < other words < larger numbers. So `1.0-rc1` < `1.0` < `1.0a` < `1.0.1`, and OpenSSL's `1.1.1k` is
//!   between `1.1.1` and `1.1.2`.
//! - Other words are compared in lower case, by their bytes.
//!
//! A text without a digit (`latest`, `main`) is no version. The order is a total preorder: texts are endless lists of
//! totally ordered runs, 0 from some place on.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of versions without rules.
#[derive(Debug)]
pub struct Generic;

impl VersionScheme for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (mut left, mut right) = (start(a)?, start(b)?);
        loop {
            let (a, left_rest) = next_run(left);
            let (b, right_rest) = next_run(right);
            if a.is_none() && b.is_none() {
                return Some(Ordering::Equal);
            }
            let order = a.unwrap_or(ZERO).compare(b.unwrap_or(ZERO));
            if order.is_ne() {
                return Some(order);
            }
            (left, right) = (left_rest, right_rest);
        }
    }
}

/// What is compared of a text; `None` where it is no version.
fn start(text: &str) -> Option<&[u8]> {
    let text = text.trim().as_bytes();
    let is_version = text.iter().any(u8::is_ascii_digit);
    is_version.then_some(match text {
        [b'v' | b'V', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => rest,
        _ => text,
    })
}

#[derive(Clone, Copy)]
enum Run<'a> {
    Tilde,
    /// The place of a word of [`PRERELEASES`].
    Prerelease(usize),
    /// Digits without leading zeros.
    Number(&'a [u8]),
    Word(&'a [u8]),
}

const ZERO: Run = Run::Number(b"");

/// Spellings of what precedes a release, from the earliest to the latest.
const PRERELEASES: [&[&[u8]]; 5] = [
    &[b"dev", b"snapshot", b"nightly"],
    &[b"alpha"],
    &[b"beta"],
    &[b"pre", b"preview", b"prerelease", b"milestone"],
    &[b"rc", b"cr", b"candidate"],
];

fn next_run(mut text: &[u8]) -> (Option<Run<'_>>, &[u8]) {
    while let [byte, rest @ ..] = text {
        match byte {
            b'~' => return (Some(Run::Tilde), rest),
            b'0'..=b'9' => {
                let (digits, rest) = split_number(text);
                return (Some(Run::Number(digits)), rest);
            }
            b'A'..=b'Z' | b'a'..=b'z' => {
                let end = text
                    .iter()
                    .position(|byte| !byte.is_ascii_alphabetic())
                    .unwrap_or(text.len());
                let (word, rest) = text.split_at(end);
                let place = PRERELEASES.iter().position(|spellings| {
                    spellings
                        .iter()
                        .any(|spelling| spelling.eq_ignore_ascii_case(word))
                });
                return (Some(place.map_or(Run::Word(word), Run::Prerelease)), rest);
            }
            _ => text = rest,
        }
    }
    (None, text)
}

impl Run<'_> {
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Prerelease(a), Self::Prerelease(b)) => a.cmp(&b),
            (Self::Number(a), Self::Number(b)) => compare_numbers(a, b),
            (Self::Word(a), Self::Word(b)) => a
                .iter()
                .map(u8::to_ascii_lowercase)
                .cmp(b.iter().map(u8::to_ascii_lowercase)),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Tilde => 0,
            Self::Prerelease(_) => 1,
            Self::Number(b"") => 2,
            Self::Word(_) => 3,
            Self::Number(_) => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Less};

    #[test]
    fn orders_as_people_mean_it() {
        let ascending = [
            "1.0~rc1",
            "1.0-SNAPSHOT",
            "1.0alpha1",
            "1.0.beta",
            "1.0-pre3",
            "1.0-rc.9",
            "v1.0-RC10",
            "1",
            "1.0-2",
            "1.0.9",
            "1.0.10",
            "1.1.1",
            "1.1.1k",
            "1.1.1W",
            "1.1.2",
            "2024-01-02",
            "2024.1.10",
            "20240101",
            "99999999999999999999999",
        ];
        for (place, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(Generic.compare(a, b), Some(place.cmp(&other)), "{a} {b}");
            }
        }
    }

    #[test]
    fn spellings_of_one_release_are_equal() {
        for (a, b) in [
            ("1", "1.0.0"),
            ("v1.2", " V1_2 "),
            ("1.0rc1", "1.0-rc.1"),
            ("1.0-CR1", "1.0-rc1"),
            ("01.02", "1.2"),
            ("1.1.1K", "1.1.1k"),
            ("release-1.2", "Release 1.2"),
        ] {
            assert_eq!(Generic.compare(a, b), Some(Equal), "{a} {b}");
        }
        assert_eq!(Generic.compare("9.9p1", "9.9p2"), Some(Less));
        assert_eq!(Generic.compare("9.9", "9.9p1"), Some(Less));
    }

    #[test]
    fn a_text_without_digit_is_no_version() {
        for bad in ["", " ", "latest", "main", "v", "~", "٣"] {
            assert_eq!(Generic.compare(bad, "1"), None, "{bad:?}");
            assert_eq!(Generic.compare("1", bad), None, "{bad:?}");
        }
    }
}
