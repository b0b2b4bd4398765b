//! Requirements: ranges of versions in the syntax of an ecosystem, as its advisories and people's policies write them.
//!
//! Advisories for Ruby say `~> 2.0.9`, for PHP `>=2.0.0,<2.0.17`, for Maven and .NET `[1.0,2.0)`, for Python `~=1.4.2`, and GitHub's of all kinds
//! `>= 1.0, < 2.0`. One file a grammar, each answering as its reference tool does; where the grammar is written down, and which tool was
//! asked, is said there. Most of them come down to [`Bounds`] in the order of the kind's [`VersionScheme`]; those with rules that an
//! order alone does not tell have a form of their own.
//!
//! What is no requirement in the kind's own grammar is read in the form of GitHub's advisories ([`comparators`]), which every kind
//! takes. `scripts/compare-orders --requirements` asks the real tools.
//!
//! Pure, and bounded: a requirement has at most [`LONGEST`] bytes and [`MOST`] conditions, nothing recurses, and judging costs about
//! one comparison a condition.

use super::{VersionScheme, scheme, split_number};
use std::cmp::Ordering;
use thiserror::Error;

mod cargo;
mod comparators;
mod composer;
mod dart;
mod gem;
mod hex;
mod maven;
mod npm;
mod nuget;
mod pypi;

#[cfg(test)]
mod tests;

/// Longest text that is a requirement, in bytes. The longest of real advisories have some hundred.
const LONGEST: usize = 16 * 1024;

/// Most conditions in a requirement, all alternatives together.
const MOST: usize = 1024;

/// Which versions of a package are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    form: Form,
}

/// Why a text is no requirement.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequirementError {
    /// No order of versions belongs to this kind of package.
    #[error("no versions are known of kind {kind:?}")]
    UnknownKind {
        /// The kind that was asked for; its beginning if it is long.
        kind: String,
    },
    /// The text has more bytes than a requirement may have.
    #[error("a requirement of {length} bytes: the limit is {LONGEST}")]
    TooLong {
        /// Bytes of the text.
        length: usize,
    },
    /// The text has more conditions than a requirement may have.
    #[error("a requirement of more than {MOST} conditions")]
    TooMany,
    /// Neither the kind's own grammar nor that of GitHub's advisories knows the text.
    #[error("{text:?} is no requirement of kind {kind}")]
    Malformed {
        /// The purl type whose grammar was tried.
        kind: &'static str,
        /// The text; its beginning if it is long.
        text: String,
    },
}

/// What the grammars make of their texts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Bounds(Kind, Bounds),
    Cargo(cargo::Comparators),
    Composer(composer::Constraints),
    Gem(gem::Clauses),
    Npm(npm::Range),
    NugetFloating(nuget::Floating),
    Pypi(pypi::Specifiers),
}

/// A scheme that can be compared with another one.
#[derive(Clone, Copy, Debug)]
struct Kind(&'static dyn VersionScheme);

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl Eq for Kind {}

/// How a version has to stand to that of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Operator {
    /// Takes the operator that a text begins with: `<`, `<=`, `>`, `>=`, `=`, `==`, `!=`.
    fn take(text: &str) -> Option<(Self, &str)> {
        [
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("==", Self::Equal),
            ("!=", Self::NotEqual),
            ("<", Self::Less),
            (">", Self::Greater),
            ("=", Self::Equal),
        ]
        .into_iter()
        .find_map(|(word, operator)| Some((operator, text.strip_prefix(word)?)))
    }

    /// Whether a version that stands so to the bound's is meant.
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

/// One end of a range, or a single version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    operator: Operator,
    version: String,
}

impl Bound {
    fn new(operator: Operator, version: impl Into<String>) -> Self {
        Self {
            operator,
            version: version.into(),
        }
    }
}

/// Alternatives of bounds that hold together; an alternative without any is every version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bounds(Vec<Vec<Bound>>);

impl Bounds {
    /// Whether a version is in one of them; `None` where it is no version.
    fn judge(&self, scheme: &dyn VersionScheme, version: &str) -> Option<bool> {
        if !is_version(scheme, version) {
            return None;
        }
        Some(self.0.iter().any(|all| {
            all.iter().all(|bound| {
                scheme
                    .compare(version, &bound.version)
                    .is_some_and(|order| bound.operator.holds(order))
            })
        }))
    }

    fn count(&self) -> usize {
        self.0.iter().map(|all| all.len().max(1)).sum()
    }
}

impl Requirement {
    /// Reads a requirement in the grammar of a kind of package (a purl type: `gem`, `composer`, `npm`, …), or else in the form of
    /// GitHub's advisories.
    ///
    /// # Errors
    ///
    /// Where the kind is unknown, and where the text is too long or in neither grammar.
    pub fn parse(kind: &str, text: &str) -> Result<Self, RequirementError> {
        let scheme = checked(kind, text)?;
        // Maven takes every text that is no interval for the name of one version.
        let comparators_first =
            scheme.name() == "maven" && text.trim_start().starts_with(['<', '>', '=', '!']);
        let form = if comparators_first {
            None
        } else {
            match scheme.name() {
                "cargo" => cargo::Comparators::parse(text).map(Form::Cargo),
                "composer" => composer::Constraints::parse(text).map(Form::Composer),
                "gem" => gem::Clauses::parse(text).map(Form::Gem),
                "hex" => hex::parse(text).map(|bounds| Form::Bounds(Kind(scheme), bounds)),
                "maven" => maven::parse(text).map(|bounds| Form::Bounds(Kind(scheme), bounds)),
                "npm" => npm::Range::parse(text).map(Form::Npm),
                "nuget" => nuget::Floating::parse(text)
                    .map(Form::NugetFloating)
                    .or_else(|| {
                        nuget::parse(text).map(|bounds| Form::Bounds(Kind(scheme), bounds))
                    }),
                "pub" => dart::parse(text).map(|bounds| Form::Bounds(Kind(scheme), bounds)),
                "pypi" => pypi::Specifiers::parse(text).map(Form::Pypi),
                _ => None,
            }
        };
        match form {
            Some(form) => Self { form }.within_limits(),
            None => Self::parse_comparators(kind, text),
        }
    }

    /// Reads a requirement in the form of GitHub's advisories, whatever else the kind's own grammar would make of it: `>= 1.0, < 2.0`
    /// in the plain order of versions. Package managers leave prereleases out of ranges that do not name them; here
    /// they count as all others do, as is right for what is affected.
    ///
    /// # Errors
    ///
    /// Where the kind is unknown, and where the text is too long or not in that form.
    pub fn parse_comparators(kind: &str, text: &str) -> Result<Self, RequirementError> {
        let scheme = checked(kind, text)?;
        let bounds =
            comparators::parse(scheme, text).ok_or_else(|| RequirementError::Malformed {
                kind: scheme.name(),
                text: beginning(text),
            })?;
        let form = Form::Bounds(Kind(scheme), bounds);
        Self { form }.within_limits()
    }

    fn within_limits(self) -> Result<Self, RequirementError> {
        let count = match &self.form {
            Form::Bounds(_, bounds) => bounds.count(),
            Form::Cargo(comparators) => comparators.count(),
            Form::Composer(constraints) => constraints.count(),
            Form::Gem(clauses) => clauses.count(),
            Form::Npm(range) => range.count(),
            Form::NugetFloating(_) => 1,
            Form::Pypi(specifiers) => specifiers.count(),
        };
        if count > MOST {
            Err(RequirementError::TooMany)
        } else {
            Ok(self)
        }
    }

    /// Whether a version is meant; `None` where it is no version for the kind.
    ///
    /// As the reference tool of the kind says, prereleases included where it can be told to: npm's `includePrerelease`, Python's
    /// `prereleases=True`.
    pub fn judge(&self, version: &str) -> Option<bool> {
        match &self.form {
            Form::Bounds(kind, bounds) => bounds.judge(kind.0, version),
            Form::Cargo(comparators) => comparators.judge(version),
            Form::Composer(constraints) => constraints.judge(version),
            Form::Gem(clauses) => clauses.judge(version),
            Form::Npm(range) => range.judge(version, true),
            Form::NugetFloating(floating) => floating.judge(version),
            Form::Pypi(specifiers) => specifiers.judge(version),
        }
    }

    /// What [`Self::judge`] says, but as npm would install: a prerelease is meant only where the requirement names one of the
    /// same `major.minor.patch`. Kinds other than npm have no such switch.
    pub fn judge_as_npm(&self, version: &str) -> Option<bool> {
        match &self.form {
            Form::Npm(range) => range.judge(version, false),
            _ => self.judge(version),
        }
    }
}

/// The scheme of a kind, if the text is not too long.
fn checked(kind: &str, text: &str) -> Result<&'static dyn VersionScheme, RequirementError> {
    let scheme = scheme(kind).ok_or_else(|| RequirementError::UnknownKind {
        kind: beginning(kind),
    })?;
    if text.len() > LONGEST {
        return Err(RequirementError::TooLong { length: text.len() });
    }
    Ok(scheme)
}

/// Whether a text is a version that bounds can be asked about. Python's legacy versions have a place in the order, before all others,
/// but that is no answer: `< 2.0-custom` would be false of 1.0.
fn is_version(scheme: &dyn VersionScheme, text: &str) -> bool {
    scheme.compare(text, text).is_some()
        && (scheme.name() != "pypi" || super::pypi::Version::parse(text).is_some())
}

/// As much of a text as belongs into a message.
fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The number after one of any length, both in decimal digits.
fn raised(number: &str) -> String {
    let (digits, _) = split_number(number.as_bytes());
    let mut raised = digits.to_vec();
    for digit in raised.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return String::from_utf8_lossy(&raised).into_owned();
        }
        *digit = b'0';
    }
    format!("1{}", String::from_utf8_lossy(&raised))
}
