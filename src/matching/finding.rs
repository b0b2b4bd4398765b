//! A finding: one installed package and one vulnerability, under all the names it goes by.

use crate::advisories::{Cvss, Epss, FixState, Severity};
use crate::packages::Package;
use crate::versions::{self, VersionScheme};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// One advisory record that led to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdvisoryReference {
    /// The record's own id.
    pub id: String,
    /// The feed that it came from (`seed/debian`, `osv/Debian`, `alpine-secdb/v3.19/main`, …).
    pub source: String,
    /// A page for people, where the feed has one.
    pub url: Option<String>,
}

/// Who silenced a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// `ignoreId`, `waiver`, `vex`, …
    pub kind: String,
    /// The reason given.
    pub reason: String,
    /// The file or flag that said so.
    pub source: String,
}

/// One installed package and one vulnerability.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The vulnerability's best-known id: CVE first.
    pub id: String,
    /// Its other ids, sorted.
    pub aliases: Vec<String>,
    /// Index of the package in the inventory.
    pub package: usize,
    /// The records that say so, sorted.
    pub advisories: Vec<AdvisoryReference>,
    /// Versions that fix it, in the order of the package's scheme.
    pub fixed_versions: Vec<String>,
    /// What was done about it.
    pub fix_state: FixState,
    /// How bad.
    pub severity: Severity,
    /// Whose rating `severity` is; empty where nobody rated.
    pub severity_source: String,
    /// All ratings, sorted by version and source.
    pub cvss: Vec<Cvss>,
    /// Known to be exploited (CISA's catalogue).
    pub kev: bool,
    /// Forecast, where the database has one.
    pub epss: Option<Epss>,
    /// When a record first told of it, where one says when.
    pub published: Option<Timestamp>,
    /// When a record first named a fix, where one says when.
    pub fix_published: Option<Timestamp>,
    /// One sentence: which comparison made it affected.
    pub why: String,
    /// Set where something says not to act on it.
    pub silenced_by: Option<Silence>,
}

impl Finding {
    /// Adds what another finding of the same package and vulnerability says: its records, fixes and vectors. Severity and
    /// reason stay as they are.
    fn take_in(&mut self, other: Self, scheme: &dyn VersionScheme) {
        self.aliases.extend(other.aliases);
        self.aliases.sort();
        self.aliases.dedup();
        self.advisories.extend(other.advisories);
        self.advisories.sort();
        // One record may have come in two archives.
        self.advisories.dedup_by(|a, b| a.id == b.id);
        if self.fixed_versions.is_empty() {
            self.fix_state = other.fix_state;
        }
        self.fixed_versions.extend(other.fixed_versions);
        versions::sort(scheme, &mut self.fixed_versions);
        self.cvss.extend(other.cvss);
        self.cvss.sort_by(|a, b| {
            (&a.version, &a.source, &a.vector).cmp(&(&b.version, &b.source, &b.vector))
        });
        self.cvss.dedup();
        self.kev |= other.kev;
        self.epss = self.epss.or(other.epss);
        self.published = earlier(self.published, other.published);
        self.fix_published = earlier(self.fix_published, other.fix_published);
    }
}

/// The earlier of two moments, of which either may not be known.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Makes one finding of those of a package for the same vulnerability, which need not stand side by side. Of sorted ones
/// the first is the worst: it takes in what the others add.
pub(super) fn once(findings: Vec<Finding>, packages: &[Package]) -> Vec<Finding> {
    let distinct: HashSet<(usize, &str)> = findings
        .iter()
        .map(|finding| (finding.package, finding.id.as_str()))
        .collect();
    if distinct.len() == findings.len() {
        return findings;
    }
    let mut once: Vec<Finding> = Vec::with_capacity(distinct.len());
    let mut places: HashMap<(usize, String), usize> = HashMap::new();
    for finding in findings {
        let key = (finding.package, finding.id.clone());
        let place = *places.entry(key).or_insert(once.len());
        match (once.get_mut(place), packages.get(finding.package)) {
            (Some(first), Some(package)) => first.take_in(finding, package.kind.scheme),
            _ => once.push(finding),
        }
    }
    once
}
