//! Maven's version ranges: `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.5]`.
//!
//! The reference is `VersionRange.createFromVersionSpec` and `containsVersion` of Maven 3.8.7
//! (<https://maven.apache.org/pom.html#dependency-version-requirement-specification>):
//!
//! - Intervals stand between commas, in ascending order and without overlap. `[` and `]` take their version in, `(` and `)` leave it out; a
//!   missing one is no bound. `[1.5]` is that version alone.
//! - What is no interval is a recommendation, which every version satisfies: `1.0` means "1.0 if nobody minds", and so says nothing.
//!
//! Two forms that Maven refuses are taken, since advisories have them and nobody can doubt what they mean: `(,)` is every version, and
//! `[1.0,1.0]` is 1.0.

use super::{Bound, Bounds, Operator};
use crate::versions::{Maven, VersionScheme};

pub(super) fn parse(text: &str) -> Option<Bounds> {
    let mut rest = text;
    let mut intervals: Vec<Vec<Bound>> = Vec::new();
    let mut end: Option<&str> = None;
    while let Some(after) = rest.strip_prefix(['[', '(']) {
        let closing = after.find([']', ')'])?;
        let (inside, after) = after.split_at_checked(closing)?;
        let is_closed = (rest.starts_with('['), after.starts_with(']'));
        let (low, high) = parts(inside, is_closed)?;
        if let Some(end) = end
            && (low.is_empty() || Maven.compare(low, end)?.is_lt())
        {
            return None;
        }
        end = Some(high).filter(|high| !high.is_empty());
        intervals.push(bounds(low, high, is_closed));
        rest = trimmed(after.strip_prefix([']', ')']).unwrap_or_default());
        rest = trimmed(rest.strip_prefix(',').unwrap_or(rest));
    }
    match (intervals.is_empty(), rest.is_empty()) {
        (false, true) => Some(Bounds(intervals)),
        (true, _) => Some(Bounds(vec![Vec::new()])),
        (false, false) => None,
    }
}

/// The two ends of an interval; an empty one is no bound.
fn parts(inside: &str, is_closed: (bool, bool)) -> Option<(&str, &str)> {
    let inside = trimmed(inside);
    let Some((low, high)) = inside.split_once(',') else {
        return (is_closed == (true, true)).then_some((inside, inside));
    };
    let (low, high) = (trimmed(low), trimmed(high));
    let is_fine = if low == high {
        low.is_empty() || is_closed == (true, true)
    } else {
        low.is_empty() || high.is_empty() || Maven.compare(high, low)?.is_ge()
    };
    is_fine.then_some((low, high))
}

fn bounds(low: &str, high: &str, is_closed: (bool, bool)) -> Vec<Bound> {
    let mut bounds = Vec::new();
    if !low.is_empty() {
        let operator = if is_closed.0 {
            Operator::GreaterOrEqual
        } else {
            Operator::Greater
        };
        bounds.push(Bound::new(operator, low));
    }
    if !high.is_empty() {
        let operator = if is_closed.1 {
            Operator::LessOrEqual
        } else {
            Operator::Less
        };
        bounds.push(Bound::new(operator, high));
    }
    bounds
}

/// What Java's `trim` leaves.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter| letter <= ' ')
}
