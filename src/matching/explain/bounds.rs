//! How a version stands to each bound of an entry, one by one: what the entry's verdict is made of.

use crate::advisories::{Affected, Entry};
use crate::matching::judge::{Subject, each_requirement};
use crate::versions::Event;
use serde::Serialize;
use std::cmp::Ordering;

/// Bounds of one entry that are told; a kernel's record has some dozens.
const MOST: usize = 100;

/// A bound, and how the version stands to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// `introduced`, `fixed`, `lastAffected`, `limit` of a range, `versions` for a list of them, `vulnerable`, `patched`, `unaffected` of
    /// requirements.
    pub bound: &'static str,
    /// As the record has it; the number of versions for a list.
    pub version: String,
    /// `<`, `=` or `>`: how the installed version stands to it. Nothing for lists and requirements, and where it can't be told.
    pub order: Option<&'static str>,
    /// All of it in words: `1.2.3 < 1.2.4: below the fix`.
    pub words: String,
}

/// Every bound of an entry but those that lie before all versions.
pub(super) fn compare(subject: &Subject<'_>, entry: &Entry<'_>) -> Vec<Comparison> {
    match entry {
        Entry::Before(fixed) if *fixed == "0" => Vec::new(),
        Entry::Before(fixed) => vec![bound(subject, &Event::Fixed((*fixed).to_owned()))],
        Entry::Full(entry) => all(subject, entry),
    }
}

fn all(subject: &Subject<'_>, entry: &Affected) -> Vec<Comparison> {
    let events = entry
        .ranges
        .iter()
        .flat_map(|range| &range.events)
        .filter(|event| !matches!(event.version(), "0" | "*"))
        .map(|event| bound(subject, event));
    let listed = (!entry.versions.is_empty()).then(|| {
        let is_listed = entry.versions.iter().any(|listed| {
            listed == subject.version || subject.compare(listed) == Some(Ordering::Equal)
        });
        let is = if is_listed { "is" } else { "is not" };
        let count = entry.versions.len();
        Comparison {
            bound: "versions",
            version: count.to_string(),
            order: is_listed.then_some("="),
            words: format!(
                "{} {is} in the list of affected versions, which has {count}",
                subject.version
            ),
        }
    });
    let requirements = each_requirement(subject, &entry.requirements)
        .into_iter()
        .map(|(bound, text, is_met)| {
            let words = match is_met {
                Some(true) => format!("{} meets {text}: {bound}", subject.version),
                Some(false) => format!(
                    "{} does not meet {text}, which would be {bound}",
                    subject.version
                ),
                None => format!("{} can't be compared with {text}", subject.version),
            };
            Comparison {
                bound,
                version: text.to_owned(),
                order: None,
                words,
            }
        });
    events
        .chain(listed)
        .chain(requirements)
        .take(MOST)
        .collect()
}

fn bound(subject: &Subject<'_>, event: &Event) -> Comparison {
    let version = event.version();
    let order = subject.compare(version);
    let (bound, below, at, above) = match event {
        Event::Introduced(_) => (
            "introduced",
            "before the first affected version",
            "the first affected version",
            "after the first affected version",
        ),
        Event::Fixed(_) => ("fixed", "below the fix", "the fix", "above the fix"),
        Event::LastAffected(_) => (
            "lastAffected",
            "before the last affected version",
            "the last affected version",
            "after the last affected version",
        ),
        Event::Limit(_) => (
            "limit",
            "below the limit of the range",
            "at the limit, where the range ends",
            "beyond the limit of the range",
        ),
    };
    let words = match order {
        None => {
            return Comparison {
                bound,
                version: version.to_owned(),
                order: None,
                words: format!("{} can't be compared with {version}", subject.version),
            };
        }
        Some(Ordering::Less) => ("<", below),
        Some(Ordering::Equal) => ("=", at),
        Some(Ordering::Greater) => (">", above),
    };
    let (sign, place) = words;
    let without_epoch = if subject.bound(version) == version {
        ""
    } else {
        " (epochs left out: that of the installed source is not known)"
    };
    Comparison {
        bound,
        version: version.to_owned(),
        order: Some(sign),
        words: format!(
            "{} {sign} {version}: {place}{without_epoch}",
            subject.version
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Requirements;
    use crate::matching::judge::Stream;
    use crate::versions::{Npm, Range, Rpm, VersionScheme};

    fn subject<'a>(
        scheme: &'a dyn VersionScheme,
        version: &'a str,
        lacks_epoch: bool,
    ) -> Subject<'a> {
        Subject {
            scheme,
            version,
            lacks_epoch,
            stream: Stream::Plain,
            architecture: None,
        }
    }

    fn words(subject: &Subject<'_>, entry: Affected) -> Vec<String> {
        compare(subject, &Entry::Full(Box::new(entry)))
            .into_iter()
            .map(|comparison| comparison.words)
            .collect()
    }

    #[test]
    fn every_kind_of_bound_is_compared() {
        let events = |events: &[Event]| Affected {
            ranges: vec![Range {
                events: events.to_vec(),
            }],
            ..Affected::default()
        };
        let text = str::to_owned;
        let entry = events(&[
            Event::Introduced(text("0")),
            Event::Fixed(text("1.0.0")),
            Event::Introduced(text("1.5.0")),
            Event::LastAffected(text("2.0.0")),
            Event::Limit(text("*")),
            Event::Fixed(text("nonsense!")),
        ]);
        assert_eq!(
            words(&subject(&Npm, "1.5.0", false), entry),
            [
                "1.5.0 > 1.0.0: above the fix",
                "1.5.0 = 1.5.0: the first affected version",
                "1.5.0 < 2.0.0: before the last affected version",
                "1.5.0 can't be compared with nonsense!",
            ]
        );
        let without_epoch = words(
            &subject(&Rpm, "5.26-1", true),
            events(&[Event::Fixed(text("4:5.26-2"))]),
        );
        assert_eq!(
            without_epoch,
            [
                "5.26-1 < 4:5.26-2: below the fix (epochs left out: that of the installed source is not known)"
            ]
        );
        assert!(compare(&subject(&Rpm, "1-1", false), &Entry::Before("0")).is_empty());
        assert_eq!(
            compare(&subject(&Rpm, "1-1", false), &Entry::Before("1-2"))[0].words,
            "1-1 < 1-2: below the fix"
        );
    }

    #[test]
    fn lists_and_requirements_are_told_apart() {
        let entry = Affected {
            versions: ["1.0.0", "1.1.0"].into_iter().collect(),
            requirements: Requirements {
                vulnerable: vec!["< 2.0.0".to_owned()],
                patched: vec![">= 2.0.0".to_owned()],
                unaffected: vec!["<<".to_owned()],
            },
            ..Affected::default()
        };
        assert_eq!(
            words(&subject(&Npm, "1.0.0", false), entry.clone()),
            [
                "1.0.0 is in the list of affected versions, which has 2",
                "1.0.0 meets < 2.0.0: vulnerable",
                "1.0.0 does not meet >= 2.0.0, which would be patched",
                "1.0.0 can't be compared with <<",
            ]
        );
        assert_eq!(
            words(&subject(&Npm, "1.2.0", false), entry)[0],
            "1.2.0 is not in the list of affected versions, which has 2"
        );
    }
}
