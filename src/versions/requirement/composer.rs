//! Composer's constraints: `^2.0 || >=1.1,<1.1.5`.
//!
//! The reference is `Semver::satisfies` of composer/semver 3.3.2 (<https://getcomposer.org/doc/articles/versions.md#writing-version-constraints>,
//! `VersionParser::parseConstraints`):
//!
//! - Alternatives stand between `|` or `||`, what holds together between commas or blanks.
//! - `^` keeps the first number that is not 0, `~` all but the last that is given. `1.2.*` is of 1.2, `1.0 - 2.0` goes on to before 2.1.
//! - `<V` and `>=V` are meant from V's `-dev` on, so that no prerelease of V slips between them, unless V names its stability. A
//!   stability behind `@` takes the place of that `-dev`, except for `@stable`.
//! - Numbers that are raised and do not fit into 64 bits become PHP's floating point numbers, and are compared as they are printed.
//! - A branch is equal to itself alone; `!=` is true of all others, and no `<` or `>` of any.
//!
//! Of alternatives next to each other `>=A <B || >=B <C` is `>=A <C`, whether or not A < B < C: Composer takes them together unseen.

use super::Operator;
use crate::versions::composer::{Suffix, compare_normalized, normalize};

/// Alternatives of conditions that hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraints(Vec<Vec<Constraint>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Constraint {
    Every,
    /// The version is a normalised one.
    Bound(Operator, String),
}

impl Constraints {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b']);
        let mut alternatives = Vec::new();
        for text in split_alternatives(text) {
            let mut all = Vec::new();
            for text in split_conditions(text) {
                all.extend(constraints(text)?);
            }
            alternatives.push(all);
        }
        Some(Self(joined(alternatives)))
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    pub(super) fn judge(&self, version: &str) -> Option<bool> {
        let version = normalize(version)?;
        Some(
            self.0
                .iter()
                .any(|all| all.iter().all(|constraint| constraint.holds(&version))),
        )
    }
}

impl Constraint {
    fn holds(&self, version: &str) -> bool {
        let Self::Bound(operator, bound) = self else {
            return true;
        };
        if version.starts_with("dev-") || bound.starts_with("dev-") {
            return match operator {
                Operator::Equal => version == bound,
                Operator::NotEqual => version != bound,
                _ => false,
            };
        }
        operator.holds(compare_normalized(version, bound))
    }
}

/// What `\s` is in PHP's patterns.
fn is_white_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

/// What is between `|` or `||`, without white space around these.
fn split_alternatives(text: &str) -> Vec<&str> {
    let mut alternatives = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('|') {
        alternatives.push(before.trim_end_matches(is_white_space));
        let after = after.strip_prefix('|').unwrap_or(after);
        rest = after.trim_start_matches(is_white_space);
    }
    alternatives.push(rest);
    alternatives
}

/// What is between the commas and blanks that separate, which not all do: `>= 1.0`, `1.0 - 2.0` and `1.0 as 2.0` are each one.
fn split_conditions(text: &str) -> Vec<&str> {
    let mut conditions = Vec::new();
    let mut start = 0;
    let mut place = 0;
    while place < text.len() {
        match separator_end(text.as_bytes(), place) {
            Some(end) => {
                conditions.push(text.get(start..place).unwrap_or_default());
                start = end;
                place = end;
            }
            None => place += 1,
        }
    }
    conditions.push(text.get(start..).unwrap_or_default());
    conditions
}

/// Where the separator ends that begins at a place; `None` where none does.
fn separator_end(text: &[u8], place: usize) -> Option<usize> {
    let at = |place: usize| text.get(place).copied();
    let blanks = |place: usize| {
        let rest = text.get(place..).unwrap_or_default();
        rest.iter().take_while(|byte| **byte == b' ').count()
    };
    let before = text.get(..place)?;
    if before.is_empty()
        || before.ends_with(b"as")
        || before.ends_with(b"=")
        || before.ends_with(b">")
        || before.ends_with(b"<")
        || before.ends_with(b" ")
        || before.ends_with(b",")
        || !matches!(at(place), Some(b' ' | b','))
    {
        return None;
    }
    // The character that separates is the last one that can, with blanks before and behind it.
    (place..=place + blanks(place)).rev().find_map(|middle| {
        let separates = matches!(at(middle), Some(b' ' | b','))
            && middle.checked_sub(1).and_then(at) != Some(b'-')
            && at(middle + 1) != Some(b'-');
        if !separates {
            return None;
        }
        let first = middle + 1;
        (first..=first + blanks(first)).rev().find(|&end| {
            let rest = text.get(end..).unwrap_or_default();
            !(rest.is_empty() || rest.starts_with(b",") || rest.starts_with(b"as"))
        })
    })
}

/// Alternatives of which each begins where the one before ends are one.
fn joined(alternatives: Vec<Vec<Constraint>>) -> Vec<Vec<Constraint>> {
    let mut joined: Vec<Vec<Constraint>> = Vec::new();
    for mut all in alternatives {
        if let Some(last) = joined.last_mut()
            && let [
                Constraint::Bound(Operator::GreaterOrEqual, _),
                Constraint::Bound(Operator::Less, end),
            ] = last.as_mut_slice()
            && let [
                Constraint::Bound(Operator::GreaterOrEqual, begin),
                Constraint::Bound(Operator::Less, next),
            ] = all.as_mut_slice()
            && *end == *begin
        {
            std::mem::swap(end, next);
            continue;
        }
        joined.push(all);
    }
    joined
}

/// The numbers of a version in a constraint, and what is behind them.
struct Pattern<'a> {
    /// Those that are missing are empty.
    numbers: [&'a str; 4],
    /// Whether it names a stability.
    is_unstable: bool,
    /// Whether it is `1.x-dev`.
    is_branch: bool,
}

impl<'a> Pattern<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (numbers, rest) = take_numbers::<4>(text)?;
        let rest = match rest.split_once('+') {
            Some((_, build)) if build.is_empty() || build.contains(is_white_space) => return None,
            Some((rest, _)) => rest,
            None => rest,
        };
        let is_branch = rest
            .strip_prefix('.')
            .and_then(|rest| rest.strip_prefix(['x', 'X', '*']))
            .map(|rest| rest.strip_prefix(['.', '-']).unwrap_or(rest))
            .is_some_and(|rest| rest.eq_ignore_ascii_case("dev"));
        let is_unstable = if is_branch {
            true
        } else {
            let suffix = Suffix::parse(rest.as_bytes())?;
            suffix.word.is_some() || suffix.dev
        };
        Some(Self {
            numbers,
            is_unstable,
            is_branch,
        })
    }

    /// How many numbers there are.
    fn given(&self) -> usize {
        self.numbers
            .iter()
            .filter(|number| !number.is_empty())
            .count()
    }

    /// The development version of what is behind all that share the first numbers.
    fn behind(&self, kept: usize) -> String {
        format!("{}-dev", padded(self.numbers, kept, true))
    }
}

/// Up to so many numbers with dots between them, and the rest.
fn take_numbers<const MOST: usize>(text: &str) -> Option<([&str; MOST], &str)> {
    let mut numbers = [""; MOST];
    let mut rest = text;
    for (place, number) in numbers.iter_mut().enumerate() {
        let after = if place == 0 {
            rest
        } else {
            match rest.strip_prefix('.') {
                Some(after) => after,
                None => break,
            }
        };
        let end = after
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(after.len());
        match after.split_at_checked(end) {
            Some(("", _)) | None if place == 0 => return None,
            Some(("", _)) | None => break,
            Some((digits, after)) => (*number, rest) = (digits, after),
        }
    }
    Some((numbers, rest))
}

/// Four numbers of which the first ones are kept, the last of these raised or not.
fn padded(numbers: [&str; 4], kept: usize, raise: bool) -> String {
    let mut text = String::new();
    for (place, number) in numbers.into_iter().enumerate() {
        if place > 0 {
            text.push('.');
        }
        if place + 1 == kept && raise {
            text.push_str(&raised(number));
        } else {
            text.push_str(if place < kept { number } else { "0" });
        }
    }
    text
}

/// A number and one, as PHP prints it.
fn raised(number: &str) -> String {
    let value = number.parse::<i64>().ok();
    if let Some(value) = value.and_then(|value| value.checked_add(1)) {
        return value.to_string();
    }
    // Digits always are a number. PHP shows fourteen of its places.
    let value = number.parse::<f64>().unwrap_or(f64::INFINITY) + 1.0;
    if value.is_infinite() {
        return "INF".to_owned();
    }
    let text = format!("{value:.13e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0');
    let zero = if digits.ends_with('.') { "0" } else { "" };
    format!("{digits}{zero}E+{exponent}")
}

fn bound(operator: Operator, version: impl Into<String>) -> Constraint {
    Constraint::Bound(operator, version.into())
}

fn between(low: String, high: String) -> Vec<Constraint> {
    vec![
        bound(Operator::GreaterOrEqual, low),
        bound(Operator::Less, high),
    ]
}

/// What one constraint of the text stands for.
fn constraints(text: &str) -> Option<Vec<Constraint>> {
    let text = without_alias(text);
    let (text, stability) = split_stability(text);
    let text = without_reference(text);
    if let Some(every) = every(text) {
        return Some(vec![every]);
    }
    if let Some(rest) = text.strip_prefix('~')
        && let Some(pattern) = Pattern::parse(rest)
    {
        let given = pattern.given() + usize::from(pattern.is_branch);
        let low = low(rest, &pattern)?;
        return Some(between(low, pattern.behind(given.saturating_sub(1).max(1))));
    }
    if let Some(rest) = text.strip_prefix('^')
        && let Some(pattern) = Pattern::parse(rest)
    {
        let kept = match pattern.numbers {
            ["0", "0", patch, _] if !patch.is_empty() => 3,
            ["0", minor, ..] if !minor.is_empty() => 2,
            _ => 1,
        };
        return Some(between(low(rest, &pattern)?, pattern.behind(kept)));
    }
    if let Some(numbers) = wildcard(text) {
        let kept = numbers.iter().filter(|number| !number.is_empty()).count();
        let low = format!("{}-dev", padded(numbers, kept, false));
        let high = format!("{}-dev", padded(numbers, kept, true));
        return Some(if low == "0.0.0.0-dev" {
            vec![bound(Operator::Less, high)]
        } else {
            between(low, high)
        });
    }
    if let Some((from, to)) = hyphenated(text)
        && let (Some(begin), Some(end)) = (Pattern::parse(from), Pattern::parse(to))
    {
        let mut low = normalize(from)?;
        if !begin.is_unstable {
            low.push_str("-dev");
        }
        let last = normalize(to)?;
        let high = match end.given() {
            3.. => bound(Operator::LessOrEqual, last),
            _ if end.is_unstable => bound(Operator::LessOrEqual, last),
            given => bound(Operator::Less, end.behind(given)),
        };
        return Some(vec![bound(Operator::GreaterOrEqual, low), high]);
    }
    compared(text, stability).map(|constraint| vec![constraint])
}

/// `1.0 as 2.0` without ` as 2.0`.
fn without_alias(text: &str) -> &str {
    let is_end = |letter: char| letter == ',' || is_white_space(letter);
    let split = || {
        let (version, rest) = text.split_once(' ')?;
        let rest = rest.trim_start_matches(' ').strip_prefix("as ")?;
        let alias = rest.trim_start_matches(' ');
        (!version.is_empty()
            && !version.contains(is_end)
            && !alias.is_empty()
            && !alias.contains(is_end))
        .then_some(version)
    };
    split().unwrap_or(text)
}

/// `1.0@beta` as `1.0` and `beta`. `stable` is dropped, and nothing before it is `*`.
fn split_stability(text: &str) -> (&str, Option<&str>) {
    let Some((version, flag)) = text.rsplit_once('@') else {
        return (text, None);
    };
    let is_flag = ["stable", "rc", "beta", "alpha", "dev"]
        .iter()
        .any(|word| flag.eq_ignore_ascii_case(word));
    if !is_flag || version.contains(|letter| letter == ',' || is_white_space(letter)) {
        return (text, None);
    }
    let version = if version.is_empty() { "*" } else { version };
    (version, Some(flag).filter(|flag| *flag != "stable"))
}

/// `dev-main#1f2e3d` and `1.x-dev#1f2e3d` without the reference.
fn without_reference(text: &str) -> &str {
    let split = || {
        let (version, reference) = text.split_once('#')?;
        let (start, _) = version.split_at_checked(4).unwrap_or((version, ""));
        let end = version
            .len()
            .checked_sub(6)
            .and_then(|end| version.get(end..));
        let is_branch = (start.eq_ignore_ascii_case("dev-") && version.len() > 4)
            || (version.len() > 6 && end.is_some_and(|end| end.eq_ignore_ascii_case(".x-dev")));
        (is_branch
            && !reference.is_empty()
            && !version.contains(|letter| matches!(letter, ',' | '@') || is_white_space(letter)))
        .then_some(version)
    };
    split().unwrap_or(text)
}

/// `*` and `x.x`.
fn every(text: &str) -> Option<Constraint> {
    let rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
    rest.split('.')
        .all(|part| matches!(part, "x" | "X" | "*"))
        .then(|| {
            if rest.len() < text.len() || rest.len() > 1 {
                bound(Operator::GreaterOrEqual, "0.0.0.0-dev")
            } else {
                Constraint::Every
            }
        })
}

/// The lower end of a range that names a version.
fn low(text: &str, pattern: &Pattern<'_>) -> Option<String> {
    if pattern.is_unstable {
        normalize(text)
    } else {
        normalize(&format!("{text}-dev"))
    }
}

/// The numbers of `1.2.*`, of which there is one at least and three at most.
fn wildcard(text: &str) -> Option<[&str; 4]> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let ([major, minor, patch], rest) = take_numbers::<3>(text)?;
    let stars = rest.strip_prefix('.')?;
    stars
        .split('.')
        .all(|part| matches!(part, "x" | "X" | "*"))
        .then_some([major, minor, patch, ""])
}

/// The two ends of `1.0 - 2.0`.
fn hyphenated(text: &str) -> Option<(&str, &str)> {
    let (from, rest) = text.split_once(' ')?;
    let to = rest.trim_start_matches(' ').strip_prefix("- ")?;
    Some((from, to.trim_start_matches(' ')))
}

/// An operator, or none, and a version.
fn compared(text: &str, stability: Option<&str>) -> Option<Constraint> {
    let (operator, rest) = match text.strip_prefix("<>") {
        Some(rest) => (Operator::NotEqual, rest),
        None => Operator::take(text).unwrap_or((Operator::Equal, text)),
    };
    let rest = rest.trim_start_matches(is_white_space);
    // What follows a line feed is no part of the pattern.
    let rest = rest.split('\n').next().unwrap_or_default();
    let mut version = normalize(rest).or_else(|| misnamed_branch(rest))?;
    match stability {
        Some(stability) if operator != Operator::Equal && is_stable(&version) => {
            version.push('-');
            version.push_str(stability);
        }
        _ if matches!(operator, Operator::Less | Operator::GreaterOrEqual)
            && !names_stability(rest)
            && !rest.starts_with("dev-") =>
        {
            version.push_str("-dev");
        }
        _ => {}
    }
    Some(bound(operator, version))
}

/// `main-dev`, which should be `dev-main`, as that.
fn misnamed_branch(text: &str) -> Option<String> {
    let name = text.strip_suffix("-dev")?;
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '/');
    if !name.chars().all(is_part) {
        return None;
    }
    normalize(&format!("dev-{name}"))
}

/// Whether a normalised version is a stable one.
fn is_stable(version: &str) -> bool {
    !(version.starts_with("dev-")
        || ["-dev", "-alpha", "-beta", "-RC"]
            .iter()
            .any(|word| version.contains(word)))
}

/// Whether a version ends in a stability behind a hyphen. `RC` does not count: Composer looks for it among lower case.
fn names_stability(text: &str) -> bool {
    text.match_indices('-').any(|(place, _)| {
        text.get(place + 1..)
            .and_then(|suffix| Suffix::parse(suffix.as_bytes()))
            .is_some_and(|suffix| {
                !suffix
                    .word
                    .is_some_and(|word| word.eq_ignore_ascii_case(b"rc"))
            })
    })
}
