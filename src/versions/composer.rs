//! Composer's version order: texts are normalised, then compared as PHP compares versions.
//!
//! The reference is `VersionParser::normalize` and `Comparator` of composer/semver 3 (3.3.2; <https://github.com/composer/semver>, the forms:
//! <https://getcomposer.org/doc/articles/versions.md>) on `version_compare` (<https://www.php.net/version_compare>). What `normalize` throws on is
//! no version.
//!
//! - A release has one to four numbers, the first of at most five digits (`1.2` is `1.2.0.0`); or it is a date or time
//!   (`20100102`, `2010-01-02.5`), whose numbers are not filled up. A `v` before it is dropped, as are
//!   `as …`, `@beta` and `+build` behind it.
//! - Behind it may stand a stability with numbers (`alpha`, `beta`, `RC`, `patch`, short `a`, `b`, `p`, `pl`) and `dev`.
//!   `stable` is dropped with all behind it if it is in lower case; in another case PHP does not know the word, and it is before `dev`.
//! - `1.2.x-dev` is `1.2.9999999.9999999-dev`.
//! - `dev-NAME`, and `master`, `trunk` and `default`, are branches. A branch is before every release, and equals itself alone: of
//!   two that differ Composer says neither that they are equal nor that one is less. This is the one case where `compare` says
//!   `None` of two texts that are versions.
//!
//! PHP's order of what stands at one place: other words < `dev` < `alpha` < `beta` < `RC` < end < number < `patch`. Numbers are
//! taken up to 2⁶³ − 1, and all above are equal. But for the branches this is a total preorder.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Composer's packages.
#[derive(Debug)]
pub struct Composer;

impl VersionScheme for Composer {
    fn name(&self) -> &'static str {
        "composer"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        match (Version::parse(a)?, Version::parse(b)?) {
            (Version::Branch(a), Version::Branch(b)) => (a == b).then_some(Ordering::Equal),
            (Version::Branch(_), Version::Release(_)) => Some(Ordering::Less),
            (Version::Release(_), Version::Branch(_)) => Some(Ordering::Greater),
            (Version::Release(a), Version::Release(b)) => Some(compare_parts(a, b)),
        }
    }
}

enum Version<'a> {
    Branch(&'a str),
    Release(Release<'a>),
}

/// A version that is no branch. As an iterator: its parts in the form that PHP compares.
struct Release<'a> {
    /// Numbers with one character between them.
    numbers: &'a [u8],
    /// How many numbers are to be filled up, and with what.
    missing: usize,
    filler: &'static [u8],
    stability: Option<u8>,
    /// What is behind the stability: numbers with `.` or `-` before them.
    modifier: &'a [u8],
    dev: bool,
}

/// A part of a release as PHP sees it.
#[derive(Clone, Copy)]
enum Part<'a> {
    Number(&'a [u8]),
    /// The place of a word; [`NUMBER`] is that of numbers among them.
    Word(u8),
}

const OTHER: u8 = 0;
const DEV: u8 = 1;
const ALPHA: u8 = 2;
const BETA: u8 = 3;
const CANDIDATE: u8 = 4;
const NUMBER: u8 = 5;
const PATCH: u8 = 6;

/// Longer spellings stand before those that they begin with.
const STABILITIES: [(&[u8], u8); 9] = [
    (b"stable", OTHER),
    (b"beta", BETA),
    (b"b", BETA),
    (b"rc", CANDIDATE),
    (b"alpha", ALPHA),
    (b"a", ALPHA),
    (b"patch", PATCH),
    (b"pl", PATCH),
    (b"p", PATCH),
];

/// What a branch writes for any number.
const ANY: &[u8] = b"9999999";

/// 2⁶³ − 1.
const LARGEST_NUMBER: &[u8] = b"9223372036854775807";

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b']);
        let text = without_flag(without_alias(text));
        if matches!(text, "master" | "trunk" | "default") {
            return Some(Self::Branch(text));
        }
        if let Some((start, name)) = text.split_at_checked(4)
            && start.eq_ignore_ascii_case("dev-")
        {
            return Some(Self::Branch(name));
        }
        let text = without_build(text);
        // What PHP's patterns call the end may have a line feed behind it.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let release = text.strip_prefix(['v', 'V']).unwrap_or(text).as_bytes();
        Release::numbered(release)
            .or_else(|| Release::dated(release))
            .or_else(|| Release::branch(text))
            .map(Self::Release)
    }
}

/// `1.0 as 2.0` without ` as 2.0`.
fn without_alias(text: &str) -> &str {
    let is_end = |letter: char| letter == ',' || is_white_space(letter);
    let split = || {
        let (version, rest) = text.split_at_checked(text.find(is_end)?)?;
        let rest = rest.strip_prefix(' ')?.trim_start_matches(' ');
        let rest = rest.strip_prefix("as")?.strip_prefix(' ')?;
        let alias = rest.trim_start_matches(' ');
        (!version.is_empty() && !alias.is_empty() && !alias.contains(is_end)).then_some(version)
    };
    split().unwrap_or(text)
}

/// `1.0@beta` without `@beta`.
fn without_flag(text: &str) -> &str {
    match text.rsplit_once('@') {
        Some((version, flag))
            if ["stable", "rc", "beta", "alpha", "dev"]
                .iter()
                .any(|word| flag.eq_ignore_ascii_case(word)) =>
        {
            version
        }
        _ => text,
    }
}

/// `1.0+build` without `+build`.
fn without_build(text: &str) -> &str {
    match text.split_once('+') {
        Some((version, build))
            if !version.is_empty()
                && !build.is_empty()
                && !version.contains(|letter| letter == ',' || is_white_space(letter))
                && !build.contains(is_white_space) =>
        {
            version
        }
        _ => text,
    }
}

/// What `\s` is in PHP's patterns.
fn is_white_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

fn digits(text: &[u8]) -> usize {
    text.iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len())
}

impl<'a> Release<'a> {
    /// One to four numbers with dots between them, the first of at most five digits.
    fn numbered(text: &'a [u8]) -> Option<Self> {
        let mut end = digits(text);
        if !(1..=5).contains(&end) {
            return None;
        }
        let mut count = 1;
        while count < 4
            && let Some([b'.', after @ ..]) = text.get(end..)
            && digits(after) > 0
        {
            end += 1 + digits(after);
            count += 1;
        }
        let (numbers, rest) = text.split_at_checked(end)?;
        Self {
            numbers,
            missing: 4 - count,
            filler: b"",
            stability: None,
            modifier: b"",
            dev: false,
        }
        .with_suffix(rest)
    }

    /// Four digits, one to six pairs of digits, one to three digits more; `.`, `:` or `-` may stand between them.
    fn dated(text: &'a [u8]) -> Option<Self> {
        let mut end = digits(text);
        if end < 4 {
            return None;
        }
        // How many digits there are in pairs, those of the last group apart.
        let mut paired = 0;
        let mut last = end - 4;
        while let Some([b'.' | b':' | b'-', after @ ..]) = text.get(end..)
            && digits(after) > 0
        {
            if !last.is_multiple_of(2) {
                return None;
            }
            paired += last;
            last = digits(after);
            end += 1 + last;
        }
        // The last group is pairs and up to three digits behind them.
        let is_date = (0..=last.min(3)).any(|behind| {
            let pairs = paired + last - behind;
            (last - behind).is_multiple_of(2) && (1..=6).contains(&(pairs / 2))
        });
        let (numbers, rest) = text.split_at_checked(end)?;
        let release = Self {
            numbers,
            missing: 0,
            filler: b"",
            stability: None,
            modifier: b"",
            dev: false,
        };
        is_date.then_some(release)?.with_suffix(rest)
    }

    /// A stability with its numbers, and `dev`; `None` where there is something else.
    fn with_suffix(mut self, text: &'a [u8]) -> Option<Self> {
        let suffix = Suffix::parse(text)?;
        if suffix.word != Some(b"stable") {
            self.stability = suffix.place;
            self.modifier = suffix.modifier;
            self.dev = suffix.dev;
        }
        Some(self)
    }

    /// `1.2.x-dev`: up to four numbers, `x`, `X` or `*` for any but the first.
    fn branch(text: &'a str) -> Option<Self> {
        let text = text.rsplit_once('\n').map_or(text, |(_, line)| line);
        let (name, dev) = text.split_at_checked(text.len().checked_sub(3)?)?;
        if !dev.eq_ignore_ascii_case("dev") {
            return None;
        }
        let name = name.strip_suffix(['.', '-']).unwrap_or(name);
        let name = name.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b']);
        let name = name.strip_prefix(['v', 'V']).unwrap_or(name);
        let mut count = 0;
        for part in name.split('.') {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if count == 4 || !(is_number || (count > 0 && matches!(part, "x" | "X" | "*"))) {
                return None;
            }
            count += 1;
        }
        Some(Self {
            numbers: name.as_bytes(),
            missing: 4 - count,
            filler: ANY,
            stability: None,
            modifier: b"",
            dev: true,
        })
    }
}

impl<'a> Iterator for Release<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if let Some(&first) = self.numbers.first() {
            let part = if matches!(first, b'x' | b'X' | b'*') {
                self.numbers = self.numbers.get(1..).unwrap_or_default();
                ANY
            } else {
                let (number, rest) = split_number(self.numbers);
                self.numbers = rest;
                number
            };
            // The character between two numbers.
            self.numbers = self.numbers.get(1..).unwrap_or_default();
            return Some(Part::Number(part));
        }
        if let Some(missing) = self.missing.checked_sub(1) {
            self.missing = missing;
            return Some(Part::Number(self.filler));
        }
        if let Some(stability) = self.stability.take() {
            return Some(Part::Word(stability));
        }
        if let [first, rest @ ..] = self.modifier {
            let digits = if first.is_ascii_digit() {
                self.modifier
            } else {
                rest
            };
            let (number, rest) = split_number(digits);
            self.modifier = rest;
            return Some(Part::Number(number));
        }
        if self.dev {
            self.dev = false;
            return Some(Part::Word(DEV));
        }
        None
    }
}

/// What may stand behind the numbers of a version.
pub(super) struct Suffix<'a> {
    /// A stability as it is written, and its place among words.
    pub(super) word: Option<&'a [u8]>,
    place: Option<u8>,
    modifier: &'a [u8],
    pub(super) dev: bool,
}

impl<'a> Suffix<'a> {
    /// Reads a whole text; `None` where it is something else.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let mut rest = match text {
            [b'.' | b'_' | b'-', rest @ ..] => rest,
            _ => text,
        };
        let mut suffix = Self {
            word: None,
            place: None,
            modifier: b"",
            dev: false,
        };
        let found = STABILITIES.iter().find_map(|(word, place)| {
            let (found, rest) = rest.split_at_checked(word.len())?;
            found
                .eq_ignore_ascii_case(word)
                .then_some((found, *place, rest))
        });
        if let Some((word, place, after)) = found {
            let mut end = 0;
            loop {
                let more = match after.get(end..) {
                    Some([b'.' | b'-', more @ ..]) if digits(more) > 0 => 1 + digits(more),
                    Some(more) => digits(more),
                    None => 0,
                };
                if more == 0 {
                    break;
                }
                end += more;
            }
            (suffix.modifier, rest) = after.split_at_checked(end)?;
            suffix.word = Some(word);
            suffix.place = Some(place);
        }
        suffix.dev = match rest {
            [] => false,
            [b'.' | b'-', dev @ ..] | dev if dev.eq_ignore_ascii_case(b"dev") => true,
            _ => return None,
        };
        Some(suffix)
    }
}

/// A version as Composer's `normalize` writes it: `1.2.0.0-beta1`, `dev-main`.
pub(super) fn normalize(text: &str) -> Option<String> {
    let release = match Version::parse(text)? {
        Version::Branch(name) => return Some(format!("dev-{name}")),
        Version::Release(release) => release,
    };
    let mut normal = String::new();
    for &byte in release.numbers {
        match byte {
            b'0'..=b'9' => normal.push(char::from(byte)),
            b'x' | b'X' | b'*' => normal.push_str("9999999"),
            _ => normal.push('.'),
        }
    }
    let filler = if release.filler.is_empty() {
        ".0"
    } else {
        ".9999999"
    };
    normal.push_str(&filler.repeat(release.missing));
    if let Some(place) = release.stability {
        normal.push_str(match place {
            ALPHA => "-alpha",
            BETA => "-beta",
            CANDIDATE => "-RC",
            PATCH => "-patch",
            _ => "-stable",
        });
        let modifier = String::from_utf8_lossy(release.modifier);
        normal.push_str(modifier.trim_start_matches(['.', '-']));
    }
    if release.dev {
        normal.push_str("-dev");
    }
    Some(normal)
}

/// How normalised versions that are no branches stand to each other: PHP's `version_compare`.
pub(super) fn compare_normalized(a: &str, b: &str) -> Ordering {
    compare_parts(Parts(a.as_bytes()), Parts(b.as_bytes()))
}

/// The parts of a normalised version.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
        let start = self.0.iter().position(u8::is_ascii_alphanumeric)?;
        let text = self.0.get(start..)?;
        if text.first().is_some_and(u8::is_ascii_digit) {
            let (number, rest) = split_number(text);
            self.0 = rest;
            return Some(Part::Number(number));
        }
        let end = text.iter().position(|byte| !is_letter(byte));
        let (word, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        self.0 = rest;
        // PHP knows a word by its beginning, in this case alone.
        let known: [(&[u8], u8); 6] = [
            (b"dev", DEV),
            (b"a", ALPHA),
            (b"b", BETA),
            (b"RC", CANDIDATE),
            (b"rc", CANDIDATE),
            (b"p", PATCH),
        ];
        let place = known
            .iter()
            .find_map(|(start, place)| word.starts_with(start).then_some(*place));
        Some(Part::Word(place.unwrap_or(OTHER)))
    }
}

fn compare_parts<'a, 'b>(
    mut a: impl Iterator<Item = Part<'a>>,
    mut b: impl Iterator<Item = Part<'b>>,
) -> Ordering {
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(Part::Number(a)), Some(Part::Number(b))) => {
                compare_numbers(within_range(a), within_range(b))
            }
            (Some(Part::Number(_)), None) => Ordering::Greater,
            (None, Some(Part::Number(_))) => Ordering::Less,
            (a, b) => {
                let place = |part| match part {
                    Some(Part::Word(place)) => place,
                    Some(Part::Number(_)) | None => NUMBER,
                };
                place(a).cmp(&place(b))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// PHP's numbers end at the largest of 64 bits.
fn within_range(number: &[u8]) -> &[u8] {
    if compare_numbers(number, LARGEST_NUMBER).is_gt() {
        LARGEST_NUMBER
    } else {
        number
    }
}

#[cfg(test)]
mod tests;
