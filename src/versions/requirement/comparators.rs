//! The form of GitHub's advisories, which every kind takes: `>= 1.0, < 2.0`, in the order of the kind.
//!
//! Source: `vulnerable_version_range` of GitHub's API for security advisories
//! (<https://docs.github.com/en/rest/security-advisories/global-advisories>). Beyond that, alternatives may stand between `||`, and
//! instead of a comma white space, as GitLab's advisories write it (`>=1.0.0 <2.0.0||=3.0.0`), and `==` and `!=` are taken.
//! Every comparator has an operator: a bare version would be an equality for one reader and a minimum for another.

use super::{Bound, Bounds, Operator, is_version};
use crate::versions::VersionScheme;

pub(super) fn parse(scheme: &dyn VersionScheme, text: &str) -> Option<Bounds> {
    text.split("||")
        .map(|all| conditions(scheme, all))
        .collect::<Option<_>>()
        .map(Bounds)
}

fn conditions(scheme: &dyn VersionScheme, text: &str) -> Option<Vec<Bound>> {
    let mut bounds = Vec::new();
    let mut rest = text.trim();
    loop {
        let (operator, after) = Operator::take(rest)?;
        let after = after.trim_start();
        let is_end = |letter: char| {
            letter.is_whitespace() || matches!(letter, ',' | '|' | '<' | '>' | '=' | '!')
        };
        // `!` is the epoch's in Python's versions, where an operator never follows a version unseparated.
        let is_end = |letter: char| is_end(letter) && !(letter == '!' && scheme.name() == "pypi");
        let (version, after) = after.split_at_checked(after.find(is_end).unwrap_or(after.len()))?;
        if version.is_empty() || !is_version(scheme, version) {
            return None;
        }
        bounds.push(Bound::new(operator, version));
        let after = after.trim_start();
        if after.is_empty() {
            return Some(bounds);
        }
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
}
