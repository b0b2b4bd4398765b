//! What changed between two reports: findings that are new, fixed or judged otherwise, and packages that came, went or have
//! another version.
//!
//! A finding is the same one where the package has the same name and the vulnerability goes by one of the same ids, whatever the
//! version: an update that fixes nothing is no news. What is silenced counts as not there, so that a waiver that has
//! expired makes a finding new.

mod text;

use super::model::{Finding, Image, Report};
use super::words;
use crate::matching::Severity;
use crate::packages;
use crate::versions;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is different in the newer of two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The older one.
    pub old: Side,
    /// The newer one.
    pub new: Side,
    /// Vulnerabilities.
    pub findings: FindingChanges,
    /// Packages.
    pub packages: PackageChanges,
}

/// One of the two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// What was scanned.
    pub source: String,
    /// Its first name, else where it came from.
    pub name: String,
    /// The image id.
    pub config_digest: Option<String>,
    /// When the database that was asked was last written.
    pub database_built_at: Option<String>,
    /// How many findings nothing silenced.
    pub findings: usize,
    /// How many packages there are.
    pub packages: usize,
}

/// Vulnerabilities that differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FindingChanges {
    /// Only in the newer one.
    pub added: Vec<Change>,
    /// Only in the older one.
    pub fixed: Vec<Change>,
    /// In both, and judged otherwise.
    pub changed: Vec<Change>,
    /// In both, and alike.
    pub same: usize,
}

/// One vulnerability of one package.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The vulnerability.
    pub id: String,
    /// Kind of the package.
    pub kind: String,
    /// Its name.
    pub package: String,
    /// Its versions in the older image; empty where it is not there.
    pub old_versions: Vec<String>,
    /// Its versions in the newer image; empty where it is not there.
    pub new_versions: Vec<String>,
    /// What the older report says, where it lists the finding.
    pub before: Option<Judgement>,
    /// What the newer report says, where it has the finding.
    pub after: Option<Judgement>,
}

/// What a report says of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// How bad.
    pub severity: &'static str,
    /// What was done about it.
    pub fix_state: &'static str,
    /// Versions that fix it.
    pub fixed_versions: Vec<String>,
    /// Why nobody acts on it, where something says so.
    pub silenced: Option<String>,
    #[serde(skip)]
    rank: Severity,
}

/// Packages that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PackageChanges {
    /// Only in the newer one.
    pub added: Vec<PackageChange>,
    /// Only in the older one.
    pub removed: Vec<PackageChange>,
    /// In both, with other versions.
    pub changed: Vec<PackageChange>,
}

/// One package by name, with the versions that are on one side alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageChange {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Versions that only the older image has.
    pub old_versions: Vec<String>,
    /// Versions that only the newer image has.
    pub new_versions: Vec<String>,
}

impl Difference {
    /// Compares two reports.
    pub fn between(old: &Report, new: &Report) -> Self {
        let versions = Versions {
            old: versions_of(old),
            new: versions_of(new),
        };
        Self {
            old: side(old),
            new: side(new),
            findings: findings(old, new, &versions),
            packages: versions.changes(),
        }
    }

    /// How many new findings are that severe or worse.
    pub fn new_findings(&self, limit: Severity) -> usize {
        let judged = self
            .findings
            .added
            .iter()
            .filter_map(|change| change.after.as_ref());
        judged.filter(|judgement| judgement.rank >= limit).count()
    }
}

fn side(report: &Report) -> Side {
    let image: &Image = &report.image;
    Side {
        source: image.source.clone(),
        name: words::image_name(image).to_owned(),
        config_digest: image.config_digest.clone(),
        database_built_at: report.database.built_at.clone(),
        findings: report.shown().count(),
        packages: report.packages.len(),
    }
}

/// Kind and name.
type Name<'r> = (&'r str, &'r str);

/// The versions of each package on either side.
struct Versions<'r> {
    old: BTreeMap<Name<'r>, Vec<String>>,
    new: BTreeMap<Name<'r>, Vec<String>>,
}

fn versions_of(report: &Report) -> BTreeMap<Name<'_>, Vec<String>> {
    let mut versions: BTreeMap<Name<'_>, Vec<String>> = BTreeMap::new();
    for package in &report.packages {
        let known = versions.entry((&package.kind, &package.name)).or_default();
        known.push(package.version.clone());
    }
    for ((kind, _), versions) in &mut versions {
        versions.sort_unstable();
        versions.dedup();
        if let Some(kind) = packages::kind(kind) {
            versions::sort(kind.scheme, versions);
        }
    }
    versions
}

impl Versions<'_> {
    fn changes(&self) -> PackageChanges {
        let mut changes = PackageChanges::default();
        let none = Vec::new();
        let mut names: Vec<&Name<'_>> = self.old.keys().chain(self.new.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let old = self.old.get(name).unwrap_or(&none);
            let new = self.new.get(name).unwrap_or(&none);
            let without = |one: &[String], other: &[String]| {
                let other: HashSet<&String> = other.iter().collect();
                let left = one.iter().filter(|version| !other.contains(version));
                left.cloned().collect::<Vec<String>>()
            };
            let change = PackageChange {
                kind: name.0.to_owned(),
                name: name.1.to_owned(),
                old_versions: without(old, new),
                new_versions: without(new, old),
            };
            match (
                change.old_versions.is_empty(),
                change.new_versions.is_empty(),
            ) {
                (true, true) => {}
                (true, false) if old.is_empty() => changes.added.push(change),
                (false, true) if new.is_empty() => changes.removed.push(change),
                _ => changes.changed.push(change),
            }
        }
        changes
    }
}

fn findings(old: &Report, new: &Report, versions: &Versions<'_>) -> FindingChanges {
    let mut changes = FindingChanges::default();
    let (of_old, of_new) = (Known::of(old), Known::of(new));
    for finding in distinct(&new.findings) {
        let before = of_old.find(finding);
        let before = before.filter(|before| before.silenced_by.is_none());
        match (before, &finding.silenced_by) {
            (None, None) => changes.added.push(change(None, Some(finding), versions)),
            // Nothing to do about it, then as now.
            (None, Some(_)) => {}
            (Some(before), _) => {
                if judgement(before) == judgement(finding) {
                    changes.same += 1;
                } else {
                    changes
                        .changed
                        .push(change(Some(before), Some(finding), versions));
                }
            }
        }
    }
    for finding in distinct(&old.findings) {
        if finding.silenced_by.is_none() && of_new.find(finding).is_none() {
            changes.fixed.push(change(Some(finding), None, versions));
        }
    }
    changes
}

/// The findings of a report by package and each of their ids.
struct Known<'r>(HashMap<(Name<'r>, &'r str), &'r Finding>);

fn name(finding: &Finding) -> Name<'_> {
    (&finding.package.kind, &finding.package.name)
}

fn ids(finding: &Finding) -> impl Iterator<Item = &str> {
    std::iter::once(&finding.id)
        .chain(&finding.aliases)
        .map(String::as_str)
}

impl<'r> Known<'r> {
    fn of(report: &'r Report) -> Self {
        let mut known = HashMap::new();
        for finding in &report.findings {
            for id in ids(finding) {
                // Of two versions of a package, the one that somebody has to act on.
                let first = known.entry((name(finding), id)).or_insert(finding);
                if first.silenced_by.is_some() {
                    *first = finding;
                }
            }
        }
        Self(known)
    }

    fn find(&self, finding: &Finding) -> Option<&'r Finding> {
        ids(finding).find_map(|id| self.0.get(&(name(finding), id)).copied())
    }
}

/// The findings, each vulnerability of a name once, with those first that nothing silences.
fn distinct(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    let mut seen = HashSet::new();
    let silenced = |finding: &&Finding| finding.silenced_by.is_some();
    let shown = findings.iter().filter(move |finding| !silenced(finding));
    let rest = findings.iter().filter(silenced);
    shown
        .chain(rest)
        .filter(move |finding| seen.insert((name(finding), finding.id.as_str())))
}

fn change(before: Option<&Finding>, after: Option<&Finding>, versions: &Versions<'_>) -> Change {
    let finding = after.or(before);
    let name = finding.map(name).unwrap_or_default();
    Change {
        id: finding
            .map(|finding| finding.id.clone())
            .unwrap_or_default(),
        kind: name.0.to_owned(),
        package: name.1.to_owned(),
        old_versions: versions.old.get(&name).cloned().unwrap_or_default(),
        new_versions: versions.new.get(&name).cloned().unwrap_or_default(),
        before: before.map(judgement),
        after: after.map(judgement),
    }
}

fn judgement(finding: &Finding) -> Judgement {
    Judgement {
        severity: finding.severity.as_str(),
        fix_state: finding.fix_state.as_str(),
        fixed_versions: finding.fixed_versions.clone(),
        silenced: finding.silenced_by.as_ref().map(words::silenced),
        rank: finding.severity,
    }
}

#[cfg(test)]
mod tests;
