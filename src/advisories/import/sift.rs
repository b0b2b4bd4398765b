//! Taking out of an advisory what no reader could make sense of, whatever feed it came from.

use crate::advisories::Advisory;
use crate::packages::ecosystem_kind;

/// Why a range is left out.
pub(super) const BACKWARDS: &str = "a range that ends before it begins";

/// Takes out ranges that end before they begin, in the order of their ecosystem's versions, and the entries that have nothing else
/// to say; the number of those ranges. An entry that other ranges or a list of versions still speak for stays, and so does a record
/// without any entry left: its ids and ratings are as good as before.
pub(super) fn sift(advisory: &mut Advisory) -> usize {
    let mut taken_out = 0;
    advisory.affected.retain_mut(|entry| {
        let Some(kind) = ecosystem_kind(entry.ecosystem_family()) else {
            return true;
        };
        let before = entry.ranges.len();
        entry
            .ranges
            .retain(|range| !range.is_backwards(kind.scheme));
        let lost = before - entry.ranges.len();
        taken_out += lost;
        lost == 0
            || !entry.ranges.is_empty()
            || !entry.versions.is_empty()
            || !entry.requirements.is_empty()
    });
    taken_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Affected;
    use crate::versions::{Event, Range};

    fn entry(ecosystem: &str, ranges: &[(&str, &str)]) -> Affected {
        Affected {
            ecosystem: ecosystem.to_owned(),
            package: "alpha".to_owned(),
            ranges: ranges
                .iter()
                .map(|(begin, end)| Range {
                    events: vec![
                        Event::Introduced((*begin).to_owned()),
                        Event::Fixed((*end).to_owned()),
                    ],
                })
                .collect(),
            ..Affected::default()
        }
    }

    #[test]
    fn the_order_is_that_of_the_ecosystem() {
        for (ecosystem, begin, end, lost) in [
            ("npm", "2.0.0", "1.0.0", 1),
            ("npm", "1.0.0", "1.0.0", 0),
            ("npm", "1.9.0", "1.10.0", 0),
            ("npm", "0", "0", 0),
            // A pre-release of dpkg's and one of npm's; only there is it before the release.
            ("Debian:12", "1.0", "1.0~rc1", 1),
            ("npm", "1.0.0", "1.0.0-rc.1", 1),
            ("AlmaLinux:9", "1:1.0-1", "2.0-1", 1),
            ("Go", "1.0.0", "no version", 0),
            // Nobody knows the order of these.
            ("OSS-Fuzz", "2", "1", 0),
        ] {
            let mut advisory = Advisory {
                affected: vec![entry(ecosystem, &[(begin, end)])],
                ..Advisory::default()
            };
            assert_eq!(sift(&mut advisory), lost, "{ecosystem} {begin} {end}");
            assert_eq!(
                advisory.affected.len(),
                1 - lost,
                "{ecosystem} {begin} {end}"
            );
        }
    }

    #[test]
    fn what_else_an_entry_says_stays() {
        let mut listed = entry("npm", &[("2.0.0", "1.0.0")]);
        listed.versions = ["2.1.0"].into_iter().collect();
        let mut advisory = Advisory {
            affected: vec![
                entry("npm", &[("2.0.0", "1.0.0"), ("3.0.0", "3.1.0")]),
                listed,
                // An entry that never had a range is not this function's to judge.
                entry("npm", &[]),
            ],
            ..Advisory::default()
        };
        assert_eq!(sift(&mut advisory), 2);
        let left: Vec<usize> = advisory
            .affected
            .iter()
            .map(|entry| entry.ranges.len())
            .collect();
        assert_eq!(left, [1, 0, 0]);
    }
}
