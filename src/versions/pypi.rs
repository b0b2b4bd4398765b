//! Python's version order: PEP 440, and what came before it.
//!
//! The rules are those of the version specifiers specification
//! (<https://packaging.python.org/en/latest/specifications/version-specifiers/>, first PEP 440); the reference is
//! `packaging.version.Version` (<https://packaging.pypa.io/en/stable/version.html>), 26.3.
//!
//! - `[epoch!]release[pre][post][dev][+local]`, in any case, with a `v` before it, white space around it, and `.`, `-`, `_` or
//!   nothing between the parts. `alpha`, `beta`, `c`, `pre`, `preview` are `a`, `b`, `rc`; `rev`, `r` and a bare `-1` are `post`.
//! - Zeros at the end of the release do not count. A development release is before all prereleases of its release, or just
//!   before the prerelease or post-release that it is of.
//! - A local version is behind the public one; of its parts words are before numbers.
//!
//! A text that PEP 440 refuses is a legacy version and is before all others. Their order is in [`super::pypi_legacy`]: every text is
//! a version here, so `compare` never says `None`.

use super::pypi_legacy::compare_legacy;
use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Python's packages.
#[derive(Debug)]
pub struct Pypi;

impl VersionScheme for Pypi {
    fn name(&self) -> &'static str {
        "pypi"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(match (Version::parse(a), Version::parse(b)) {
            (Some(a), Some(b)) => a.compare(&b),
            (None, None) => compare_legacy(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
    }
}

/// Digits without leading zeros.
pub(super) type Number<'a> = &'a [u8];

/// A version of PEP 440.
#[derive(Clone, Copy)]
pub(super) struct Version<'a> {
    pub(super) epoch: Number<'a>,
    /// Numbers with dots between them.
    pub(super) release: &'a [u8],
    pub(super) pre: Option<(Pre, Number<'a>)>,
    pub(super) post: Option<Number<'a>>,
    pub(super) dev: Option<Number<'a>>,
    /// Words and numbers with separators between them.
    pub(super) local: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pre {
    /// A development release of the release itself.
    Dev,
    Alpha,
    Beta,
    Candidate,
    None,
}

/// Longer spellings stand before those that they begin with.
const PRE: [(&[u8], Pre); 8] = [
    (b"alpha", Pre::Alpha),
    (b"a", Pre::Alpha),
    (b"beta", Pre::Beta),
    (b"b", Pre::Beta),
    (b"preview", Pre::Candidate),
    (b"pre", Pre::Candidate),
    (b"c", Pre::Candidate),
    (b"rc", Pre::Candidate),
];
const POST: [(&[u8], ()); 3] = [(b"post", ()), (b"rev", ()), (b"r", ())];
const DEV: [(&[u8], ()); 1] = [(b"dev", ())];

impl<'a> Version<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut rest = text.trim_matches(is_white_space).as_bytes();
        if let [b'v' | b'V', after @ ..] = rest {
            rest = after;
        }
        let mut epoch: Number<'_> = b"";
        let digits = digits(rest);
        if !digits.is_empty()
            && let Some(after) = rest
                .get(digits.len()..)
                .and_then(|rest| rest.strip_prefix(b"!"))
        {
            epoch = split_number(digits).0;
            rest = after;
        }
        let (release, rest) = take_release(rest)?;
        let (pre, rest) = take_part(rest, &PRE);
        let (post, rest) = take_post(rest);
        let (dev, rest) = take_part(rest, &DEV);
        let local = match rest {
            [] => None,
            [b'+', local @ ..] if is_local(local) => Some(local),
            _ => return None,
        };
        Some(Self {
            epoch,
            release,
            pre,
            post,
            dev: dev.map(|((), number)| number),
            local,
        })
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        compare_numbers(self.epoch, other.epoch)
            .then_with(|| compare_releases(self.release, other.release))
            .then_with(|| {
                let ((a, left), (b, right)) = (self.pre(), other.pre());
                a.cmp(&b).then_with(|| compare_numbers(left, right))
            })
            .then_with(|| {
                // None is before every one.
                compare_optional(self.post, other.post)
            })
            .then_with(|| match (self.dev, other.dev) {
                (Some(a), Some(b)) => compare_numbers(a, b),
                // None is behind every one.
                (a, b) => b.is_some().cmp(&a.is_some()),
            })
            .then_with(|| compare_locals(self.local, other.local))
    }

    fn pre(&self) -> (Pre, Number<'a>) {
        match self.pre {
            Some(pre) => pre,
            None if self.post.is_none() && self.dev.is_some() => (Pre::Dev, b""),
            None => (Pre::None, b""),
        }
    }
}

/// What Python's `\s` is: Unicode's white space, and four separators of ASCII.
fn is_white_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\x1c'..='\x1f')
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

fn digits(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn skip_separator(text: &[u8]) -> &[u8] {
    match text {
        [first, rest @ ..] if is_separator(*first) => rest,
        _ => text,
    }
}

/// Numbers with dots between them, and the rest; `None` where the text does not begin with a number.
fn take_release(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = digits(text).len();
    if end == 0 {
        return None;
    }
    while let Some([b'.', after @ ..]) = text.get(end..) {
        match digits(after).len() {
            0 => break,
            length => end += 1 + length,
        }
    }
    text.split_at_checked(end)
}

/// A word of a list, which may have a number, and separators around it. Where there is none the rest is the whole.
fn take_part<'a, Meaning: Copy>(
    text: &'a [u8],
    words: &[(&[u8], Meaning)],
) -> (Option<(Meaning, Number<'a>)>, &'a [u8]) {
    let begun = skip_separator(text);
    for (word, meaning) in words {
        if let Some((found, rest)) = begun.split_at_checked(word.len())
            && found.eq_ignore_ascii_case(word)
        {
            let (number, rest) = split_number(skip_separator(rest));
            return (Some((*meaning, number)), rest);
        }
    }
    (None, text)
}

fn take_post(text: &[u8]) -> (Option<Number<'_>>, &[u8]) {
    if let [b'-', first, ..] = text
        && first.is_ascii_digit()
    {
        let (number, rest) = split_number(skip_separator(text));
        return (Some(number), rest);
    }
    let (post, rest) = take_part(text, &POST);
    (post.map(|((), number)| number), rest)
}

fn is_local(text: &[u8]) -> bool {
    text.split(|&byte| is_separator(byte))
        .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric))
}

fn compare_optional(a: Option<Number<'_>>, b: Option<Number<'_>>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_numbers(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// What is missing is 0.
pub(super) fn compare_releases(a: &[u8], b: &[u8]) -> Ordering {
    let mut left = a.split(|&byte| byte == b'.');
    let mut right = b.split(|&byte| byte == b'.');
    loop {
        let (left, right) = (left.next(), right.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let number = |part| split_number(part).0;
        let order = compare_numbers(
            left.map(number).unwrap_or_default(),
            right.map(number).unwrap_or_default(),
        );
        if order.is_ne() {
            return order;
        }
    }
}

/// None is before every one; one that another begins with is before it.
fn compare_locals(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some().cmp(&b.is_some());
    };
    let mut left = a.split(|&byte| is_separator(byte));
    let mut right = b.split(|&byte| is_separator(byte));
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) => compare_local_parts(left, right),
            (None, None) => return Ordering::Equal,
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_local_parts(a: &[u8], b: &[u8]) -> Ordering {
    let number = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match (number(a), number(b)) {
        (true, true) => compare_numbers(split_number(a).0, split_number(b).0),
        (false, false) => {
            let lower = u8::to_ascii_lowercase;
            a.iter().map(lower).cmp(b.iter().map(lower))
        }
        (left, right) => left.cmp(&right),
    }
}

#[cfg(test)]
mod tests;
