//! Trivy's `trivy.db` (<https://github.com/aquasecurity/trivy-db>, schema version 2), so that whoever has Trivy's cache has a database.
//!
//! A bucket for each source (`debian 11`, `npm::GitHub Security Advisory Npm`), in it one for each package, in it an advisory for each
//! vulnerability, as JSON (`pkg/types/types.go`). The bucket `vulnerability` has what is known of vulnerabilities as such. How
//! Trivy reads them is in its `pkg/detector/`: an advisory of a distribution is a fixed version; one of a language lists requirements: a version
//! is affected that meets any of `VulnerableVersions` and none of `PatchedVersions` and `UnaffectedVersions`, and an empty one is met
//! by all.

mod bolt;
mod buckets;
mod red_hat;

use super::json::{Text, or_default};
use super::osv::is_modular;
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::identity::{cve_in, database_of, is_cve};
use crate::advisories::model::parse_time;
use crate::advisories::{Advisory, Affected, Fact, FixState, Rating, Requirements, Severity};
use crate::versions::{Event, Range};
use bolt::{Bolt, Bucket, Damaged, Value};
use buckets::Kind;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The feed.
pub(super) struct Trivy;

const NAME: &str = "trivy";
/// How often Red Hat's bucket is gone over, for a share of the ids each time: an advisory's entries stand under every package and
/// have to come together, and all of them at once are gigabytes.
const RED_HAT_SHARES: u32 = 8;
/// Longest name, id or version.
const WORD: usize = 300;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow, default)]
    fixed_version: Text<'a>,
    #[serde(borrow, default)]
    affected_version: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    vulnerable_versions: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    patched_versions: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    unaffected_versions: Vec<Text<'a>>,
    #[serde(borrow, default, rename = "OSes", deserialize_with = "or_default")]
    systems: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    arches: Vec<Text<'a>>,
    #[serde(borrow, default, rename = "VendorIDs", deserialize_with = "or_default")]
    vendor_ids: Vec<Text<'a>>,
    #[serde(default)]
    severity: Option<i64>,
    #[serde(default)]
    status: Option<i64>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    entries: Vec<Entry<'a>>,
    /// Red Hat: the vulnerabilities of an erratum.
    #[serde(borrow, default, deserialize_with = "or_default")]
    cves: Vec<Cve<'a>>,
    /// Red Hat: numbers of CPEs.
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cve<'a> {
    #[serde(borrow, default, rename = "ID")]
    id: Text<'a>,
    #[serde(default)]
    severity: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    #[serde(default, deserialize_with = "or_default")]
    vendor_severity: BTreeMap<String, i64>,
    #[serde(borrow, default, rename = "CVSS", deserialize_with = "or_default")]
    cvss: BTreeMap<String, Vectors<'a>>,
    #[serde(borrow, default)]
    published_date: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Vectors<'a> {
    #[serde(borrow, default, rename = "V40Vector")]
    v40: Text<'a>,
    #[serde(borrow, default, rename = "V3Vector")]
    v3: Text<'a>,
    #[serde(borrow, default, rename = "V2Vector")]
    v2: Text<'a>,
}

impl AdvisoryFeed for Trivy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants_file(&self) -> bool {
        true
    }

    fn recognises(&self, head: &[u8]) -> bool {
        bolt::is_bolt(head)
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let path = document.file.ok_or("not a file")?;
        let damaged = |error: Damaged| error.to_string();
        let bolt = Bolt::open(path).map_err(damaged)?;
        let mut buckets = Vec::new();
        bolt.each(&bolt.root(), &mut |name, value| {
            if let (Some(name), Value::Bucket(bucket)) = (word(name), value) {
                buckets.push((name, bucket));
            }
            Ok(())
        })
        .map_err(damaged)?;
        let mut known = false;
        let mut cpes = HashMap::new();
        for (name, bucket) in &buckets {
            if buckets::kind(name) == Kind::RedHatCpe {
                cpes = red_hat::products(&bolt, bucket, records).map_err(damaged)?;
            }
        }
        for (name, bucket) in &buckets {
            let source = match buckets::kind(name) {
                Kind::Other | Kind::RedHatCpe => continue,
                Kind::Vulnerability => {
                    details(&bolt, bucket, records).map_err(damaged)?;
                    continue;
                }
                Kind::Distribution(ecosystem) => Source::Distribution(ecosystem),
                Kind::Language(ecosystem) => Source::Language(ecosystem),
                Kind::RedHat => Source::RedHat(&cpes),
            };
            known = true;
            let shares = match source {
                Source::RedHat(_) => RED_HAT_SHARES,
                Source::Distribution(_) | Source::Language(_) => 1,
            };
            let mut advisories = Advisories {
                feed: format!("{NAME}/{name}"),
                source,
                share: (0, shares),
                by_id: BTreeMap::new(),
            };
            for share in 0..shares {
                advisories.share.0 = share;
                bolt.begin_pass();
                packages(&bolt, bucket, &mut advisories, records).map_err(damaged)?;
                for advisory in std::mem::take(&mut advisories.by_id).into_values() {
                    // Of products that no image is looked up in, or of no version at all.
                    if !advisory.affected.is_empty() {
                        records.advisory(advisory);
                    }
                }
            }
        }
        if known {
            Ok(())
        } else {
            Err("a BoltDB without Trivy's buckets".to_owned())
        }
    }
}

fn word(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && text.len() <= WORD && !text.contains(char::is_control))
        .then(|| text.to_owned())
}

/// Databases that are made of others number the entries of one advisory: `DSA-1-1#2`.
fn plain_id(key: &str) -> &str {
    match key.rsplit_once('#') {
        Some((id, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => key,
    }
}

/// Whose advisories a bucket holds.
enum Source<'a> {
    Distribution(String),
    Language(String),
    RedHat(&'a HashMap<i64, String>),
}

struct Advisories<'a> {
    feed: String,
    source: Source<'a>,
    /// Which of how many shares of the ids are read.
    share: (u32, u32),
    by_id: BTreeMap<String, Advisory>,
}

fn packages(
    bolt: &Bolt,
    bucket: &Bucket,
    advisories: &mut Advisories<'_>,
    records: &mut Records<'_>,
) -> Result<(), Damaged> {
    bolt.each(bucket, &mut |package, value| {
        let (Some(package), Value::Bucket(bucket)) = (word(package), value) else {
            if advisories.share.0 == 0 {
                records.skip(advisories.feed.as_str(), "no usable package name");
            }
            return Ok(());
        };
        bolt.each(&bucket, &mut |id, value| {
            if !advisories.has_in_share(id) {
                return Ok(());
            }
            let entry = match (word(id), value) {
                (Some(id), Value::Bytes(bytes)) => serde_json::from_slice::<Entry<'_>>(bytes)
                    .map(|entry| (id, entry))
                    .map_err(|_| "unexpected type"),
                _ => Err("no usable id"),
            };
            match entry {
                Ok((id, entry)) => advisories.add(&package, &id, &entry),
                Err(reason) => {
                    let what = String::from_utf8_lossy(id)
                        .chars()
                        .take(60)
                        .collect::<String>();
                    records.skip(format!("{what} of {package}"), reason);
                }
            }
            Ok(())
        })
    })
}

impl Advisories<'_> {
    fn has_in_share(&self, key: &[u8]) -> bool {
        let key = String::from_utf8_lossy(key);
        let mix = |sum: u32, byte: u8| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
        let (share, shares) = self.share;
        shares == 1 || plain_id(&key).bytes().fold(0, mix) % shares == share
    }

    fn add(&mut self, package: &str, key: &str, entry: &Entry<'_>) {
        let id = plain_id(key);
        let entries: Vec<&Entry<'_>> = if entry.entries.is_empty() {
            vec![entry]
        } else {
            entry.entries.iter().collect()
        };
        let feed = &self.feed;
        let advisory = self.by_id.entry(id.to_owned()).or_insert_with(|| Advisory {
            id: id.to_owned(),
            feed: feed.clone(),
            ..Advisory::default()
        });
        let mut others: Vec<String> = entries
            .iter()
            .flat_map(|entry| &entry.vendor_ids)
            .chain(&entry.vendor_ids)
            .chain(
                entries
                    .iter()
                    .flat_map(|entry| entry.cves.iter().map(|cve| &cve.id)),
            )
            .filter_map(|text| word(text.get()?.as_bytes()))
            .filter(|other| other != id)
            .collect();
        others.sort_unstable();
        others.dedup();
        let database = database_of(id);
        advisory.informational = database
            .and_then(|database| database.informational)
            .map(str::to_owned);
        let is_erratum = database.is_some_and(|database| database.errata);
        if !is_cve(id)
            && !is_erratum
            && let Some(cve) = cve_in(id)
        {
            others.push(cve.to_owned());
        }
        for other in others {
            let list = if is_erratum && is_cve(&other) {
                &mut advisory.vulnerabilities
            } else {
                &mut advisory.aliases
            };
            if !list.contains(&other) {
                list.push(other);
            }
        }
        for entry in entries {
            self.source.affected(package, entry, &mut advisory.affected);
        }
    }
}

impl Source<'_> {
    /// The stream that a package's key names. A build of a module says so in its version where the key does not; of which stream is
    /// not known then.
    fn modules(&self, named: Option<&str>, entry: &Entry<'_>) -> Vec<String> {
        let is_modular = || entry.fixed_version.get().is_some_and(is_modular);
        match (self, named) {
            (Self::Language(_), _) => Vec::new(),
            (_, Some(stream)) => vec![stream.to_owned()],
            (_, None) if is_modular() => vec!["*".to_owned()],
            _ => Vec::new(),
        }
    }

    fn affected(&self, package: &str, entry: &Entry<'_>, affected: &mut Vec<Affected>) {
        let texts = |texts: &[Text<'_>]| -> Vec<String> {
            texts
                .iter()
                .map(|text| text.0.as_deref().unwrap_or_default().trim().to_owned())
                .collect()
        };
        let ecosystems: Vec<String> = match self {
            Self::Distribution(ecosystem) | Self::Language(ecosystem) => vec![ecosystem.clone()],
            Self::RedHat(products) => {
                let numbers = entry.affected.iter();
                let names: BTreeSet<&String> =
                    numbers.filter_map(|number| products.get(number)).collect();
                names.into_iter().cloned().collect()
            }
        };
        let severity = entry
            .severity
            .or_else(|| entry.cves.iter().filter_map(|cve| cve.severity).max())
            .and_then(severity);
        let (package, module) = match (self, package.split_once("::")) {
            // Packages of modules are named `nodejs:18::nodejs`.
            (Self::RedHat(_) | Self::Distribution(_), Some((module, package))) => {
                (package, Some(module.to_owned()))
            }
            _ => (package, None),
        };
        for ecosystem in ecosystems {
            let mut one = Affected {
                ecosystem,
                package: package.to_owned(),
                severity,
                modules: self.modules(module.as_deref(), entry),
                architectures: texts(&entry.arches),
                ..Affected::default()
            };
            let open = vec![Event::Introduced("0".to_owned())];
            if let Self::Language(_) = self {
                let mut requirements = Requirements {
                    vulnerable: texts(&entry.vulnerable_versions),
                    patched: texts(&entry.patched_versions),
                    unaffected: texts(&entry.unaffected_versions),
                };
                // An empty one is met by every version.
                let all = [&requirements.vulnerable, &requirements.patched]
                    .into_iter()
                    .flatten()
                    .any(String::is_empty);
                if all {
                    one.ranges.push(Range { events: open });
                    requirements = Requirements::default();
                } else if requirements.is_empty() {
                    // Nothing is said of any version, and Trivy finds it in none.
                    continue;
                }
                one.requirements = requirements;
                one.systems = texts(&entry.systems);
            } else {
                let from = entry.affected_version.get().unwrap_or("0");
                let mut events = vec![Event::Introduced(from.to_owned())];
                match entry.fixed_version.get() {
                    Some(fixed) => events.push(Event::Fixed(fixed.to_owned())),
                    None => match entry.status {
                        // Not affected.
                        Some(1) => events = [open, vec![Event::Fixed("0".to_owned())]].concat(),
                        status => one.fix_state = Some(state(status)),
                    },
                }
                one.ranges.push(Range { events });
            }
            affected.push(one);
        }
    }
}

/// The numbers of trivy-db's `Status`.
fn state(status: Option<i64>) -> FixState {
    match status {
        // Will not fix, end of life.
        Some(5 | 7) => FixState::WontFix,
        // Under investigation.
        Some(4) => FixState::Unknown,
        _ => FixState::NotFixed,
    }
}

/// The numbers of trivy-db's `Severity`.
fn severity(number: i64) -> Option<Severity> {
    Some(match number {
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        4 => Severity::Critical,
        _ => return None,
    })
}

/// Vectors and severities of vulnerabilities, each with whose they are.
fn details(bolt: &Bolt, bucket: &Bucket, records: &mut Records<'_>) -> Result<(), Damaged> {
    bolt.each(bucket, &mut |id, value| {
        let (Some(id), Value::Bytes(bytes)) = (word(id), value) else {
            return Ok(());
        };
        let Ok(detail) = serde_json::from_slice::<Detail<'_>>(bytes) else {
            records.skip(id, "unexpected type");
            return Ok(());
        };
        let mut cvss = Vec::new();
        for (source, vectors) in &detail.cvss {
            for vector in [&vectors.v40, &vectors.v3, &vectors.v2] {
                if let Some(vector) = vector.get().filter(|vector| vector.len() <= WORD) {
                    cvss.push((vector.to_owned(), source.clone()));
                }
            }
        }
        let ratings: Vec<Rating> = detail
            .vendor_severity
            .iter()
            .filter_map(|(source, number)| {
                Some(Rating {
                    severity: severity(*number)?,
                    source: source.clone(),
                })
            })
            .collect();
        if !(cvss.is_empty() && ratings.is_empty()) {
            let published = detail.published_date.get().and_then(parse_time);
            let fact = Fact::Rated {
                id,
                ratings,
                cvss,
                published,
            };
            records.fact(NAME, fact);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
