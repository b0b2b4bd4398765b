//! Ranges of versions in `vers` notation (<https://github.com/package-url/vers-spec>, "Checking if a version is contained within a range"):
//! `vers:npm/>=1.0|<1.4|2.0`.

use crate::versions::VersionScheme;
use std::cmp::Ordering;

/// Conditions of a range.
const MOST: usize = 1024;

/// A range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vers(Vec<(Sign, String)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Any,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const SIGNS: [(&str, Sign); 6] = [
    (">=", Sign::GreaterOrEqual),
    ("<=", Sign::LessOrEqual),
    ("!=", Sign::NotEqual),
    ("<", Sign::Less),
    (">", Sign::Greater),
    ("=", Sign::Equal),
];

impl Vers {
    /// `None` for what is no such range. The type is not looked at: it is the package's.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (_, conditions) = text.trim().strip_prefix("vers:")?.split_once('/')?;
        let mut read = Vec::new();
        for condition in conditions
            .split('|')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let (sign, version) = if condition == "*" {
                (Sign::Any, "")
            } else {
                SIGNS
                    .iter()
                    .find_map(|(word, sign)| Some((*sign, condition.strip_prefix(word)?)))
                    .unwrap_or((Sign::Equal, condition))
            };
            let version = super::product::decoded(version.trim());
            if (version.is_empty() && sign != Sign::Any) || read.len() == MOST {
                return None;
            }
            read.push((sign, version));
        }
        (!read.is_empty()).then_some(Self(read))
    }

    /// This version and no other.
    pub(super) fn exactly(version: &str) -> Self {
        Self(vec![(Sign::Equal, version.to_owned())])
    }

    /// Whether a version is in the range; one that can't be compared is not.
    pub(super) fn has(&self, version: &str, scheme: &dyn VersionScheme) -> bool {
        let mut lower = None;
        let mut within = false;
        for (sign, bound) in &self.0 {
            if *sign == Sign::Any {
                within = true;
                continue;
            }
            let order = if version == bound {
                Some(Ordering::Equal)
            } else {
                scheme.compare(version, bound)
            };
            let Some(order) = order else {
                return false;
            };
            match sign {
                Sign::Equal if order.is_eq() => return true,
                Sign::NotEqual if order.is_eq() => return false,
                Sign::Any | Sign::Equal | Sign::NotEqual => {}
                Sign::Greater => lower = Some(order.is_gt()),
                Sign::GreaterOrEqual => lower = Some(order.is_ge()),
                // An upper bound ends what a lower one before it has begun, or begins without end.
                Sign::Less => within |= lower.take().unwrap_or(true) && order.is_lt(),
                Sign::LessOrEqual => within |= lower.take().unwrap_or(true) && order.is_le(),
            }
        }
        let only_unequal = self.0.iter().all(|(sign, _)| *sign == Sign::NotEqual);
        within || lower == Some(true) || only_unequal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::Npm;

    #[test]
    fn versions_are_in_their_ranges() {
        for (range, inside, outside) in [
            (
                "vers:npm/>=1.0.0|<1.4.0|2.0.0",
                "1.3.9 1.0.0 2.0.0",
                "0.9.0 1.4.0 2.0.1",
            ),
            (
                "vers:npm/<=1.0.0|>2.0.0",
                "0.1.0 1.0.0 2.0.1",
                "1.0.1 2.0.0",
            ),
            (
                "vers:npm/>1.0.0|!=1.2.0|<2.0.0",
                "1.1.0 1.9.9",
                "1.0.0 1.2.0 2.0.0",
            ),
            ("vers:npm/=1.0.0%2Bx", "1.0.0+x", "1.0.1"),
            ("vers:npm/!=1.0.0", "1.0.1", "1.0.0"),
            ("vers:npm/*", "1.0.0 9.0.0", ""),
            (
                "vers:npm/>=1.0.0|<2.0.0|>=3.0.0|<4.0.0",
                "1.5.0 3.5.0",
                "2.5.0 4.0.0 0.1.0",
            ),
        ] {
            let range = Vers::parse(range).expect(range);
            for version in inside.split_whitespace() {
                assert!(range.has(version, &Npm), "{range:?} {version}");
            }
            for version in outside.split_whitespace() {
                assert!(!range.has(version, &Npm), "{range:?} {version}");
            }
            assert!(!range.has("no version", &Npm) || range.0 == [(Sign::Any, String::new())]);
        }
        for text in ["", "1.0", "vers:npm", "vers:npm/", "vers:npm/>=", "vls:a/1"] {
            assert_eq!(Vers::parse(text), None, "{text}");
        }
    }
}
