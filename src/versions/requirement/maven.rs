//! Maven's version ranges: `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.5]`.
//!
//! The reference is `VersionRange.createFromVersionSpec` and `containsVersion` of Maven 3.8.7
//! (<https://maven.apache.org/pom.html#dependency-version-requirement-specification>):
//!
//! - Intervals stand between commas, in ascending order and without overlap. `[` and `]` take their version in, `(` and `)` leave it out; a
//!   missing one is no bound. `[1.5]` is that version alone.
//! - What is no interval is a recommendation, which every version satisfies: `1.0` means "1.0 if nobody minds", and so says nothing.
//! - No text at all is no version.

use super::{Bound, Bounds, Operator};
use crate::versions::{Maven, VersionScheme};
use std::cmp::Ordering;

pub(super) fn parse(text: &str) -> Option<Bounds> {
    if text.is_empty() {
        return Some(Bounds(Vec::new()));
    }
    let mut rest = text;
    let mut intervals: Vec<Vec<Bound>> = Vec::new();
    // Where the last interval ends, unless it has no end.
    let mut end: Option<&str> = None;
    while let Some(after) = rest.strip_prefix(['[', '(']) {
        let closing = after.find([']', ')'])?;
        let (inside, after) = after.split_at_checked(closing)?;
        let is_closed = (rest.starts_with('['), after.starts_with(']'));
        let (low, high) = parts(inside, is_closed)?;
        if let Some(end) = end
            && Maven.compare(low?, end)?.is_lt()
        {
            return None;
        }
        end = high;
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

/// The two ends of an interval, as far as there are any.
fn parts(inside: &str, is_closed: (bool, bool)) -> Option<(Option<&str>, Option<&str>)> {
    let inside = trimmed(inside);
    let Some((low, high)) = inside.split_once(',') else {
        return (is_closed == (true, true)).then_some((Some(inside), Some(inside)));
    };
    let end = |text| Some(trimmed(text)).filter(|text| !text.is_empty());
    let ends = (end(low), end(high));
    let is_fine = match ends {
        (Some(low), Some(high)) => match Maven.compare(high, low)? {
            Ordering::Less => false,
            Ordering::Equal => is_closed == (true, true),
            Ordering::Greater => true,
        },
        _ => true,
    };
    is_fine.then_some(ends)
}

fn bounds(low: Option<&str>, high: Option<&str>, is_closed: (bool, bool)) -> Vec<Bound> {
    let mut bounds = Vec::new();
    if let Some(low) = low {
        let operator = if is_closed.0 {
            Operator::GreaterOrEqual
        } else {
            Operator::Greater
        };
        bounds.push(Bound::new(operator, low));
    }
    if let Some(high) = high {
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
