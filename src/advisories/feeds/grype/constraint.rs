//! Grype's constraints as ranges: `>= 1.0, < 2.0 || = 3.1`.
//!
//! Comparators hold together where a comma or white space is between them; alternatives stand between `||`; a version alone is an
//! equality; no text at all is every version (grype, `grype/version/*_constraint.go`; `grype/db/internal/versionutil`). A range
//! of events can't say "above this version" nor "not this one": such an alternative is kept as a requirement.

use crate::versions::{Event, Range, VersionScheme};
use std::cmp::Ordering;

/// Alternatives and comparators that a constraint may have.
const MOST: usize = 200;
/// Longest version.
const LONGEST: usize = 200;

/// What a constraint with its fix comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) ranges: Vec<Range>,
    /// Alternatives that are no ranges, as comparators.
    pub(super) requirements: Vec<String>,
}

/// Reads a constraint; `None` for a text that is none. `fix` is the version that ends it, where one is known.
pub(super) fn read(scheme: &dyn VersionScheme, text: &str, fix: Option<&str>) -> Option<Meant> {
    let text = text.trim();
    let mut meant = Meant::default();
    if text.is_empty() || text.eq_ignore_ascii_case("none") {
        let mut events = vec![Event::Introduced("0".to_owned())];
        events.extend(fix.map(|fix| Event::Fixed(fix.to_owned())));
        meant.ranges.push(Range { events });
        return Some(meant);
    }
    for (number, alternative) in text.split("||").enumerate() {
        let comparators = comparators(alternative.trim())?;
        if comparators.is_empty() || number >= MOST {
            return None;
        }
        match range(scheme, &comparators, fix) {
            Some(range) => meant.ranges.push(range),
            None => meant.requirements.push(
                comparators
                    .iter()
                    .map(|(operator, version)| format!("{operator} {version}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        }
    }
    Some(meant)
}

fn comparators(text: &str) -> Option<Vec<(&str, &str)>> {
    const OPERATORS: &[&str] = &["<=", ">=", "==", "!=", "~>", "=", "<", ">", "~", "^"];
    let mut comparators = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let operator = OPERATORS.iter().find(|word| rest.starts_with(**word));
        let after = rest.get(operator.map_or(0, |word| word.len())..)?;
        let after = after.trim_start();
        // `!` and `~` are parts of versions elsewhere: `1!2.0` of Python, `1.0~rc1` of Debian.
        let end = after
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, ',' | '<' | '>' | '=' | '|')
            })
            .unwrap_or(after.len());
        let (version, after) = after.split_at_checked(end)?;
        if version.is_empty() || version.len() > LONGEST || comparators.len() >= MOST {
            return None;
        }
        comparators.push((operator.map_or("=", |word| *word), version));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some(comparators)
}

/// `None` where events can't say it.
fn range(
    scheme: &dyn VersionScheme,
    comparators: &[(&str, &str)],
    fix: Option<&str>,
) -> Option<Range> {
    let mut low: Option<&str> = None;
    let mut high: Option<(&str, &str)> = None;
    for (operator, version) in comparators {
        match *operator {
            ">=" if low.is_none() => low = Some(version),
            "<" | "<=" if high.is_none() => high = Some((operator, version)),
            "=" | "==" if comparators.len() == 1 => {
                low = Some(version);
                high = Some(("<=", version));
            }
            _ => return None,
        }
    }
    let mut events = vec![Event::Introduced(low.unwrap_or("0").to_owned())];
    let bound = |version: &str| version.to_owned();
    match (high, fix) {
        (None, None) => {}
        (None, Some(fix)) => events.push(Event::Fixed(bound(fix))),
        (Some(("<", end)), fix) => match fix {
            // The fix is a later version than the first that is not affected.
            Some(fix) if scheme.compare(end, fix) == Some(Ordering::Less) => {
                events.extend([Event::Limit(bound(end)), Event::Fixed(bound(fix))]);
            }
            _ => events.push(Event::Fixed(bound(end))),
        },
        (Some((_, end)), fix) => {
            events.push(Event::LastAffected(bound(end)));
            let is_later = |fix: &&str| scheme.compare(end, fix) == Some(Ordering::Less);
            events.extend(fix.filter(is_later).map(|fix| Event::Fixed(bound(fix))));
        }
    }
    Some(Range { events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{Deb, Npm, Pypi, Rpm, Verdict};

    fn says(scheme: &dyn VersionScheme, text: &str, fix: Option<&str>, version: &str) -> String {
        let meant = read(scheme, text, fix).expect("constraint");
        assert_eq!(meant.requirements, Vec::<String>::new());
        let affected = meant
            .ranges
            .iter()
            .find_map(|range| match range.judge(scheme, version) {
                Verdict::Affected { fixed, .. } => Some(fixed.unwrap_or("open").to_owned()),
                _ => None,
            });
        affected.unwrap_or_else(|| "no".to_owned())
    }

    #[test]
    fn bounds_and_their_fixes() {
        for (text, fix, version, expected) in [
            ("< 1.2.3", Some("1.2.3"), "1.2.2", "1.2.3"),
            ("< 1.2.3", None, "1.2.3", "no"),
            ("<1.2.3", None, "1.2.3-rc.1", "1.2.3"),
            (">=1.0.0,<2.0.0", Some("2.0.0"), "0.9.0", "no"),
            (">= 1.0.0 < 2.0.0", Some("2.0.0"), "1.0.0", "2.0.0"),
            (
                ">= 1.0.0, < 2.0.0 || >= 3.0.0, < 3.1.0",
                None,
                "3.0.5",
                "3.1.0",
            ),
            (
                ">= 1.0.0, < 2.0.0 || >= 3.0.0, < 3.1.0",
                None,
                "2.5.0",
                "no",
            ),
            ("< 2.0.0", Some("2.0.5"), "1.0.0", "2.0.5"),
            ("< 2.0.0", Some("2.0.5"), "2.0.1", "no"),
            ("<= 1.5.0", Some("1.6.0"), "1.5.0", "1.6.0"),
            ("<= 1.5.0", Some("1.6.0"), "1.5.5", "no"),
            ("<= 1.5.0", None, "1.0.0", "open"),
            ("= 1.5.0", Some("1.5.1"), "1.5.0", "1.5.1"),
            ("= 1.5.0", None, "1.4.9", "no"),
            ("1.5.0", None, "1.5.0", "open"),
            ("", None, "7.0.0", "open"),
            ("", Some("3.0.0"), "3.0.0", "no"),
            ("none", None, "7.0.0", "open"),
        ] {
            assert_eq!(says(&Npm, text, fix, version), expected, "{text} {version}");
        }
    }

    #[test]
    fn versions_with_marks_of_their_own() {
        assert_eq!(says(&Deb, "< 1.0~rc2-1", None, "1.0~rc1-1"), "1.0~rc2-1");
        assert_eq!(
            says(&Rpm, "< 0:1.2-3.el9_1", None, "1.2-2.el9"),
            "0:1.2-3.el9_1"
        );
        assert_eq!(says(&Pypi, ">=1!1.0,<1!2.0", None, "1!1.5"), "1!2.0");
    }

    #[test]
    fn what_events_cannot_say_is_a_requirement() {
        let meant = read(&Npm, ">1.0.0, <2.0.0 || <0.5.0", None).expect("constraint");
        assert_eq!(meant.requirements, ["> 1.0.0, < 2.0.0"]);
        assert_eq!(meant.ranges.len(), 1);
        assert_eq!(
            read(&Npm, "~> 1.2", None).expect("constraint").requirements,
            ["~> 1.2"]
        );
    }

    #[test]
    fn texts_that_are_none() {
        for text in [
            "<",
            "||",
            "< 1 ||",
            ">= , 1",
            &"<1,".repeat(300),
            &"1".repeat(300),
        ] {
            assert_eq!(read(&Npm, text, None), None, "{text}");
        }
    }
}
