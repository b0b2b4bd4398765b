//! What changed between two reports: findings that are new, fixed or judged otherwise, and packages that came, went or have
//! another version.
//!
//! A finding is the same one where the package has the same name and the vulnerability goes by one of the same ids, whatever the
//! version: an update that fixes nothing is no news. What is silenced counts as not there, so that a waiver that has
//! expired makes a finding new.

use super::escape;
use super::model::{Finding, Image, Report};
use super::words;
use crate::matching::Severity;
use crate::packages;
use crate::versions;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

/// Characters of one text for people.
const LONGEST_TEXT: usize = 200;

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

    /// Writes it for people: harmless lines, each complete in itself.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for (what, side) in [("old", &self.old), ("new", &self.new)] {
            let name = if side.name == side.source {
                shown(&side.name)
            } else {
                format!("{} in {}", shown(&side.name), shown(&side.source))
            };
            writeln!(
                out,
                "{what}  {name}: {} findings, {} packages",
                side.findings, side.packages
            )?;
        }
        if self.old.database_built_at != self.new.database_built_at {
            writeln!(
                out,
                "The databases were not the same: what is new may be new there, and not in the image."
            )?;
        }
        let findings = &self.findings;
        writeln!(
            out,
            "\nVulnerabilities: {} new, {} fixed, {} changed, {} the same",
            findings.added.len(),
            findings.fixed.len(),
            findings.changed.len(),
            findings.same
        )?;
        for (sign, list) in [
            ('+', &findings.added),
            ('-', &findings.fixed),
            ('~', &findings.changed),
        ] {
            for change in list {
                writeln!(out, "  {sign} {}", change.line())?;
            }
        }
        let packages = &self.packages;
        writeln!(
            out,
            "\nPackages: {} added, {} removed, {} changed",
            packages.added.len(),
            packages.removed.len(),
            packages.changed.len()
        )?;
        for (sign, list) in [
            ('+', &packages.added),
            ('-', &packages.removed),
            ('~', &packages.changed),
        ] {
            for change in list {
                let versions = [&change.old_versions, &change.new_versions];
                let versions = versions.into_iter().filter(|versions| !versions.is_empty());
                let versions: Vec<String> = versions
                    .map(|versions| shown(&versions.join(", ")))
                    .collect();
                let (kind, name) = (shown(&change.kind), shown(&change.name));
                writeln!(out, "  {sign} {kind} {name} {}", versions.join(" -> "))?;
            }
        }
        Ok(())
    }
}

impl Change {
    fn line(&self) -> String {
        let severity = self.after.as_ref().or(self.before.as_ref());
        let severity = severity.map_or("unknown", |judgement| judgement.severity);
        let mut line = format!(
            "{severity} {} in {} {}",
            shown(&self.id),
            shown(&self.kind),
            shown(&self.package)
        );
        let (old, new) = (
            shown(&self.old_versions.join(", ")),
            shown(&self.new_versions.join(", ")),
        );
        let what = match (&self.before, &self.after) {
            (None, Some(after)) => {
                let fix = if after.fixed_versions.is_empty() {
                    String::new()
                } else {
                    format!(", fixed in {}", shown(&after.fixed_versions.join(", ")))
                };
                format!(" {new}{fix}")
            }
            (Some(_), None) if self.new_versions.is_empty() => {
                format!(" {old}: the package is gone")
            }
            (Some(_), None) if old == new => format!(" {new}: no longer reported"),
            (Some(_), None) => format!(" {old} -> {new}"),
            (Some(before), Some(after)) => format!(" {new}: {}", changes(before, after)),
            (None, None) => String::new(),
        };
        line.push_str(&what);
        line
    }
}

/// What two judgements differ in.
fn changes(before: &Judgement, after: &Judgement) -> String {
    let mut parts = Vec::new();
    if before.severity != after.severity {
        parts.push(format!(
            "severity {} -> {}",
            before.severity, after.severity
        ));
    }
    if before.fix_state != after.fix_state || before.fixed_versions != after.fixed_versions {
        let fix = |judgement: &Judgement| match judgement.fixed_versions.as_slice() {
            [] => judgement.fix_state.to_owned(),
            versions => format!("fixed in {}", shown(&versions.join(", "))),
        };
        parts.push(format!("{} -> {}", fix(before), fix(after)));
    }
    if let Some(reason) = &after.silenced {
        parts.push(format!("silenced: {}", shown(reason)));
    }
    parts.join("; ")
}

fn shown(text: &str) -> String {
    escape::shortened(text, LONGEST_TEXT).into_owned()
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
mod tests {
    use super::*;
    use crate::report::{Silence, samples};

    fn text(difference: &Difference) -> String {
        let mut out = Vec::new();
        difference.write_text(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The Debian image after an update: one package new, one gone, one updated.
    fn updated() -> Report {
        let mut report = samples::debian();
        let version = |name: &str, version: &str, report: &mut Report| {
            for package in report
                .packages
                .iter_mut()
                .filter(|package| package.name == name)
            {
                version.clone_into(&mut package.version);
            }
        };
        version("libwebp7", "1.2.4-0.2+deb12u2", &mut report);
        report
            .findings
            .retain(|finding| finding.package.name != "libwebp7");
        report.packages.retain(|package| package.name != "bsdutils");
        report
            .findings
            .retain(|finding| finding.package.name != "bsdutils");
        let mut added = report.packages[0].clone();
        added.name = "curl".to_owned();
        added.version = "7.88.1-10".to_owned();
        let mut finding = report.findings[0].clone();
        finding.id = "CVE-2026-0001".to_owned();
        finding.package.name = "curl".to_owned();
        report.packages.push(added);
        report.findings.push(finding);
        report
    }

    #[test]
    fn an_update_for_people() {
        insta::assert_snapshot!(text(&Difference::between(&samples::debian(), &updated())));
    }

    #[test]
    fn an_update_for_programs() {
        insta::assert_json_snapshot!(Difference::between(&samples::debian(), &updated()));
    }

    #[test]
    fn a_report_does_not_differ_from_itself() {
        for report in samples::all() {
            let difference = Difference::between(&report, &report);
            assert_eq!(difference.packages, PackageChanges::default());
            let findings = difference.findings;
            assert!(
                findings.added.is_empty()
                    && findings.fixed.is_empty()
                    && findings.changed.is_empty()
            );
        }
    }

    #[test]
    fn a_vulnerability_under_another_id_and_in_another_version_is_no_news() {
        let old = samples::debian();
        let mut new = old.clone();
        let webp = new
            .findings
            .iter_mut()
            .find(|finding| finding.id == "CVE-2023-4863")
            .unwrap();
        webp.id = "DSA-5497-1".to_owned();
        webp.aliases = vec!["CVE-2023-4863".to_owned()];
        webp.installed_version = "9".to_owned();
        let changes = Difference::between(&old, &new).findings;
        assert_eq!(
            (
                changes.added.len(),
                changes.fixed.len(),
                changes.changed.len()
            ),
            (0, 0, 0)
        );
        // Another package with the same vulnerability is.
        let mut other = new.findings[0].clone();
        other.package.name = "other".to_owned();
        new.findings.push(other);
        assert_eq!(Difference::between(&old, &new).findings.added.len(), 1);
    }

    #[test]
    fn what_is_silenced_is_not_there() {
        let old = samples::debian();
        let mut new = old.clone();
        let silence = Silence {
            kind: "waiver".to_owned(),
            reason: "no matter".to_owned(),
            source: "w.yaml".to_owned(),
        };
        new.findings[0].silenced_by = Some(silence);
        let forth = Difference::between(&old, &new);
        assert_eq!(forth.findings.changed.len(), 1);
        assert!(forth.findings.fixed.is_empty());
        assert_eq!(forth.new_findings(Severity::Unknown), 0);
        // The waiver has expired.
        let back = Difference::between(&new, &old);
        assert_eq!(back.findings.added.len(), 1);
        assert_eq!(back.new_findings(Severity::Critical), 1);
    }

    #[test]
    fn only_new_findings_that_are_severe_enough_count() {
        let difference = Difference::between(&samples::debian(), &updated());
        assert_eq!(difference.new_findings(Severity::Critical), 1);
        let mut new = updated();
        new.findings.last_mut().unwrap().severity = Severity::Medium;
        let difference = Difference::between(&samples::debian(), &new);
        assert_eq!(difference.new_findings(Severity::High), 0);
        assert_eq!(difference.new_findings(Severity::Medium), 1);
    }

    #[test]
    fn names_give_no_orders() {
        let difference = Difference::between(&samples::clean(), &samples::hostile());
        for line in text(&difference).lines() {
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(
                !line.contains(escape::is_unsafe) && !line.contains("##"),
                "{line}"
            );
        }
    }
}
