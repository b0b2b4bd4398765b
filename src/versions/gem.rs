//! RubyGems' version order.
//!
//! The reference is `Gem::Version` (<https://docs.ruby-lang.org/en/master/Gem/Version.html>), here that of RubyGems 3.3 in Ruby 3.1.
//! A text is a version if `Gem::Version.correct?` says so: a number, parts of letters and digits behind dots, and at
//! most one tail behind a `-`, with white space around it.
//!
//! - `-` is read as `.pre.`, and each part is taken apart where digits and letters meet.
//! - The first word makes a prerelease of what is behind it. Zeros just before it and at the end do not count: `1.0.0.a` is `1.a`, `1.0`
//!   is `1`.
//! - What is missing is 0. A word is before every number, words are in the order of ASCII (`B` < `a`), numbers are of any length.
//! - A text of nothing but white space, or of nothing, is 0: Ruby answers so.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Ruby's gems.
#[derive(Debug)]
pub struct Gem;

impl VersionScheme for Gem {
    fn name(&self) -> &'static str {
        "gem"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let mut left = Segments::of(a)?;
        let mut right = Segments::of(b)?;
        loop {
            let (left_segment, right_segment) = (left.next(), right.next());
            if left_segment.is_none() && right_segment.is_none() {
                return Some(Ordering::Equal);
            }
            let order = left_segment
                .unwrap_or(Segment::ZERO)
                .compare(right_segment.unwrap_or(Segment::ZERO));
            if order.is_ne() {
                return Some(order);
            }
        }
    }
}

/// What Ruby's `\s` is.
fn is_white_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    /// Digits without leading zeros.
    Number(&'a [u8]),
    Word(&'a [u8]),
}

impl Segment<'_> {
    const ZERO: Self = Self::Number(b"");

    fn is_zero(self) -> bool {
        matches!(self, Self::Number(b""))
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => compare_numbers(a, b),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }
}

/// Number and words of a version, without the zeros that do not count.
struct Segments<'a> {
    rest: &'a [u8],
    /// Whether a word was met: zeros before later ones count.
    prerelease: bool,
    /// Zeros that were looked behind, and count.
    zeros: usize,
}

impl<'a> Segments<'a> {
    /// `None` where the text is no version.
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(is_white_space);
        is_correct(text).then_some(Self {
            rest: text.as_bytes(),
            prerelease: false,
            zeros: 0,
        })
    }

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.zeros > 0 {
            self.zeros -= 1;
            return Some(Segment::ZERO);
        }
        let mut segment = self.raw()?;
        if self.prerelease || !segment.is_zero() {
            self.prerelease |= matches!(segment, Segment::Word(_));
            return Some(segment);
        }
        let mut rest = self.rest;
        while segment.is_zero() {
            // Zeros up to the end are what is missing anyway.
            rest = self.rest;
            segment = self.raw()?;
            self.zeros += 1;
        }
        if matches!(segment, Segment::Word(_)) {
            self.zeros = 0;
            self.prerelease = true;
            return Some(segment);
        }
        self.rest = rest;
        self.zeros -= 1;
        Some(Segment::ZERO)
    }

    fn raw(&mut self) -> Option<Segment<'a>> {
        let (&first, after) = self.rest.split_first()?;
        match first {
            b'0'..=b'9' => {
                let (digits, rest) = split_number(self.rest);
                self.rest = rest;
                Some(Segment::Number(digits))
            }
            b'-' => {
                self.rest = after;
                Some(Segment::Word(b"pre"))
            }
            b'.' => {
                self.rest = after;
                // No two dots stand together, so this goes no deeper.
                self.raw()
            }
            _ => {
                let end = self
                    .rest
                    .iter()
                    .position(|byte| !byte.is_ascii_alphabetic())
                    .unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Some(Segment::Word(word))
            }
        }
    }
}

/// Whether a text without white space around it is a version.
fn is_correct(text: &str) -> bool {
    let (release, tail) = match text.split_once('-') {
        Some((release, tail)) => (release, Some(tail)),
        None => (text, None),
    };
    let is_release = release.split('.').enumerate().all(|(place, part)| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (place > 0 && byte.is_ascii_alphabetic()))
    });
    let is_tail = |tail: &str| {
        tail.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    text.is_empty() || (is_release && tail.is_none_or(is_tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_ruby_does() {
        for (a, b, expected) in [
            ("1.0", "1", Equal),
            ("1.0.0", "1", Equal),
            ("1.0.a", "1.a", Equal),
            ("1.0.0.1", "1.0.1", Less),
            ("1.0.a.0", "1.a", Equal),
            ("1.0.a.0.b", "1.a.b", Greater),
            ("1.0.0.a.1", "1.0.1", Less),
            ("1.0.b1", "1.0.b.1", Equal),
            ("1.0.b2", "1.0.b10", Less),
            ("1.0.B", "1.0.a", Less),
            ("1.0-1", "1.0.pre.1", Equal),
            ("1.0--", "1.0.pre.pre", Equal),
            ("1-0", "1.pre", Equal),
            ("1.0.rc1", "1.0", Less),
            ("01.02", "1.2", Equal),
            (" 1.0\n", "1.0", Equal),
            ("", "0", Equal),
            (" ", "0.0", Equal),
            ("", "0.a", Greater),
            ("99999999999999999999", "100000000000000000000", Less),
            ("2.0.0.pre.beta", "2.0.0", Less),
        ] {
            assert_eq!(Gem.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(
                Gem.compare(b, a),
                Some(expected.reverse()),
                "{b:?} against {a:?}"
            );
        }
    }

    #[test]
    fn what_ruby_refuses_has_no_order() {
        for bad in [
            "a", "1.", ".1", "1..2", "1a", "1.0-", "1.0-a..b", "1.0-a.", "1.0+b", "1_0", "1 0",
            "v1", "1.é", "\u{a0}1", "-1", "1.0-é", "\0",
        ] {
            assert_eq!(Gem.compare(bad, "1"), None, "{bad:?}");
            assert_eq!(Gem.compare(bad, bad), None, "{bad:?}");
        }
    }
}
