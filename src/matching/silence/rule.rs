//! One waiver or statement, and what it asks of a finding.

use super::ImageNames;
use super::product::{self, ImageKeys, Present, Products};
use crate::advisories::FixState;
use crate::matching::finding::{Finding, Silence};
use crate::packages::{Distro, Package};
use globset::GlobSet;
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::atomic::AtomicBool;

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// A person decided that it does not matter here.
    Waived,
    /// The maker says that it is not affected, or fixed.
    NotAffected,
    /// The maker does not know yet.
    UnderInvestigation,
    /// The maker says that it is affected.
    Affected,
}

/// Which of a finding's names a rule's ids are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// All.
    All,
    /// Its first, and those of the records that led to it.
    Records,
}

/// One waiver or statement.
#[derive(Debug)]
pub(super) struct Rule {
    /// Ids in lower case, any of which the finding must go by; none for a rule that is about other things.
    pub(super) ids: Vec<String>,
    pub(super) names: Names,
    pub(super) conditions: Vec<Condition>,
    pub(super) says: Says,
    /// When it was said, of a VEX statement.
    pub(super) time: Option<Timestamp>,
    /// The last day on which it holds.
    pub(super) expires: Option<Date>,
    pub(super) owner: Option<String>,
    pub(super) silence: Silence,
    /// Whether any finding was what it is about.
    pub(super) used: AtomicBool,
}

/// What must hold of a finding besides its id.
#[derive(Debug)]
pub(super) enum Condition {
    /// The package is one of these, or lies in one.
    Products(Products),
    /// Name of the package, as a glob.
    Name(GlobSet),
    /// Name of the package, as a regular expression.
    NameExpression(regex::Regex),
    /// Name of its source package, as a regular expression.
    SourceExpression(regex::Regex),
    Version(String),
    /// Purl types.
    Kinds(Vec<String>),
    /// One of the package's places, which are written without a leading slash.
    Paths(GlobSet),
    /// The same, written with one.
    RootedPaths(GlobSet),
    FixStates(Vec<FixState>),
    /// A name of the image, without tag.
    ImageName(String),
    /// The package is of this distribution, in this release.
    Distro(Distro),
    /// A record of this kind led to the finding: the beginning of its id.
    RecordPrefix(&'static str),
}

/// What a condition is asked about.
pub(super) struct Subject<'a> {
    pub(super) finding: &'a Finding,
    pub(super) package: &'a Package,
    pub(super) distro: Option<&'a Distro>,
    pub(super) image: &'a ImageNames,
    /// What the package may be called in a statement.
    pub(super) keys: Vec<String>,
    /// What the image may be.
    pub(super) image_keys: &'a ImageKeys,
    /// All packages of the image.
    pub(super) present: &'a Present<'a>,
}

impl Rule {
    /// Whether it is about the finding, by what it asks besides the id.
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(subject))
    }

    /// The id that it is spoken of by.
    pub(super) fn name(&self) -> String {
        match self.ids.first() {
            Some(id) => format!("the waiver of {}", id.to_uppercase()),
            None => "a waiver without an id".to_owned(),
        }
    }

    /// What is said where it has expired and a number of findings came back.
    pub(super) fn expiry(&self, count: usize) -> String {
        let day = self.expires.map(|day| day.to_string()).unwrap_or_default();
        let owner = self
            .owner
            .as_ref()
            .map(|owner| format!(", owner {owner}"))
            .unwrap_or_default();
        let findings = if count == 1 {
            "1 finding is".to_owned()
        } else {
            format!("{count} findings are")
        };
        format!(
            "{} in {} has expired on {day} ({}{owner}): {findings} back",
            self.name(),
            self.silence.source,
            self.silence.reason
        )
    }
}

impl Condition {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let package = subject.package;
        match self {
            Self::Products(products) => products.has(subject),
            Self::Name(globs) => globs.is_match(&package.name),
            Self::NameExpression(expression) => expression.is_match(&package.name),
            Self::SourceExpression(expression) => package
                .source
                .as_ref()
                .is_some_and(|source| expression.is_match(&source.name)),
            Self::Version(version) => package.version == *version,
            Self::Kinds(kinds) => kinds.iter().any(|kind| kind == package.kind.name),
            Self::Paths(globs) => package
                .locations
                .iter()
                .any(|location| globs.is_match(&location.path)),
            Self::RootedPaths(globs) => package
                .locations
                .iter()
                .any(|location| globs.is_match(format!("/{}", location.path))),
            Self::FixStates(states) => states.contains(&subject.finding.fix_state),
            Self::ImageName(wanted) => subject.image.names.iter().any(|name| {
                let untagged = product::repository(name);
                product::plain(untagged) == product::plain(wanted)
            }),
            Self::Distro(wanted) => {
                package.kind.system
                    && subject
                        .distro
                        .is_some_and(|distro| product::is_distro(wanted, distro))
            }
            Self::RecordPrefix(prefix) => subject
                .finding
                .advisories
                .iter()
                .any(|advisory| advisory.id.starts_with(prefix)),
        }
    }
}
