//! The order that many ecosystems refine: `major.minor.patch[-prerelease][+build]`.
//!
//! The rules are those of Semantic Versioning 2.0.0 (<https://semver.org/spec/v2.0.0.html>, sections 2, 9, 10 and 11), with
//! numbers of any length. What an ecosystem accepts beyond that, or refuses of it, is said in its own file. Nothing
//! is copied: a [`Semver`] borrows from its text.

use super::compare_numbers;
use std::cmp::Ordering;

/// A version, in parts of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Semver<'a> {
    /// Decimal digits without leading zeros; zero is `0`.
    pub(super) major: &'a str,
    pub(super) minor: &'a str,
    pub(super) patch: &'a str,
    /// What is between `-` and `+`, empty where there is none.
    pub(super) prerelease: &'a str,
    /// What is after `+`, empty where there is none. It has no part in the order.
    pub(super) build: &'a str,
}

/// A version whose last numbers were left out, with zeros in their place; `None` for one that has all, and for what is none.
pub(super) fn completed(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    match Semver::parse_short(text)? {
        (_, 1) => Some(format!("{text}.0.0")),
        (_, 2) => Some(format!("{text}.0")),
        _ => None,
    }
}

impl<'a> Semver<'a> {
    /// A version with all of its three numbers; `None` where the text is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        match Self::parse_short(text)? {
            (version, 3) => Some(version),
            _ => None,
        }
    }

    /// A version, or its first one or two numbers with nothing behind them; with the count of the numbers there are. Those
    /// that are missing are 0.
    pub(super) fn parse_short(text: &'a str) -> Option<(Self, usize)> {
        let mut numbers = ["0"; 3];
        let mut rest = text;
        let mut count = 0;
        for number in &mut numbers {
            if count > 0 {
                match rest.strip_prefix('.') {
                    Some(after) => rest = after,
                    None => break,
                }
            }
            (*number, rest) = take_number(rest)?;
            count += 1;
        }
        let [major, minor, patch] = numbers;
        let mut version = Self {
            major,
            minor,
            patch,
            prerelease: "",
            build: "",
        };
        if count < 3 && !rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix('-') {
            let end = after.find('+').unwrap_or(after.len());
            (version.prerelease, rest) = after.split_at(end);
            if !version.prerelease.split('.').all(is_prerelease_identifier) {
                return None;
            }
        }
        if let Some(after) = rest.strip_prefix('+') {
            version.build = after;
            rest = "";
            if !version.build.split('.').all(is_identifier) {
                return None;
            }
        }
        rest.is_empty().then_some((version, count))
    }

    /// The order of precedence. Build metadata has no part in it.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.compare_release(other)
            .then_with(|| compare_prereleases(self.prerelease, other.prerelease))
    }

    /// The order of the three numbers.
    pub(super) fn compare_release(&self, other: &Self) -> Ordering {
        let number = |a: &str, b: &str| compare_numbers(a.as_bytes(), b.as_bytes());
        number(self.major, other.major)
            .then_with(|| number(self.minor, other.minor))
            .then_with(|| number(self.patch, other.patch))
    }
}

/// How prereleases stand to each other; none (empty) is behind every one.
pub(super) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.is_empty().cmp(&b.is_empty());
    }
    let mut left = a.split('.');
    let mut right = b.split('.');
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) => compare_identifiers(left, right),
            (None, None) => return Ordering::Equal,
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers are before words; numbers are in the order of their value, words in that of ASCII.
pub(super) fn compare_identifiers(a: &str, b: &str) -> Ordering {
    match (is_number(a), is_number(b)) {
        (true, true) => compare_numbers(a.as_bytes(), b.as_bytes()),
        (false, false) => a.cmp(b),
        (left, right) => right.cmp(&left),
    }
}

/// Whether a part of a version is digits alone.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that a text begins with, and the rest; `None` where it begins with no digit or with a zero too many.
pub(super) fn take_number(text: &str) -> Option<(&str, &str)> {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (end == 1 || (end > 1 && !number.starts_with('0'))).then_some((number, rest))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_prerelease_identifier(text: &str) -> bool {
    is_identifier(text) && (text.len() == 1 || !text.starts_with('0') || !is_number(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_the_specification_says() {
        let ascending = [
            "0.0.0-0",
            "0.0.0",
            "0.9.10",
            "1.0.0--",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.2.0",
            "1.10.0",
            "99999999999999999999.0.0",
            "100000000000000000000.0.0",
        ];
        for (place, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                let (a, b) = (Semver::parse(a).unwrap(), Semver::parse(b).unwrap());
                assert_eq!(a.compare(&b), place.cmp(&other), "{a:?} against {b:?}");
            }
        }
    }

    #[test]
    fn build_metadata_has_no_part_in_the_order() {
        let order = |a, b| {
            Semver::parse(a)
                .unwrap()
                .compare(&Semver::parse(b).unwrap())
        };
        assert_eq!(order("1.0.0+a", "1.0.0+b.01"), Ordering::Equal);
        assert_eq!(order("1.0.0-a+b", "1.0.0-a"), Ordering::Equal);
        assert_eq!(order("1.0.0-a+b", "1.0.0+a"), Ordering::Less);
        assert_eq!(Semver::parse("1.2.3-a-b.c+d-e.f").unwrap().build, "d-e.f");
    }

    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for bad in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.02.3",
            "1.2.03",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-a..b",
            "1.2.3-01",
            "1.2.3-a.01",
            "1.2.3+a..b",
            "1.2.3+a+b",
            "1.2.3-a_b",
            "1.2.3a",
            "v1.2.3",
            " 1.2.3",
            "1.2.3 ",
            "1..3",
            "1.2.",
            "-1.2.3",
            "1.2.3-é",
            "1.2.3+é",
            "1.2-a",
            "1+b",
            "a.b.c",
        ] {
            assert_eq!(Semver::parse(bad), None, "{bad:?}");
        }
        for good in [
            "1.2.3-0a",
            "1.2.3-0",
            "1.2.3--1",
            "1.2.3-00a.0-0",
            "1.2.3+01",
            "0.0.0",
        ] {
            assert!(Semver::parse(good).is_some(), "{good:?}");
        }
    }

    #[test]
    fn short_ones_are_told_by_their_count() {
        let short = |text| {
            Semver::parse_short(text).map(|(version, count)| (version.minor, version.patch, count))
        };
        assert_eq!(short("1"), Some(("0", "0", 1)));
        assert_eq!(short("1.2"), Some(("2", "0", 2)));
        assert_eq!(short("1.2.3-a"), Some(("2", "3", 3)));
        assert_eq!(short("1.2-a"), None);
        assert_eq!(short("1."), None);
    }
}
