//! The order of Python's versions that are older than PEP 440, or never heard of it.
//!
//! The reference is `LegacyVersion` of `packaging` 21.3, the last that has it (<https://packaging.pypa.io/en/21.3/version.html>);
//! the order is that of setuptools before 8.0 (`pkg_resources.parse_version`).
//!
//! - A text is taken, in lower case, into numbers (digits of any script), ASCII words, `-`, and whatever stands between. Dots only divide.
//! - `pre`, `preview` and `rc` are `c`, `dev` is `@`, and a `-` is the word `final-`. The end is the word `final`.
//! - Before a word zeros are dropped (numbers of at most eight digits, all 0), and before one that is before `final` also a `-`.
//! - Words are before numbers, both are compared as texts, numbers with zeros before them up to eight digits. So nine digits
//!   are not above eight: `123456789` < `99999999`.
//!
//! A total preorder: the parts are compared one by one, and a beginning is before what goes on.

use super::numerals::digit_value;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::iter;

/// How two texts that PEP 440 refuses stand to each other. Takes memory in the measure of the texts.
pub(super) fn compare_legacy(a: &str, b: &str) -> Ordering {
    let (a, b) = (lower(a), lower(b));
    Part::all_of(&a).cmp(&Part::all_of(&b))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) || !text.is_ascii() {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

const FINAL: Part<'_> = Part::Word("final");
const DASH: Part<'_> = Part::Word("final-");

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Word(&'a str),
    Number(&'a str),
}

impl<'a> Part<'a> {
    fn all_of(text: &'a str) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        let mut rest = text;
        let mut ended = false;
        while !ended {
            let part;
            (part, rest) = split(rest);
            let part = match part {
                "" => {
                    ended = true;
                    FINAL
                }
                "." => continue,
                "-" => DASH,
                "pre" | "preview" | "rc" => Self::Word("c"),
                "dev" => Self::Word("@"),
                digits if digits.starts_with(|letter: char| letter.is_ascii_digit()) => {
                    Self::Number(digits)
                }
                word => Self::Word(word),
            };
            if let Self::Word(_) = part {
                if part < FINAL {
                    while parts.last() == Some(&DASH) {
                        parts.pop();
                    }
                }
                while parts.last().is_some_and(|last| last.is_zero()) {
                    parts.pop();
                }
            }
            parts.push(part);
        }
        parts
    }

    fn is_zero(self) -> bool {
        matches!(self, Self::Number(digits) if digits.len() <= 8 && digits.bytes().all(|byte| byte == b'0'))
    }
}

impl Ord for Part<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Code points are in the order of UTF-8.
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => padded(a).cmp(padded(b)),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Part<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part<'_> {}

fn padded(digits: &str) -> impl Iterator<Item = char> {
    let missing = 8_usize.saturating_sub(digits.chars().take(8).count());
    iter::repeat_n('0', missing).chain(digits.chars())
}

/// The first part of a text as it is written, and the rest.
fn split(text: &str) -> (&str, &str) {
    let class = |letter: char| match letter {
        '.' => 0,
        '-' => 1,
        'a'..='z' => 2,
        _ if digit_value(letter).is_some() => 3,
        _ => 4_u8,
    };
    let Some(first) = text.chars().next() else {
        return ("", "");
    };
    let end = match class(first) {
        0 | 1 => 1,
        kind => text
            .find(|letter| class(letter) != kind)
            .unwrap_or(text.len()),
    };
    text.split_at(end)
}
