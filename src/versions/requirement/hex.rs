//! Elixir's requirements: `~> 1.2.3 and != 1.2.5 or >= 2.0.0`.
//!
//! The reference is `Version.match?` of Elixir 1.14 (<https://hexdocs.pm/elixir/Version.html#module-requirements>), with its `allow_pre`, which is
//! on unless somebody turns it off.
//!
//! - `and` binds more tightly than `or`; both stand between blanks. A version without operator is `==`; `!` is `!=`.
//! - Versions have all of their three numbers, but for `~>`: `~> 1.2` is from 1.2.0 to before 2.0.0-0, `~> 1.2.3` to before 1.3.0-0.

use super::{Bound, Bounds, Operator, raised};
use crate::versions::semver::Semver;

pub(super) fn parse(text: &str) -> Option<Bounds> {
    let mut alternatives = Vec::new();
    for all in text.split(" or ") {
        let mut bounds = Vec::new();
        for text in all.split(" and ") {
            bounds.extend(condition(text)?);
        }
        alternatives.push(bounds);
    }
    Some(Bounds(alternatives))
}

fn condition(text: &str) -> Option<Vec<Bound>> {
    let text = text.trim_matches(' ');
    if let Some(rest) = text.strip_prefix("~>") {
        return pessimistic(rest.trim_start_matches(' '));
    }
    let (operator, version) = match Operator::take(text) {
        // A single `=` is no operator of Elixir's.
        Some((Operator::Equal, _)) => (Operator::Equal, text.strip_prefix("==")?),
        Some(taken) => taken,
        None => match text.strip_prefix('!') {
            Some(version) => (Operator::NotEqual, version),
            None => (Operator::Equal, text),
        },
    };
    let version = version.trim_start_matches(' ');
    Semver::parse(version)?;
    Some(vec![Bound::new(operator, version)])
}

fn pessimistic(text: &str) -> Option<Vec<Bound>> {
    let (core, rest) = text.split_at_checked(text.find(['-', '+']).unwrap_or(text.len()))?;
    let whole = match core.bytes().filter(|byte| *byte == b'.').count() {
        1 => format!("{core}.0{rest}"),
        _ => text.to_owned(),
    };
    let version = Semver::parse(&whole)?;
    let end = if whole.len() > text.len() {
        format!("{}.0.0-0", raised(version.major))
    } else {
        format!("{}.{}.0-0", version.major, raised(version.minor))
    };
    Some(vec![
        Bound::new(Operator::GreaterOrEqual, whole),
        Bound::new(Operator::Less, end),
    ])
}
