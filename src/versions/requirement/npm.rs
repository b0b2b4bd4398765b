//! npm's ranges: `^1.2.3 || >=2.0.0 <2.1.x`.
//!
//! The reference is `Range` of node-semver 7.8.6, in its strict mode, asked with and without `includePrerelease`
//! (<https://github.com/npm/node-semver#ranges>).
//!
//! - Alternatives stand between `||`; in one, all comparators hold. No text at all is `*`.
//! - `^` keeps the first number that is not 0, `~` (also `~>`) the first two; a number that is missing, or `x`, `X` or `*`, is any.
//!   `1.2 - 2.3` is from 1.2.0 to before 2.4.0.
//! - White space between an operator and its version is dropped, `v` and `=` before a version too, build metadata everywhere.
//! - With prereleases, a partial version at the lower end begins at its `-0`. Without, a prerelease is meant only where a comparator of the same
//!   alternative has one of the same three numbers.

use super::{Bound, Operator};
use crate::versions::npm::parse as parse_version;
use crate::versions::{Npm, VersionScheme};

/// What a text means with prereleases, and without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    with_prereleases: Vec<Vec<Bound>>,
    without: Vec<Vec<Bound>>,
}

impl Range {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self {
            with_prereleases: alternatives(text, true)?,
            without: alternatives(text, false)?,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.without.iter().map(|all| all.len().max(1)).sum()
    }

    pub(super) fn judge(&self, version: &str, prereleases: bool) -> Option<bool> {
        let parsed = parse_version(version)?;
        let holds = |bound: &Bound| {
            Npm.compare(version, &bound.version)
                .is_some_and(|order| bound.operator.holds(order))
        };
        let names_it = |bound: &Bound| {
            parse_version(&bound.version).is_some_and(|named| {
                !named.prerelease.is_empty() && named.compare_release(&parsed).is_eq()
            })
        };
        let all = if prereleases {
            &self.with_prereleases
        } else {
            &self.without
        };
        Some(all.iter().any(|all| {
            all.iter().all(holds)
                && (prereleases || parsed.prerelease.is_empty() || all.iter().any(names_it))
        }))
    }
}

/// White space of JavaScript's patterns.
fn is_white_space(letter: char) -> bool {
    (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}'
}

fn alternatives(text: &str, prereleases: bool) -> Option<Vec<Vec<Bound>>> {
    let alternatives = text
        .split("||")
        .map(|text| comparators(text, prereleases))
        .collect::<Option<Vec<_>>>()?;
    // Where one is `*` the others do not count, nor the prereleases that they name.
    if alternatives.iter().any(Vec::is_empty) {
        return Some(vec![Vec::new()]);
    }
    Some(alternatives)
}

/// The bounds of one alternative; none for every version.
fn comparators(text: &str, prereleases: bool) -> Option<Vec<Bound>> {
    let words: Vec<&str> = text
        .split(is_white_space)
        .filter(|word| !word.is_empty())
        .collect();
    let text = without_builds(&words.join(" "));
    if let Some((from, to)) = text.split_once(" - ")
        && let (Some(low), Some(high)) = (Partial::parse(from), Partial::parse(to))
    {
        return hyphenated(from, low, to, high, prereleases);
    }
    let text = joined(&text);
    let mut bounds = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        bounds.extend(comparator(word, prereleases)?);
    }
    Some(bounds)
}

/// A text without its build metadata: `+` and identifiers with dots between them, wherever they stand.
fn without_builds(text: &str) -> String {
    let is_identifier = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        result.push_str(before);
        let mut end = identifier_end(after, is_identifier);
        if end == 0 {
            result.push('+');
            rest = after;
            continue;
        }
        while let Some(next) = after.get(end..).and_then(|rest| rest.strip_prefix('.')) {
            match identifier_end(next, is_identifier) {
                0 => break,
                length => end += 1 + length,
            }
        }
        rest = after.get(end..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

fn identifier_end(text: &str, is_identifier: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !is_identifier(letter))
        .unwrap_or(text.len())
}

/// A text without the white space between operators and what they are of.
fn joined(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // What may be before a version: an operator, then `v`, `=` and white space in any order.
        let after = rest.strip_prefix(['<', '>']).unwrap_or(rest);
        let version = after.trim_start_matches(['v', '=', ' ']);
        let begins = version.len() < rest.len()
            && version.starts_with(|letter: char| {
                letter.is_ascii_digit() || matches!(letter, 'x' | 'X' | '*')
            });
        if begins {
            let prefix = rest.get(..rest.len() - version.len()).unwrap_or_default();
            let space = usize::from(prefix.starts_with(' '));
            let operator = prefix.get(space..).unwrap_or_default();
            let operator = operator.strip_prefix(['<', '>']).unwrap_or(operator);
            let operator = operator.strip_prefix('=').unwrap_or(operator);
            // One blank, behind the operator, goes.
            let kept = prefix.len() - operator.len();
            result.push_str(prefix.get(..kept).unwrap_or_default());
            result.push_str(operator.strip_prefix(' ').unwrap_or(operator));
            rest = version;
        } else if version.len() < rest.len() {
            // The whole run, so that none is looked at twice.
            result.push_str(rest.get(..rest.len() - version.len()).unwrap_or_default());
            rest = version;
            continue;
        } else if !rest.starts_with(|letter: char| letter.is_ascii_digit()) {
            result.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let is_version = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '*' | '+')
        };
        let (version, after) = rest.split_at(identifier_end(rest, is_version));
        result.push_str(version);
        rest = after;
    }
    // Then tildes, then carets.
    let result = result.replace("~> ", "~").replace("~ ", "~");
    result.replace("^ ", "^")
}

/// A version some of whose numbers may be missing.
#[derive(Clone, Copy)]
struct Partial<'a> {
    /// `None` is any. One that is behind another that is any does not count.
    major: Option<&'a str>,
    minor: Option<&'a str>,
    patch: Option<&'a str>,
    prerelease: &'a str,
    /// Whether a number stands behind one that is any.
    is_odd: bool,
}

impl<'a> Partial<'a> {
    /// Reads a whole text. What stands before it (`v`, `=`) is passed over.
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_start_matches(['v', '=', ' ']);
        let (core, prerelease) = match text.split_once('-') {
            Some((core, prerelease)) => (core, Some(prerelease)),
            None => (text, None),
        };
        let mut parts = [None; 3];
        let mut count = 0;
        for part in core.split('.') {
            let place = parts.get_mut(count)?;
            *place = match part {
                "x" | "X" | "*" => None,
                "0" => Some(part),
                _ if !part.is_empty()
                    && !part.starts_with('0')
                    && part.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    Some(part)
                }
                _ => return None,
            };
            count += 1;
        }
        if let Some(prerelease) = prerelease {
            // The version's own grammar says what a prerelease is.
            let whole = format!("0.0.0-{prerelease}");
            if count < 3 || whole.len() > 256 || parse_version(&whole).is_none() {
                return None;
            }
        }
        let [major, minor, patch] = parts;
        Some(Self {
            major,
            minor: major.and(minor),
            patch: major.and(minor).and(patch),
            prerelease: prerelease.unwrap_or_default(),
            is_odd: (major.is_none() && minor.is_some()) || (minor.is_none() && patch.is_some()),
        })
    }

    /// The lowest version that it stands for.
    fn lowest(&self, zero: &str) -> Option<String> {
        let (major, minor, patch) = self.numbers()?;
        if self.patch.is_none() {
            version(&major, &minor, &patch, zero)
        } else if self.prerelease.is_empty() {
            version(&major, &minor, &patch, "")
        } else {
            version(&major, &minor, &patch, &format!("-{}", self.prerelease))
        }
    }

    fn numbers(&self) -> Option<(String, String, String)> {
        let number = |part: Option<&str>| part.unwrap_or("0").to_owned();
        Some((
            self.major?.to_owned(),
            number(self.minor),
            number(self.patch),
        ))
    }

    /// The lowest version behind all that share its first numbers (1: major, 2: minor too, 3: all).
    fn behind(&self, kept: usize) -> Option<String> {
        let (major, minor, patch) = self.numbers()?;
        match kept {
            1 => version(&next(&major)?, "0", "0", "-0"),
            2 => version(&major, &next(&minor)?, "0", "-0"),
            _ => version(&major, &minor, &next(&patch)?, "-0"),
        }
    }

    /// How many of its numbers there are.
    fn given(&self) -> usize {
        usize::from(self.major.is_some())
            + usize::from(self.minor.is_some())
            + usize::from(self.patch.is_some())
    }
}

fn version(major: &str, minor: &str, patch: &str, rest: &str) -> Option<String> {
    let text = format!("{major}.{minor}.{patch}{rest}");
    parse_version(&text).is_some().then_some(text)
}

fn next(number: &str) -> Option<String> {
    Some((number.parse::<u64>().ok()?.checked_add(1)?).to_string())
}

/// `1.2 - 2.3`, each end as it is written and as it was read.
fn hyphenated(
    from: &str,
    low: Partial<'_>,
    to: &str,
    high: Partial<'_>,
    prereleases: bool,
) -> Option<Vec<Bound>> {
    let zero = if prereleases { "-0" } else { "" };
    let mut bounds = Vec::new();
    // A full version is kept as it is written, and so must be one that an operator can stand before.
    let is_plain = |text: &str| {
        !text
            .strip_prefix('v')
            .unwrap_or(text)
            .starts_with(['v', '=', ' '])
    };
    if low.major.is_some() {
        if low.patch.is_some() && !is_plain(from) {
            return None;
        }
        let lowest = match low.lowest(zero)? {
            lowest if low.patch.is_some() && low.prerelease.is_empty() => format!("{lowest}{zero}"),
            lowest => lowest,
        };
        bounds.push(Bound::new(Operator::GreaterOrEqual, lowest));
    }
    match high.given() {
        0 => {}
        3 if !high.prerelease.is_empty() => {
            bounds.push(Bound::new(Operator::LessOrEqual, high.lowest("")?));
        }
        3 if !prereleases => {
            if !is_plain(to) {
                return None;
            }
            bounds.push(Bound::new(Operator::LessOrEqual, high.lowest("")?));
        }
        given => bounds.push(Bound::new(Operator::Less, high.behind(given)?)),
    }
    bounds.retain(|bound| !is_every(bound, prereleases));
    Some(bounds)
}

/// Whether npm takes a comparator for `*`.
fn is_every(bound: &Bound, prereleases: bool) -> bool {
    let lowest = if prereleases { "0.0.0-0" } else { "0.0.0" };
    bound.operator == Operator::GreaterOrEqual && bound.version == lowest
}

/// The bounds of one comparator; none for every version.
fn comparator(word: &str, prereleases: bool) -> Option<Vec<Bound>> {
    let zero = if prereleases { "-0" } else { "" };
    if let Some(rest) = word.strip_prefix('^')
        && let Some(partial) = Partial::parse(rest)
    {
        let kept = match (partial.major, partial.minor, partial.patch) {
            (None, ..) => return Some(Vec::new()),
            (Some("0"), Some("0"), Some(_)) => 3,
            (Some("0"), Some(_), _) => 2,
            _ => 1,
        };
        return Some(between(
            partial.lowest(zero)?,
            partial.behind(kept)?,
            prereleases,
        ));
    }
    if let Some(rest) = word.strip_prefix('~')
        && let Some(partial) = Partial::parse(rest.strip_prefix('>').unwrap_or(rest))
    {
        return match partial.given() {
            0 => Some(Vec::new()),
            given => Some(between(
                partial.lowest(zero)?,
                partial.behind(given.min(2))?,
                prereleases,
            )),
        };
    }
    let (operator, rest) = take_operator(word);
    match Partial::parse(rest) {
        Some(partial) if partial.given() < 3 && !partial.is_odd => {
            partially(operator, partial, prereleases)
        }
        _ => exactly(word, prereleases),
    }
}

/// The operator of a comparator; `None` is an equality.
fn take_operator(word: &str) -> (Option<Operator>, &str) {
    match Operator::take(word) {
        Some((Operator::Equal, _)) => (None, word.strip_prefix('=').unwrap_or(word)),
        Some((Operator::NotEqual, _)) | None => (None, word),
        Some((operator, rest)) => (Some(operator), rest),
    }
}

fn between(low: String, high: String, prereleases: bool) -> Vec<Bound> {
    let mut bounds = vec![
        Bound::new(Operator::GreaterOrEqual, low),
        Bound::new(Operator::Less, high),
    ];
    bounds.retain(|bound| !is_every(bound, prereleases));
    bounds
}

/// A comparator some of whose numbers are any.
fn partially(
    operator: Option<Operator>,
    partial: Partial<'_>,
    prereleases: bool,
) -> Option<Vec<Bound>> {
    let zero = if prereleases { "-0" } else { "" };
    let given = partial.given();
    if given == 0 {
        return Some(match operator {
            // Nothing is before or behind every version.
            Some(Operator::Less | Operator::Greater) => {
                vec![Bound::new(Operator::Less, "0.0.0-0")]
            }
            _ => Vec::new(),
        });
    }
    let behind = || -> Option<String> {
        let behind = partial.behind(given)?;
        Some(behind.strip_suffix("-0").unwrap_or(&behind).to_owned())
    };
    let bound = match operator {
        None => {
            return Some(between(
                partial.lowest(zero)?,
                partial.behind(given)?,
                prereleases,
            ));
        }
        Some(Operator::Greater) => {
            Bound::new(Operator::GreaterOrEqual, format!("{}{zero}", behind()?))
        }
        Some(Operator::LessOrEqual) => Bound::new(Operator::Less, format!("{}-0", behind()?)),
        Some(Operator::Less) => Bound::new(Operator::Less, partial.lowest("-0")?),
        Some(operator) => Bound::new(operator, partial.lowest(zero)?),
    };
    Some(if is_every(&bound, prereleases) {
        Vec::new()
    } else {
        vec![bound]
    })
}

/// A comparator of a whole version. The first star in it, with the operator before it, is dropped as npm does: what is left has to
/// be a comparator, or nothing.
fn exactly(word: &str, prereleases: bool) -> Option<Vec<Bound>> {
    let mut whole = String::new();
    let word = match word.split_once('*') {
        Some((before, after)) => {
            let before = before.strip_suffix('=').unwrap_or(before);
            whole.push_str(before.strip_suffix(['<', '>']).unwrap_or(before));
            whole.push_str(after);
            whole.as_str()
        }
        None => word,
    };
    if word.is_empty() {
        return Some(Vec::new());
    }
    let (operator, rest) = take_operator(word);
    // What is trimmed around a version stands in no comparator.
    if rest.contains(is_white_space) {
        return None;
    }
    parse_version(rest)?;
    let bound = Bound::new(
        operator.unwrap_or(Operator::Equal),
        rest.strip_prefix('v').unwrap_or(rest),
    );
    Some(if is_every(&bound, prereleases) {
        Vec::new()
    } else {
        vec![bound]
    })
}
