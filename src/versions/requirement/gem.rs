//! RubyGems' requirements: `~> 2.0.9, >= 2.0.9.1`.
//!
//! The reference is `Gem::Requirement#satisfied_by?` (<https://docs.ruby-lang.org/en/master/Gem/Requirement.html>), that of RubyGems 3.3 in
//! Ruby 3.1. Its list of texts is here one text with commas between them, as advisories and gemspecs write it.
//!
//! - `=`, `!=`, `>`, `<`, `>=`, `<=` are the order's; none is `=`. All have to hold.
//! - `~> V` is at least V, and its release before V's release with the last number dropped and the one before it raised: `~> 2.0.9` is below
//!   2.1, `~> 2` below 3. The release is what is before the first letter, so that `~> 2.0` leaves 3.0.a out.

use super::{Operator, raised};
use crate::versions::{Gem, VersionScheme};
use std::cmp::Ordering;

/// Conditions that hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clauses(Vec<Clause>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    operator: Operator,
    version: String,
    /// What the release has to be before.
    end: Option<String>,
}

impl Clauses {
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.split(',')
            .map(Clause::parse)
            .collect::<Option<_>>()
            .map(Self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn judge(&self, version: &str) -> Option<bool> {
        Gem.compare(version, version)?;
        let release = release(version);
        Some(self.0.iter().all(|clause| {
            let is_before = |end: &String| Gem.compare(release, end).is_some_and(Ordering::is_lt);
            Gem.compare(version, &clause.version)
                .is_some_and(|order| clause.operator.holds(order))
                && clause.end.as_ref().is_none_or(is_before)
        }))
    }
}

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(is_white_space);
        let (operator, version, is_pessimistic) = match text.strip_prefix("~>") {
            Some(version) => (Operator::GreaterOrEqual, version, true),
            // `==` is no operator of Ruby's: what is behind the first `=` is no version then.
            None => match text.strip_prefix('=') {
                Some(version) => (Operator::Equal, version, false),
                None => match Operator::take(text) {
                    Some((operator, version)) => (operator, version, false),
                    None => (Operator::Equal, text, false),
                },
            },
        };
        let version = version.trim_matches(is_white_space);
        // Ruby takes nothing at all for 0, but not in a requirement.
        if version.is_empty() {
            return None;
        }
        Gem.compare(version, version)?;
        Some(Self {
            operator,
            version: version.to_owned(),
            end: is_pessimistic.then(|| bumped(release(version))),
        })
    }
}

/// What Ruby's `\s` is.
fn is_white_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

/// What is before the first letter of a version, or its hyphen.
fn release(version: &str) -> &str {
    let version = version.trim_matches(is_white_space);
    let end = version.find(|letter: char| letter.is_ascii_alphabetic() || letter == '-');
    version
        .get(..end.unwrap_or(version.len()))
        .unwrap_or_default()
        .trim_end_matches('.')
}

/// Numbers without the last one, and what is the last one then raised.
fn bumped(release: &str) -> String {
    let kept = release.rsplit_once('.').map_or(release, |(kept, _)| kept);
    let (before, last) = match kept.rsplit_once('.') {
        Some((before, last)) => (Some(before), last),
        None => (None, kept),
    };
    let raised = raised(last);
    before.map_or_else(|| raised.clone(), |before| format!("{before}.{raised}"))
}
