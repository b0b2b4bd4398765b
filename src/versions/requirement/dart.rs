//! Pub's constraints: `^1.2.3`, `>=1.0.0 <2.0.0`, `any`.
//!
//! The reference is `VersionConstraint.parse` of the package `pub_semver` 2.1 (<https://github.com/dart-lang/tools>,
//! `lib/src/version_constraint.dart` and `version_range.dart`; in words: <https://dart.dev/tools/pub/dependencies#version-constraints>). It can't run
//! here, so `scripts/compare-orders` does not ask it.
//!
//! - Comparators and versions stand behind each other, with white space between them or not, and hold together. `^` stands alone.
//! - `^1.2.3` ends before 2.0.0-0, `^0.1.2` before 0.2.0-0 (and so does `^0.0.2`, before 0.1.0-0).
//! - An end `<2.0.0` that is no prerelease and has no build leaves the prereleases of 2.0.0 out, unless the beginning is one of them.

use super::{Bound, Bounds, Operator, raised};
use crate::versions::{Pub, VersionScheme};
use std::cmp::Ordering;

pub(super) fn parse(text: &str) -> Option<Bounds> {
    let text = text.trim();
    if text == "any" {
        return Some(Bounds(vec![Vec::new()]));
    }
    if let Some(rest) = text.strip_prefix('^') {
        let (version, rest) = take_version(rest.trim_start())?;
        let [major, minor, _] = numbers(version)?;
        let end = if major.bytes().all(|byte| byte == b'0') {
            format!("0.{}.0-0", raised(minor))
        } else {
            format!("{}.0.0-0", raised(major))
        };
        Pub.compare(&end, &end)?;
        return rest.trim().is_empty().then(|| {
            Bounds(vec![vec![
                Bound::new(Operator::GreaterOrEqual, version),
                Bound::new(Operator::Less, end),
            ]])
        });
    }
    let mut bounds: Vec<Bound> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (operator, after) = if rest.starts_with(|letter: char| letter.is_ascii_digit()) {
            (Operator::Equal, rest)
        } else {
            Operator::take(rest)
                .filter(|(operator, _)| !matches!(operator, Operator::Equal | Operator::NotEqual))?
        };
        let (version, after) = take_version(after.trim_start())?;
        bounds.push(Bound::new(operator, version));
        rest = after.trim_start();
    }
    let beginning = outermost(&bounds, Ordering::Greater).map(|bound| bound.version.clone());
    if let Some(end) = outermost(&bounds, Ordering::Less)
        && end.operator == Operator::Less
        && !end.version.contains(['-', '+'])
        && !beginning.is_some_and(|version| is_prerelease_of(&version, &end.version))
    {
        let first = format!("{}-0", end.version);
        bounds.push(Bound::new(Operator::Less, first));
    }
    (!bounds.is_empty()).then(|| Bounds(vec![bounds]))
}

/// The bound that decides at one end: the highest beginning (`Greater`), or the lowest end (`Less`). Of two at the same version it
/// is the one that leaves the version out.
fn outermost(bounds: &[Bound], side: Ordering) -> Option<&Bound> {
    bounds
        .iter()
        .filter(|bound| bound.operator == Operator::Equal || bound.operator.holds(side))
        .reduce(
            |best, bound| match Pub.compare(&bound.version, &best.version) {
                Some(Ordering::Equal) if !bound.operator.holds(Ordering::Equal) => bound,
                Some(order) if order == side => bound,
                _ => best,
            },
        )
}

/// Whether a version is a prerelease of another one, which is none.
fn is_prerelease_of(version: &str, release: &str) -> bool {
    let without_build = version
        .split_once('+')
        .map_or(version, |(before, _)| before);
    without_build
        .split_once('-')
        .is_some_and(|(core, _)| Pub.compare(core, release).is_some_and(Ordering::is_eq))
}

/// The version that a text begins with, and the rest.
fn take_version(text: &str) -> Option<(&str, &str)> {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+');
    let (version, rest) =
        text.split_at_checked(text.find(|letter| !is_part(letter)).unwrap_or(text.len()))?;
    Pub.compare(version, version)?;
    Some((version, rest))
}

/// The three numbers of a version, as they are written.
fn numbers(version: &str) -> Option<[&str; 3]> {
    let core = version.split(['-', '+']).next()?;
    let mut parts = core.split('.');
    Some([parts.next()?, parts.next()?, parts.next()?])
}
