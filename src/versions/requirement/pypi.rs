//! Python's version specifiers: `~=1.4.2, !=1.4.5, ==1.*`.
//!
//! The reference is `SpecifierSet.contains` of `packaging` 26.4 with `prereleases=True`; the rules are those of PEP 440
//! (<https://packaging.python.org/en/latest/specifications/version-specifiers/>).
//!
//! - All specifiers hold, with commas between them; none at all is every version.
//! - `~=1.4.2` is at least 1.4.2 and of 1.4. `==1.4.*` is of 1.4, prereleases included.
//! - `<V` leaves the prereleases of V out, `>V` its post-releases, unless V is one itself. What is of no local version (`+…`) does not
//!   look at those of the versions it judges.
//! - `===` compares texts, whatever the case of ASCII; with no text it is malformed (since `packaging` 26.4).
//!
//! A version that PEP 440 does not know is judged by `===` alone: to all others it is none.

use crate::versions::pypi::{Version, compare_releases};
use std::cmp::Ordering;

/// Specifiers that hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Specifiers(Vec<Specifier>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Specifier {
    operator: Operator,
    version: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Same,
    Compatible,
    Equal,
    NotEqual,
    /// The version is the beginning of a release.
    Of,
    NotOf,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer spellings stand before those that they begin with.
const OPERATORS: [(&str, Operator); 8] = [
    ("===", Operator::Same),
    ("~=", Operator::Compatible),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Specifiers {
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.split(',')
            .map(|text| text.trim_matches(is_white_space))
            .filter(|text| !text.is_empty())
            .map(Specifier::parse)
            .collect::<Option<_>>()
            .map(Self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn judge(&self, text: &str) -> Option<bool> {
        let version = Version::parse(text);
        if version.is_none() && !self.0.iter().any(|one| one.operator == Operator::Same) {
            return None;
        }
        Some(self.0.iter().all(|one| one.holds(text, version.as_ref())))
    }
}

impl Specifier {
    fn parse(text: &str) -> Option<Self> {
        let (operator, rest) = OPERATORS
            .iter()
            .find_map(|(word, operator)| Some((*operator, text.strip_prefix(word)?)))?;
        let version = rest.trim_matches(is_white_space);
        if operator == Operator::Same {
            let is_fine = !version.is_empty()
                && !version
                    .contains(|letter| is_white_space(letter) || matches!(letter, ';' | ')'));
            return is_fine.then(|| Self {
                operator,
                version: version.to_owned(),
            });
        }
        let (operator, version) = match (operator, version.strip_suffix(".*")) {
            (Operator::Equal, Some(version)) => (Operator::Of, version),
            (Operator::NotEqual, Some(version)) => (Operator::NotOf, version),
            _ => (operator, version),
        };
        let parsed = Version::parse(version)?;
        let has_suffix = parsed.pre.is_some() || parsed.post.is_some() || parsed.dev.is_some();
        let is_fine = match operator {
            Operator::Equal | Operator::NotEqual => true,
            Operator::Of | Operator::NotOf => {
                !has_suffix && parsed.local.is_none() && !version.ends_with(is_white_space)
            }
            Operator::Compatible => parsed.release.contains(&b'.') && parsed.local.is_none(),
            _ => parsed.local.is_none(),
        };
        is_fine.then(|| Self {
            operator,
            version: version.to_owned(),
        })
    }

    fn holds(&self, text: &str, version: Option<&Version<'_>>) -> bool {
        if self.operator == Operator::Same {
            // Python lowers both by Unicode's rules.
            return text == self.version || text.to_lowercase() == self.version.to_lowercase();
        }
        let (Some(version), Some(bound)) = (version, Version::parse(&self.version)) else {
            return false;
        };
        let public = Version {
            local: None,
            ..*version
        };
        let is_equal = || match bound.local {
            Some(_) => version.compare(&bound).is_eq(),
            None => public.compare(&bound).is_eq(),
        };
        match self.operator {
            Operator::Same => false,
            Operator::Equal => is_equal(),
            Operator::NotEqual => !is_equal(),
            Operator::Of => is_of(version, bound.epoch, bound.release),
            Operator::NotOf => !is_of(version, bound.epoch, bound.release),
            Operator::Compatible => {
                let end = bound.release.iter().rposition(|&byte| byte == b'.');
                let family = bound.release.get(..end.unwrap_or_default());
                version.compare(&bound).is_ge()
                    && family.is_some_and(|family| is_of(version, bound.epoch, family))
            }
            Operator::LessOrEqual => public.compare(&bound).is_le(),
            Operator::GreaterOrEqual => version.compare(&bound).is_ge(),
            Operator::Less => {
                let first = if bound.pre.is_some() || bound.dev.is_some() {
                    bound
                } else {
                    Version {
                        dev: Some(b""),
                        ..bound
                    }
                };
                version.compare(&first).is_lt()
            }
            Operator::Greater if bound.dev.is_some() || bound.post.is_some() => {
                public.compare(&bound).is_gt()
            }
            Operator::Greater => {
                // Its own post-releases are none of what is above it.
                let stem = Version {
                    post: None,
                    dev: None,
                    ..public
                };
                version.compare(&bound).is_gt() && stem.compare(&bound).is_ne()
            }
        }
    }
}

/// Whether the release of a version begins with the numbers of another one; what is missing is 0.
fn is_of(version: &Version<'_>, epoch: &[u8], family: &[u8]) -> bool {
    let numbers = family.split(|&byte| byte == b'.').count();
    let end = version
        .release
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'.')
        .nth(numbers.saturating_sub(1))
        .map_or(version.release.len(), |(place, _)| place);
    version.epoch == epoch
        && compare_releases(version.release.get(..end).unwrap_or_default(), family)
            == Ordering::Equal
}

/// What Python's `\s` is.
fn is_white_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\x1c'..='\x1f')
}
