//! Cargo's requirements: `^1.2, <1.4.5`.
//!
//! The reference is `VersionReq` of the crate `semver` 1.0.28 (<https://docs.rs/semver>; in words:
//! <https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>).
//!
//! - Comparators stand between commas and hold together, at most 32 of them; one without operator is `^`. `*` alone is every version
//!   that is no prerelease.
//! - Numbers that are missing, or `*`, `x` or `X`, are any: `>1` begins at 2.0.0, `<=1.2` ends before 1.3.0.
//! - A prerelease is meant only where a comparator has one of the same three numbers. So `<2.0.0` does not say that 2.0.0-rc.1, nor that
//!   1.0.0-rc.1 is affected: for that there is [`super::Requirement::parse_comparators`].

use crate::versions::cargo::parse as parse_version;
use crate::versions::compare_numbers;
use crate::versions::semver::{Semver, compare_prereleases, take_number};
use std::cmp::Ordering;

/// Comparators that hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparators(Vec<Comparator>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparator {
    operator: Operator,
    major: String,
    minor: Option<String>,
    patch: Option<String>,
    /// Empty where there is none.
    prerelease: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Exact,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=", Operator::Exact),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// As many as the crate takes.
const MOST: usize = 32;

impl Comparators {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(' ');
        if let Some(rest) = text.strip_prefix(['*', 'x', 'X']) {
            return rest
                .trim_start_matches(' ')
                .is_empty()
                .then(|| Self(Vec::new()));
        }
        let mut comparators = Vec::new();
        for text in text.split(',') {
            if comparators.len() == MOST {
                return None;
            }
            comparators.push(Comparator::parse(text.trim_matches(' '))?);
        }
        Some(Self(comparators))
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn judge(&self, version: &str) -> Option<bool> {
        let version = parse_version(version)?;
        let names_it = |comparator: &Comparator| {
            !comparator.prerelease.is_empty()
                && comparator.major == version.major
                && comparator.minor.as_deref() == Some(version.minor)
                && comparator.patch.as_deref() == Some(version.patch)
        };
        Some(
            self.0.iter().all(|comparator| comparator.holds(&version))
                && (version.prerelease.is_empty() || self.0.iter().any(names_it)),
        )
    }
}

impl Comparator {
    fn parse(text: &str) -> Option<Self> {
        let given = OPERATORS
            .iter()
            .find_map(|(word, operator)| Some((*operator, text.strip_prefix(word)?)));
        let (mut operator, rest) = given.unwrap_or((Operator::Caret, text));
        let (major, mut rest) = take_number(rest.trim_start_matches(' '))?;
        let mut numbers = [None, None];
        let mut has_wildcard = false;
        for number in &mut numbers {
            let Some(after) = rest.strip_prefix('.') else {
                break;
            };
            if let Some(after) = after.strip_prefix(['*', 'x', 'X']) {
                has_wildcard = true;
                rest = after;
            } else if has_wildcard {
                return None;
            } else {
                let (digits, after) = take_number(after)?;
                *number = Some(digits);
                rest = after;
            }
        }
        let [minor, patch] = numbers;
        if has_wildcard && given.is_none() {
            operator = Operator::Exact;
        }
        if patch.is_none() && !rest.is_empty() {
            return None;
        }
        // The version's own grammar says what may stand behind the numbers, and how large they may be.
        let number = |part: Option<&str>| part.unwrap_or("0").to_owned();
        let whole = format!("{major}.{}.{}{rest}", number(minor), number(patch));
        let prerelease = parse_version(&whole)?.prerelease.to_owned();
        Some(Self {
            operator,
            major: major.to_owned(),
            minor: minor.map(str::to_owned),
            patch: patch.map(str::to_owned),
            prerelease,
        })
    }

    fn holds(&self, version: &Semver<'_>) -> bool {
        match self.operator {
            Operator::Exact => self.order(version).is_eq(),
            Operator::Greater => self.is_strictly(version, Ordering::Greater),
            Operator::GreaterOrEqual => {
                self.order(version).is_eq() || self.is_strictly(version, Ordering::Greater)
            }
            Operator::Less => self.is_strictly(version, Ordering::Less),
            Operator::LessOrEqual => {
                self.order(version).is_eq() || self.is_strictly(version, Ordering::Less)
            }
            Operator::Tilde => self.keeps(version, 2),
            Operator::Caret => {
                let kept = match (self.major.as_str(), self.minor.as_deref(), &self.patch) {
                    ("0", Some("0"), Some(_)) => 3,
                    ("0", Some(_), _) => 2,
                    _ => 1,
                };
                // A minor version alone leaves no prerelease to look at.
                self.keeps(version, kept)
            }
        }
    }

    /// How a version stands to this one: by the numbers that are given, then by the prerelease.
    fn order(&self, version: &Semver<'_>) -> Ordering {
        self.order_of_numbers(version, 3)
            .then_with(|| compare_prereleases(version.prerelease, &self.prerelease))
    }

    fn order_of_numbers(&self, version: &Semver<'_>, count: usize) -> Ordering {
        let number = |a: &str, b: &str| compare_numbers(a.as_bytes(), b.as_bytes());
        let given = |a: &str, b: Option<&str>| b.map_or(Ordering::Equal, |b| number(a, b));
        let mut order = number(version.major, &self.major);
        if count > 1 {
            order = order.then_with(|| given(version.minor, self.minor.as_deref()));
        }
        if count > 2 {
            order = order.then_with(|| given(version.patch, self.patch.as_deref()));
        }
        order
    }

    /// Whether a version is before all that this stands for, or behind them.
    fn is_strictly(&self, version: &Semver<'_>, wanted: Ordering) -> bool {
        let order = match self.order_of_numbers(version, 3) {
            Ordering::Equal if self.patch.is_some() => {
                compare_prereleases(version.prerelease, &self.prerelease)
            }
            order => order,
        };
        order == wanted
    }

    /// Whether a version shares the first numbers (as far as they are given) and is not below this one.
    fn keeps(&self, version: &Semver<'_>, count: usize) -> bool {
        if self.order_of_numbers(version, count).is_ne() {
            return false;
        }
        match self.order_of_numbers(version, 3) {
            Ordering::Equal if self.patch.is_some() || self.operator == Operator::Tilde => {
                compare_prereleases(version.prerelease, &self.prerelease).is_ge()
            }
            order => order.is_ge(),
        }
    }
}
