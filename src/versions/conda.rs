//! Conda's version order: `[epoch!]version[+local]`.
//!
//! The reference is `VersionOrder` of conda (`conda/models/version.py`, whose documentation is the specification;
//! <https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html#version-ordering>):
//!
//! - Any case, white space around it, components between dots or underscores. Hyphens are underscores where there is no
//!   underscore.
//! - A component is runs of digits, runs of `*`, and other runs. One that begins with no digit has a 0 before it.
//! - Missing runs and missing components are 0: `1.1` equals `1.1.0`. Runs stand as `*` < `dev` < `_` < letters < numbers
//!   < `post`.
//! - An underscore at the end belongs to the last component, for versions like OpenSSL's: `1.0.1_` < `1.0.1a`.
//! - The local part is compared where all else is equal.
//!
//! The order is a total preorder: components are endless lists of totally ordered runs, 0 from some place on.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of conda packages.
#[derive(Debug)]
pub struct Conda;

impl VersionScheme for Conda {
    fn name(&self) -> &'static str {
        "conda"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        Some(
            compare_numbers(a.epoch, b.epoch)
                .then_with(|| compare_lists(a.components(), b.components()))
                .then_with(|| compare_lists(a.local_components(), b.local_components())),
        )
    }
}

struct Version<'a> {
    /// Digits without leading zeros.
    epoch: &'a [u8],
    /// Without the underscore at the end.
    upstream: &'a [u8],
    ends_in_underscore: bool,
    local: Option<&'a [u8]>,
}

/// What is between components. Hyphens are turned to underscores, or refused, before anything is read.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'-')
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(is_white_space).as_bytes();
        let is_fine = |&byte: &u8| byte.is_ascii_alphanumeric() || b"*.+!_-".contains(&byte);
        if !text.iter().all(is_fine) || (text.contains(&b'-') && text.contains(&b'_')) {
            return None;
        }
        let (epoch, rest) = split_once(text, b'!');
        let (epoch, rest) = match rest {
            Some(rest) => (epoch, rest),
            None => (&b"0"[..], text),
        };
        let (upstream, local) = split_once(rest, b'+');
        let (digits, behind) = split_number(epoch);
        if epoch.is_empty() || !behind.is_empty() || rest.contains(&b'!') || upstream.is_empty() {
            return None;
        }
        let (upstream, ends_in_underscore) = match upstream {
            [before @ .., b'_' | b'-'] => (before, true),
            _ => (upstream, false),
        };
        let version = Self {
            epoch: digits,
            upstream,
            ends_in_underscore,
            local,
        };
        let is_local_fine = |local: &[u8]| !local.contains(&b'+');
        (local.is_none_or(is_local_fine)
            && version
                .components()
                .chain(version.local_components())
                .all(|component| !component.is_empty()))
        .then_some(version)
    }

    fn components(&self) -> impl Iterator<Item = Component<'a>> {
        let mut parts = self.upstream.split(|&byte| is_separator(byte)).peekable();
        let ends_in_underscore = self.ends_in_underscore;
        std::iter::from_fn(move || {
            let text = parts.next()?;
            Some(Component {
                text,
                has_underscore: ends_in_underscore && parts.peek().is_none(),
            })
        })
    }

    fn local_components(&self) -> impl Iterator<Item = Component<'a>> {
        self.local
            .map(|local| local.split(|&byte| is_separator(byte)))
            .into_iter()
            .flatten()
            .map(|text| Component {
                text,
                has_underscore: false,
            })
    }
}

/// What is before the first byte of that kind, and what is after it.
fn split_once(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == separator) {
        Some(place) => (&text[..place], text.get(place + 1..)),
        None => (text, None),
    }
}

/// White space as Python's `str.strip` has it.
fn is_white_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\x1c'..='\x1f')
}

/// A component, or what is left of it.
#[derive(Clone, Copy)]
struct Component<'a> {
    text: &'a [u8],
    /// Whether an underscore follows the text.
    has_underscore: bool,
}

/// One run of a component.
#[derive(Clone, Copy)]
enum Run<'a> {
    /// Bytes in lower case when compared, and whether an underscore follows them.
    Word(&'a [u8], bool),
    /// Digits without leading zeros.
    Number(&'a [u8]),
    Post,
}

const ZERO: Run = Run::Number(b"");

impl<'a> Component<'a> {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.has_underscore
    }

    fn begins_with_digit(&self) -> bool {
        self.text.first().is_some_and(u8::is_ascii_digit)
    }

    fn next_run(&mut self) -> Option<Run<'a>> {
        if self.begins_with_digit() {
            let (digits, rest) = split_number(self.text);
            self.text = rest;
            return Some(Run::Number(digits));
        }
        if self.is_empty() {
            return None;
        }
        let is_star = self.text.first() == Some(&b'*');
        let end = self
            .text
            .iter()
            .position(|&byte| byte.is_ascii_digit() || (byte == b'*') != is_star)
            .unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        // The underscore is a run of its own behind stars, as it is behind digits.
        let has_underscore = rest.is_empty() && self.has_underscore && !is_star;
        self.has_underscore &= !has_underscore;
        if word.eq_ignore_ascii_case(b"post") && !has_underscore {
            return Some(Run::Post);
        }
        Some(Run::Word(word, has_underscore))
    }
}

impl Run<'_> {
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Run::Number(a), Run::Number(b)) => compare_numbers(a, b),
            (Run::Word(a, a_underscore), Run::Word(b, b_underscore)) => {
                letters(a, a_underscore).cmp(letters(b, b_underscore))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Run::Word(..) => 0,
            Run::Number(_) => 1,
            Run::Post => 2,
        }
    }
}

/// The bytes that a word is compared by: `dev` in upper case, which is before the underscore, all others in lower case.
fn letters(word: &[u8], has_underscore: bool) -> impl Iterator<Item = u8> {
    let is_dev = word.eq_ignore_ascii_case(b"dev") && !has_underscore;
    word.iter()
        .map(move |byte| {
            if is_dev {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }
        })
        .chain(has_underscore.then_some(b'_'))
}

fn compare_lists<'a>(
    mut left: impl Iterator<Item = Component<'a>>,
    mut right: impl Iterator<Item = Component<'a>>,
) -> Ordering {
    loop {
        let (left, right) = (left.next(), right.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = compare_components(left, right);
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_components(mut left: Option<Component>, mut right: Option<Component>) -> Ordering {
    let begins_with_word =
        |component: &Option<Component>| component.is_some_and(|it| !it.begins_with_digit());
    // The 0 that stands before a word is owed once, at the beginning.
    let mut left_zero = begins_with_word(&left);
    let mut right_zero = begins_with_word(&right);
    loop {
        let a = next_run(&mut left, &mut left_zero);
        let b = next_run(&mut right, &mut right_zero);
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let order = a.unwrap_or(ZERO).compare(b.unwrap_or(ZERO));
        if order.is_ne() {
            return order;
        }
    }
}

fn next_run<'a>(component: &mut Option<Component<'a>>, owes_zero: &mut bool) -> Option<Run<'a>> {
    if std::mem::take(owes_zero) {
        return Some(ZERO);
    }
    component.as_mut()?.next_run()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Less};

    #[test]
    fn orders_as_conda_documents() {
        let ascending = [
            "0.4",
            "0.4.1.rc",
            "0.4.1",
            "0.5a1",
            "0.5b3",
            "0.5C1",
            "0.5",
            "0.9.6",
            "0.960923",
            "1.0",
            "1.1*",
            "1.1dev1",
            "1.1_",
            "1.1a1",
            "1.1.*",
            "1.1.0dev1",
            "1.1.a1",
            "1.1.0rc1",
            "1.1.0",
            "1.1.0post1",
            "1.1post1",
            "1996.07.12",
            "1!0.4.1",
            "1!3.1.1.6",
            "2!0.4.1",
        ];
        for (place, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(Conda.compare(a, b), Some(place.cmp(&other)), "{a} {b}");
            }
        }
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for (a, b) in [
            ("0.4", "0.4.0"),
            ("0.4.1.rc", "0.4.1.RC"),
            ("1.1.0dev1", "1.1.dev1"),
            ("1.1.0post1", "1.1.POST1"),
            ("1-2", "1_2"),
            ("1_2", "1.2"),
            ("1-", "1_"),
            (" 0!01.1 ", "1.1"),
            ("1+0", "1"),
        ] {
            assert_eq!(Conda.compare(a, b), Some(Equal), "{a} {b}");
        }
        for (a, b) in [
            ("1.0.1_", "1.0.1a"),
            ("1+a", "1"),
            ("1+a", "1+b"),
            ("1+1", "1.1"),
            ("1post_", "1"),
            ("1dev", "1dev_"),
            ("1*_", "1"),
            ("_", "0"),
        ] {
            assert_eq!(Conda.compare(a, b), Some(Less), "{a} {b}");
        }
    }

    #[test]
    fn what_conda_refuses_has_no_order() {
        for bad in [
            "", " ", "1..2", ".1", "1.", "1+", "+1", "1+a+b", "1!2!3", "a!1", "!1", "1!", "1-2_3",
            "1__2", "1,2", "1+a_", "1+.a", "1 2", "1~", "é",
        ] {
            assert_eq!(Conda.compare(bad, "1"), None, "{bad:?}");
            assert_eq!(Conda.compare("1", bad), None, "{bad:?}");
        }
    }
}
