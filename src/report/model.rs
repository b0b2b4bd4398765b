//! The report as it is saved: exactly the JSON of `docs/report.md`, in that order of fields.
//!
//! It owns all of its text, so that a file written by one run can be read back by another and compared or rendered
//! again without the image. Whatever is unknown is `null` and whatever is absent is an empty list: a program that
//! reads a report never has to ask whether a field is there.

mod image;
mod policy;

pub use image::{Healthcheck, Image, ImageConfig, Layer, Platform, Step, WastedFile};
pub use policy::{Policy, PolicyEvidence, PolicyResult, Verdict};

use crate::matching::{self, FixState, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the JSON's shape; grows when a field changes its meaning or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// All that one scan of one image has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// What was scanned.
    pub image: Image,
    /// The distribution, where the image says which it is.
    pub distro: Option<Distro>,
    /// Every package, sorted by kind, name, version, purl and the rest of its fields.
    pub packages: Vec<Package>,
    /// Every finding, the worst first; silenced ones are among them.
    pub findings: Vec<Finding>,
    /// Secrets in the image.
    pub secrets: Vec<Secret>,
    /// What was looked for; present where that is more or other than vulnerabilities.
    #[serde(
        default = "vulnerabilities",
        skip_serializing_if = "is_vulnerabilities"
    )]
    pub scanners: Vec<String>,
    /// Judgement of a policy, where there was one.
    pub policy: Option<Policy>,
    /// The database that was asked.
    pub database: Database,
    /// What could not be read or judged, sorted, each once.
    pub warnings: Vec<Warning>,
    /// Milliseconds by stage; present only where asked for, since it differs from run to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<BTreeMap<String, f64>>,
}

/// What a scan looks for unless it is told otherwise.
pub(super) fn vulnerabilities() -> Vec<String> {
    vec!["vuln".to_owned()]
}

fn is_vulnerabilities(scanners: &[String]) -> bool {
    scanners == ["vuln"]
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `layerscan`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The distribution of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Distro {
    /// `ID` of os-release.
    pub id: String,
    /// `VERSION_ID`, or what stands for it.
    pub version_id: Option<String>,
    /// `PRETTY_NAME`.
    pub name: String,
    /// The advisory ecosystem its packages are looked up in; `null` for one that no feed speaks of.
    pub ecosystem: Option<String>,
    /// Last day with fixes, `YYYY-MM-DD`, where it is known.
    pub end_of_life: Option<String>,
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Name of the source package.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One package of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// The purl type: `deb`, `apk`, `rpm`, …
    pub kind: String,
    /// Name of the installed package.
    pub name: String,
    /// Version, with the epoch where it is not 0.
    pub version: String,
    /// Package URL.
    pub purl: String,
    /// The source package it was built from.
    pub source: Option<Source>,
    /// Architecture, in the words of its package manager.
    pub architecture: Option<String>,
    /// Licences as the metadata words them.
    pub licenses: Vec<String>,
    /// A development dependency wherever it was seen.
    pub dev: bool,
    /// Where it was got from, where that is known.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// What it runs when it is installed, as far as that is known.
    #[serde(default)]
    pub install_script: Option<String>,
    /// purl of the system package that owns its files.
    pub owned_by: Option<String>,
    /// Where it was seen, sorted.
    pub locations: Vec<Location>,
}

/// Where a package was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// Path in the merged file system, without a leading `/`.
    pub path: String,
    /// The layer whose change made this name and version present.
    pub layer: u32,
    /// First line of the entry, from 1, in a file that has lines.
    pub line: Option<u32>,
    /// What kind of file said so.
    pub evidence: String,
    /// Said to be a development dependency there.
    pub dev: bool,
    /// `direct`, `transitive`, or `root` for the project itself; `null` where the file does not say.
    #[serde(default)]
    pub relation: Option<String>,
}

/// Where a package was got from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// `registry`, `git`, `url` or `path`.
    pub kind: String,
    /// Its address, without user and password.
    pub location: String,
    /// Commit, tag or branch of a repository.
    pub revision: Option<String>,
}

/// The package of a finding, enough to know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageReference {
    /// The purl type.
    pub kind: String,
    /// Name of the installed package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Package URL: the key into `packages`.
    pub purl: String,
}

/// One installed package and one vulnerability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The vulnerability's best-known id.
    pub id: String,
    /// Its other ids, sorted.
    pub aliases: Vec<String>,
    /// The records that say so.
    pub advisories: Vec<AdvisoryReference>,
    /// The installed package.
    pub package: PackageReference,
    /// The version that is installed.
    pub installed_version: String,
    /// Versions that fix it.
    pub fixed_versions: Vec<String>,
    /// What was done about it.
    #[serde(with = "FixStateWord")]
    pub fix_state: FixState,
    /// How bad.
    #[serde(with = "SeverityWord")]
    pub severity: Severity,
    /// Whose rating that is; `null` where nobody rated.
    pub severity_source: Option<String>,
    /// All ratings.
    pub cvss: Vec<Cvss>,
    /// Known to be exploited.
    pub kev: bool,
    /// Forecast of exploitation.
    pub epss: Option<Epss>,
    /// When a record first told of it, RFC 3339; `null` where none says when.
    #[serde(default)]
    pub published: Option<String>,
    /// When a record first named a fix, RFC 3339; `null` where none does or says when.
    #[serde(default)]
    pub fix_published: Option<String>,
    /// The layer that brought the package in.
    pub layer: Option<u32>,
    /// Which comparison made it affected.
    pub why: String,
    /// Who said not to act on it.
    pub silenced_by: Option<Silence>,
}

/// The words of [`Severity`]; the compiler keeps the two alike.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Severity", rename_all = "lowercase")]
enum SeverityWord {
    Unknown,
    Negligible,
    Low,
    Medium,
    High,
    Critical,
}

/// The words of [`FixState`]; the compiler keeps the two alike.
#[derive(Serialize, Deserialize)]
#[serde(remote = "FixState", rename_all = "camelCase")]
enum FixStateWord {
    Fixed,
    NotFixed,
    WontFix,
    Unknown,
}

/// One advisory record that led to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdvisoryReference {
    /// The record's own id.
    pub id: String,
    /// The feed that it came from.
    pub source: String,
    /// A page for people, where the feed has one.
    pub url: Option<String>,
}

impl From<matching::AdvisoryReference> for AdvisoryReference {
    fn from(reference: matching::AdvisoryReference) -> Self {
        Self {
            id: reference.id,
            source: reference.source,
            url: reference.url,
        }
    }
}

/// One CVSS rating.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector as published.
    pub vector: String,
    /// Base score computed from the vector.
    pub score: f64,
    /// Who rated.
    pub source: String,
}

impl From<matching::Cvss> for Cvss {
    fn from(rating: matching::Cvss) -> Self {
        Self {
            version: rating.version,
            vector: rating.vector,
            score: rating.score,
            source: rating.source,
        }
    }
}

/// FIRST's forecast of exploitation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epss {
    /// Probability of exploitation in 30 days, 0 to 1.
    pub score: f64,
    /// Share of all scored vulnerabilities at or below it, 0 to 1.
    pub percentile: f64,
}

impl From<matching::Epss> for Epss {
    fn from(forecast: matching::Epss) -> Self {
        Self {
            score: forecast.score,
            percentile: forecast.percentile,
        }
    }
}

/// Who silenced a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// `ignoreId`, …
    pub kind: String,
    /// The reason given.
    pub reason: String,
    /// The flag, variable or file that said so.
    pub source: String,
}

impl From<matching::Silence> for Silence {
    fn from(silence: matching::Silence) -> Self {
        Self {
            kind: silence.kind,
            reason: silence.reason,
            source: silence.source,
        }
    }
}

/// A secret that lies in the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Id of the rule that found it.
    pub rule: String,
    /// What kind of secret it is, for people.
    pub title: String,
    /// How bad.
    #[serde(with = "SeverityWord")]
    pub severity: Severity,
    /// The file it lies in, or `config:…` for the image's config.
    pub path: String,
    /// The layer of that file; `null` in the config.
    pub layer: Option<u32>,
    /// Its line, from 1.
    pub line: Option<u32>,
    /// What was matched, masked: enough to know it again, too little to use it.
    #[serde(rename = "match")]
    pub matched: String,
    /// A later layer removed the file, which is shipped all the same.
    pub deleted: bool,
    /// What a waiver names it by; it gives nothing away.
    #[serde(default)]
    pub fingerprint: String,
    /// Who said not to act on it.
    #[serde(default)]
    pub silenced_by: Option<Silence>,
}

/// What a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// The small one inside the program.
    Seed,
    /// A file.
    File,
}

/// The database that a scan asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Seed or file.
    pub kind: DatabaseKind,
    /// Path of the file.
    pub path: Option<String>,
    /// When it was last written, RFC 3339.
    pub built_at: Option<String>,
    /// What it was filled from, sorted by name.
    pub feeds: Vec<Feed>,
}

/// One feed of a database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Feed {
    /// Name of the feed.
    pub name: String,
    /// Records read from it, withdrawn ones included.
    pub records: u64,
    /// Newest change of a record, RFC 3339.
    pub newest: Option<String>,
    /// When it was last known to be as it is upstream, RFC 3339; of feeds that `db update` fetches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<String>,
}

/// Something that could not be read or judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Path in the image, where it is about one.
    pub path: Option<String>,
    /// Layer, where it is about one.
    pub layer: Option<u32>,
    /// One sentence.
    pub message: String,
}

impl Report {
    /// The findings that nothing silenced: what a table lists and a gate counts.
    pub fn shown(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.silenced_by.is_none())
    }

    /// The secrets that nothing silenced.
    pub fn shown_secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets
            .iter()
            .filter(|secret| secret.silenced_by.is_none())
    }

    /// Whether a scanner ran: `vuln`, `secret`.
    pub fn looked_for(&self, scanner: &str) -> bool {
        self.scanners.iter().any(|ran| ran == scanner)
    }

    /// Drops the findings that no installed update would end.
    pub fn keep_only_fixed(&mut self) {
        self.findings
            .retain(|finding| finding.fix_state == FixState::Fixed);
    }

    /// Silences the findings that go by one of `ids`, under any of their names and in any case.
    ///
    /// A finding that is silenced already keeps what silenced it first.
    pub fn silence(&mut self, ids: &[String], silence: &Silence) {
        let matches = |name: &String| ids.iter().any(|id| id.eq_ignore_ascii_case(name));
        for finding in &mut self.findings {
            if finding.silenced_by.is_none()
                && (matches(&finding.id) || finding.aliases.iter().any(matches))
            {
                finding.silenced_by = Some(silence.clone());
            }
        }
    }
}
