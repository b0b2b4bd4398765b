//! An advisory as the rest of the program knows it, whatever feed it came from.

use super::{FixState, Severity, VersionList};
use crate::packages;
use crate::versions::Range;
use jiff::Timestamp;

/// A severity in words, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The word.
    pub severity: Severity,
    /// Who rated: `almalinux`, `ghsa`, `nvd`, …
    pub source: String,
}

/// One record of a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advisory {
    /// The record's own id.
    pub id: String,
    /// Name of the feed it was imported from (`osv/Debian`, `alpine-secdb/v3.19/main`, `seed/debian`); set by the import.
    pub feed: String,
    /// Other names of the same vulnerability.
    pub aliases: Vec<String>,
    /// Of an erratum (DSA, ALSA, USN, …): the vulnerabilities it fixes, each of them one of its own. Empty where the
    /// record itself is the vulnerability.
    pub vulnerabilities: Vec<String>,
    /// One line for people, cut at [`Advisory::SUMMARY_LIMIT`] bytes.
    pub summary: Option<String>,
    /// When it was first published.
    pub published: Option<Timestamp>,
    /// When it last changed.
    pub modified: Option<Timestamp>,
    /// From when on it does not count; a time in the future is no withdrawal yet.
    pub withdrawn: Option<Timestamp>,
    /// Severities in words that hold for all of the record.
    pub ratings: Vec<Rating>,
    /// CVSS vectors that hold for all of the record, each with its source.
    pub cvss: Vec<(String, String)>,
    /// Known to be exploited.
    pub kev: bool,
    /// Why it is no vulnerability: `unmaintained`, `unsound`, `notice`, `bugfix`, `enhancement`.
    pub informational: Option<String>,
    /// A page for people.
    pub url: Option<String>,
    /// What is affected.
    pub affected: Vec<Affected>,
}

impl Advisory {
    /// Longest summary that is kept, in bytes.
    pub const SUMMARY_LIMIT: usize = 200;

    /// Whether it is withdrawn at `now`.
    pub fn is_withdrawn(&self, now: Timestamp) -> bool {
        self.withdrawn.is_some_and(|at| at <= now)
    }
}

/// What one advisory says of one package in one ecosystem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Affected {
    /// OSV ecosystem with its release: `Debian:12`, `Alpine:v3.19`, `npm`.
    pub ecosystem: String,
    /// Name in the normal form of the ecosystem; source or binary package as the ecosystem's advisories have it.
    pub package: String,
    /// Affected versions: those in any of the ranges …
    pub ranges: Vec<Range>,
    /// … or in this list.
    pub versions: VersionList,
    /// Stated by the feed; otherwise it follows from the ranges.
    pub fix_state: Option<FixState>,
    /// The rating for this package and release.
    pub severity: Option<Severity>,
    /// CVSS vectors of this entry.
    pub cvss: Vec<String>,
    /// Module streams (`nodejs:18`) the fixed package belongs to; `*` where it is modular and the record does not say of
    /// which stream. Empty for a package outside of modules.
    pub modules: Vec<String>,
    /// Architectures of the packages it is limited to, in the package manager's words (`x86_64`); empty for all.
    pub architectures: Vec<String>,
    /// Operating systems it is limited to, as the feed words them; empty for all.
    pub systems: Vec<String>,
    /// What the feed says in requirements of the ecosystem instead of ranges.
    pub requirements: Requirements,
    /// A sentence of the feed that explains the ranges, for people.
    pub note: Option<String>,
}

/// Versions in the ecosystem's own words, each a [`crate::versions::Requirement`]: for feeds that write `~> 2.0.9`. Affected is a
/// version that meets any of `vulnerable` (every version does where that is empty), and none of `patched` and `unaffected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Affected versions.
    pub vulnerable: Vec<String>,
    /// Versions with a fix.
    pub patched: Vec<String>,
    /// Versions that never had the flaw.
    pub unaffected: Vec<String>,
}

impl Requirements {
    /// Whether the feed wrote none.
    pub fn is_empty(&self) -> bool {
        self.vulnerable.is_empty() && self.patched.is_empty() && self.unaffected.is_empty()
    }
}

impl Affected {
    /// Name of the ecosystem without the release.
    pub fn ecosystem_family(&self) -> &str {
        family(&self.ecosystem)
    }
}

/// `Debian` of `Debian:12`.
pub(crate) fn family(ecosystem: &str) -> &str {
    ecosystem.split(':').next().unwrap_or(ecosystem)
}

/// The form of a name under which an ecosystem's advisories are filed. Real feeds are in it but for a few records, so
/// it is applied once, at import, and to what is looked up.
pub(crate) fn filed_name(ecosystem: &str, name: &str) -> String {
    packages::filed_name(family(ecosystem), name).into_owned()
}

/// Cuts at a character's border.
pub(crate) fn shorten(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Reads RFC 3339 times, and days alone as their first second.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|time| time.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days() {
        assert_eq!(
            parse_time("2021-12-10")
                .map(|time| time.to_string())
                .as_deref(),
            Some("2021-12-10T00:00:00Z")
        );
        assert_eq!(
            parse_time("2021-12-10T01:02:03.5Z").map(Timestamp::as_second),
            Some(1_639_098_123)
        );
        assert!(parse_time("0001-01-01T00:00:00Z").is_some_and(|time| time.as_second() < 0));
        assert_eq!(parse_time("soon"), None);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(shorten("aé", 2), "a");
        assert_eq!(shorten("aé", 3), "aé");
    }

    #[test]
    fn a_withdrawal_in_the_future_is_none_yet() {
        let advisory = Advisory {
            withdrawn: parse_time("2030-01-01"),
            ..Advisory::default()
        };
        assert!(!advisory.is_withdrawn(parse_time("2029-12-31T23:59:59Z").expect("time")));
        assert!(advisory.is_withdrawn(parse_time("2030-01-01").expect("time")));
    }
}
