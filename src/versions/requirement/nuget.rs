//! NuGet's version ranges: `[1.0,2.0)`, `1.0` (at least), `1.*`.
//!
//! The reference is NuGet.Versioning as it is built into nuget.exe 5.8 (<https://learn.microsoft.com/nuget/concepts/package-versioning>):
//! `VersionRange.TryParse` and `Satisfies`, and of what floats `FloatRange.TryParse` and `Satisfies`.
//!
//! - An interval has one or two versions; `[1.0]` is that one alone, and a bare `1.0` is 1.0 and all behind it.
//! - `1.*` is every version of 1 that is no prerelease, `*` of all. `1.0.0-beta.*` takes the release too, and of its prereleases those that
//!   begin so. A floating version stands alone: what NuGet takes of `[1.*, 2.0)` is for choosing a version, not for telling which
//!   are meant.
//!
//! NuGet knows no unions; intervals with commas between them, as advisories write them (`[1.0,1.2),[2.0,2.1)`), are alternatives. It
//! refuses bare versions of less than three characters (`1`), for no reason it would give; they are taken. It takes a star behind a digit
//! (`1.2*`) for one in that digit's place, so that 1.10 is meant: that is refused.

use super::{Bound, Bounds, Operator};
use crate::versions::{Nuget, VersionScheme};
use std::cmp::Ordering;

pub(super) fn parse(text: &str) -> Option<Bounds> {
    let text = text.trim();
    if !text.starts_with(['[', '(']) {
        Nuget.compare(text, text)?;
        let bound = Bound::new(Operator::GreaterOrEqual, text);
        return Some(Bounds(vec![vec![bound]]));
    }
    let mut alternatives = Vec::new();
    let mut rest = text;
    loop {
        let after = rest.strip_prefix(['[', '('])?;
        let (inside, after) = after.split_at_checked(after.find([']', ')'])?)?;
        let is_closed = (rest.starts_with('['), after.starts_with(']'));
        alternatives.push(interval(inside, is_closed)?);
        let after = after.strip_prefix([']', ')'])?.trim();
        if after.is_empty() {
            return Some(Bounds(alternatives));
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

fn interval(inside: &str, is_closed: (bool, bool)) -> Option<Vec<Bound>> {
    let (low, high) = match inside.split_once(',') {
        Some((low, high)) => (low, high),
        // `(1.0]` is refused by the documentation, and taken by the library: it is empty.
        None => (inside, inside),
    };
    if low.is_empty() && high.is_empty() {
        return None;
    }
    let operators = [
        (
            low,
            is_closed.0,
            Operator::GreaterOrEqual,
            Operator::Greater,
        ),
        (high, is_closed.1, Operator::LessOrEqual, Operator::Less),
    ];
    let mut bounds = Vec::new();
    for (version, is_closed, closed, open) in operators {
        let version = version.trim();
        if !version.is_empty() {
            Nuget.compare(version, version)?;
            bounds.push(Bound::new(if is_closed { closed } else { open }, version));
        }
    }
    Some(bounds)
}

/// A version whose last part is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Floating {
    /// The numbers that are given, with dots between them.
    numbers: String,
    /// How many there are.
    given: usize,
    /// What the labels of a prerelease begin with, if prereleases are meant.
    labels: Option<String>,
}

impl Floating {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (core, labels) = match text.split_once('-') {
            Some((core, labels)) => (core, Some(labels.strip_suffix('*')?)),
            None => (text, None),
        };
        let numbers = match labels {
            None => core.strip_suffix('*')?,
            Some(_) => core.strip_suffix('*').unwrap_or(core),
        };
        let floats = numbers.len() < core.len();
        let numbers = numbers.trim();
        if text.contains('+')
            || labels.is_some_and(|labels| !begins_labels(labels, core.ends_with('*')))
        {
            return None;
        }
        let numbers = match numbers.strip_suffix('.') {
            Some(numbers) if floats && !numbers.is_empty() => numbers,
            None if !floats || numbers.is_empty() => numbers,
            _ => return None,
        };
        let given = numbers.split('.').filter(|part| !part.is_empty()).count();
        if !numbers.is_empty() {
            Nuget.compare(numbers, numbers)?;
        }
        if given > 4 || (floats && given > 3) || (given == 0 && !floats) {
            return None;
        }
        Some(Self {
            numbers: numbers.to_owned(),
            given: if floats { given } else { 4 },
            labels: labels.map(str::to_owned),
        })
    }

    pub(super) fn judge(&self, version: &str) -> Option<bool> {
        Nuget.compare(version, version)?;
        let version = version.trim();
        let version = version
            .split_once('+')
            .map_or(version, |(before, _)| before);
        let (core, labels) = match version.split_once('-') {
            Some((core, labels)) => (core, Some(labels)),
            None => (version, None),
        };
        let mut parts = core.split('.');
        let mut given = Vec::new();
        for _ in 0..self.given {
            given.push(parts.next().unwrap_or("0"));
        }
        let is_of = self.given == 0
            || Nuget
                .compare(&given.join("."), &self.numbers)
                .is_some_and(Ordering::is_eq);
        let is_fine = match (labels, &self.labels) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(labels), Some(wanted)) => labels
                .get(..wanted.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(wanted)),
        };
        Some(is_of && is_fine)
    }
}

/// Whether labels of a prerelease can begin so. Without a star among the numbers, NuGet takes no hyphen before one that is a label
/// of its own.
fn begins_labels(text: &str, floats: bool) -> bool {
    let is_whole = text.is_empty() || text.ends_with('.');
    let filler = if is_whole { "0" } else { "" };
    let whole = format!("0-{text}{filler}");
    (floats || !is_whole || !text.contains('-')) && Nuget.compare(&whole, &whole).is_some()
}
