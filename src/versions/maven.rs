//! Maven's version order: that of `ComparableVersion`, for which every text is a version.
//!
//! The reference is the class of Maven 3.8.7
//! (<https://maven.apache.org/ref/3.8.7/maven-artifact/apidocs/org/apache/maven/artifact/versioning/ComparableVersion.html>; the
//! rules in words: <https://maven.apache.org/pom.html#version-order-specification>), as Debian 12 ships it. Maven 4
//! differs where separators are odd: it reads a word and the number behind it as one item, so that `1-a-1` is `1-a1`
//! there, and it drops zeros in more places.
//!
//! - A version is a list of numbers and words. A `.` goes on in the list; a `-`, and every place where digits and letters
//!   meet, begin a list in the list. There is no way back out, so that lists nest only at their ends, and a version is a flat
//!   sequence of items and openings: [`Token`]. Nothing here recurses.
//! - Zeros and words that say "release" (`ga`, `final`, `release`) are dropped at the end of each list, and lists that are empty then.
//! - At one place a word is before a list, a list before a number. Words: `alpha` < `beta` < `milestone` < `rc` (`cr`) < `snapshot` <
//!   release < `sp` < all others, in the order of UTF-16. Case does not count. `a`, `b` and `m` just before a digit are `alpha`,
//!   `beta` and `milestone`.
//! - Where one version ends, a number but 0 is behind the end, a word is before or behind it as it is before or behind a release.
//! - Digits are those of any script in the basic plane. Numbers are of any length. As Maven keeps numbers in three sizes (to 9
//!   digits, to 18, above) and does not strip zeros of a number that is all zeros, `0000000000` is above 5 where it is not dropped.
//!
//! This is NO total preorder, because Maven's is none: `1` > `1.0.alpha.1` > `1.sp.2` > `1`. An order that agrees with Maven
//! cannot mend that; it takes words in the middle of dotted numbers to meet it. Whoever sorts uses [`super::sort`], which bears it.

use super::numerals::digit_value;
use super::{VersionScheme, compare_numbers, split_number};
use std::borrow::Cow;
use std::cmp::Ordering;

/// The order of Maven's artifacts.
#[derive(Debug)]
pub struct Maven;

impl VersionScheme for Maven {
    fn name(&self) -> &'static str {
        "maven"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (folded(a), folded(b));
        let mut left = Tokens::of(&a);
        let mut right = Tokens::of(&b);
        loop {
            let order = match (left.next(), right.next()) {
                (Token::End, Token::End) => return Some(Ordering::Equal),
                (left, right) => left.compare(right),
            };
            if order.is_ne() {
                return Some(order);
            }
        }
    }
}

/// In lower case, but for the case of ASCII: that is left to the comparisons, which need no memory for it.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[derive(Clone, Copy)]
enum Token<'a> {
    /// Digits of any script.
    Number(&'a str),
    /// A word and its place among words.
    Word(&'a str, u8),
    /// The beginning of a list in the list.
    Open,
    End,
}

/// Places of words.
const RELEASE: u8 = 5;
const OTHER: u8 = 7;

impl<'a> Token<'a> {
    fn word(text: &'a str, before_digit: bool) -> Self {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        let place = match text.len() {
            1 if before_digit && is("a") => 0,
            1 if before_digit && is("b") => 1,
            1 if before_digit && is("m") => 2,
            2 if is("rc") || is("cr") => 3,
            2 if is("ga") => RELEASE,
            2 if is("sp") => 6,
            4 if is("beta") => 1,
            5 if is("alpha") => 0,
            5 if is("final") => RELEASE,
            7 if is("release") => RELEASE,
            8 if is("snapshot") => 4,
            9 if is("milestone") => 2,
            _ => OTHER,
        };
        Self::Word(text, place)
    }

    /// Whether it is a number or word that may be dropped at the end of a list.
    fn is_empty(self) -> bool {
        match self {
            Self::Number(digits) => is_zero(digits),
            Self::Word(_, place) => place == RELEASE,
            Self::Open | Self::End => false,
        }
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => compare_digits(a, b),
            (Self::Word(a, left), Self::Word(b, right)) => left.cmp(&right).then_with(|| {
                if left == OTHER {
                    compare_words(a, b)
                } else {
                    Ordering::Equal
                }
            }),
            (Self::Open, Self::Open) | (Self::End, Self::End) => Ordering::Equal,
            (token, Self::End) => token.compare_with_end(),
            (Self::End, token) => token.compare_with_end().reverse(),
            (Self::Number(_), _) | (Self::Open, Self::Word(..)) => Ordering::Greater,
            (_, Self::Number(_)) | (Self::Word(..), Self::Open) => Ordering::Less,
        }
    }

    /// A list is as its items are, which follow.
    fn compare_with_end(self) -> Ordering {
        match self {
            Self::Number(digits) if !is_zero(digits) => Ordering::Greater,
            Self::Word(_, place) => place.cmp(&RELEASE),
            Self::Number(_) | Self::Open | Self::End => Ordering::Equal,
        }
    }
}

fn is_zero(digits: &str) -> bool {
    digits.chars().all(|digit| digit_value(digit) == Some(0))
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    let size = |digits: &str| {
        let stripped = digits.trim_start_matches('0');
        let counted = if stripped.is_empty() {
            digits
        } else {
            stripped
        };
        // Never more characters than bytes.
        if counted.len() <= 9 {
            return 0;
        }
        match counted.chars().count() {
            0..=9 => 0_u8,
            10..=18 => 1,
            _ => 2,
        }
    };
    size(a).cmp(&size(b)).then_with(|| {
        if a.is_ascii() && b.is_ascii() {
            return compare_numbers(split_number(a.as_bytes()).0, split_number(b.as_bytes()).0);
        }
        let values = |digits: &str| -> Vec<u8> {
            let values = digits.chars().filter_map(digit_value);
            values.skip_while(|&value| value == 0).collect()
        };
        compare_numbers(&values(a), &values(b))
    })
}

/// Java's order of strings, with ASCII in lower case.
fn compare_words(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        return a.bytes().map(lower).cmp(b.bytes().map(lower));
    }
    let lower = |unit: u16| match u8::try_from(unit) {
        Ok(byte) => u16::from(byte.to_ascii_lowercase()),
        Err(_) => unit,
    };
    a.encode_utf16().map(lower).cmp(b.encode_utf16().map(lower))
}

/// The items of a version, those that are dropped left out.
struct Tokens<'a> {
    source: Source<'a>,
    /// How many tokens there are up to the last that is not dropped at the end.
    left: usize,
    /// How many tokens may pass unlooked at.
    kept: usize,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        let source = Source::of(text);
        let mut ahead = source.clone();
        let mut left = 0;
        let mut count = 0;
        loop {
            let token = ahead.next();
            count += 1;
            match token {
                Token::End => break,
                Token::Open => {}
                _ if token.is_empty() => {}
                _ => left = count,
            }
        }
        Self {
            source,
            left,
            kept: 0,
        }
    }

    fn next(&mut self) -> Token<'a> {
        let Some(left) = self.left.checked_sub(1) else {
            return Token::End;
        };
        self.left = left;
        let token = self.source.next();
        if self.kept > 0 {
            self.kept -= 1;
            return token;
        }
        if !token.is_empty() {
            return token;
        }
        // Dropped if an opening ends this part of the list, kept if a number or word does.
        let mut ahead = self.source.clone();
        let mut count = 0;
        let mut end = ahead.next();
        while end.is_empty() {
            count += 1;
            end = ahead.next();
        }
        if matches!(end, Token::Open) {
            self.source = ahead;
            self.left = self.left.saturating_sub(count + 1);
            return end;
        }
        self.kept = count;
        token
    }
}

/// The items of a version as they are written. After the end: the end again.
#[derive(Clone)]
struct Source<'a> {
    text: &'a str,
    /// Where reading goes on, and where the item begins that is being read.
    at: usize,
    start: usize,
    in_digits: bool,
    /// Whether the list at hand has no item yet.
    list_is_empty: bool,
    /// Read already, the next one last.
    waiting: [Option<Token<'a>>; 2],
}

impl<'a> Source<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            start: 0,
            in_digits: false,
            list_is_empty: true,
            waiting: [None; 2],
        }
    }

    fn next(&mut self) -> Token<'a> {
        let [first, second] = &mut self.waiting;
        if let Some(token) = second.take().or_else(|| first.take()) {
            return token;
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (offset, letter) in rest.char_indices() {
            let at = self.at + offset;
            let item = self.text.get(self.start..at).unwrap_or_default();
            match letter {
                '.' | '-' => {
                    let token = self.item(item);
                    self.at = at + 1;
                    self.start = self.at;
                    self.list_is_empty = letter == '-';
                    if letter == '-' {
                        self.waiting = [None, Some(Token::Open)];
                    }
                    return token;
                }
                _ if is_digit(letter) => {
                    if !self.in_digits && !item.is_empty() {
                        let word = Token::word(item, true);
                        let in_list = !self.list_is_empty;
                        self.begin(at);
                        self.in_digits = true;
                        if in_list {
                            self.waiting = [Some(Token::Open), Some(word)];
                            return Token::Open;
                        }
                        self.waiting = [None, Some(Token::Open)];
                        return word;
                    }
                    self.in_digits = true;
                }
                _ => {
                    if self.in_digits && !item.is_empty() {
                        self.begin(at);
                        self.in_digits = false;
                        self.waiting = [None, Some(Token::Open)];
                        return Token::Number(item);
                    }
                    self.in_digits = false;
                }
            }
        }
        let item = self.text.get(self.start..).unwrap_or_default();
        self.at = self.text.len();
        self.start = self.at;
        if item.is_empty() {
            return Token::End;
        }
        let token = self.item(item);
        if !self.in_digits && !self.list_is_empty {
            self.waiting = [None, Some(token)];
            return Token::Open;
        }
        token
    }

    /// Where letters and digits meet, an item and a list in the list begin.
    fn begin(&mut self, at: usize) {
        self.at = at;
        self.start = at;
        self.list_is_empty = true;
    }

    fn item(&self, text: &'a str) -> Token<'a> {
        if text.is_empty() {
            Token::Number("0")
        } else if self.in_digits {
            Token::Number(text)
        } else {
            Token::word(text, false)
        }
    }
}

/// Java looks at UTF-16 units, so that digits beyond the basic plane are none.
fn is_digit(letter: char) -> bool {
    letter.len_utf16() == 1 && digit_value(letter).is_some()
}

#[cfg(test)]
mod tests;
