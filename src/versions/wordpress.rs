//! The order of `WordPress` and its plugins and themes: PHP's `version_compare`.
//!
//! `WordPress` decides about updates by that function, and advisories of plugins are written for it. purl has no such type; the name is
//! this program's. The reference is PHP (8.2; <https://www.php.net/manual/function.version-compare.php>):
//!
//! - A text is pieces between characters that are neither letters nor digits, and between letters and digits. What stands first, and
//!   what follows a digit, is part of a piece whatever it is.
//!   A text that begins with `#` is cut at its dots alone.
//! - Words stand as any other word < `dev` < `alpha`, `a` < `beta`, `b` < `RC`, `rc` < end < number < `pl`, `p`; only how a word
//!   begins counts, so that `patch` is a `p`. Words with one place are equal.
//! - Numbers are of 63 bits; what is more is 2⁶³ − 1.
//! - A separator at the end is before the end: `1.` < `1`. The empty text is before all others.
//!
//! PHP contradicts itself where a text ends in a separator and the other one goes on there with a word or in a separator
//! (`1.` is less than `1.`). Here the separator is before every word, and equal to another. A word that begins with `#` equals
//! every number for PHP, which makes circles; that is kept.

use super::{VersionScheme, split_number};
use std::cmp::Ordering;

/// The order of `WordPress` plugins.
#[derive(Debug)]
pub struct Wordpress;

impl VersionScheme for Wordpress {
    fn name(&self) -> &'static str {
        "wordpress"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        // PHP's function reads to the first NUL.
        if a.contains('\0') || b.contains('\0') {
            return None;
        }
        let mut left = Pieces::of(a);
        let mut right = Pieces::of(b);
        if a.is_empty() || b.is_empty() {
            return Some(b.is_empty().cmp(&a.is_empty()));
        }
        loop {
            let (left_piece, right_piece) = (left.next(), right.next());
            let order = match (left_piece, right_piece) {
                (None, None) => return Some(Ordering::Equal),
                (Some(left), Some(right)) => left.compare(right),
                (Some(left), None) => left.compare_end(),
                (None, Some(right)) => right.compare_end().reverse(),
            };
            if order.is_ne() {
                return Some(order);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// Behind the last separator.
    Nothing,
    /// The place of a word, or of what is no word and no number.
    Word(i8),
    Number(i64),
}

/// The beginnings of words and their places, in the order they are looked for.
const WORDS: [(&[u8], i8); 10] = [
    (b"dev", 0),
    (b"alpha", 1),
    (b"a", 1),
    (b"beta", 2),
    (b"b", 2),
    (b"RC", 3),
    (b"rc", 3),
    (b"#", END),
    (b"pl", 5),
    (b"p", 5),
];

/// The place of the end and of numbers.
const END: i8 = 4;

impl Piece {
    fn of(text: &[u8]) -> Self {
        if text.first().is_some_and(u8::is_ascii_digit) {
            let value = split_number(text).0.iter().try_fold(0_i64, |value, byte| {
                value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))
            });
            return Self::Number(value.unwrap_or(i64::MAX));
        }
        let word = WORDS.iter().find(|(word, _)| text.starts_with(word));
        Self::Word(word.map_or(-1, |&(_, place)| place))
    }

    fn place(self) -> i8 {
        match self {
            Self::Nothing => -2,
            Self::Word(place) => place,
            Self::Number(_) => END,
        }
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(&b),
            _ => self.place().cmp(&other.place()),
        }
    }

    /// How it stands to the end of the other text.
    fn compare_end(self) -> Ordering {
        match self {
            Self::Number(_) => Ordering::Greater,
            _ => self.place().cmp(&END),
        }
    }
}

struct Pieces<'a> {
    text: &'a [u8],
    place: usize,
    /// Whether a separator was read and what is behind it is owed.
    owes: bool,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            place: 0,
            owes: true,
        }
    }

    fn byte(&self, place: usize) -> Option<u8> {
        self.text.get(place).copied()
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if !std::mem::take(&mut self.owes) {
            return None;
        }
        let start = self.place;
        let Some(first) = self.byte(start) else {
            return Some(Piece::Nothing);
        };
        let mut end = start;
        if self.text.first() == Some(&b'#') {
            // PHP calls itself with such a text, and takes every one for already cut by dots.
            let length = self
                .text
                .get(start..)?
                .iter()
                .position(|&byte| byte == b'.');
            let Some(length) = length else {
                return Some(Piece::of(self.text.get(start..)?));
            };
            end = start + length;
            self.owes = true;
            self.place = end + 1;
            return Some(Piece::of(self.text.get(start..end)?));
        }
        // A dot in front ends a piece of nothing.
        if first != b'.' {
            end += 1;
            while let Some(byte) = self.byte(end) {
                let before = self.byte(end - 1)?;
                let is_special = |byte: u8| matches!(byte, b'-' | b'_' | b'+');
                let begins_number = byte.is_ascii_digit() && !before.is_ascii_digit();
                let begins_word = before.is_ascii_digit()
                    && !byte.is_ascii_digit()
                    && byte != b'.'
                    && !is_special(byte);
                if begins_number || begins_word {
                    self.place = end;
                    self.owes = true;
                    return Some(Piece::of(self.text.get(start..end)?));
                }
                if !byte.is_ascii_alphanumeric() {
                    break;
                }
                end += 1;
            }
        }
        if end < self.text.len() {
            self.owes = true;
            self.place = end + 1;
            while self
                .byte(self.place)
                .is_some_and(|byte| !byte.is_ascii_alphanumeric())
            {
                self.place += 1;
            }
        }
        Some(Piece::of(self.text.get(start..end)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_php_does() {
        for (a, b, expected) in [
            ("5.2", "5.2", Equal),
            ("5.10", "5.9", Greater),
            ("5.2", "5.2.0", Less),
            ("5.2-beta2", "5.2", Less),
            ("5.2-beta2", "5.2beta10", Less),
            ("5.2-alpha", "5.2a", Equal),
            ("5.2-RC1", "5.2-beta3", Greater),
            ("5.2-dev", "5.2-alpha", Less),
            ("5.2-nightly", "5.2-dev", Less),
            ("5.2-foo", "5.2-zip", Equal),
            ("5.2pl1", "5.2", Greater),
            ("5.2p", "5.2.9", Greater),
            ("5.2-patch", "5.2p", Equal),
            ("5.2-Beta", "5.2-dev", Less),
            ("5.2_1", "5.2+1", Equal),
            ("5..2", "5.2", Equal),
            ("1.", "1", Less),
            ("1.", "1.0", Less),
            ("1.", "1.", Equal),
            (".1", "1", Less),
            ("-9", "^", Greater),
            ("#2", "9", Equal),
            ("#2.1-3", "9.1.2", Less),
            ("1~2", "1.2", Less),
            ("v1.2", "1.2", Less),
            ("v1.2", "v1.10", Less),
            ("9223372036854775808", "9223372036854775807", Equal),
            ("", "dev", Less),
            ("", "", Equal),
        ] {
            assert_eq!(
                Wordpress.compare(a, b),
                Some(expected),
                "{a:?} against {b:?}"
            );
            assert_eq!(Wordpress.compare(b, a), Some(expected.reverse()));
        }
        assert_eq!(Wordpress.compare("1\0", "1"), None);
    }
}
