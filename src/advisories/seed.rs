//! The database that is built into the program, so that the first command works with nothing else: well-known
//! vulnerabilities, curated by hand under `vulndb/seed/`. Facts only; how to write one is in `vulndb/seed/README.md`.

use super::model::parse_time;
use super::store::{Writer, prepare};
use super::{Advisory, Affected, DatabaseError, FixState, Rating, Severity};
use crate::versions::{Event, Range};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use std::path::Path;

/// First part of the feeds' names, and name of the database in messages.
const NAME: &str = "seed";
/// The day, in RFC 3339.
const CURATED: &str = "2026-11-22T00:00:00Z";

/// One file of `vulndb/seed/`, a feed of its own (`seed/debian`): an id may stand in several of them.
struct File {
    name: &'static str,
    /// Ecosystem that all its entries are of, without the release.
    family: &'static str,
    text: &'static str,
}

/// The files of `vulndb/seed/`.
const FILES: &[File] = &[
    File {
        name: "alpine",
        family: "Alpine",
        text: include_str!("../../vulndb/seed/alpine.toml"),
    },
    File {
        name: "crates",
        family: "crates.io",
        text: include_str!("../../vulndb/seed/crates.toml"),
    },
    File {
        name: "debian",
        family: "Debian",
        text: include_str!("../../vulndb/seed/debian.toml"),
    },
    File {
        name: "go",
        family: "Go",
        text: include_str!("../../vulndb/seed/go.toml"),
    },
    File {
        name: "maven",
        family: "Maven",
        text: include_str!("../../vulndb/seed/maven.toml"),
    },
    File {
        name: "npm",
        family: "npm",
        text: include_str!("../../vulndb/seed/npm.toml"),
    },
    File {
        name: "pypi",
        family: "PyPI",
        text: include_str!("../../vulndb/seed/pypi.toml"),
    },
    File {
        name: "rhel",
        family: "AlmaLinux",
        text: include_str!("../../vulndb/seed/rhel.toml"),
    },
    File {
        name: "rubygems",
        family: "RubyGems",
        text: include_str!("../../vulndb/seed/rubygems.toml"),
    },
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

/// Which files are in the database already. To read them all costs more than the rest of a small scan, and an image has
/// packages of a few ecosystems only.
#[derive(Debug, Default)]
pub(super) struct Loaded([bool; FILES.len()]);

impl Loaded {
    /// Puts the files for an ecosystem (without its release; `None` for all) into the database, unless they are there.
    /// Says whether the database changed.
    pub(super) fn load(
        &mut self,
        connection: &Connection,
        family: Option<&str>,
    ) -> Result<bool, DatabaseError> {
        let place = Path::new(NAME);
        let mut writer = None;
        for (file, loaded) in FILES.iter().zip(&mut self.0) {
            if *loaded || family.is_some_and(|family| family != file.family) {
                continue;
            }
            *loaded = true;
            let writer = match &mut writer {
                None => writer.insert(Writer::new(connection, place)?),
                Some(writer) => writer,
            };
            let feed = format!("{NAME}/{}", file.name);
            let advisories = parse(file.text);
            for advisory in advisories
                .map_err(|error| DatabaseError::damaged(place, format!("{}: {error}", file.name)))?
            {
                writer.write(&feed, &prepare(&advisory))?;
            }
        }
        match writer {
            None => Ok(false),
            Some(writer) => writer.finish(curated()).map(|_| true),
        }
    }
}

/// When somebody last went over the files.
pub(super) fn curated() -> Timestamp {
    parse_time(CURATED).unwrap_or_default()
}

/// The feeds of the seed with the number of their records and the newest day of publication, counted without parsing:
/// every report names them.
pub(super) fn feeds() -> impl Iterator<Item = (String, u64, Option<Timestamp>)> {
    FILES.iter().map(|file| {
        let lines = || file.text.lines();
        let records = lines().filter(|line| *line == "[[advisory]]").count() as u64;
        let newest = lines()
            .filter_map(|line| line.strip_prefix("published = \"")?.strip_suffix('"'))
            .max();
        (
            format!("{NAME}/{}", file.name),
            records,
            newest.and_then(parse_time),
        )
    })
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
        for File {
            name: file,
            family,
            text,
        } in FILES
        {
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
                    assert_eq!(entry.ecosystem_family(), *family, "{file}: {}", advisory.id);
                }
            }
        }
    }
}
