//! What to do next, in few words: which updates end most findings.
//!
//! Findings are many and updates are few: one new version of a package often ends dozens. Every format that people read says
//! the same, so it is worked out here. A version is only named where it ends every finding of its package that has a fix.

use super::model::{Finding, Report};
use super::phrases::grouped;
use crate::matching::{FixState, Severity};
use crate::packages;
use crate::versions::VersionScheme;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Fixed versions of one package that are tried; a record may name hundreds of branches.
const MOST_CANDIDATES: usize = 200;

/// The updates that end findings, those first that end the worst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Advice<'r> {
    /// One for each package and installed version.
    pub(super) upgrades: Vec<Upgrade<'r>>,
    /// Findings that go with all of them.
    pub(super) ended: usize,
    /// All findings that nothing silenced.
    pub(super) total: usize,
}

/// One update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upgrade<'r> {
    /// Kind of the package.
    pub(super) kind: &'r str,
    /// Its name.
    pub(super) name: &'r str,
    /// The version that is installed.
    pub(super) installed: &'r str,
    /// The lowest version that is known to end all of its findings with a fix; none where no one version is.
    pub(super) to: Option<&'r str>,
    /// The layers that brought it.
    pub(super) layers: BTreeSet<u32>,
    /// Findings that go, by severity.
    pub(super) ends: BTreeMap<Severity, usize>,
}

impl Upgrade<'_> {
    /// Findings that go.
    pub(super) fn count(&self) -> usize {
        self.ends.values().sum()
    }
}

impl<'r> Advice<'r> {
    /// Works out the advice on a report.
    pub(super) fn of(report: &'r Report) -> Self {
        let mut advice = Self::default();
        let mut packages: BTreeMap<[&str; 3], Vec<&Finding>> = BTreeMap::new();
        for finding in report.shown() {
            advice.total += 1;
            if finding.fix_state == FixState::Fixed {
                let package = &finding.package;
                let key = [
                    package.kind.as_str(),
                    &package.name,
                    &finding.installed_version,
                ];
                packages.entry(key).or_default().push(finding);
            }
        }
        for ([kind, name, installed], findings) in packages {
            advice.ended += findings.len();
            let mut ends = BTreeMap::new();
            for finding in &findings {
                *ends.entry(finding.severity).or_default() += 1;
            }
            advice.upgrades.push(Upgrade {
                kind,
                name,
                installed,
                to: target(kind, installed, &findings),
                layers: findings
                    .iter()
                    .filter_map(|finding| finding.layer)
                    .collect(),
                ends,
            });
        }
        // What ends more of the worst comes first; the names, in order already, decide the rest.
        advice
            .upgrades
            .sort_by(|a, b| b.ends.iter().rev().cmp(a.ends.iter().rev()));
        advice
    }

    /// `Upgrade these 3 packages, and 41 of 57 findings go.` Nothing where no update helps.
    pub(super) fn sentence(&self) -> Option<String> {
        let packages = match self.upgrades.len() {
            0 => return None,
            1 => "this package".to_owned(),
            count => format!("these {} packages", grouped(count as u64)),
        };
        Some(format!("Upgrade {packages}, and {}.", self.gone()))
    }

    /// The same with the packages' names, where they are at most so many.
    pub(super) fn sentence_with_names(&self, most: usize) -> Option<String> {
        if self.upgrades.len() > most {
            return self.sentence();
        }
        let mut names: Vec<&str> = self.upgrades.iter().map(|upgrade| upgrade.name).collect();
        names.sort_unstable();
        names.dedup();
        let last = names.pop()?;
        let names = if names.is_empty() {
            last.to_owned()
        } else {
            format!("{} and {last}", names.join(", "))
        };
        Some(format!("Upgrade {names}, and {}.", self.gone()))
    }

    /// `41 of 57 findings go`.
    fn gone(&self) -> String {
        match (self.total, self.ended) {
            (1, _) => "the only finding goes".to_owned(),
            (total, ended) if ended == total => {
                format!("all {} findings go", grouped(total as u64))
            }
            (total, 1) => format!("1 of {} findings goes", grouped(total as u64)),
            (total, ended) => format!(
                "{} of {} findings go",
                grouped(ended as u64),
                grouped(total as u64)
            ),
        }
    }
}

/// The lowest fixed version above the installed one that ends every finding.
fn target<'r>(kind: &str, installed: &str, findings: &[&'r Finding]) -> Option<&'r str> {
    let fixes: Vec<&[String]> = findings
        .iter()
        .map(|finding| finding.fixed_versions.as_slice())
        .collect();
    let Some(scheme) = packages::kind(kind).map(|kind| kind.scheme) else {
        // Of an order that is not known equality is all there is.
        let (first, rest) = fixes.split_first()?;
        return first
            .iter()
            .find(|version| rest.iter().all(|fixes| fixes.contains(version)))
            .map(String::as_str);
    };
    let mut candidates: Vec<&str> = fixes
        .iter()
        .flat_map(|fixes| fixes.iter())
        .map(String::as_str)
        .filter(|version| scheme.compare(version, installed) == Some(Ordering::Greater))
        .take(MOST_CANDIDATES)
        .collect();
    candidates.sort_by(|a, b| scheme.compare(a, b).unwrap_or(Ordering::Equal));
    candidates.dedup();
    candidates
        .into_iter()
        .find(|version| fixes.iter().all(|fixes| ends(scheme, version, fixes)))
}

/// Whether a version is known to have the fix. Where there is one for several branches it must be past the fix of its
/// own: 2.0.0 is above 1.2.5 and still lacks what 2.0.1 mends.
fn ends(scheme: &dyn VersionScheme, version: &str, fixes: &[String]) -> bool {
    let fixes = || fixes.iter().take(MOST_CANDIDATES).map(String::as_str);
    let is_past = |fix: &&str| {
        scheme
            .compare(version, fix)
            .is_some_and(|order| order != Ordering::Less)
    };
    let below = fixes()
        .filter(is_past)
        .map(|fix| common(version, fix))
        .max();
    let above = fixes()
        .filter(|fix| !is_past(fix))
        .map(|fix| common(version, fix))
        .max();
    match (below, above) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(below), Some(above)) => below > above,
    }
}

/// How many parts two versions begin with alike.
fn common(a: &str, b: &str) -> usize {
    let parts = |text| str::split(text, |character: char| !character.is_ascii_alphanumeric());
    parts(a).zip(parts(b)).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    /// Where to go from `installed`, with these fixes of one finding each.
    fn to<'r>(
        kind: &str,
        installed: &str,
        report: &'r mut Report,
        fixes: &[&[&str]],
    ) -> Option<&'r str> {
        let finding = report.findings[0].clone();
        report.findings = fixes
            .iter()
            .map(|fixes| Finding {
                fixed_versions: fixes.iter().map(|&fix| fix.to_owned()).collect(),
                ..finding.clone()
            })
            .collect();
        let findings: Vec<&Finding> = report.findings.iter().collect();
        target(kind, installed, &findings)
    }

    #[test]
    fn a_version_is_named_that_ends_them_all() {
        let mut report = samples::debian();
        for (kind, installed, fixes, expected) in [
            (
                "deb",
                "3.0.9-1",
                &[&["3.0.13-1"][..], &["3.0.14-1"]][..],
                Some("3.0.14-1"),
            ),
            // As numbers, not as texts; a version below the installed one is another branch's.
            (
                "npm",
                "4.9.0",
                &[&["4.10.0"], &["4.9.1", "3.0.1"]],
                Some("4.10.0"),
            ),
            ("pypi", "3.2.1", &[&["3.2.20", "4.1.10"]], Some("3.2.20")),
            (
                "pypi",
                "3.2.1",
                &[
                    &["3.2.20", "4.1.10", "4.2.3"],
                    &["3.2.25", "4.2.11", "5.0.3"],
                ],
                Some("3.2.25"),
            ),
            // 2.0.0 lacks what 2.0.1 mends.
            (
                "npm",
                "1.2.0",
                &[&["1.2.5", "2.0.1"], &["2.0.0"]],
                Some("2.0.1"),
            ),
            ("npm", "1.0.0", &[&["1.0.1"], &[]], None),
            ("unheard-of", "1", &[&["2", "3"], &["3"]], Some("3")),
            ("unheard-of", "1", &[&["2"], &["3"]], None),
        ] {
            assert_eq!(
                to(kind, installed, &mut report, fixes),
                expected,
                "{fixes:?}"
            );
        }
    }

    #[test]
    fn what_ends_the_worst_comes_first_and_the_sum_is_right() {
        let report = samples::debian();
        let advice = Advice::of(&report);
        let named: Vec<(&str, Option<&str>)> = advice
            .upgrades
            .iter()
            .map(|upgrade| (upgrade.name, upgrade.to))
            .collect();
        assert_eq!(
            named,
            [
                ("libssl3", Some("3.0.14-1~deb12u1")),
                ("libwebp7", Some("1.2.4-0.2+deb12u2")),
                ("libgstreamer-plugins-base1.0-0", Some("1.22.0-3+deb12u3")),
            ]
        );
        assert_eq!(
            advice.sentence().unwrap(),
            "Upgrade these 3 packages, and 5 of 8 findings go."
        );
        assert_eq!(Advice::of(&samples::clean()).sentence(), None);
        let mut one = samples::languages();
        one.findings.truncate(1);
        assert_eq!(
            Advice::of(&one).sentence().unwrap(),
            "Upgrade this package, and the only finding goes."
        );
    }
}
