//! The order of Conan's packages for C and C++: `item{.item}[-prerelease][+build]`.
//!
//! The reference is `Version` of Conan 2 (`conan/internal/model/version.py`, asked in 2.34; rules at
//! <https://docs.conan.io/2/tutorial/versioning/version_ranges.html>). It takes every text for a version:
//!
//! - The build is behind the last plus, the prerelease behind the first hyphen before that. Both are lists of items, too.
//! - Items are between dots. One that Python's `int` can read (white space around it, a sign, underscores between digits, digits of
//!   other scripts, at most 4300 of them) is a number, all others are words. Items at the end that are 0 count for nothing:
//!   `1` equals `1.0.0`.
//! - Numbers are compared by value, words by their characters, and a number with a word by the number's decimal text.
//! - A prerelease is before the version it belongs to, whatever build that has. Where there is none, or both have one, a build is
//!   after none.
//!
//! That a number stands to a word as its text does makes circles: `1a` < `2` < `10` < `1a`. They are kept, since Conan
//! decides so.

use super::numerals::digit_value;
use super::{VersionScheme, compare_lists};
use std::cmp::Ordering;

/// The order of Conan packages.
#[derive(Debug)]
pub struct Conan;

impl VersionScheme for Conan {
    fn name(&self) -> &'static str {
        "conan"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::split(a), Version::split(b));
        let order = compare_items(a.items, b.items);
        Some(match (a.prerelease, b.prerelease) {
            (Some(left), Some(right)) => order
                .then_with(|| compare_items(left, right))
                .then_with(|| compare_builds(a.build, b.build)),
            (None, None) => order.then_with(|| compare_builds(a.build, b.build)),
            (left, right) => order.then(left.is_none().cmp(&right.is_none())),
        })
    }
}

struct Version<'a> {
    items: &'a str,
    prerelease: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn split(text: &'a str) -> Self {
        let (text, build) = match text.rsplit_once('+') {
            Some((before, after)) => (before, Some(after)),
            None => (text, None),
        };
        let (items, prerelease) = match text.split_once('-') {
            Some((before, after)) => (before, Some(after)),
            None => (text, None),
        };
        Self {
            items,
            prerelease,
            build,
        }
    }
}

fn compare_builds(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(left), Some(right)) => compare_items(left, right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn compare_items(a: &str, b: &str) -> Ordering {
    let items = |text| {
        significant(text)
            .into_iter()
            .flat_map(|text| text.split('.'))
    };
    compare_lists(items(a), items(b), |left, right| {
        Item::of(left).compare(Item::of(right))
    })
}

/// A list of items without those at the end that are 0; `None` where no item is left.
fn significant(mut text: &str) -> Option<&str> {
    let is_zero = |text| Number::of(text).is_some_and(Number::is_zero);
    loop {
        match text.rsplit_once('.') {
            Some((before, last)) if is_zero(last) => text = before,
            None if is_zero(text) => return None,
            _ => return Some(text),
        }
    }
}

#[derive(Clone, Copy)]
enum Item<'a> {
    Number(Number<'a>),
    Word(&'a str),
}

#[derive(Clone, Copy)]
struct Number<'a> {
    is_negative: bool,
    /// Digits of any script and underscores, without zeros in front.
    text: &'a str,
    /// Digits in it.
    length: usize,
}

/// Digits above which Python refuses to make a number of a text.
const LONGEST_NUMBER: usize = 4300;

impl<'a> Item<'a> {
    fn of(text: &'a str) -> Self {
        Number::of(text).map_or(Self::Word(text), Self::Number)
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(a), Self::Word(b)) => a.decimal().cmp(b.bytes()),
            (Self::Word(a), Self::Number(b)) => a.bytes().cmp(b.decimal()),
        }
    }
}

impl<'a> Number<'a> {
    /// What Python's `int` reads of a text.
    fn of(text: &'a str) -> Option<Self> {
        // Of what Unicode takes for white space in ASCII, the separators from 0x1c to 0x1f are none here.
        let text = text.trim_matches(|letter: char| {
            matches!(letter, ' ' | '\t'..='\r') || (!letter.is_ascii() && letter.is_whitespace())
        });
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let mut count = 0_usize;
        let mut length = 0_usize;
        let mut start = digits.len();
        let mut last_was_digit = false;
        for (place, letter) in digits.char_indices() {
            match digit_value(letter) {
                Some(value) => {
                    count += 1;
                    if value > 0 && length == 0 {
                        start = place;
                    }
                    length += usize::from(value > 0 || length > 0);
                    last_was_digit = true;
                }
                None if letter == '_' && last_was_digit => last_was_digit = false,
                None => return None,
            }
        }
        (last_was_digit && count <= LONGEST_NUMBER).then(|| Self {
            is_negative: text.starts_with('-') && length > 0,
            text: digits.get(start..).unwrap_or_default(),
            length,
        })
    }

    fn is_zero(self) -> bool {
        self.length == 0
    }

    fn digits(self) -> impl Iterator<Item = u8> + use<'a> {
        self.text
            .chars()
            .filter_map(digit_value)
            .map(|value| value + b'0')
    }

    /// As Python writes it.
    fn decimal(self) -> impl Iterator<Item = u8> + use<'a> {
        let sign = self.is_negative.then_some(b'-');
        let zero = self.is_zero().then_some(b'0');
        sign.into_iter().chain(zero).chain(self.digits())
    }

    fn compare(self, other: Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (is_negative, _) => {
                let order = self
                    .length
                    .cmp(&other.length)
                    .then_with(|| self.digits().cmp(other.digits()));
                if is_negative { order.reverse() } else { order }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_conan_does() {
        for (a, b, expected) in [
            ("1.2.3", "1.2.3", Equal),
            ("1", "1.0.0", Equal),
            ("1.10", "1.9", Greater),
            ("1.1.1w", "1.1.1k", Greater),
            ("cci.20200203", "1.0", Greater),
            ("1.0-rc1", "1.0", Less),
            ("1.0-rc1", "1.0-rc2", Less),
            ("1.0-", "1.0", Less),
            ("1.0-a+b", "1.0", Less),
            ("1.0-a+b", "1.0+0", Less),
            ("1.0+b", "1.0", Greater),
            ("1.0+0", "1.0", Greater),
            ("1.0+0", "1.0+", Less),
            ("1.0+2", "1.0+10", Less),
            ("1.0+a-b", "1.0+a", Greater),
            ("1.0+a+b", "1.0+a+c", Less),
            ("1.0-a-b", "1.0-a", Greater),
            ("1a", "2", Less),
            ("2", "10", Less),
            ("10", "1a", Less),
            ("1. 1_0 .0", "1.10", Equal),
            ("1.1__0", "1.10", Greater),
            ("1--5", "1--4", Less),
            ("1--0", "1-0", Equal),
            ("1.٣", "1.3", Equal),
            ("1.\x1c3", "1.3", Less),
            ("1.\u{a0}٣\r", "1.3", Equal),
            ("1.02", "1.2", Equal),
            ("1.-", "1", Greater),
            ("1.a", "1", Greater),
            ("0", "-", Less),
            ("", "0", Greater),
            ("", "", Equal),
            ("99999999999999999999", "100000000000000000000", Less),
        ] {
            assert_eq!(Conan.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(Conan.compare(b, a), Some(expected.reverse()));
        }
    }

    #[test]
    fn a_number_too_long_for_python_is_a_word() {
        let digits = "1".repeat(4300);
        assert_eq!(Conan.compare(&digits, "2"), Some(Greater));
        assert_eq!(Conan.compare(&format!("{digits}1"), "2"), Some(Less));
    }
}
