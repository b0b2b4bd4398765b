//! The tables that tie vulnerabilities to packages of releases and of languages, and the advisories they come to.
//!
//! Rows of vulnerabilities are read provider by provider, those that tie them to packages all at once, in some twenty bytes each:
//! whether a file has an index that would find them is for the file to say.

use super::blob::{Package, Said, Vulnerability};
use super::names::{self, Release};
use super::sqlite::{Result, Source};
use super::{NAME, constraint, number, skip_rest, text, time, usable};
use crate::advisories::feeds::Records;
use crate::advisories::identity::{cve_in, database_of, is_cve};
use crate::advisories::model::shorten;
use crate::advisories::{Advisory, Affected, Fact, Rating, Requirements, Severity};
use crate::packages::PackageKind;
use crate::versions::{Event, Range};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// Most rows that tie vulnerabilities to packages.
const MOST: usize = 64 << 20;

/// What ties a vulnerability to a package.
#[derive(Clone, Copy)]
struct Tie {
    vulnerability: u32,
    /// Of a distribution's package.
    release: Option<u32>,
    package: u32,
    blob: u32,
    says: Said,
}

/// A row about a vulnerability.
struct Handle {
    id: u32,
    name: String,
    blob: u32,
    is_rejected: bool,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
    withdrawn: Option<Timestamp>,
}

pub(super) struct Tables<'s> {
    source: &'s Source,
    releases: HashMap<u32, Release>,
    packages: HashMap<u32, (Option<&'static PackageKind>, String)>,
    /// By vulnerability.
    ties: Vec<Tie>,
}

impl<'s> Tables<'s> {
    pub(super) fn read(source: &'s Source, records: &mut Records<'_>) -> Result<Self> {
        let mut tables = Self {
            source,
            releases: HashMap::new(),
            packages: HashMap::new(),
            ties: Vec::new(),
        };
        tables.read_releases(records);
        let columns = ["id", "ecosystem", "name"];
        let read = source.rows("packages", &columns, None, &mut |row| {
            if let (Some(id), Some(name)) = (number(row, 0), text(row, 2)) {
                let kind = text(row, 1).as_deref().and_then(names::language);
                tables.packages.insert(id, (kind, name));
            }
            Ok(())
        });
        skip_rest("packages", read, records);
        for (table, says) in [
            ("affected_package_handles", Said::Affected),
            ("unaffected_package_handles", Said::Unaffected),
        ] {
            tables.read_ties(table, says, records)?;
        }
        tables.ties.sort_by_key(|tie| tie.vulnerability);
        Ok(tables)
    }

    fn read_releases(&mut self, records: &mut Records<'_>) {
        let columns = [
            "id",
            "name",
            "major_version",
            "minor_version",
            "label_version",
            "channel",
            "eol_date",
        ];
        let (source, releases) = (self.source, &mut self.releases);
        let read = source.rows("operating_systems", &columns, None, &mut |row| {
            let part = |column| text(row, column).unwrap_or_default();
            let release = names::release(&part(1), &part(2), &part(3), &part(4), &part(5));
            let (Some(id), Some(release)) = (number(row, 0), release) else {
                return Ok(());
            };
            if let Some(end) = time(row, 6).filter(|_| !release.version.is_empty()) {
                let end = Fact::EndOfLife {
                    distribution: release.id.to_owned(),
                    release: release.version.clone(),
                    day: end.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
                    extended: None,
                };
                records.fact("grype/eol", end);
            }
            releases.insert(id, release);
            Ok(())
        });
        skip_rest("operating_systems", read, records);
    }

    /// Leaves out what no image is looked up in.
    fn read_ties(&mut self, table: &str, says: Said, records: &mut Records<'_>) -> Result<()> {
        let columns = [
            "vulnerability_id",
            "package_id",
            "blob_id",
            "operating_system_id",
        ];
        let mut too_many = false;
        let (releases, packages, ties) = (&self.releases, &self.packages, &mut self.ties);
        let read = self.source.rows(table, &columns, None, &mut |row| {
            let (Some(vulnerability), Some(package), Some(blob)) =
                (number(row, 0), number(row, 1), number(row, 2))
            else {
                return Ok(());
            };
            let is_of_release = !matches!(row.get_ref(3), Ok(rusqlite::types::ValueRef::Null));
            let release = number(row, 3).filter(|release| releases.contains_key(release));
            let is_known = packages
                .get(&package)
                .is_some_and(|(kind, _)| is_of_release || kind.is_some());
            // Of a language's package it is said of single builds only.
            let is_usable = is_known
                && if is_of_release {
                    release.is_some()
                } else {
                    says == Said::Affected
                };
            if is_usable {
                too_many |= ties.len() >= MOST;
                if !too_many {
                    ties.push(Tie {
                        vulnerability,
                        release,
                        package,
                        blob,
                        says,
                    });
                }
            }
            Ok(())
        });
        skip_rest(table, read, records);
        if too_many {
            return Err("too many rows".to_owned());
        }
        Ok(())
    }

    /// All that one provider says.
    pub(super) fn provider(&self, provider: &str, records: &mut Records<'_>) {
        let columns = [
            "id",
            "name",
            "blob_id",
            "status",
            "published_date",
            "modified_date",
            "withdrawn_date",
        ];
        let feed = format!("{NAME}/{provider}");
        let mut handles = Vec::new();
        let only = Some(("provider_id", provider));
        let table = "vulnerability_handles";
        let read = self.source.rows(table, &columns, only, &mut |row| {
            let (Some(id), Some(name)) = (number(row, 0), text(row, 1)) else {
                records.skip(feed.as_str(), "no usable id");
                return Ok(());
            };
            handles.push(Handle {
                id,
                name,
                blob: number(row, 2).unwrap_or_default(),
                is_rejected: text(row, 3).is_some_and(|word| word.eq_ignore_ascii_case("rejected")),
                published: time(row, 4),
                modified: time(row, 5),
                withdrawn: time(row, 6),
            });
            Ok(())
        });
        skip_rest(table, read, records);
        handles.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        for handles in handles.chunk_by(|a, b| a.name == b.name) {
            self.vulnerability(provider, &feed, handles, records);
        }
    }

    /// One vulnerability of a provider, which a distribution has a row of for each of its releases.
    fn vulnerability(
        &self,
        provider: &str,
        feed: &str,
        handles: &[Handle],
        records: &mut Records<'_>,
    ) {
        let Some(first) = handles.first() else {
            return;
        };
        let database = database_of(&first.name);
        let mut advisory = Advisory {
            id: first.name.clone(),
            feed: feed.to_owned(),
            published: handles.iter().filter_map(|handle| handle.published).min(),
            modified: handles.iter().filter_map(|handle| handle.modified).max(),
            informational: database
                .and_then(|database| database.informational)
                .map(str::to_owned),
            ..Advisory::default()
        };
        if handles.iter().all(|handle| handle.is_rejected) {
            let withdrawn = handles.iter().filter_map(|handle| handle.withdrawn).max();
            advisory.withdrawn = withdrawn
                .or(advisory.modified)
                .or(Some(Timestamp::UNIX_EPOCH));
        }
        let mut others = Vec::new();
        let mut is_of_distribution = false;
        for handle in handles {
            if handle.is_rejected && advisory.withdrawn.is_none() {
                continue;
            }
            let text = self.source.blob(handle.blob);
            let said = text.and_then(|text| {
                Vulnerability::read(&text).ok_or_else(|| "unreadable vulnerability".to_owned())
            });
            let said = match said {
                Ok(said) => said,
                Err(reason) => {
                    records.skip(handle.name.as_str(), reason);
                    continue;
                }
            };
            others.extend(said.aliases);
            advisory.summary = advisory.summary.or_else(|| {
                let text = said.description.as_deref()?;
                Some(shorten(text, Advisory::SUMMARY_LIMIT).to_owned())
            });
            advisory.url = advisory.url.or(said.page);
            for (vector, source) in said.vectors {
                let source = source.unwrap_or_else(|| names::provider(provider).to_owned());
                let vector = (vector, source);
                if !advisory.cvss.contains(&vector) {
                    advisory.cvss.push(vector);
                }
            }
            let start = self
                .ties
                .partition_point(|tie| tie.vulnerability < handle.id);
            let ties = self.ties.get(start..).unwrap_or_default();
            let ties = ties.iter().take_while(|tie| tie.vulnerability == handle.id);
            let mut is_of_language = false;
            for tie in ties {
                match self.affected(tie, handle, said.severity, &mut others) {
                    Ok(Some(affected)) => {
                        // All spellings of a name are one row, in the letters of whoever came first (`COLLATE NOCASE`): OpenEXR
                        // of one release is openexr of the next.
                        let lower = affected.package.to_lowercase();
                        if tie.release.is_some() && lower != affected.package {
                            advisory.affected.push(Affected {
                                package: lower,
                                ..affected.clone()
                            });
                        }
                        advisory.affected.push(affected);
                    }
                    Ok(None) => {}
                    Err(reason) => {
                        let package = self.packages.get(&tie.package);
                        let package = package.map_or("a package", |(_, name)| name);
                        records.skip(format!("{} of {package}", handle.name), reason);
                    }
                }
                is_of_distribution |= tie.release.is_some();
                is_of_language |= tie.release.is_none();
            }
            // A distribution rates for each release apart, which `affected` has.
            let rating = said
                .severity
                .filter(|_| is_of_language)
                .map(|severity| Rating {
                    severity,
                    source: names::provider(provider).to_owned(),
                });
            advisory.ratings.extend(rating);
        }
        if provider == "nvd" && advisory.withdrawn.is_none() && !advisory.cvss.is_empty() {
            let rated = Fact::Rated {
                ratings: Vec::new(),
                id: advisory.id.clone(),
                cvss: std::mem::take(&mut advisory.cvss),
                published: advisory.published,
            };
            records.fact(feed, rated);
        }
        drop_unaffected(&mut advisory.affected);
        if !advisory.affected.is_empty() {
            file_others(&mut advisory, others, is_of_distribution);
            records.advisory(advisory);
        }
    }

    /// What a row makes of its package; the reason where it can't be read.
    fn affected(
        &self,
        tie: &Tie,
        handle: &Handle,
        severity: Option<Severity>,
        others: &mut Vec<String>,
    ) -> Result<Option<Affected>> {
        let Some((language, name)) = self.packages.get(&tie.package) else {
            return Ok(None);
        };
        let release = tie.release.and_then(|release| self.releases.get(&release));
        let (kind, ecosystem) = match (release, language) {
            (Some(release), _) => (release.kind, release.ecosystem.as_str()),
            (None, Some(kind)) => (*kind, kind.advisories.unwrap_or_default()),
            (None, None) => return Ok(None),
        };
        let text = self.source.blob(tie.blob)?;
        let package = Package::read(&text).ok_or("unreadable package")?;
        others.extend(package.cves);
        let mut affected = Affected {
            ecosystem: ecosystem.to_owned(),
            package: match release {
                Some(release) if release.names_sources => format!("{name}.src"),
                _ => name.clone(),
            },
            severity: severity.filter(|_| release.is_some()),
            ..Affected::default()
        };
        let qualifiers = package
            .qualifiers
            .map_err(|name| format!("a qualifier that is not known: {name}"))?;
        affected.modules = qualifiers.modules;
        affected.systems = qualifiers.systems;
        let is_erratum = database_of(&handle.name).is_some_and(|database| database.errata);
        for range in &package.ranges {
            let fix = range.fix.as_deref();
            if tie.says == Said::Unaffected || range.is_unaffected {
                let constraint = range.constraint.trim();
                let start = constraint.strip_prefix(">=").map(str::trim);
                match start.and_then(usable) {
                    _ if tie.says == Said::Affected => {}
                    _ if constraint.is_empty() => affected.ranges.push(until("0")),
                    // An erratum's "not affected from this version on": it was before.
                    Some(start) if is_erratum && !start.contains([' ', ',', '|']) => {
                        affected.ranges.push(until(start));
                    }
                    _ => {}
                }
                continue;
            }
            let meant = constraint::read(kind.scheme, &range.constraint, fix)
                .ok_or("a constraint that is none")?;
            affected.ranges.extend(meant.ranges);
            affected.requirements.vulnerable.extend(meant.requirements);
            if fix.is_none() {
                affected.fix_state = affected.fix_state.max(range.state);
            }
        }
        let is_empty =
            affected.ranges.is_empty() && affected.requirements == Requirements::default();
        Ok((!is_empty).then_some(affected))
    }
}

fn until(version: &str) -> Range {
    Range {
        events: vec![
            Event::Introduced("0".to_owned()),
            Event::Fixed(version.to_owned()),
        ],
    }
}

/// What is said to be never affected outweighs what else the same provider says of it.
fn drop_unaffected(affected: &mut Vec<Affected>) {
    let is_never = |entry: &Affected| entry.ranges == [until("0")];
    let key = |entry: &Affected| (entry.ecosystem.clone(), entry.package.clone());
    let never: HashSet<(String, String)> = affected
        .iter()
        .filter(|entry| is_never(entry))
        .map(key)
        .collect();
    if !never.is_empty() {
        affected.retain(|entry| is_never(entry) || !never.contains(&key(entry)));
    }
}

/// Other ids: names of the same vulnerability, or those that an erratum fixes.
fn file_others(advisory: &mut Advisory, mut others: Vec<String>, is_of_distribution: bool) {
    let id = advisory.id.as_str();
    let is_erratum = match database_of(id) {
        Some(database) => database.errata,
        // Amazon's and others' whose prefixes are not known here.
        None => is_of_distribution && cve_in(id).is_none(),
    };
    if !is_erratum {
        others.extend(cve_in(id).map(str::to_owned));
    }
    others.retain(|other| other != id);
    others.sort_unstable();
    others.dedup();
    (advisory.vulnerabilities, advisory.aliases) = others
        .into_iter()
        .partition(|other| is_erratum && is_cve(other));
}
