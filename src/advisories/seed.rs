//! The database that is built into the program, so that the first command works with nothing else: well-known
//! vulnerabilities, curated by hand under `vulndb/seed/`. Facts only; how to write one is in `vulndb/seed/README.md`.

use super::model::parse_time;
use super::store::{Writer, prepare};
use super::{Advisory, Affected, DatabaseError, FixState, Rating, Severity};
use crate::versions::{Event, Range};
use rusqlite::Connection;
use serde::Deserialize;
use std::path::Path;

/// Name of the feed, and of the database in messages.
const NAME: &str = "seed";
/// When somebody last went over the files.
const CURATED: &str = "2026-11-22T00:00:00Z";

/// The files of `vulndb/seed/`.
const FILES: &[(&str, &str)] = &[
    ("alpine", include_str!("../../vulndb/seed/alpine.toml")),
    ("crates", include_str!("../../vulndb/seed/crates.toml")),
    ("debian", include_str!("../../vulndb/seed/debian.toml")),
    ("go", include_str!("../../vulndb/seed/go.toml")),
    ("maven", include_str!("../../vulndb/seed/maven.toml")),
    ("npm", include_str!("../../vulndb/seed/npm.toml")),
    ("pypi", include_str!("../../vulndb/seed/pypi.toml")),
    ("rhel", include_str!("../../vulndb/seed/rhel.toml")),
    ("rubygems", include_str!("../../vulndb/seed/rubygems.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    advisory: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    severity: Option<String>,
    severity_source: Option<String>,
    #[serde(default)]
    cvss: Vec<String>,
    #[serde(default)]
    kev: bool,
    published: Option<String>,
    #[serde(default)]
    affected: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    ecosystem: String,
    package: String,
    #[serde(default)]
    ranges: Vec<Bounds>,
    fix_state: Option<State>,
    severity: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum State {
    NotFixed,
    WontFix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

/// Puts the seed into an empty database.
pub(super) fn fill(connection: &Connection) -> Result<(), DatabaseError> {
    let place = Path::new(NAME);
    let mut writer = Writer::new(connection, place)?;
    for (file, text) in FILES {
        for advisory in parse(text)
            .map_err(|error| DatabaseError::damaged(place, format!("{file}: {error}")))?
        {
            writer.write(NAME, &prepare(&advisory))?;
        }
    }
    writer.finish(parse_time(CURATED).unwrap_or_default())
}

/// Reads one file of the seed; the first mistake in it is the error.
fn parse(text: &str) -> Result<Vec<Advisory>, String> {
    let seed: Seed = toml::from_str(text).map_err(|error| error.to_string())?;
    seed.advisory.into_iter().map(advisory).collect()
}

fn advisory(record: Record) -> Result<Advisory, String> {
    let id = record.id;
    let word = |text: String| {
        text.parse::<Severity>()
            .map_err(|()| format!("{id}: {text} is no severity"))
    };
    let source = record.severity_source.unwrap_or_else(|| NAME.to_owned());
    let mut ratings = Vec::new();
    if let Some(text) = record.severity {
        ratings.push(Rating {
            severity: word(text)?,
            source: source.clone(),
        });
    }
    let mut affected = Vec::with_capacity(record.affected.len());
    for entry in record.affected {
        affected.push(Affected {
            severity: entry.severity.map(word).transpose()?,
            ranges: entry.ranges.into_iter().map(range).collect(),
            ecosystem: entry.ecosystem,
            package: entry.package,
            fix_state: entry.fix_state.map(|state| match state {
                State::NotFixed => FixState::NotFixed,
                State::WontFix => FixState::WontFix,
            }),
            ..Affected::default()
        });
    }
    Ok(Advisory {
        feed: NAME.to_owned(),
        aliases: record.aliases,
        published: match record.published {
            None => None,
            Some(text) => {
                Some(parse_time(&text).ok_or_else(|| format!("{id}: {text} is no date"))?)
            }
        },
        ratings,
        cvss: record
            .cvss
            .into_iter()
            .map(|vector| (vector, source.clone()))
            .collect(),
        kev: record.kev,
        affected,
        id,
        ..Advisory::default()
    })
}

fn range(bounds: Bounds) -> Range {
    let mut events = vec![Event::Introduced(
        bounds.introduced.unwrap_or_else(|| "0".to_owned()),
    )];
    events.extend(bounds.fixed.map(Event::Fixed));
    events.extend(bounds.last_affected.map(Event::LastAffected));
    Range { events }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Cvss;

    const EXAMPLE: &str = r#"
        [[advisory]]
        id = "CVE-2021-44228"
        aliases = ["GHSA-jfh8-c2jp-5v3q"]
        severity = "critical"
        severity_source = "nvd"
        cvss = ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"]
        kev = true
        published = "2021-12-10"
        [[advisory.affected]]
        ecosystem = "Maven"
        package = "org.apache.logging.log4j:log4j-core"
        ranges = [ { introduced = "2.0-beta9", fixed = "2.3.1" }, { introduced = "2.4", last_affected = "2.12.1" } ]
        [[advisory.affected]]
        ecosystem = "Debian:12"
        package = "apache-log4j2"
        ranges = [ { introduced = "0" } ]
        fix_state = "wontFix"
        severity = "low"
    "#;

    #[test]
    fn a_file_is_read() {
        let advisories = parse(EXAMPLE).expect("parses");
        let [advisory] = advisories.as_slice() else {
            panic!("{advisories:?}")
        };
        assert!(advisory.kev);
        assert_eq!(
            advisory.ratings,
            [Rating {
                severity: Severity::Critical,
                source: "nvd".to_owned()
            }]
        );
        assert_eq!(advisory.affected[0].ranges.len(), 2);
        assert_eq!(
            advisory.affected[0].ranges[1].events,
            [
                Event::Introduced("2.4".to_owned()),
                Event::LastAffected("2.12.1".to_owned())
            ]
        );
        assert_eq!(advisory.affected[1].fix_state, Some(FixState::WontFix));
        assert_eq!(advisory.affected[1].severity, Some(Severity::Low));
    }

    #[test]
    fn mistakes_are_told() {
        for (from, to, complaint) in [
            ("\"critical\"", "\"awful\"", "awful is no severity"),
            ("2021-12-10", "last week", "last week is no date"),
            ("kev", "kew", "kew"),
            ("wontFix", "never", "never"),
        ] {
            let error = parse(&EXAMPLE.replacen(from, to, 1)).expect_err(complaint);
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn every_file_of_the_seed_holds() {
        for (file, text) in FILES {
            let advisories = parse(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(!advisories.is_empty(), "{file} is empty");
            for advisory in advisories {
                assert!(
                    !advisory.affected.is_empty(),
                    "{file}: {} affects nothing",
                    advisory.id
                );
                for (vector, _) in &advisory.cvss {
                    assert!(
                        Cvss::of(vector, "").is_some(),
                        "{file}: {}: {vector}",
                        advisory.id
                    );
                }
                for entry in &advisory.affected {
                    assert!(
                        !entry.ranges.is_empty(),
                        "{file}: {} of {} without a range",
                        advisory.id,
                        entry.package
                    );
                }
            }
        }
    }
}
